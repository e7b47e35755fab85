"""Dossiers as the dashboard sees them: the list in pages, and what stands beside the documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from appliance.firm.scope import Scope
from appliance.store import rows
from appliance.store.models import (
    Bordereau,
    Client,
    Deadline,
    Document,
    DocumentStatus,
    Dossier,
    DossierAccess,
    DossierStatus,
    ExpectedPiece,
    Party,
    Role,
    User,
)

PAGE = 50  # dossiers of a page
WHICH = ("active", "mine", "unassigned", "vip", "closed", "all")


@dataclass(frozen=True)
class MatterLine:
    """A dossier in the list."""

    dossier: Dossier
    documents: int
    last_at: datetime | None


@dataclass(frozen=True)
class MattersSeen:
    """A page of the list. `after`: where the next one begins, if there is one."""

    lines: Sequence[MatterLine]
    count: int
    after: int | None


@dataclass(frozen=True)
class Beside:
    """What is known of a dossier beside its documents."""

    parties: Sequence[Party]
    deadlines: Sequence[Deadline]
    awaited: int
    bordereaux: int


@dataclass(frozen=True)
class AccessSeen:
    """Who sees a dossier: `named` were let in or kept out by name, `people` could be."""

    dossier: Dossier
    named: Sequence[DossierAccess]
    people: Sequence[User]


def shelf(scope: Scope, which: str, after: int | None) -> MattersSeen:
    """Dossiers, the newest first, of one kind (see `WHICH`). `after`: those older than this id."""
    query = Dossier.select(Dossier, Client).join(Client)
    query = query.where(scope.dossiers(), *_of_kind(which, scope))
    count = query.count()
    if after is not None:
        query = query.where(Dossier.id < after)
    found = list(query.order_by(Dossier.id.desc()).limit(PAGE + 1))
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return MattersSeen(lines(found[:PAGE]), count, more)


def lines(dossiers: Sequence[Dossier]) -> list[MatterLine]:
    """These dossiers as lines, in this order."""
    ids = [dossier.id for dossier in dossiers]
    counts = Document.select(
        Document.dossier, fn.COUNT(Document.id), fn.MAX(Document.received_at)
    ).where(Document.dossier.in_(ids), Document.stored_at.is_null(False))
    by_id: dict[int, tuple[int, Any]] = {
        dossier_id: (count, last)
        for dossier_id, count, last in counts.group_by(Document.dossier).tuples()
    }
    return [MatterLine(dossier, *by_id.get(dossier.id, (0, None))) for dossier in dossiers]


def pending(scope: Scope) -> int:
    """How many documents wait to be filed."""
    is_pending = Document.status == DocumentStatus.PENDING
    query = Document.select().where(is_pending, Document.stored_at.is_null(False))
    return int(query.where(scope.documents()).count())


def beside(dossier_id: int) -> Beside:
    """Its parties, and how much there is on its other pages."""
    parties = Party.select().where(Party.dossier == dossier_id)
    awaited = ExpectedPiece.select().where(ExpectedPiece.dossier == dossier_id)
    bordereaux = Bordereau.select().where(Bordereau.dossier == dossier_id)
    in_order = parties.order_by(Party.role.desc(), Party.name_key)
    due = Deadline.select().where(Deadline.dossier == dossier_id, Deadline.done_at.is_null())
    deadlines = list(due.order_by(Deadline.due_on, Deadline.id))
    return Beside(list(in_order), deadlines, awaited.count(), bordereaux.count())


def opponents(dossier_id: int) -> tuple[str, ...]:
    """Whom a text that its client reads may not name."""
    query = Party.select(Party.name).where(Party.dossier == dossier_id, Party.role != "co_client")
    return tuple(name for (name,) in query.tuples())


def access(dossier_id: int, named: Sequence[DossierAccess]) -> AccessSeen | None:
    """Who could be let in or kept out: everybody who reads, and is not named yet."""
    dossier = rows.find(Dossier, id=dossier_id)
    if dossier is None:
        return None
    taken = [one.user_id for one in named]
    query = User.select().where(User.role != Role.ADMIN, User.disabled_at.is_null())
    people = query.where(User.id.not_in(taken)).order_by(User.name_key)
    return AccessSeen(dossier, named, list(people))


def lawyers() -> list[User]:
    """Whose a dossier may be."""
    query = User.select().where(User.role == Role.AVOCAT, User.disabled_at.is_null())
    return list(query.order_by(User.name_key))


def _of_kind(which: str, scope: Scope) -> list[Any]:
    active = Dossier.status == DossierStatus.ACTIVE
    kinds: dict[str, list[Any]] = {
        "active": [active],
        "mine": [active, Dossier.lawyer.in_(list(scope.own or scope.served))],
        "unassigned": [active, Dossier.lawyer.is_null()],
        "vip": [active, Client.vip],
        "closed": [Dossier.status == DossierStatus.CLOSED],
    }
    return kinds.get(which, [])
