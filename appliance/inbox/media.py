"""Downloads each file once to media/ab/<sha256>, before anything is decided or confirmed.

Owns whatsapp_media_cache. The bytes are named by their hash and on disk (file and folder synced)
before a row says so; a crash in between leaves a file that the next try recognises.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from appliance.clock import Clock
from appliance.disk import fsync_folder, make_folder, publish, translated
from appliance.errors import PermanentError, TemporaryError
from appliance.gateways.whatsapp import MediaInfo, WhatsAppGateway
from appliance.inbox.envelope import Media, hex_digest
from appliance.store import models, work
from appliance.store.database import Store
from appliance.store.models import MediaStatus

MAX_BYTES = 100 * 1024 * 1024  # Meta, business-phone-numbers/media: the most a user can send
TIME_LIMIT = work.LEASE - timedelta(minutes=2)  # a download must end while its row is still ours


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

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash (hex) are, or would be."""
        return self._folder / sha256[:2] / sha256

    def fetch(self, wanted: Media, then: Callable[[], None]) -> models.Media:
        """Make sure that we hold the file; commit its row together with the unit `then`.

        Raises PermanentError when it is gone, too large or not what was announced, and
        TemporaryError when another try may work. What was learnt is in the row either way.
        """
        row = self._store.write(lambda: self._known(wanted))
        if row.status == MediaStatus.DOWNLOADED and self.path(row.sha256).exists():
            self._store.write(then)
            return row
        try:
            info = self._whatsapp.media_info(wanted.media_id)
            sha256, size = self._download(wanted, info)
        except PermanentError as error:
            self._note(row, status=MediaStatus.LOST, error=error.reason)
            raise
        except TemporaryError as error:
            self._note(row, error=error.reason)
            raise
        mime_type = wanted.mime_type or info.mime_type
        return self._store.write(lambda: self._downloaded(row, sha256, size, mime_type, then))

    def sweep(self) -> None:
        """At start: remove what a crash left half-downloaded."""
        for left in self._folder.glob(".greffier-*.tmp"):
            left.unlink(missing_ok=True)

    def _known(self, wanted: Media) -> models.Media:
        now = self._clock.now()
        row: models.Media
        row, _ = models.Media.get_or_create(
            media_id=wanted.media_id,
            defaults={
                "mime_type": wanted.mime_type,
                "filename": wanted.filename,
                "declared_sha256": wanted.sha256,
                "seen_at": now,
                "expires_at": now + self._kept_at_meta,
            },
        )
        return row

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
        row.save()
        then()
        return row

    def _note(self, row: models.Media, **values: object) -> None:
        query = models.Media.update(**values).where(models.Media.id == row.id)
        self._store.write(query.execute)

    def _download(self, wanted: Media, info: MediaInfo) -> tuple[str, int]:
        """Bring the bytes to their place; return their hash and size."""
        _refuse_too_large(info.size or 0)
        with self._temporary() as file:
            sha256, size = self._receive(info.url, file)
            _compare(wanted, info, sha256, size)
            file.flush()
            os.fsync(file.fileno())
            target = self.path(sha256)
            make_folder(target.parent)
            publish(Path(file.name), target)  # False: these very bytes are there already
            fsync_folder(target.parent)
        return sha256, size

    def _receive(self, url: str, file: IO[bytes]) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        latest = self._clock.now() + TIME_LIMIT
        with self._whatsapp.download(url) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                _refuse_too_large(size)
                file.write(chunk)
                if self._clock.now() > latest:
                    raise TemporaryError("the download took too long: check the network")
        return digest.hexdigest(), size

    @contextmanager
    def _temporary(self) -> Iterator[IO[bytes]]:
        """A file on the same volume that is gone afterwards unless it was published."""
        with translated(self._folder):
            make_folder(self._folder)
            with tempfile.NamedTemporaryFile(
                dir=self._folder, prefix=".greffier-", suffix=".tmp", delete=False
            ) as file:
                try:
                    yield file
                finally:
                    file.close()
                    Path(file.name).unlink(missing_ok=True)


def _refuse_too_large(size: int) -> None:
    if size > MAX_BYTES:
        raise PermanentError(
            f"the file is too large ({size / 1e6:.0f} MB; at most 100 MB): "
            "ask the client to send it in parts or another way"
        )


def _compare(wanted: Media, info: MediaInfo, sha256: str, size: int) -> None:
    """Raise TemporaryError unless the bytes are those Meta announced."""
    if info.size is not None and size != info.size:
        raise TemporaryError(f"the file came incomplete: {size} of {info.size} bytes")
    announced = {wanted.sha256, hex_digest(info.sha256)} - {None}
    if announced and sha256 not in announced:
        raise TemporaryError("the file is not the one WhatsApp announced: its SHA-256 differs")
