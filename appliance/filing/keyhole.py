"""A file that nobody trusts is looked at through a keyhole: little at a time, counted, bounded."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

CHUNK = 1024 * 1024
MOST_INFLATED = 8 * 1024 * 1024  # bytes of unpacked parts in memory, a whole look
_PIECE = 4096


class Keyhole:
    """Reads parts of a file and keeps count of the work: no content decides how much that is.

    `bytes_read`, `entries` (of archives' lists), `inflated` (bytes that were unpacked, in memory).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self.bytes_read = 0
        self.entries = 0
        self.inflated = 0

    @classmethod
    @contextmanager
    def on(cls, path: Path) -> Iterator[Self]:
        """Look into the file at `path`. Raises OSError when it cannot be read."""
        with path.open("rb") as file:
            yield cls(file)

    def at(self, offset: int, length: int) -> bytes:
        """The bytes there; fewer, or none, where the file has no more."""
        if not 0 <= offset < self.size or length <= 0:
            return b""
        self._file.seek(offset)
        found = self._file.read(min(length, CHUNK))
        self.bytes_read += len(found)
        return found

    def tail(self, length: int) -> bytes:
        """Its last bytes."""
        return self.at(max(0, self.size - length), length)

    def chunks(self, overlap: int) -> Iterator[tuple[int, bytes]]:
        """The whole file once: (offset, bytes); each part begins with the end of the one before."""
        at, kept = 0, b""
        while read := self.at(at, CHUNK):
            yield at - len(kept), kept + read
            at += len(read)
            kept = (kept + read)[-overlap:]

    def inflate(self, offset: int, packed: int, most: int, *, is_raw: bool) -> bytes:
        """What the deflated bytes there begin with: `most` at most, and as far as they are sound.

        `is_raw`: as in ZIP; else with the header that PDF's streams have.
        """
        most = min(most, MOST_INFLATED - self.inflated)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS if is_raw else zlib.MAX_WBITS)
        found, end = bytearray(), offset + min(packed, most)
        while offset < end and len(found) < most and not inflater.eof:
            piece = self.at(offset, min(_PIECE, end - offset))
            if not piece:
                break
            offset += len(piece)
            try:
                found += inflater.decompress(piece, most - len(found))
            except zlib.error:
                break
        self.inflated += len(found)
        return bytes(found)
