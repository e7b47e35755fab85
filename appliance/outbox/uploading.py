"""Brings a document's bytes to Meta, before the message that names them. Nobody gets them by that.

Cut anywhere, it is done again: Meta forgets an upload that no message names after thirty days.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from appliance.clock import Clock
from appliance.disk import translated
from appliance.errors import PermanentError, TemporaryError
from appliance.store import work
from appliance.store.models import Document
from appliance.wording import mark

CHUNK = 256 * 1024  # bytes
TIME_LIMIT = work.LEASE - timedelta(minutes=2)  # it must end while its row is still ours
TOO_SLOW = mark("bringing the document to WhatsApp took too long: check the network")
OTHER_BYTES = mark(
    "the document was changed on this computer while it was read: look at it, then send it again"
)

Upload = Callable[[Iterable[bytes], int, str], str]
"""Chunks, their size in bytes, their kind → Meta's id. Raises TemporaryError, PermanentError."""


class Uploading:
    """`path`: a file with a document's bytes as they came. Raises like `Upload`."""

    def __init__(self, path: Callable[[Document], Path], upload: Upload, clock: Clock) -> None:
        self._path = path
        self._upload = upload
        self._clock = clock

    def bring(self, document: Document) -> str:
        """Meta's id for these very bytes.

        Raises TemporaryError (later) or PermanentError (never); nothing is known to anybody then.
        """
        path = self._path(document)
        digest = hashlib.sha256()
        with translated(path.parent):
            if path.stat().st_size != document.size:  # what is announced must come
                raise PermanentError(OTHER_BYTES)
            chunks = self._chunks(path, digest.update)
            media_id = self._upload(chunks, document.size, document.mime_type)
        if digest.hexdigest() != document.sha256:
            raise PermanentError(OTHER_BYTES)
        return media_id

    def _chunks(self, path: Path, seen: Callable[[bytes], None]) -> Iterator[bytes]:
        end = self._clock.steady() + TIME_LIMIT.total_seconds()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if self._clock.steady() > end:
                    raise TemporaryError(TOO_SLOW)
                seen(chunk)
                yield chunk
