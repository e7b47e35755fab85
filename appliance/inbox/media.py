"""Downloads each file once to media/ab/<sha256>, before anything is decided or confirmed.

Owns whatsapp_media_cache. The bytes are named by their hash and on disk (file and folder synced)
before a row says so; a crash in between leaves a file that the next try recognises. They are
read-only from the first: what a client sent is the same in ten years.
"""

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from appliance.clock import Clock
from appliance.disk import (
    DISK_FULL,
    READ_ONLY,
    discard,
    fsync_folder,
    make_folder,
    publish,
    sha256_of,
    supersede,
    sweep_temporary,
    translated,
    write_temporary,
)
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.gateways.whatsapp import MediaInfo, WhatsAppGateway
from appliance.inbox import forgetting
from appliance.inbox.envelope import Media
from appliance.inbox.fields import hex_digest
from appliance.store import models, rows, work
from appliance.store.database import Store
from appliance.store.models import MediaStatus

TOO_SLOW = mark("the download took too long: check the network")
TOO_LARGE = mark(
    "the file is too large (%(size)d MB; at most 100 MB): ask the client to send it in parts or "
    "another way"
)
OTHER_LENGTH = mark(
    "the file came with another length than announced (%(came)d bytes, %(announced)d announced): "
    "ask the client to send it again"
)
OTHER_BYTES = mark(
    "the file that came is not the one WhatsApp announced: ask the client to send it again"
)
EMPTY = mark("the file is empty: ask the client to send it again")
RESERVE = 300 * 1024 * 1024  # bytes of the disk that are the store's; of a small disk a 20th
MAX_BYTES = 100 * 1024 * 1024  # Meta, business-phone-numbers/media: the most a user can send
TIME_LIMIT = work.LEASE - timedelta(minutes=2)  # a download must end while its row is still ours


class Discarded(StrEnum):
    """What became of bytes that were to leave the shelf."""

    REMOVED = "removed"
    ABSENT = "absent"  # they were not there
    KEPT = "kept"  # somebody has them, too, or is just being sent them


