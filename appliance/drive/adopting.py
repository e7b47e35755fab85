"""What stands on Drive already, though our rows do not say so: remembered by its mark, never sent
twice.

So it is after a restore, when an account is connected that was connected before, or when somebody
took rows away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

import structlog

from appliance.drive import places, sharing
from appliance.drive.items import Items
from appliance.drive.places import Folder, MayLeave
from appliance.gateways.drive_answers import RemoteFile
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, DriveItem, DriveItemState

log = structlog.get_logger()

AT_ONCE = 100  # rows in one commit


class Adopting:
    """Gives files on Drive back to what they are copies of."""

    def __init__(self, store: Store, items: Items, top: Folder, may_leave: MayLeave) -> None:
        self._store = store
        self._items = items
        self._top = top
        self._may_leave = may_leave

    def adopt(self, files: Iterable[RemoteFile]) -> int:
        """Remember all that is there and that we have not put there as far as we know; how many."""
        marked: defaultdict[str | None, list[RemoteFile]] = defaultdict(list)
        for file in files:
            if not file.trashed:
                marked[file.mark].append(file)
        lost = [
            (key, sha256, marked[mark_][0])
            for key, sha256 in self._wanted()
            if (mark_ := places.mark_of(key, sha256)) in marked and self._is_unknown(key)
        ]
        for first in range(0, len(lost), AT_ONCE):
            self._store.write(partial(self._take_all, lost[first : first + AT_ONCE]))
        if lost:
            log.info("drive copies remembered", count=len(lost))
        return len(lost)

    def _wanted(self) -> Iterator[tuple[str, str | None]]:
        """The keys of all documents that belong on Drive, and of their folders."""
        folders: set[str] = set()
        kept = Document.select().where(Document.local_path.is_null(False)).order_by(Document.id)
        for document in sharing.holders(kept):
            if self._may_leave(document):
                yield places.document_key(document.id), document.sha256
                chain = places.place_of(document, self._top).folder.chain()
                folders |= {folder.key for folder in chain}
        for key in sorted(folders):
            yield key, None

    def _is_unknown(self, key: str) -> bool:
        """One that is being sent keeps the id that it was given."""
        item = self._items.find(key)
        if item is None:
            return True
        never = item.put_at is None and item.session is None
        return bool(item.state == DriveItemState.RESERVED and never)

    def _take_all(self, lost: list[tuple[str, str | None, RemoteFile]]) -> None:
        """Inside a unit."""
        for key, sha256, file in lost:
            self._take(key, sha256, file)

    def _take(self, key: str, sha256: str | None, file: RemoteFile) -> None:
        """Inside a unit. Its place and name are put right by the next chore, as for any other."""
        if rows.find(DriveItem, drive_id=file.drive_id) is not None:
            return  # known under its own id
        if sha256 is not None and file.sha256 != sha256:
            return  # changed there: what is here is sent beside it
        self._items.adopt(key, file, places.mark_of(key, sha256), sha256)
        kind, number = places.kind_of(key)
        if kind == places.DOCUMENT:
            rows.update(Document, number, drive_id=file.drive_id)
