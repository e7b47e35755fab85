"""Makes Drive look like the rows: a document, or the folder of a dossier or client.

Each is a chore whose work is "have it there as it is here": made if it is not, renamed or moved if
it differs, nothing if it is right already. What people did to a copy is left alone until a person
here says otherwise. Uploads wait for limits, holds and faults of Google's; nothing else ever waits
for them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import structlog

from appliance import chores
from appliance.chores import Chores, Finish
from appliance.clock import Clock
from appliance.drive import places, sharing
from appliance.drive.acts import Acts
from appliance.drive.between import Between
from appliance.drive.connection import Connection
from appliance.drive.folders import BadFolderError, DriveFolders, is_right
from appliance.drive.items import Items
from appliance.drive.places import Folder, MayLeave, Place
from appliance.drive.posting import KINDS
from appliance.drive.removing import Removing
from appliance.drive.uploading import CopyChangedError, Uploader
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.gateways.drive_answers import Next, RemoteFile, Wanted
from appliance.limits import Limits
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    Client,
    Document,
    Dossier,
    DriveItem,
    DriveItemState,
    DriveStatus,
)

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

log = structlog.get_logger()

LIMIT = "gdrive_upload"
LEVELS = 5  # folders that may be found gone, one after the other, in one attempt
AT_LIMIT = mark("the limit %(limit)s is reached: it goes out by itself when there is room again")
UNSTABLE = mark(
    "the folders on Drive disappear as soon as they are made: see who removes them there"
)


class Parts(NamedTuple):
    """What mirroring works with."""

    drive: "GoogleDrive"
    items: Items
    folders: DriveFolders
    uploader: Uploader
    acts: Acts
    removing: Removing


class Mirror:
    """The handlers of the three kinds of chores."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connection: Connection,
        parts: Parts,
        top: Folder,
        limits: Limits,
    ) -> None:
        self._store = store
        self._clock = clock
        self._connection = connection
        self._parts = parts
        self._top = top
        self._limits = limits
        self._go_on: Callable[[], object] = lambda: None

    def serve(self, chores_: Chores, may_leave: MayLeave) -> None:
        """Let these chores be done by it."""

        def document(document_id: int) -> Finish | None:
            between = Between(chores_, self._clock, document_id, may_leave)
            return self.document(document_id, may_leave, between)

        chores_.on(chores.Kind.MIRROR, document)
        chores_.on(chores.Kind.MIRROR_DOSSIER, self.dossier)
        chores_.on(chores.Kind.MIRROR_CLIENT, self.client)

        self._go_on = lambda: chores_.call_in(KINDS)

    def document(
        self, document_id: int, may_leave: MayLeave, between: Callable[[], object]
    ) -> Finish | None:
        """Have this document on Drive as it is here."""
        document = rows.find(Document, id=document_id)
        if document is None:
            return None
        if document.stored_at is None or document.local_path is None:
            return self._take_off(document)
        holder = sharing.holder_of(document)
        if holder.id != document.id:
            return self._follow(document, holder)
        if not may_leave(document):
            return sharing.says(document_id, DriveStatus.WITHHELD)

        def work() -> Finish | None:
            return self._bring(document, places.place_of(document, self._top), between)

        return self._guarded(work, sharing.says(document_id, DriveStatus.FAILED))

    def _take_off(self, document: Document, *, to_bin: bool = False) -> Finish | None:
        """Its own copy on Drive goes, once: destroyed here, put away, or another's from now on."""
        item = self._parts.removing.copy_of(document)
        if item is None:
            return None

        def work() -> Finish:
            return self._parts.removing.take_off(document, item, to_bin=to_bin)

        return self._guarded(work, sharing.says(document.id, DriveStatus.FAILED))

    def _follow(self, document: Document, holder: Document) -> Finish:
        """They are one file here, so they are one there: the first one's."""
        taken_off = self._take_off(document, to_bin=True)  # from when it lay elsewhere

        def finish() -> None:
            if taken_off is not None:
                taken_off()
            status = holder.drive_status or DriveStatus.WAITING
            rows.update(Document, document.id, drive_id=holder.drive_id, drive_status=status)

        return finish

    def dossier(self, dossier_id: int) -> Finish | None:
        """Have its folder, if it has one on Drive, under its name in its place."""
        row = rows.find(Dossier, id=dossier_id)
        if row is None:
            return None
        return self._folder(places.dossier_folder(row, self._top))

    def client(self, client_id: int) -> Finish | None:
        """The same for a client's."""
        row = rows.find(Client, id=client_id)
        return None if row is None else self._folder(places.client_folder(row, self._top))

    def _folder(self, folder: Folder) -> Finish | None:
        if self._parts.items.find(folder.key) is None:
            return None  # made when something is put into it

        def work() -> None:
            self._in_folder(folder, lambda _: None)

        return self._guarded(work, lambda: None)

    def _guarded(self, work: Callable[[], Finish | None], failed: Finish) -> Finish | None:
        """Do it if Google lets us; draw the consequences if it does not."""
        self._connection.refuse_if_held()
        try:
            finish = work()
        except TemporaryError as error:
            self._connection.failed(error)
            raise
        except PermanentError as error:
            self._tell(error, failed)
            raise
        if self._connection.worked():
            self._go_on()
        return finish

    def _tell(self, error: PermanentError, failed: Finish) -> None:
        """A person must look: it is written down, and told once a day for each kind of refusal."""
        day = self._clock.now().date()

        def unit() -> list[object]:
            failed()
            key = f"drive:{error.refusal or 'bytes'}:{day}"
            return list(self._connection.bell.alert(key, error))

        self._connection.bell.wake(self._store.insist(unit) or ())

    def _in_folder(self, folder: Folder, then: Callable[[str], Finish | None]) -> Finish | None:
        """Do it with the folder's id; folders that are found gone or full are mended meanwhile."""
        for _ in range(LEVELS):
            try:
                return then(self._parts.folders.ensure(folder))
            except BadFolderError as bad:
                self._parts.folders.mend(bad)
        raise PermanentError(UNSTABLE)

    def _bring(
        self, document: Document, place: Place, between: Callable[[], object]
    ) -> Finish | None:
        key = places.document_key(document.id)
        item = self._parts.items.find(key)
        if item is not None and item.state != DriveItemState.RESERVED:
            if item.state == DriveItemState.THERE and self._parts.acts.is_left_alone(item):
                return sharing.says(document.id, self._parts.acts.status_of(item))
            if item.state == DriveItemState.ANEW:
                item = self._anew(item)
            if item.state == DriveItemState.GONE:  # put away, and released since
                item = self._parts.items.renew(item)
        return self._in_folder(
            place.folder, lambda parent_id: self._put(document, place.name, parent_id, between)
        )

    def _anew(self, item: DriveItem) -> DriveItem:
        """What a person made of the old copy stays on Drive, and is no copy of ours any more."""
        try:
            self._parts.drive.disown(item.drive_id)
        except PermanentError as error:
            log.info("old copy not ours to mark", item=item.id, why=str(error.refusal))
        return self._parts.items.renew(item)

    def _put(
        self, document: Document, name: str, parent_id: str, between: Callable[[], object]
    ) -> Finish:
        parts, key = self._parts, places.document_key(document.id)
        mark_ = places.mark_of(key, document.sha256)
        wanted = Wanted("", name, parent_id, mark_, document.mime_type)
        item = parts.items.reserve(key, wanted, document.sha256)
        between()  # its row says now that it may be there: what is put away from now is taken off
        wanted = Wanted(item.drive_id, name, parent_id, mark_, document.mime_type)
        is_as_wanted = (item.name, item.parent_id) == (name, parent_id)
        if item.state == DriveItemState.THERE and is_as_wanted:
            return sharing.is_there(document, item.drive_id, parts.acts.status_of(item))
        try:
            file = self._there(item, document, wanted, between)
            if not is_right(file, wanted):
                parts.items.intend(item, wanted)
                file = _moved(parts.drive, wanted, file)
        except CopyChangedError as changed:
            return self._finds_changed(item, document, changed.file)

        def finish() -> None:
            parts.items.put(item, file)
            sharing.is_there(document, item.drive_id, DriveStatus.MIRRORED)()

        return finish

    def _there(
        self, item: DriveItem, document: Document, wanted: Wanted, between: Callable[[], object]
    ) -> RemoteFile:
        """The copy, sent now or before."""
        if item.state == DriveItemState.RESERVED:
            self._take_turn()
            return self._parts.uploader.bring(item, document, wanted, between)
        try:
            file = self._parts.drive.get(item.drive_id)
        except PermanentError as error:
            if error.refusal != Next.GONE:
                raise
            raise CopyChangedError(None) from error
        is_in_bin = file.trashed and item.state == DriveItemState.THERE
        if is_in_bin or file.sha256 != item.sha256:
            raise CopyChangedError(file)
        return file

    def _take_turn(self) -> None:
        """How many files are sent in which time is the firm's choice, within Google's."""
        answer = self._store.write(lambda: self._limits.take(LIMIT))
        if not answer.allowed:
            raise TemporaryError(AT_LIMIT, answer.retry_after, counts=False, limit=LIMIT)

    def _finds_changed(
        self, item: DriveItem, document: Document, file: RemoteFile | None
    ) -> Finish:
        """Somebody has changed or removed the copy: only a person says that it is sent again."""

        def finish() -> None:
            self._parts.items.set_state(item, DriveItemState.THERE)
            self._parts.acts.compare(item, file)
            sharing.says(document.id, self._parts.acts.status_of(item))()

        return finish


def _moved(drive: "GoogleDrive", wanted: Wanted, file: RemoteFile) -> RemoteFile:
    try:
        return drive.change(wanted, file)
    except PermanentError as error:
        if error.refusal != Next.GONE:
            raise
        raise BadFolderError(wanted.parent_id) from error