class MediaShelf:
    """Every downloaded file, by content."""

    def __init__(
        self,
        store: Store,
        whatsapp: WhatsAppGateway,
        clock: Clock,
        folder: Path,
        kept_at_meta: timedelta,
    ) -> None:
        self._store = store
        self._whatsapp = whatsapp
        self._clock = clock
        self._folder = folder
        self._kept_at_meta = kept_at_meta
        self._coming: Counter[str] = Counter()  # bytes that are here, their row not yet
        self._looking = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where all of them are."""
        return self._folder

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash (hex) are, or would be."""
        return self._folder / sha256[:2] / sha256

    def fetch(self, wanted: Media, then: Callable[[], None]) -> models.Media:
        """Make sure that we hold the file; commit its row together with the unit `then`.

        Raises PermanentError when it is gone, too large or not what was announced, and
        TemporaryError when another try may work. What was learnt is in the row either way.
        """
        row = self._known(wanted) or self._store.write(lambda: self.expect(wanted))
        if row.status == MediaStatus.DOWNLOADED:
            with self._arriving(row.sha256):
                if self._holds(row):
                    self._store.write(then)
                    return row
        try:
            info = self._whatsapp.media_info(wanted.media_id)
            temporary, sha256, size = self._download(wanted, info)
            mime_type = wanted.mime_type or info.mime_type
            with self._arriving(sha256):
                self._put(temporary, sha256)
                return self._store.write(
                    lambda: self._downloaded(row, sha256, size, mime_type, then)
                )
        except PermanentError as error:
            self._note(row, status=MediaStatus.LOST, error=error.reason)
            raise
        except TemporaryError as error:
            self._note(row, error=error.reason)
            raise

    def discard(self, sha256: str) -> Discarded:
        """Remove bytes for good that were decided to go, unless they are anybody's.

        Whoever sends the same bytes at this moment keeps them. Raises TemporaryError when the disk
        does not let us.
        """
        path = self.path(sha256)
        with self._looking, translated(self._folder):
            if self._coming[sha256] or forgetting.is_anybodys(sha256):
                return Discarded.KEPT
            if not path.exists():
                return Discarded.ABSENT
            discard(path)
            fsync_folder(path.parent)
        return Discarded.REMOVED

    @contextmanager
    def _arriving(self, sha256: str) -> Iterator[None]:
        """Until their row says whose these bytes are, nobody removes them."""
        with self._looking:
            self._coming[sha256] += 1
        try:
            yield
        finally:
            with self._looking:
                self._coming[sha256] -= 1
                self._coming += Counter()  # forgets what is at nought

    def sweep(self) -> None:
        """At start: remove what a crash left half-downloaded."""
        sweep_temporary(self._folder)

    def expect(self, wanted: Media, sent_at: datetime | None = None) -> models.Media:
        """Inside a unit: the file's row, made if need be.

        Its days at Meta count from when it was sent there, which may be days ago.
        """
        now = self._clock.now()
        since = min(sent_at or now, now)
        return self._known(wanted) or rows.insert(
            models.Media,
            media_id=wanted.media_id,
            mime_type=wanted.mime_type,
            filename=wanted.filename,
            declared_sha256=wanted.sha256,
            seen_at=now,
            expires_at=since + self._kept_at_meta,
        )

    def _known(self, wanted: Media) -> models.Media | None:
        return rows.find(models.Media, media_id=wanted.media_id)

    def _downloaded(
        self,
        row: models.Media,
        sha256: str,
        size: int,
        mime_type: str | None,
        then: Callable[[], None],
    ) -> models.Media:
        row.sha256, row.size, row.mime_type = sha256, size, mime_type
        row.status, row.error, row.downloaded_at = MediaStatus.DOWNLOADED, None, self._clock.now()
        learnt = ("sha256", "size", "mime_type", "status", "error", "downloaded_at")
        rows.update(models.Media, row.id, **{name: getattr(row, name) for name in learnt})
        then()
        return row

    def _note(self, row: models.Media, **values: object) -> None:
        self._store.write(lambda: rows.update(models.Media, row.id, **values))

    def _download(self, wanted: Media, info: MediaInfo) -> tuple[Path, str, int]:
        """Bring the bytes to a temporary file here; return it, their hash and size."""
        _refuse_too_large(info.size or 0)
        self._keep_room(info.size or 0)
        with translated(self._folder), self._whatsapp.download(info.url) as chunks:
            make_folder(self._folder)
            temporary, sha256 = write_temporary(self._folder, self._in_bounds(chunks), READ_ONLY)
            try:
                size = temporary.stat().st_size
                _compare(wanted, info, sha256, size)
            except BaseException:
                discard(temporary)
                raise
        return temporary, sha256, size

    def _put(self, temporary: Path, sha256: str) -> None:
        """Give the bytes their place."""
        target = self.path(sha256)
        try:
            with translated(self._folder):
                make_folder(target.parent)
                if not publish(temporary, target) and sha256_of(target) != sha256:
                    supersede(temporary, target)  # what was there had been damaged since
                fsync_folder(target.parent)
        finally:
            discard(temporary)

    def _holds(self, row: models.Media) -> bool:
        """Whether the file is there and whole: a damaged one is fetched again while Meta has it."""
        path = self.path(row.sha256)
        with suppress(OSError):
            return bool(path.stat().st_size == row.size and sha256_of(path) == row.sha256)
        return False

    def _keep_room(self, size: int) -> None:
        """The last of the disk is for the store: while it has room, clients need not wait.

        Each file is kept twice, here and in its dossier.
        """
        with translated(self._folder):
            make_folder(self._folder)
            disk = shutil.disk_usage(self._folder)
        reserve = min(RESERVE, disk.total // 20)
        if disk.free < reserve + 2 * size:
            folder = str(self._folder)
            raise TemporaryError(DISK_FULL, counts=False, folder=folder)

    def _in_bounds(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes, as long as they are neither too many nor too slow."""
        size, latest = 0, self._clock.steady() + TIME_LIMIT.total_seconds()
        for chunk in chunks:
            size += len(chunk)
            _refuse_too_large(size)
            if self._clock.steady() > latest:
                raise TemporaryError(TOO_SLOW)
            yield chunk


def _refuse_too_large(size: int) -> None:
    if size > MAX_BYTES:
        raise PermanentError(TOO_LARGE, size=round(size / 1e6))


def _compare(wanted: Media, info: MediaInfo, sha256: str, size: int) -> None:
    """Raise TemporaryError unless the bytes are those Meta announced, PermanentError if none."""
    if info.size is not None and size != info.size:
        raise TemporaryError(OTHER_LENGTH, came=size, announced=info.size)
    announced = {wanted.sha256, hex_digest(info.sha256)} - {None}
    if announced and sha256 not in announced:
        raise TemporaryError(OTHER_BYTES)
    if size == 0:
        raise PermanentError(EMPTY)
