"""What people changed on disk, as it was seen: kept until it is so no more, or a person chooses.

Owns findings and sightings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.clock import Clock
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, Finding, Sighting


class FindingKind(StrEnum):
    """What is not as Greffier left it."""

    GONE = "gone"  # a document's file is nowhere in the folders
    MOVED = "moved"  # it lies elsewhere, or under another name: its bytes say so
    CHANGED = "changed"  # other bytes are in its place
    FOREIGN = "foreign"  # a file in a dossier's folder that Greffier did not put there


class Choice(StrEnum):
    """What became of a finding."""

    TAKE = "take"  # so be it: the row follows the person
    PUT_BACK = "put_back"  # our copy is put where it was, beside whatever is there
    LEAVE = "leave"  # neither: it is not shown again unless it changes again
    VANISHED = "vanished"  # it was so no more


@dataclass(frozen=True)
class Look:
    """How a file looks from outside: size in bytes, time of change in nanoseconds."""

    size: int
    modified: int


@dataclass(frozen=True)
class Found:
    """One finding, before it is a row. Without a file (GONE) there is no look."""

    kind: FindingKind
    document_id: int | None
    path: str
    other_path: str | None = None
    look: Look | None = None
    sha256: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What is the same in two nights' findings of the same thing."""
        look = (self.look.size, self.look.modified) if self.look else (None, None)
        return (self.kind.value, self.document_id, self.path, self.other_path, *look)


def key_of(row: Finding) -> tuple[object, ...]:
    return (row.kind, row.document_id, row.path, row.other_path, row.size, row.modified)


class Findings:
    """Remembers what was seen. `settle` and `note` belong inside a unit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def looks(self, document_ids: Sequence[int]) -> dict[int, Look]:
        """How these documents' files looked when their bytes were known to be right."""
        query = Sighting.select().where(Sighting.document.in_(document_ids))
        return {row.document_id: Look(row.size, row.modified) for row in query}

    def saw(self, right: dict[int, Look]) -> None:
        """In a commit of its own: these files are right, and look so."""
        if right:
            self._store.write(lambda: _saw(right))

    def known(self) -> dict[tuple[str, Look], str]:
        """The hashes of the files that were read for an earlier finding, by place and look."""
        query = Finding.select().where(Finding.sha256.is_null(False))
        return {
            (row.other_path or row.path, Look(row.size, row.modified)): row.sha256 for row in query
        }

    def note(self, found: Found) -> None:
        """Inside a unit: it is so now. Nothing new if it was known, or a person left it so."""
        seen = list(Finding.select().where(_of(found)).order_by(Finding.id))
        same = [row for row in seen if key_of(row) == found.key]
        if any(row.settled_at is None or row.choice == Choice.LEAVE for row in same):
            return
        for row in seen:
            if row.settled_at is None:
                self.settle(row.id, "greffier", Choice.VANISHED)
        look = found.look
        rows.insert(
            Finding,
            document=found.document_id,
            kind=found.kind.value,
            path=found.path,
            other_path=found.other_path,
            size=look.size if look else None,
            modified=look.modified if look else None,
            sha256=found.sha256,
            found_at=self._clock.now(),
        )

    def settle(self, finding_id: int, by: str, choice: Choice) -> None:
        """Inside a unit: nobody needs to look at it any more."""
        now = self._clock.now()
        rows.update(Finding, finding_id, settled_at=now, settled_by=by, choice=choice.value)

    def leave(self, found: Found, by: str) -> None:
        """Inside a unit: it will be found so, and a person has chosen that already."""
        self.note(found)
        for row in Finding.select().where(_of(found), Finding.settled_at.is_null()):
            if key_of(row) == found.key:
                self.settle(row.id, by, Choice.LEAVE)

    def settle_others(self, still: Iterable[Found]) -> None:
        """In a commit of its own, after a whole look: what was not found again is no more."""
        kept = {found.key for found in still}

        def unit() -> None:
            for row in open_findings():
                if key_of(row) not in kept:
                    self.settle(row.id, "greffier", Choice.VANISHED)

        self._store.write(unit)

    def write(self, found: Sequence[Found]) -> None:
        """In one commit: all these are so now."""

        def unit() -> None:
            for each in found:
                self.note(each)

        self._store.write(unit)


def forget(document_id: int) -> None:
    """Inside a unit: the document is destroyed; what was noticed of its file bears its name."""
    Finding.delete().where(Finding.document == document_id).execute()


def open_findings() -> list[Finding]:
    """What waits for somebody to choose, by place."""
    query = Finding.select().where(Finding.settled_at.is_null())
    return list(query.order_by(Finding.kind, Finding.path, Finding.id))


def _of(found: Found) -> object:
    if found.document_id is not None:
        return Finding.document == found.document_id
    return Finding.document.is_null() & (Finding.path == found.path)


def _saw(right: dict[int, Look]) -> None:
    """Inside a unit."""
    known = {
        row.document_id: row.id
        for row in Sighting.select().where(Sighting.document.in_(list(right)))
    }
    alive = Document.select(Document.id).where(Document.id.in_(list(right))).tuples()
    for (document_id,) in alive:
        look = right[document_id]
        values = {"size": look.size, "modified": look.modified}
        if document_id in known:
            rows.update(Sighting, known[document_id], **values)
        else:
            rows.insert(Sighting, document=document_id, **values)
