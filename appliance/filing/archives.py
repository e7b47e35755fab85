"""The list of a ZIP archive, and what it says of the files inside. Nothing is ever unpacked.

The standard library reads a whole list, however long it claims to be, and makes an object of each
line: we read its first two thousand lines.
"""

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from appliance.filing.keyhole import Keyhole

MAX_ENTRIES = 2000
_MAX_DIRECTORY = 1024 * 1024  # bytes
_LONGEST_COMMENT = 0xFFFF
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_IS_64 = 0xFFFFFFFF
_ENCRYPTED, _STATED_LATER = 0x1, 0x8
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True)
class Entry:
    """A file inside, as the list describes it. `at`: where the list says that it begins."""

    name: str
    flags: int
    method: int
    packed: int
    size: int
    at: int
    mode: int

    @property
    def is_encrypted(self) -> bool:
        """Whether it needs a password."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def is_link(self) -> bool:
        """Whether it is unpacked as a link to another place."""
        return stat.S_ISLNK(self.mode)


@dataclass(frozen=True)
class Archive:
    """An archive's list.

    `stated`: how many entries it claims; `before`: how many bytes stand before the archive;
    `after`: how many behind it; `is_whole`: whether every entry could be read that was looked for.
    """

    entries: tuple[Entry, ...]
    stated: int
    before: int
    after: int
    is_whole: bool

    @property
    def names(self) -> list[str]:
        """The names inside, in lower case."""
        return [entry.name.lower() for entry in self.entries]


def archive_in(keyhole: Keyhole) -> Archive | None:
    """The archive that ends where the file ends, or shortly before; None if there is no list."""
    tail = keyhole.tail(_END.size + _LONGEST_COMMENT)
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + _END.size:
        return None
    _, _, _, _, stated, length, offset, comment = _END.unpack_from(tail, end)
    end_at = keyhole.size - len(tail) + end
    after = len(tail) - end - _END.size - comment
    if stated == 0xFFFF or _IS_64 in (length, offset):
        stated, length, offset, end_at = _large(keyhole, end_at) or (stated, length, offset, end_at)
    begins = end_at - length
    if begins < 0:
        return Archive((), stated, 0, after, is_whole=False)
    directory = _read(keyhole, begins, min(length, _MAX_DIRECTORY))
    entries = tuple(_entries(directory))
    keyhole.entries += len(entries)
    is_whole = len(entries) == min(stated, MAX_ENTRIES) or len(entries) == MAX_ENTRIES
    return Archive(entries, stated, begins - offset, after, is_whole)


def _large(keyhole: Keyhole, end_at: int) -> tuple[int, int, int, int] | None:
    """(entries, length of the list, its offset, where it ends) of an archive of the large kind."""
    locator = keyhole.at(end_at - _LOCATOR.size, _LOCATOR.size)
    if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\6\7"):
        return None
    at = end_at - _LOCATOR.size - _END_64.size
    record = keyhole.at(at, _END_64.size)
    if len(record) < _END_64.size or not record.startswith(b"PK\6\6"):
        return None
    _, _, _, _, _, _, _, stated, length, offset = _END_64.unpack(record)
    return stated, length, offset, at


def _read(keyhole: Keyhole, at: int, length: int) -> bytes:
    found = bytearray()
    while len(found) < length and (part := keyhole.at(at + len(found), length - len(found))):
        found += part
    return bytes(found)


def _entries(directory: bytes) -> Iterator[Entry]:
    at = 0
    for _ in range(MAX_ENTRIES):
        if directory[at : at + 4] != b"PK\1\2" or len(directory) < at + _ENTRY.size:
            return
        fields = _ENTRY.unpack_from(directory, at)
        flags, method, packed, size = fields[3], fields[4], fields[8], fields[9]
        name, extra, comment = fields[10:13]
        at += _ENTRY.size
        raw, more = directory[at : at + name], directory[at + name : at + name + extra]
        size, packed, begins = _true_sizes(more, size, packed, fields[16])
        mode = fields[15] >> 16
        yield Entry(_decoded(raw), flags, method, packed, size, begins, mode)
        at += name + extra + comment


def _true_sizes(extra: bytes, size: int, packed: int, at: int) -> tuple[int, int, int]:
    """The sizes of an entry of the large kind stand in its extra field (APPNOTE 4.5.3)."""
    values = [size, packed, at]
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind != 1:
            continue
        for index, value in enumerate(values):
            if value == _IS_64 and len(field) >= 8:
                values[index] = int.from_bytes(field[:8], "little")
                field = field[8:]
    return values[0], values[1], values[2]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def overlaps(archive: Archive) -> bool:
    """Whether two entries share bytes: one kernel unpacked many times, as only bombs have it."""
    places = sorted((entry.at, entry.packed) for entry in archive.entries)
    return any(at + _LOCAL.size + packed > then for (at, packed), (then, _) in pairwise(places))


def contradicts(keyhole: Keyhole, archive: Archive) -> bool:
    """Whether the list cannot be true: the entry's own header says otherwise, or it is packed to
    more than it holds."""
    return any(_is_told_otherwise(keyhole, archive, entry) for entry in archive.entries)


def _is_told_otherwise(keyhole: Keyhole, archive: Archive, entry: Entry) -> bool:
    local = _local(keyhole, archive, entry)
    if local is None or local[2] & _ENCRYPTED != entry.flags & _ENCRYPTED:
        return True
    is_stated = not local[2] & _STATED_LATER and local[8] != _IS_64
    if local[3] != entry.method or (is_stated and local[8] != entry.size):
        return True
    return entry.method == _DEFLATED and entry.packed > entry.size + entry.size // 100 + 128


def begins_with(keyhole: Keyhole, archive: Archive, entry: Entry, most: int) -> bytes:
    """The first bytes of an entry, unpacked in memory: `most` at most; none if it is encrypted."""
    local = _local(keyhole, archive, entry)
    if local is None or entry.is_encrypted:
        return b""
    at = archive.before + entry.at + _LOCAL.size + local[9] + local[10]
    if entry.method == _STORED:
        return keyhole.at(at, min(most, entry.packed))
    if entry.method == _DEFLATED:
        return keyhole.inflate(at, entry.packed, most, is_raw=True)
    return b""


def _local(keyhole: Keyhole, archive: Archive, entry: Entry) -> tuple[int, ...] | None:
    header = keyhole.at(archive.before + entry.at, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        return None
    return _LOCAL.unpack(header)
