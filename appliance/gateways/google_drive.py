"""Google Drive v3 through Google's own client: files up, names and places changed, changes read.

Measured traps (facts, drive-and-safety 1.2), each met here. The packaged description of the API is
used with its addresses replaced: the client's own option forgets the scheme of uploads. One
connection a thread: shared ones give other threads' answers. Chunks are bytes: streams are not
rewound. Google's client never repeats anything: it forgets Retry-After. And nothing is ever created
without an id that was reserved and committed before: httplib2 repeats a POST whose answer was lost,
silently.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from google.auth.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.http import MediaIoBaseDownload

from appliance.errors import PermanentError
from appliance.gateways.drive_answers import (
    SIGN_IN,
    Account,
    Change,
    Next,
    RemoteFile,
    Told,
    Wanted,
    error_of,
)
from appliance.gateways.drive_reading import (
    MARK,
    Piece,
    body_of,
    change_of,
    description,
    file_of,
    object_of,
    text_of,
)
from appliance.gateways.google_account import http
from appliance.gateways.google_refusals import not_understood, translated

GOOGLE = "https://www.googleapis.com"
CHUNK = 1024 * 1024  # bytes
IDS_AT_ONCE = 100
PAGE = 1000
FIELDS = "id,name,parents,trashed,mimeType,sha256Checksum,appProperties"
_READ = {"supportsAllDrives": True}


class GoogleDrive:
    """The firm's Drive. Safe to call from several threads.

    Every call raises TemporaryError or PermanentError with what is next in `refusal`
    (drive_answers.Next), and has done nothing twice.
    """

    def __init__(
        self,
        api_url: str,
        shared_drive: str,
        credentials: Callable[[], Credentials | None],
        now: Callable[[], datetime],
    ) -> None:
        self._shared_drive = shared_drive
        self._credentials = credentials
        self._now = now
        self._api = description(api_url or GOOGLE)
        self._threads = threading.local()

    @property
    def top(self) -> str | None:
        """The id of the folder above our own: the shared drive, or None for the account's top."""
        return self._shared_drive or None

    def account(self) -> Account:
        """Who is connected; the cheapest call that proves it."""
        found = self._ask(lambda api: api.about().get(fields="user(permissionId,emailAddress)"))
        user = found.get("user") or {}
        return Account(str(user.get("permissionId", "")), str(user.get("emailAddress", "")))

    def new_ids(self) -> list[str]:
        """Ids that nobody else will ever get, to be committed before they are used."""
        asked = {"count": IDS_AT_ONCE, "space": "drive", "type": "files"}
        found = self._ask(lambda api: api.files().generateIds(**asked)).get("ids")
        if not isinstance(found, list) or not found:
            raise not_understood()
        return [str(each) for each in found]

    def get(self, drive_id: str) -> RemoteFile:
        """The file as it is. GONE: it is not there, or not ours to see."""
        asked = {"fileId": drive_id, "fields": FIELDS, **_READ}
        return file_of(self._ask(lambda api: api.files().get(**asked)))

    def make_folder(self, wanted: Wanted) -> RemoteFile:
        """TAKEN: it, or something else, has that id. GONE: the parent is not there."""
        asked = {"body": body_of(wanted), "fields": FIELDS, **_READ}
        return file_of(self._ask(lambda api: api.files().create(**asked)))

    def send(self, wanted: Wanted, source: Path) -> RemoteFile:
        """A small file in one request. Raises as `make_folder` does."""
        media = Piece(source, wanted.mime_type, in_chunks=False)
        asked = {"body": body_of(wanted), "media_body": media, "fields": FIELDS, **_READ}
        return file_of(self._ask(lambda api: api.files().create(**asked)))

    def send_in_chunks(
        self,
        wanted: Wanted,
        source: Path,
        session: str | None,
        save: Callable[[str], object],
        between: Callable[[], object],
    ) -> RemoteFile:
        """A large file, chunk by chunk, from where the last session stopped.

        `save` is called with the session's address, a secret, before a byte leaves; `between`
        before each chunk: what it raises ends the upload, to go on another time. GONE: the
        session is dead (or the parent is not there, if it was new).
        """
        media = Piece(source, wanted.mime_type, in_chunks=True)
        with self._calling() as api:
            asked = {"body": body_of(wanted), "media_body": media, "fields": FIELDS, **_READ}
            request = api.files().create(**asked)
            if session is not None:
                # The client's own way to go on: it asks first how much has arrived.
                request.resumable_uri, request._in_error_state = session, True  # noqa: SLF001
            saved = [session]

            def before_bytes() -> None:
                between()
                if request.resumable_uri != saved[0]:
                    save(request.resumable_uri)
                    saved[0] = request.resumable_uri

            media.before_bytes = before_bytes
            answer = None
            while answer is None:
                _, answer = request.next_chunk(num_retries=0)
        return file_of(object_of(answer))

    def change(self, wanted: Wanted, now: RemoteFile) -> RemoteFile:
        """Give it this name and this only folder, out of the bin, and our mark."""
        body: dict[str, Any] = {"name": wanted.name, "appProperties": {MARK: wanted.mark}}
        asked: dict[str, Any] = {"fileId": now.drive_id, "fields": FIELDS, **_READ}
        if now.trashed:
            body["trashed"] = False
        if wanted.parent_id is not None and list(now.parents) != [wanted.parent_id]:
            asked["addParents"] = wanted.parent_id
            asked["removeParents"] = ",".join(p for p in now.parents if p != wanted.parent_id)
        return file_of(self._ask(lambda api: api.files().update(body=body, **asked)))

    def disown(self, drive_id: str) -> None:
        """It is no copy of ours any more: what a person made of it stays, without our mark."""
        body = {"appProperties": {MARK: None}}
        asked = {"fileId": drive_id, "body": body, "fields": "id", **_READ}
        self._ask(lambda api: api.files().update(**asked))

    def bin(self, drive_id: str) -> None:
        """Into the bin, from where a person can take it for thirty days, and no copy of ours any
        more. What is not there already is as it should be."""
        body = {"trashed": True, "appProperties": {MARK: None}}
        asked = {"fileId": drive_id, "body": body, "fields": "id", **_READ}
        try:
            self._ask(lambda api: api.files().update(**asked))
        except PermanentError as error:
            if error.refusal != Next.GONE:
                raise

    def remove(self, drive_id: str) -> None:
        """It is there no more, nor in the bin. What is not there already is as it should be."""
        try:
            with self._calling() as api:
                api.files().delete(fileId=drive_id, **_READ).execute(num_retries=0)
        except PermanentError as error:
            if error.refusal != Next.GONE:
                raise

    def fetch(self, drive_id: str) -> Iterator[bytes]:
        """The bytes of a file, a megabyte at most in memory."""
        held = io.BytesIO()
        with self._calling() as api:
            asked = api.files().get_media(fileId=drive_id, **_READ)
            download = MediaIoBaseDownload(held, asked, chunksize=CHUNK)
            is_done = False
            while not is_done:
                _, is_done = download.next_chunk(num_retries=0)
                yield held.getvalue()
                held.seek(0)
                held.truncate()

    def everything(self) -> Iterator[RemoteFile]:
        """All that is ours on Drive, also what lies in the bin."""
        asked = {"pageSize": PAGE, "spaces": "drive", **self._where()}
        asked["fields"] = f"nextPageToken,files({FIELDS})"
        page: str | None = None
        while True:
            found = self._page_of_files({**asked, "pageToken": page})
            for each in found.get("files") or ():
                yield file_of(each)
            page = found.get("nextPageToken")
            if page is None:
                return

    def _page_of_files(self, asked: dict[str, object]) -> dict[str, Any]:
        return self._ask(lambda api: api.files().list(**asked))

    def start_of_changes(self) -> str:
        """The place in the list of changes from which on we read."""
        asked = {**_READ, **({"driveId": self._shared_drive} if self._shared_drive else {})}
        found = self._ask(lambda api: api.changes().getStartPageToken(**asked))
        return text_of(found.get("startPageToken"))

    def changes(self, since: str) -> tuple[list[Change], str, bool]:
        """A page of them, the place after it, and whether it was the last. EXPIRED: begin anew."""
        fields = f"nextPageToken,newStartPageToken,changes(fileId,removed,file({FIELDS}))"
        asked = {"pageToken": since, "includeRemoved": True, "pageSize": PAGE, "fields": fields}
        asked |= {"supportsAllDrives": True}
        if self._shared_drive:
            asked |= {"driveId": self._shared_drive, "includeItemsFromAllDrives": True}
        found = self._ask(lambda api: api.changes().list(**asked), is_page_of_changes=True)
        after = found.get("nextPageToken")
        page = [change_of(each) for each in found.get("changes") or () if each.get("fileId")]
        return page, text_of(after or found.get("newStartPageToken")), after is None

    def _where(self) -> dict[str, object]:
        if not self._shared_drive:
            return dict(_READ)
        shared = {"corpora": "drive", "driveId": self._shared_drive}
        return {**_READ, **shared, "includeItemsFromAllDrives": True}

    def _ask(
        self, ask: Callable[[Any], Any], *, is_page_of_changes: bool = False
    ) -> dict[str, Any]:
        try:
            with self._calling() as api:
                return object_of(ask(api).execute(num_retries=0))
        except Exception as error:
            # A place in the list that Google no longer knows comes as 410, or as 400 `invalid`.
            if is_page_of_changes and getattr(error, "refusal", None) == Next.BUG:
                raise error_of(Told(Next.EXPIRED, str(error))) from error
            raise

    @contextmanager
    def _calling(self) -> Iterator[Any]:
        """This thread's own connection; after a fault of the line, a new one."""
        with translated(self._now, self._hang_up):
            yield self._mine()

    def _mine(self) -> Any:
        credentials = self._credentials()
        if credentials is None:
            raise error_of(Told(Next.RECONNECT, SIGN_IN))
        mine = self._threads
        if getattr(mine, "credentials", None) is not credentials:
            self._hang_up()
            mine.credentials = credentials
            mine.api = build_from_document(self._api, http=AuthorizedHttp(credentials, http()))
        return mine.api

    def _hang_up(self) -> None:
        """A late answer on an old connection would be taken for the next one's."""
        api = getattr(self._threads, "api", None)
        self._threads.credentials = self._threads.api = None
        if api is not None:
            api.close()
