"""Whether a picture or a film is whole, and how large it is, without opening it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import PermanentError
from appliance.filing.keyhole import CHUNK, Keyhole
from appliance.safety.findings import Finding, said

MOST_PIXELS = 50_000_000
_MOST_PARTS = 20_000  # segments, chunks or boxes that are looked at
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SCAN, _END = 0xDA, 0xD9


@dataclass
class _Size:
    width: int = 0
    height: int = 0

    def verdict(self, *, is_whole: bool) -> PermanentError | None:
        if self.width * self.height > MOST_PIXELS:
            return said(Finding.HUGE, width=self.width, height=self.height)
        return None if is_whole else said(Finding.TRUNCATED)


def in_jpeg(keyhole: Keyhole) -> PermanentError | None:
    """Enormous, or without the mark that ends it: a hint, for some cameras write more behind it."""
    size, at = _Size(), 2
    for _ in range(_MOST_PARTS):
        header = keyhole.at(at, 9)
        if len(header) < 4 or header[0] != 0xFF:
            return size.verdict(is_whole=False)
        marker = header[1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            return size.verdict(is_whole=_ends_after(keyhole, at))
        if marker == _END:
            return size.verdict(is_whole=False)
        if marker in _FRAMES and len(header) == 9:
            size.height, size.width = struct.unpack(">HH", header[5:9])
        at += 2 + int.from_bytes(header[2:4])
    return size.verdict(is_whole=False)


def _ends_after(keyhole: Keyhole, at: int) -> bool:
    """Looked for from the end, where it stands in nearly every picture."""
    end = keyhole.size
    while end > at:
        begin = max(at, end - CHUNK + 1)
        if b"\xff\xd9" in keyhole.at(begin, end - begin + 1):
            return True
        end = begin
    return False


def in_png(keyhole: Keyhole) -> PermanentError | None:
    """Enormous, or without its last chunk."""
    size, at = _Size(), 8
    for _ in range(_MOST_PARTS):
        header = keyhole.at(at, 16)
        if len(header) < 12:
            return size.verdict(is_whole=False)
        length, kind = struct.unpack(">L4s", header[:8])
        if kind == b"IHDR" and len(header) == 16:
            size.width, size.height = struct.unpack(">LL", header[8:16])
        if kind == b"IEND":
            return size.verdict(is_whole=True)
        at += 12 + length
    return size.verdict(is_whole=False)


def in_gif(keyhole: Keyhole) -> PermanentError | None:
    """Enormous, or without the byte that ends it."""
    head = keyhole.at(0, 10)
    size = _Size(*struct.unpack("<HH", head[6:10])) if len(head) == 10 else _Size()
    return size.verdict(is_whole=b";" in keyhole.tail(16) and len(head) == 10)


def in_riff(keyhole: Keyhole) -> PermanentError | None:
    """WebP, WAV, AVI: shorter than it says at its beginning."""
    length = int.from_bytes(keyhole.at(4, 4), "little")
    return _Size().verdict(is_whole=0 < length <= keyhole.size - 8)


def in_film(keyhole: Keyhole) -> PermanentError | None:
    """MPEG-4 and its relatives, HEIC among them: a box goes beyond the end, or there is but one."""
    at, boxes = 0, 0
    while at + 8 <= keyhole.size and boxes < _MOST_PARTS:
        length = int.from_bytes(keyhole.at(at, 4))
        if length == 1:  # the large kind
            length = int.from_bytes(keyhole.at(at + 8, 8))
        if length == 0:  # up to the end
            length = keyhole.size - at
        if length < 8:
            break
        at, boxes = at + length, boxes + 1
    return _Size().verdict(is_whole=0 <= keyhole.size - at < 8 and boxes > 1)


LOOKS: dict[str, Callable[[Keyhole], PermanentError | None]] = {
    "jpg": in_jpeg,
    "png": in_png,
    "gif": in_gif,
    "webp": in_riff,
    "wav": in_riff,
    "avi": in_riff,
    "heic": in_film,
    "avif": in_film,
    "mp4": in_film,
    "m4a": in_film,
    "m4v": in_film,
    "mov": in_film,
    "3gp": in_film,
}
