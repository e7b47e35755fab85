"""What a person of the firm says about copies on Drive: put it right, leave it, try again."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chores import Chores, Posted
from appliance.drive import places
from appliance.drive.acts import Acts, Kind, open_acts
from appliance.drive.posting import KINDS, Posting
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Chore, ChoreStatus, Client, Document, Dossier, DriveAct

FAILED_KINDS = [kind.value for kind in KINDS]


@dataclass(frozen=True)
class Failure:
    """Work on Drive that was given up. `name`: of the document or folder."""

    chore: Chore
    name: str


GONE = frozenset({Kind.TRASHED, Kind.REMOVED})
MOST = 500  # decisions by one press: a second or two


class Deciding:
    """Carries out decisions; each is in the audit log with who took it."""

    def __init__(self, store: Store, chores: Chores, acts: Acts) -> None:
        self._store = store
        self._chores = chores
        self._acts = acts
        self._posting = Posting(chores)

    def send_again(self, act_id: int, by: str) -> bool:
        """Have the copy as it is here. False if that was decided before."""

        def unit() -> list[Posted]:
            act = rows.find(DriveAct, id=act_id, settled_at=None)
            if act is None:
                return []
            self._acts.refuse(act, by)
            posted = self._posting.of_key(act.item.key)
            for inner in self._below(act):
                self._acts.refuse(inner, by)
                posted += self._posting.of_key(inner.item.key)
            return posted

        posted = self._store.write(unit)
        self._chores.wake(posted)
        return bool(posted)

    def send_all_again(self, by: str) -> int:
        """Have there whatever is gone from there, the folders first; how many decisions it took.

        Each is a decision of its own: stopped halfway, the rest is still asked. MOST at a time.
        """
        gone = [act for act in open_acts() if act.kind in GONE]
        gone.sort(key=lambda act: places.kind_of(act.item.key)[0] == places.DOCUMENT)
        return sum(self.send_again(act.id, by) for act in gone[:MOST])

    def _below(self, act: DriveAct) -> list[DriveAct]:
        """With a folder goes what was in it: a click a document would be asked too much."""
        kind, _ = places.kind_of(act.item.key)
        if kind == places.DOCUMENT:
            return []
        inside = [each for each in _open() if each.item.parent_id == act.item.drive_id]
        return inside + [deeper for each in inside for deeper in self._below(each)]

    def accept(self, act_id: int, by: str) -> bool:
        """Leave the copy as it was changed. False if that was decided before."""
        return self._acts.accept(act_id, by)

    def retry(self, chore_id: int, note: Note = by_nobody) -> bool:
        """Try what failed once more. False if it has not."""
        chore = rows.find(Chore, id=chore_id)
        if chore is None or chore.kind not in FAILED_KINDS:
            return False
        return self._chores.retry(chore_id, note)


def _open() -> list[DriveAct]:
    return list(DriveAct.select().where(DriveAct.settled_at.is_null()))


def failures(limit: int) -> Iterator[Failure]:
    """What was given up, the latest first."""
    failed = Chore.select().where(
        Chore.kind.in_(FAILED_KINDS), Chore.error.is_null(False), Chore.status == ChoreStatus.FAILED
    )
    for chore in failed.order_by(Chore.id.desc()).limit(limit):
        yield Failure(chore, _name_of(chore))


def _name_of(chore: Chore) -> str:
    table, column = {
        KINDS[0].value: (Document, "name"),
        KINDS[1].value: (Dossier, "folder"),
        KINDS[2].value: (Client, "folder"),
    }[chore.kind]
    row = rows.find(table, id=chore.subject_id)
    return str(getattr(row, column)) if row is not None else ""


def name_of(key: str) -> str:
    """What people call the thing that a key is of."""
    kind, number = places.kind_of(key)
    row = {places.DOCUMENT: Document, places.DOSSIER: Dossier, places.CLIENT: Client}.get(kind)
    found = rows.find(row, id=number) if row is not None else None
    if found is None:
        return key.partition(":")[2].partition("#")[0].rpartition("/")[2] or key
    return str(found.name if kind == places.DOCUMENT else found.folder)
