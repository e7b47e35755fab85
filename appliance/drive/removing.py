"""Takes copies off Drive: of what was destroyed here, put away, or is one file with another now.

What a person has made of a copy is theirs: it goes into the bin, from where they can take it, and
is no copy of ours any more. Only the very bytes that we sent are deleted.
"""

from typing import TYPE_CHECKING

from appliance.chores import Finish
from appliance.drive import places, sharing
from appliance.drive.acts import Acts
from appliance.drive.items import Items
from appliance.errors import PermanentError
from appliance.gateways.drive_answers import Next
from appliance.store.database import Store
from appliance.store.models import Document, DriveItem, DriveItemState, DriveStatus

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive


class Removing:
    """Takes one copy off at a time. Repeated, it does no harm."""

    def __init__(self, store: Store, drive: "GoogleDrive", items: Items, acts: Acts) -> None:
        self._store = store
        self._drive = drive
        self._items = items
        self._acts = acts

    def copy_of(self, document: Document) -> DriveItem | None:
        """What stands on Drive, or is about to, as this document's own copy."""
        item = self._items.find(places.document_key(document.id))
        return None if item is None or item.state == DriveItemState.GONE else item

    def take_off(self, document: Document, item: DriveItem, *, to_bin: bool) -> Finish:
        """Have it gone. `to_bin`: a person may want it back.

        The row says first that it is about to change, so that nobody takes it for a person's act.
        """
        self._store.write(lambda: self._items.set_state(item, DriveItemState.STALE))
        if to_bin or self._is_changed(item):
            self._drive.bin(item.drive_id)
        else:
            self._drive.remove(item.drive_id)

        def finish() -> None:
            self._items.set_state(item, DriveItemState.GONE)
            self._acts.settle_open(item, "greffier")
            sharing.says(document.id, DriveStatus.REMOVED)()

        return finish

    def _is_changed(self, item: DriveItem) -> bool:
        """Whether there are other bytes than ours; asked of Google now."""
        try:
            sha256: str | None = self._drive.get(item.drive_id).sha256
        except PermanentError as error:
            if error.refusal != Next.GONE:
                raise
            return False
        return bool(sha256 != item.sha256)
