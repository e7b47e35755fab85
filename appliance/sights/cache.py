"""What is looked at again is at hand: in memory for half an hour, on this disk, else on Drive.

The bytes of an original are proved by their hash whenever they come from a disk or from Drive.
"""

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance import disk
from appliance.clock import Clock
from appliance.errors import PermanentError, mark
from appliance.sights.shelf import SightShelf
from appliance.store.models import Document

KEPT = timedelta(minutes=30)
ORIGINAL = "original"  # fetched from Drive: on the shelf of sights, since it can be fetched again
LOST = mark(
    "The original is not on this computer any more, or was changed there. Look for it in the "
    "backups or on Google Drive."
)
MEMORY, DISK, DRIVE, MISSED = "memory", "disk", "drive", "missed"

Fetch = Callable[[str], Iterable[bytes]]
"""The bytes of a file on Drive, by its drive id. Raises TemporaryError, PermanentError."""


@dataclass(frozen=True)
class Places:
    """Where originals are: as they came, and filed."""

    media: Path
    documents: Path


class MediaCache:
    """Files that people look at. Never holds more than `limit_bytes` in memory."""

    def __init__(
        self,
        limit_bytes: int,
        clock: Clock,
        places: Places,
        shelf: SightShelf,
        fetch: Fetch | None = None,
    ) -> None:
        self._memory = _Memory(limit_bytes, clock)
        self._places = places
        self._shelf = shelf
        self._fetch = fetch
        self._counts: Counter[str] = Counter()
        self._counting = threading.Lock()

    def picture(self, path: Path) -> bytes:
        """A picture of ours. Raises FileNotFoundError when it is not there."""
        key = str(path)
        found = self._memory.get(key)
        if found is not None:
            self._count(MEMORY)
            return found
        content = path.read_bytes()
        self._count(DISK)
        self._memory.put(key, content)
        return content

    def original(self, document: Document) -> bytes | Path:
        """The bytes as they came: themselves where they are small, else the file that holds them.

        Raises PermanentError when they are nowhere, TemporaryError when Drive is away.
        """
        found = self._memory.get(document.sha256)
        if found is not None:
            self._count(MEMORY)
            return found
        path = self.path(document)
        if document.size > self._memory.largest:
            return path
        content = path.read_bytes()
        self._memory.put(document.sha256, content)
        return content

    def path(self, document: Document) -> Path:
        """A file with the bytes as they came. Raises like `original`."""
        for path in self._on_disk(document):
            if _is(path, document):
                self._count(DISK)
                return path
        if self._fetch is None or not document.drive_id:
            self._count(MISSED)
            raise PermanentError(LOST)
        path = self._from_drive(document, self._fetch)
        self._count(DRIVE)
        return path

    def counts(self) -> dict[str, int]:
        """How often something was found, at each level, and how often nowhere; bytes in memory."""
        with self._counting:
            found = {level: self._counts[level] for level in (MEMORY, DISK, DRIVE, MISSED)}
        return {**found, "bytes_in_memory": self._memory.size}

    def forget(self, sha256: str) -> None:
        """Drop an original from memory: it was destroyed."""
        self._memory.drop(sha256, str(self._shelf.path(sha256, "")))

    def close(self) -> None:
        """Hold nothing any more."""
        self._memory.close()

    def _count(self, level: str) -> None:
        with self._counting:
            self._counts[level] += 1

    def _on_disk(self, document: Document) -> Iterable[Path]:
        sha256 = document.sha256
        yield self._places.media / sha256[:2] / sha256
        if document.local_path is not None:
            yield self._places.documents.joinpath(document.local_path)
        yield self._shelf.path(sha256, ORIGINAL)

    def _from_drive(self, document: Document, fetch: Fetch) -> Path:
        with self._shelf.making(document.sha256, ORIGINAL) as (place,):
            digest = hashlib.sha256()
            with place.open("wb") as file:
                for chunk in fetch(document.drive_id):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != document.sha256:
                raise PermanentError(LOST)
        return self._shelf.path(document.sha256, ORIGINAL)


class _Memory:
    """Bytes, the last used ones, for half an hour since they were read."""

    def __init__(self, limit_bytes: int, clock: Clock) -> None:
        self._limit = limit_bytes
        self.largest = limit_bytes // 8  # one file must not drive out all others
        self._clock = clock
        self._held: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.size = 0

    def get(self, key: str) -> bytes | None:
        with self._lock:
            self._expire()
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: str, content: bytes) -> None:
        if len(content) > self.largest:
            return
        with self._lock:
            self._remove(key)
            self._held[key] = (content, self._clock.steady() + KEPT.total_seconds())
            self.size += len(content)
            while self.size > self._limit:
                self._remove(next(iter(self._held)))
            self._look_later()

    def drop(self, key: str, prefix: str) -> None:
        with self._lock:
            for each in [k for k in self._held if k == key or k.startswith(prefix)]:
                self._remove(each)

    def close(self) -> None:
        with self._lock:
            self._held.clear()
            self.size = 0
            if self._timer is not None:
                self._timer.cancel()

    def _remove(self, key: str) -> None:
        content, _ = self._held.pop(key, (b"", 0.0))
        self.size -= len(content)

    def _expire(self) -> None:
        now = self._clock.steady()
        for key in [key for key, (_, until) in self._held.items() if until <= now]:
            self._remove(key)

    def _look_later(self) -> None:
        """Nobody may ask again: what is too old goes by itself, so that memory is given back."""
        if self._timer is None:
            self._timer = threading.Timer(KEPT.total_seconds(), self._sweep)
            self._timer.daemon = True
            self._timer.start()

    def _sweep(self) -> None:
        with self._lock:
            self._timer = None
            self._expire()
            if self._held:
                self._look_later()


def _is(path: Path, document: Document) -> bool:
    """Whether these are the document's bytes, to the last one."""
    with suppress(OSError):
        return bool(
            path.stat().st_size == document.size and disk.sha256_of(path) == document.sha256
        )
    return False
