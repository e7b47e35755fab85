"""Contents of files, kept on disk for as long as the played Drive lives."""

import hashlib
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_PIECE = 1024 * 1024


class Stream(Protocol):
    """What bytes are read from; read(n) may give fewer."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Blob:
    """One content; the sums are in hex, as Drive tells them."""

    path: Path
    size: int
    md5: str
    sha1: str
    sha256: str


class Store:
    """A folder of its own, removed with it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="drive-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def new(self) -> Path:
        """An empty file."""
        path = self._folder / secrets.token_hex(16)
        path.touch()
        return path

    def keep(self, data: bytes) -> Blob:
        path = self.new()
        path.write_bytes(data)
        return blob_of(path)


def blob_of(path: Path) -> Blob:
    """The sums of a file that is complete."""
    md5, sha1, sha256 = hashlib.md5(), hashlib.sha1(), hashlib.sha256()
    with path.open("rb") as file:
        for piece in pieces(file, path.stat().st_size):
            for one in (md5, sha1, sha256):
                one.update(piece)
    sums = (md5.hexdigest(), sha1.hexdigest(), sha256.hexdigest())
    return Blob(path, path.stat().st_size, *sums)


def pieces(stream: Stream, count: int | None) -> Iterator[bytes]:
    """At most so many bytes of a stream (None: all), a mebibyte at a time."""
    left = count
    while left is None or left > 0:
        piece = stream.read(_PIECE if left is None else min(left, _PIECE))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece
