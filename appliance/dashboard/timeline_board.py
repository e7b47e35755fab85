"""What happened in a dossier, the latest first, from every table that knows something of it."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from peewee import fn

from appliance.filing.acts import Version
from appliance.firm.deeds import About
from appliance.firm.scope import Scope
from appliance.store.models import (
    Act,
    AuditEntry,
    Bordereau,
    Document,
    Dossier,
    Outgoing,
    Proof,
)

PAGE = 40  # events at once
NAMED = 3  # documents of a delivery that are called by their names


class What(StrEnum):
    """What kind of thing happened."""

    RECEIVED = "received"  # documents, those of one moment together
    ACT = "act"  # filed, moved, renamed…
    SENT = "sent"
    RECEIPT = "receipt"
    BORDEREAU = "bordereau"
    NOTED = "noted"  # in the audit log


@dataclass(frozen=True)
class Event:
    """Something that happened. `row`: what knows of it; `names`, `count`: of documents."""

    at: datetime
    what: What
    row: Any
    by: str = ""
    names: Sequence[tuple[int, str]] = ()
    count: int = 1
    places: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Timeline:
    """A page of it. `before`: where the older ones begin, if there are any."""

    events: Sequence[Event]
    before: datetime | None


Source = Callable[[int, Scope, datetime | None], Iterable[Event]]


def timeline(dossier_id: int, scope: Scope, before: datetime | None, most: int = PAGE) -> Timeline:
    """The last events, or those before that instant. What happened at one instant stays together.

    `most`: about how many.
    """
    sources = [list(source(dossier_id, scope, before)) for source in _SOURCES]
    is_cut = any(len(events) > PAGE for events in sources)
    merged = heapq.merge(*sources, key=lambda event: event.at, reverse=True)
    events = list(islice(merged, most))
    events += [event for event in islice(merged, PAGE) if events and event.at == events[-1].at]
    is_cut = is_cut or sum(map(len, sources)) > len(events)
    return Timeline(events, events[-1].at if is_cut and events else None)


def _received(dossier_id: int, _: Scope, before: datetime | None) -> Iterable[Event]:
    """One line for what came at one moment from one sender, however many documents it is."""
    is_here = (Document.dossier == dossier_id) & Document.stored_at.is_null(False)
    query = Document.select(
        Document.received_at, Document.sender, fn.COUNT(Document.id), fn.MIN(Document.id)
    ).where(is_here)
    query = _before(query, Document.received_at, before)
    grouped = query.group_by(Document.received_at, Document.sender)
    for at, sender, count, first in (
        grouped.order_by(Document.received_at.desc()).limit(PAGE + 1).tuples()
    ):
        some = Document.select(Document.id, Document.name).where(
            is_here, Document.received_at == at, Document.sender == sender, Document.id >= first
        )
        names = list(some.order_by(Document.id).limit(NAMED).tuples())
        yield Event(at, What.RECEIVED, sender, sender, names, count)


def _acts(dossier_id: int, scope: Scope, before: datetime | None) -> Iterable[Event]:
    """Where a document came from or went to is said as far as they see that dossier."""
    touches = (Act.from_dossier == dossier_id) | (Act.to_dossier == dossier_id)
    query = Act.select().where(touches, Act.id == Act.batch, Act.done_at.is_null(False))
    found = list(_before(query, Act.done_at, before).order_by(Act.done_at.desc()).limit(PAGE + 1))
    ids = {place for act in found for place in (act.from_dossier, act.to_dossier) if place}
    seen = Dossier.select(Dossier.id, Dossier.reference).where(Dossier.id.in_(ids))
    known = dict(seen.where(scope.dossiers()).tuples())
    for act in found:
        places = {"from": _place(act.from_dossier, known), "to": _place(act.to_dossier, known)}
        name = str(Version.read(act.after).values["name"])
        was = str(Version.read(act.before).values["name"])
        names = [(act.document_id, name), (act.document_id, was)]
        yield Event(act.done_at, What.ACT, act, act.by, names, places=places)


def _place(dossier_id: int | None, known: dict[int, str]) -> str | None:
    """Its reference; None: to be filed; "": one that they do not see."""
    return None if dossier_id is None else known.get(dossier_id, "")


def _sent(dossier_id: int, _: Scope, before: datetime | None) -> Iterable[Event]:
    query = Outgoing.select().where(Outgoing.dossier == dossier_id, Outgoing.sent_at.is_null(False))
    found = _before(query, Outgoing.sent_at, before).order_by(Outgoing.sent_at.desc())
    for row in found.limit(PAGE + 1):
        yield Event(row.sent_at, What.SENT, row, row.recipient)


def _receipts(dossier_id: int, _: Scope, before: datetime | None) -> Iterable[Event]:
    query = Proof.select().where(Proof.dossier == dossier_id)
    found = _before(query, Proof.issued_at, before).order_by(Proof.issued_at.desc())
    for row in found.limit(PAGE + 1):
        yield Event(row.issued_at, What.RECEIPT, row)


def _bordereaux(dossier_id: int, _: Scope, before: datetime | None) -> Iterable[Event]:
    query = Bordereau.select(Bordereau.number, Bordereau.issued_at, Bordereau.issued_by)
    query = query.where(Bordereau.dossier == dossier_id)
    found = _before(query, Bordereau.issued_at, before).order_by(Bordereau.issued_at.desc())
    for row in found.limit(PAGE + 1):
        yield Event(row.issued_at, What.BORDEREAU, row, row.issued_by)


def _noted(dossier_id: int, _: Scope, before: datetime | None) -> Iterable[Event]:
    """What the audit log says of the dossier itself, whose number each entry bears: by its words a
    dossier that is called "dossier:7" would tell of another one.

    Not that a bordereau was issued: the bordereau itself says so. Nor who looked at which paper.
    """
    is_of = (AuditEntry.about == About.DOSSIER, AuditEntry.about_id == dossier_id)
    is_told = AuditEntry.subject.is_null(False)
    for paper in _PAPERS:
        is_told &= ~AuditEntry.action.startswith(paper)
    found = _before(AuditEntry.select().where(*is_of, is_told), AuditEntry.at, before)
    for row in found.order_by(AuditEntry.at.desc()).limit(PAGE + 1):
        yield Event(row.at, What.NOTED, row, row.actor)


def _before(query: Any, column: Any, before: datetime | None) -> Any:
    return query if before is None else query.where(column < before)


_PAPERS = ("bordereau ", "draft bordereau ", "receipt ", "destruction report ")
_SOURCES: Sequence[Source] = (_received, _acts, _sent, _receipts, _bordereaux, _noted)
