"""A JPEG without what its camera wrote about people and places: its picture is not touched.

In the child only. Kept: the picture, its colours (ICC, Adobe, JFIF). Gone: EXIF with GPS, XMP,
comments, makers' notes, and whatever follows the end of the picture.
"""

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_COMMENT = 0xFE
_APPLICATION = range(0xE0, 0xF0)
_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def bared(data: bytes) -> bytes | None:
    """The JPEG without its additions; None if it is built in a way that we do not know."""
    if data[:2] != b"\xff\xd8":
        return None
    parts, at = [data[:2]], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == _END:
            return b"".join([*parts, b"\xff\xd9"])
        after = _after(data, at, marker)
        if after is None:
            return None
        if _is_kept(data, at, marker):
            parts.append(data[at:after])
        at = after
    return b"".join([*parts, b"\xff\xd9"]) if data[at : at + 2] == b"\xff\xd9" else None


def _after(data: bytes, at: int, marker: int) -> int | None:
    """Where this part ends: a scan goes on to the next marker that is none of its own."""
    if marker in _ALONE:
        return at + 2
    length = int.from_bytes(data[at + 2 : at + 4])
    end = at + 2 + length
    if length < 2 or end > len(data) or marker == _START:
        return None
    if marker != _SCAN:
        return end
    while (end := data.find(b"\xff", end)) >= 0:
        follows = data[end + 1] if end + 1 < len(data) else None
        if follows is None:
            return None
        if follows == 0 or follows in _ALONE:
            end += 2
        else:
            return end
    return None


def _is_kept(data: bytes, at: int, marker: int) -> bool:
    if marker in _APPLICATION:
        name = _KEPT.get(marker)
        return name is not None and data.startswith(name, at + 4)
    return marker != _COMMENT
