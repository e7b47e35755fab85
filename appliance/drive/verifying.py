"""Local documents beside Drive, one by one and by their SHA-256: each difference with its remedy.

Reads everything; changes nothing unless asked to repair, and then only our own rows: what is to be
done on Drive is posted as chores, and done like any other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from appliance.chores import Posted
from appliance.clock import Clock
from appliance.drive import places, sharing
from appliance.drive.acts import Acts
from appliance.drive.adopting import Adopting
from appliance.drive.folders import is_right
from appliance.drive.items import Items
from appliance.drive.places import Folder, MayLeave, Place
from appliance.drive.posting import Posting
from appliance.errors import GreffierError, PermanentError, mark
from appliance.gateways.drive_answers import RemoteFile, Wanted
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, DriveItem, DriveItemState

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

MISSING = mark("“%(name)s” is not on Drive: it is sent")
FORGOTTEN = mark("“%(name)s” is on Drive, but Greffier had forgotten where: it is remembered")
REMOVED = mark("“%(name)s” was removed on Drive: it is made there again")
IN_BIN = mark("“%(name)s” is in the bin on Drive: it is taken out")
OTHER_BYTES = mark("“%(name)s” has other bytes on Drive: it is sent again, beside them")
ELSEWHERE = mark("“%(name)s” has another name or folder on Drive: it is put right")
UNDER_WAY = mark("“%(name)s” is on its way to Drive: it is finished")
TWICE = mark(
    "“%(name)s” is on Drive twice: keep one of the two there, and delete the other by hand"
)
NOT_OURS = mark(
    "“%(name)s” is on Drive, but no document of this computer: delete it there by hand if it is "
    "not wanted"
)
Repair = Callable[[], list[Posted]]


@dataclass(frozen=True)
class Difference:
    """One thing that is not on Drive as it is here. `repair`: a unit; None: a person's to mend."""

    told: GreffierError
    repair: Repair | None


@dataclass(frozen=True)
class Compared:
    """What was found: how many documents should be there, and all that differs."""

    documents: int
    accepted: int
    differences: tuple[Difference, ...]
    files: tuple[RemoteFile, ...]


class _There:
    """What is ours on Drive, by its id and by our mark."""

    def __init__(self, files: Iterable[RemoteFile]) -> None:
        self.by_id = {file.drive_id: file for file in files}
        self._by_mark: defaultdict[str | None, list[RemoteFile]] = defaultdict(list)
        for file in self.by_id.values():
            self._by_mark[file.mark].append(file)

    def marked(self, mark_: str) -> list[RemoteFile]:
        """Those that nobody has put into the bin."""
        return [file for file in self._by_mark[mark_] if not file.trashed]

    def strangers(self, known: set[str]) -> list[RemoteFile]:
        """Files that bear a mark of ours, but of nothing that is here."""
        marks = self._by_mark.keys() - known - {None}
        return [file for each in marks for file in self._by_mark[each] if not file.trashed]


