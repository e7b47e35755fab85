"""Local documents beside Drive, one by one and by their SHA-256: each difference with its remedy.

Reads everything; changes nothing unless asked to repair, and then only our own rows: what is to be
done on Drive is posted as chores, and done like any other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.chores import Posted
from appliance.drive import places
from appliance.drive.acts import Acts
from appliance.drive.folders import is_right
from appliance.drive.items import Items
from appliance.drive.mirroring import MayLeave, Posting
from appliance.drive.places import Folder
from appliance.errors import GreffierError, PermanentError, mark
from appliance.gateways.drive_answers import RemoteFile, Wanted
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, DriveItem, DriveItemState

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

MISSING = mark("“%(name)s” is not on Drive: it is sent")
FORGOTTEN = mark("“%(name)s” is on Drive, but Greffier had forgotten where: it is remembered")
REMOVED = mark("“%(name)s” was removed on Drive: it is sent again")
IN_BIN = mark("“%(name)s” is in the bin on Drive: it is taken out")
OTHER_BYTES = mark("“%(name)s” has other bytes on Drive: it is sent again beside them")
ELSEWHERE = mark("“%(name)s” has another name or folder on Drive: it is put right")
UNDER_WAY = mark("“%(name)s” is on its way to Drive: it is finished")
TWICE = mark("“%(name)s” is on Drive twice: keep one of the two there, and delete the other by hand")
NOT_OURS = mark(
    "“%(name)s” is on Drive, but no document of this computer: delete it there by hand if it is not "
    "wanted"
)
Repair = Callable[[], list[Posted]]


@dataclass(frozen=True)
class Difference:
    """One thing that is not on Drive as it is here. `repair`: a unit; None: a person's to mend."""

    told: GreffierError
    repair: Repair | None


@dataclass(frozen=True)
class Compared:
    """What was found: documents that should be there, and all that differs."""

    documents: int
    accepted: int
    differences: tuple[Difference, ...]


class Verification:
    """Compares everything, once."""

    def __init__(
        self,
        store: Store,
        drive: "GoogleDrive",
        items: Items,
        acts: Acts,
        posting: Posting,
        may_leave: MayLeave,
    ) -> None:
        self._store = store
        self._drive = drive
        self._items = items
        self._acts = acts
        self._posting = posting
        self._may_leave = may_leave

    def compare(self, top: Folder) -> Compared:
        """Every document that may leave, and its folders, beside all that is ours on Drive."""
        there = _There(list(self._drive.everything()))
        found, accepted, wanted = list(self._folders(there, top)), 0, set()
        query = Document.select().where(Document.local_path.is_null(False)).order_by(Document.id)
        documents = [each for each in query if self._may_leave(each)]
        for document in documents:
            key = places.document_key(document.id)
            mark_ = places.mark_of(key, document.sha256)
            wanted.add(mark_)
            item = self._items.find(key)
            if item is not None and self._acts.is_accepted(item):
                accepted += 1
                continue
            found += self._document(document, item, there, top)
            found += _twice(document.name, there.marked(mark_))
        found += _strangers(there, wanted)
        return Compared(len(documents), accepted, tuple(found))

    def repair(self, compared: Compared) -> list[Posted]:
        """Mend what we may: rows are put right, work is posted; to be woken."""
        posted: list[Posted] = []
        for each in compared.differences:
            if each.repair is not None:
                posted += self._store.write(each.repair)
        return posted

    def _document(
        self, document: Document, item: DriveItem | None, there: "_There", top: Folder
    ) -> Iterator[Difference]:
        key, name = places.document_key(document.id), document.name
        mark_ = places.mark_of(key, document.sha256)
        again = self._again(item, key)
        file = there.by_id.get(item.drive_id) if item is not None else None
        if file is None:
            lost = [each for each in there.marked(mark_) if each.sha256 == document.sha256]
            if lost:
                adopt = self._adopting(key, lost[0], mark_, document)
                yield Difference(PermanentError(FORGOTTEN, name=name), adopt)
            elif item is not None and item.put_at is not None:
                yield Difference(PermanentError(REMOVED, name=name), again(DriveItemState.ANEW))
            else:
                yield Difference(PermanentError(MISSING, name=name), again(None))
        elif file.sha256 != document.sha256:
            yield Difference(PermanentError(OTHER_BYTES, name=name), again(DriveItemState.ANEW))
        elif file.trashed:
            yield Difference(PermanentError(IN_BIN, name=name), again(DriveItemState.STALE))
        elif not self._is_placed(document, file, top):
            yield Difference(PermanentError(ELSEWHERE, name=name), again(DriveItemState.STALE))
        elif item is not None and item.state != DriveItemState.THERE:
            yield Difference(PermanentError(UNDER_WAY, name=name), again(None))

    def _is_placed(self, document: Document, file: RemoteFile, top: Folder) -> bool:
        place = places.place_of(document, top)
        parent = self._in_use(place.folder.key)
        mark_ = places.mark_of(places.document_key(document.id), document.sha256)
        if parent is None:
            return False
        beside = {row.drive_id for row in self._parts(place.folder.key)}
        parents = [each for each in file.parents if each in beside]
        wanted = Wanted(file.drive_id, place.name, (parents or [parent.drive_id])[0], mark_)
        return is_right(file, wanted)

    def _in_use(self, key: str) -> DriveItem | None:
        return self._items.find(key)

    def _parts(self, key: str) -> list[DriveItem]:
        return list(DriveItem.select().where((DriveItem.key == key) | DriveItem.key.startswith(f"{key}#")))
