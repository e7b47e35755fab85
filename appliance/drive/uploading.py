"""The bytes of one document, to Drive: once, whatever breaks off in between.

The id is committed before anything; a small file goes in one request, a large one in chunks, whose
session is committed before the first of them. Cut anywhere: with the same id Google answers that it
is there already, and what is there is compared by its SHA-256. Nothing on Drive is ever
overwritten.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.disk import sha256_of, translated
from appliance.drive.folders import if_parent
from appliance.drive.items import Items
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.gateways.drive_answers import TROUBLE, Next, RemoteFile, Told, Wanted, error_of
from appliance.store.models import Document, DriveItem

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

NO_BYTES = mark(
    "what was received is no longer on this computer as it came: the file was changed or removed "
    "by hand; put it back, then try again"
)
OTHER_BYTES = mark(
    "Google Drive holds other bytes than this computer (nothing was overwritten): look at the copy "
    "there, then send it again"
)
NO_SUM = mark("Google has not summed up the file yet: Greffier looks again")
SESSIONS = 3  # that may die under one attempt
LARGE = 5 * 1000 * 1000  # bytes: from here on in chunks (guides/manage-uploads)


class CopyChangedError(Exception):
    """A person has changed the copy; `file` None: it is gone, or not ours to see."""

    def __init__(self, file: RemoteFile | None) -> None:
        super().__init__()
        self.file = file


class Source:
    """The bytes as they came: where the document stands, else from the shelf of downloads."""

    def __init__(self, documents: Path, media: Path) -> None:
        self._documents = documents
        self._media = media

    def of(self, document: Document) -> Path:
        """A file with these very bytes. Raises PermanentError when there is none left."""
        standing: Path = self._documents / document.local_path
        shelf: Path = self._media / document.sha256[:2] / document.sha256
        for path in (standing, shelf):
            with translated(path.parent):
                if not path.is_file() or path.stat().st_size != document.size:
                    continue
                if sha256_of(path) == document.sha256:
                    return path
        raise PermanentError(NO_BYTES)


class Uploader:
    """Brings documents to Drive."""

    def __init__(self, items: Items, drive: "GoogleDrive", source: Source) -> None:
        self._items = items
        self._drive = drive
        self._source = source

    def bring(
        self, item: DriveItem, document: Document, wanted: Wanted, between: Callable[[], object]
    ) -> RemoteFile:
        """The copy as it is on Drive then, with the right bytes.

        `between` is called before each chunk. Raises BadFolderError when the folder of `wanted` is
        to blame, PermanentError when there are other bytes under our id.
        """
        path = self._source.of(document)
        try:
            file = self._sent(item, wanted, path, between)
        except PermanentError as error:
            if error.refusal != Next.TAKEN:
                raise if_parent(wanted.parent_id, error) from error
            file = self._found(wanted)
        return _checked(file, item)

    def _sent(
        self, item: DriveItem, wanted: Wanted, path: Path, between: Callable[[], object]
    ) -> RemoteFile:
        if path.stat().st_size <= LARGE:
            return self._drive.send(wanted, path)

        def save(address: str) -> None:
            self._items.save_session(item, address)

        for _ in range(SESSIONS):
            session = self._items.session(item)
            try:
                return self._drive.send_in_chunks(wanted, path, session, save, between)
            except PermanentError as error:
                if error.refusal != Next.GONE or self._items.session(item) is None:
                    raise  # the folder is not there: no session could be begun
            self._items.save_session(item, None)  # it is dead: a new one, for the same id
        raise error_of(Told(Next.AGAIN, TROUBLE), answer="404")

    def _found(self, wanted: Wanted) -> RemoteFile:
        """Our id is in use: an answer was lost, and the file is there."""
        try:
            return self._drive.get(wanted.drive_id)
        except PermanentError as error:
            if error.refusal != Next.GONE:
                raise
            raise CopyChangedError(None) from error


def _checked(file: RemoteFile, item: DriveItem) -> RemoteFile:
    if file.sha256 is None:
        raise TemporaryError(NO_SUM)
    if file.sha256 != item.sha256:
        raise PermanentError(OTHER_BYTES)
    return file