class Verification:
    """Compares everything, once."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        drive: "GoogleDrive",
        items: Items,
        acts: Acts,
        adopting: Adopting,
        posting: Posting,
    ) -> None:
        self._store = store
        self._clock = clock
        self._drive = drive
        self._items = items
        self._acts = acts
        self._adopting = adopting
        self._posting = posting

    def compare(self, top: Folder, may_leave: MayLeave) -> Compared:
        """Every document that may leave, and its folders, beside all that is ours on Drive.

        What is put there while the list is read may be missing from it: it is no difference.
        """
        asked_at = self._clock.now()
        files = tuple(self._drive.everything())
        there = _There(files)
        query = Document.select().where(Document.local_path.is_null(False)).order_by(Document.id)
        standing = {
            document: places.place_of(document, top)
            for document in sharing.holders(query)
            if may_leave(document)
        }
        folders = {each.key: each for place in standing.values() for each in place.folder.chain()}
        found = [
            each for folder in folders.values() for each in self._folder(folder, there, asked_at)
        ]
        accepted, known = 0, {places.mark_of(key) for key in folders}
        for document, place in standing.items():
            item = self._items.find(places.document_key(document.id))
            known.add(_mark(document))
            if item is not None and self._acts.is_accepted(item):
                accepted += 1
            elif not _is_put_since(item, asked_at):
                found += self._document(document, item, place, there)
        found += [
            Difference(PermanentError(NOT_OURS, name=file.name), None)
            for file in there.strangers(known | self._folder_marks())
        ]
        return Compared(len(standing), accepted, tuple(found), files)

    def repair(self, compared: Compared) -> list[Posted]:
        """Mend what we may: rows are put right, work is posted; to be woken."""
        self._adopting.adopt(compared.files)
        units = [each.repair for each in compared.differences if each.repair is not None]
        return [posted for unit in units for posted in self._store.write(unit)]

    def _document(
        self, document: Document, item: DriveItem | None, place: Place, there: _There
    ) -> Iterator[Difference]:
        marked = there.marked(_mark(document))
        file = there.by_id.get(item.drive_id) if item is not None else None
        is_lost = file is None and any(each.sha256 == document.sha256 for each in marked)
        if is_lost:
            again = partial(self._posting.document, document.id)  # adopted before: see `repair`
            yield Difference(PermanentError(FORGOTTEN, name=document.name), again)
        elif (found := self._fault(document, item, file, place)) is not None:
            text, state = found
            again = partial(self._again, places.document_key(document.id), state)
            yield Difference(PermanentError(text, name=document.name), again)
        if len(marked) > 1:
            yield Difference(PermanentError(TWICE, name=document.name), None)

    def _fault(
        self, document: Document, item: DriveItem | None, file: RemoteFile | None, place: Place
    ) -> tuple[str, DriveItemState | None] | None:
        """What is wrong with the copy, and in which state its row is put to mend it."""
        if item is None or file is None:
            was_there = item is not None and item.put_at is not None
            return (REMOVED, DriveItemState.ANEW) if was_there else (MISSING, None)
        if file.sha256 != document.sha256:
            return OTHER_BYTES, DriveItemState.ANEW
        if file.trashed:
            return IN_BIN, DriveItemState.STALE
        beside = [row.drive_id for row in self._items.parts(place.folder.key)]
        parent_id = next((each for each in file.parents if each in beside), "")
        if not is_right(file, Wanted(file.drive_id, place.name, parent_id, _mark(document))):
            return ELSEWHERE, DriveItemState.STALE
        return None if item.state == DriveItemState.THERE else (UNDER_WAY, None)

    def _folder(self, folder: Folder, there: _There, asked_at: datetime) -> Iterator[Difference]:
        """A folder and its further parts; one that is not made yet shows in its documents."""
        for item in self._items.parts(folder.key):
            if item.put_at is None or self._acts.is_accepted(item):
                continue
            if _is_put_since(item, asked_at):
                continue
            file = there.by_id.get(item.drive_id)
            name = item.name
            if file is None or file.trashed:
                state, text = DriveItemState.ANEW, REMOVED
            elif self._is_folder_right(folder, item, file):
                continue
            else:
                state, text = DriveItemState.STALE, ELSEWHERE
            again = partial(self._again, item.key, state)
            yield Difference(PermanentError(text, name=name), again)

    def _is_folder_right(self, folder: Folder, item: DriveItem, file: RemoteFile) -> bool:
        number = int(item.key.partition("#")[2] or 1)
        is_named = file.name == places.part_name(folder.name, number)
        if folder.parent is None:
            return is_named
        above = {row.drive_id for row in self._items.parts(folder.parent.key)}
        return is_named and not above.isdisjoint(file.parents)

    def _folder_marks(self) -> set[str]:
        """Of every folder we know of, also where nothing stands in it any more."""
        return {item.mark for item in DriveItem.select().where(DriveItem.sha256.is_null())}

    def _again(self, key: str, state: DriveItemState | None) -> list[Posted]:
        """Inside a unit: whatever somebody did to it is decided: as it is here."""
        item = rows.find(DriveItem, key=key)
        if item is None:
            return self._posting.of_key(key)
        self._acts.settle_open(item, "greffier drive verify")
        if state is not None:
            self._items.set_state(item, state)
        below = self._posting.below(item.drive_id) if item.sha256 is None else []
        return self._posting.of_key(key) + below


def _is_put_since(item: DriveItem | None, asked_at: datetime) -> bool:
    return item is not None and item.put_at is not None and item.put_at > asked_at


def _mark(document: Document) -> str:
    return places.mark_of(places.document_key(document.id), document.sha256)
