"""Who did what, as one person may read it.

An administrator reads every entry, but not what it says of documents and clients, unless the glass
is broken. Everybody else reads what they did themselves, and what was done in dossiers they see.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appliance import names
from appliance.chain import Checked
from appliance.clock import Clock, day_of
from appliance.firm.deeds import About, deed_of
from appliance.firm.scope import Scope
from appliance.papers.facts import instant_of
from appliance.papers.witness import AUDIT, AUDIT_FILE, Witness
from appliance.store.models import AuditEntry, Document, Dossier

SHOWN = 50  # entries of a page
BETWEEN = " / "  # a dossier's reference and a document's name, in the details of a move
EXPORTED = 100_000  # entries of a file, the newest
_AT_ONCE = 500
_GLASS = ("glass broken", "glass mended")  # everybody who reads the log reads these


@dataclass(frozen=True)
class Reader:
    """Who reads. `is_admin`: all entries; `reads`: also what they say of documents and clients."""

    name: str
    scope: Scope
    is_admin: bool
    reads: bool


@dataclass(frozen=True)
class Asked:
    """What is looked for; what is None is not asked. `to` is the last day that counts."""

    actor: str | None = None
    action: str | None = None
    about: About | None = None
    number: int | None = None
    dossier: int | None = None
    since: date | None = None
    to: date | None = None


@dataclass(frozen=True)
class Line:
    """An entry. `is_masked`: it speaks of what the reader does not see. `document` and `dossier`:
    what it was about, if they see that. `is_told`: its details name no dossier that they do not."""

    entry: AuditEntry
    is_masked: bool
    document: Document | None
    dossier: Dossier | None
    is_told: bool = True


@dataclass(frozen=True)
class State:
    """What the last look at the whole chain said; `breach` and `number` if it is broken."""

    at: datetime | None
    number: int
    breach: str | None


@dataclass(frozen=True)
class Lines:
    """A page of entries, newest first. `older`: the entry before which the next page begins."""

    lines: Sequence[Line]
    older: int | None


class AuditBoard:
    """Reads for the page of the audit log."""

    def __init__(self, witness: Witness, clock: Clock, zone: ZoneInfo) -> None:
        self._witness = witness
        self._clock = clock
        self._zone = zone

    def seen(self, reader: Reader, asked: Asked, before: int | None = None) -> Lines:
        """What they may read of it, below the entry `before`."""
        found = self._entries(reader, asked, before, SHOWN + 1)
        older = found[SHOWN - 1].id if len(found) > SHOWN else None
        return Lines(_lines(reader, found[:SHOWN]), older)

    def exported(self, reader: Reader, asked: Asked) -> Iterator[Line]:
        """The same without pages, `EXPORTED` at most."""
        before, left = None, EXPORTED
        while left > 0:
            found = self._entries(reader, asked, before, min(left, _AT_ONCE))
            yield from _lines(reader, found)
            if len(found) < _AT_ONCE:
                return
            before, left = found[-1].id, left - len(found)

    def _entries(
        self, reader: Reader, asked: Asked, before: int | None, most: int
    ) -> list[AuditEntry]:
        wanted = [*_visible(reader), *self._asked(asked)]
        if before is not None:
            wanted.append(AuditEntry.id < before)
        query = AuditEntry.select().where(*wanted) if wanted else AuditEntry.select()
        return list(query.order_by(AuditEntry.id.desc()).limit(most))

    def _asked(self, asked: Asked) -> list[Any]:
        conditions: list[Any] = []
        for field, value in (
            (AuditEntry.actor, asked.actor),
            (AuditEntry.about, asked.about),
            (AuditEntry.about_id, asked.number),
            (AuditEntry.dossier_id, asked.dossier),
        ):
            if value is not None:
                conditions.append(field == value)
        if asked.action is not None:
            is_same = AuditEntry.action == asked.action
            begins, _, ends = asked.action.partition("#")
            column = AuditEntry.action
            with_number = column.startswith(begins) & column.endswith(ends)
            conditions.append(with_number if "#" in asked.action else is_same)
        if asked.since is not None:
            conditions.append(AuditEntry.at >= self._begins(asked.since))
        if asked.to is not None:
            conditions.append(AuditEntry.at < self._begins(asked.to + timedelta(days=1)))
        return conditions

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def today(self) -> datetime:
        """When the day began, for the people of the firm."""
        return self._begins(day_of(self._clock.now(), self._zone))

    def state(self) -> State | None:
        """What the last look at the chain said; None before the first one."""
        note = self._witness.last_note(AUDIT_FILE)
        if note is None:
            return None
        return State(instant_of(note.get("at")), note["number"], note.get("breach"))

    def check(self) -> Checked:
        """Look at the whole chain now. Raises TemporaryError when the disk takes no note of it."""
        return self._witness.check(AUDIT)


def _visible(reader: Reader) -> list[Any]:
    if reader.is_admin:
        return []
    theirs = Dossier.select(Dossier.id).where(reader.scope.dossiers())
    own = AuditEntry.actor == reader.name
    return [own | AuditEntry.dossier_id.in_(theirs) | AuditEntry.action.in_(_GLASS)]


def _lines(reader: Reader, entries: Sequence[AuditEntry]) -> list[Line]:
    """What an entry was about is named only where they see that now, whoever acted."""
    about = [each.about_id for each in entries if each.about == About.DOCUMENT and each.about_id]
    documents = _by_id(Document, about, reader.scope.documents(), reads=reader.reads)
    kept = [each.dossier_id for each in entries if each.dossier_id]
    dossiers = _by_id(Dossier, kept, reader.scope.dossiers(), reads=reader.reads)
    unseen = _unseen(reader.scope, entries)
    lines = []
    for entry in entries:
        is_document = entry.about == About.DOCUMENT
        document = documents.get(entry.about_id) if is_document else None
        dossier = dossiers.get(entry.dossier_id)
        is_seen = document is not None if is_document and entry.about_id else dossier is not None
        is_own = entry.actor == reader.name and entry.dossier_id is None and not is_document
        is_masked = deed_of(entry.action).is_content and not (
            reader.reads and (is_seen or is_own or reader.scope.sees_everything)
        )
        is_told = not is_masked and not unseen & _named(entry)
        lines.append(Line(entry, is_masked, document, dossier, is_told))
    return lines


def _unseen(scope: Scope, entries: Sequence[AuditEntry]) -> set[str]:
    """Of the dossiers from which and to which documents went, those that the reader does not see,
    by their references."""
    keys = set().union(*map(_named, entries))
    if scope.sees_everything or not keys:
        return set()
    named = Dossier.select(Dossier.reference_key).where(Dossier.reference_key.in_(sorted(keys)))
    seen = {key for (key,) in named.where(scope.dossiers()).tuples()}
    return {key for (key,) in named.tuples()} - seen


def _named(entry: AuditEntry) -> set[str]:
    """What may be a dossier's reference in "2026-014 / bail.pdf -> 2026-015 / bail.pdf"."""
    if entry.about != About.DOCUMENT or BETWEEN not in (entry.detail or ""):
        return set()
    places = [place.split(BETWEEN) for place in entry.detail.split(" -> ")]
    ends = [BETWEEN.join(parts[:end]) for parts in places for end in range(1, len(parts))]
    return {names.key(text) for text in ends}


def _by_id(table: Any, ids: Sequence[int], seen: Any, *, reads: bool) -> dict[int, Any]:
    if not ids or not reads:
        return {}
    query = table.select().where(table.id.in_(sorted(set(ids))), seen)
    return {row.id: row for row in query}
