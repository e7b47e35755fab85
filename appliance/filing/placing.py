"""The folders on the office's disk: a document put there is complete, and replaces nothing."""

import os
from collections import defaultdict
from itertools import count
from pathlib import Path

from appliance import disk, names
from appliance.errors import PermanentError, mark

_PATH_UNITS = 239  # Windows programs stop at 260; what is left over is for a move elsewhere
_LEAST_NAME_UNITS = 40
GONE = mark("The received file is gone from this computer: ask its sender for it again.")
DAMAGED = mark(
    "The received file is damaged: its bytes are not those that were downloaded. Ask its sender "
    "for it again."
)


def put(source: Path, folder: Path, name: str, sha256: str) -> Path:
    """File a copy of `source` in `folder` under `name` and return the path it got.

    Wherever the power is cut, either nothing can be seen or the right file is there, complete.
    Done again, it finds its own file and writes nothing. Another file that has the name (or one
    that differs only in capitals or accents' encoding) keeps it: the next free number is used.
    The name is shortened when the whole path would be too long for Windows.

    TemporaryError when the disk is full or the folder cannot be written; PermanentError when
    `source` is gone or is no longer what `sha256` says.
    """
    size = _size_of(source)
    units_left = _PATH_UNITS - len(str(folder)) - 1
    units = max(_LEAST_NAME_UNITS, min(names.NAME_UNITS, units_left))
    with disk.translated(folder):
        disk.make_folder(folder)
        while True:
            path, is_there = _place(folder, name, units, size, sha256)
            if is_there:
                disk.fsync_folder(folder)  # it may have been published just before a crash
                return path
            if _published(source, path, sha256):
                return path


def _size_of(source: Path) -> int:
    try:
        return source.stat().st_size
    except FileNotFoundError as error:
        raise PermanentError(GONE) from error


def _place(folder: Path, name: str, units: int, size: int, sha256: str) -> tuple[Path, bool]:
    """Where the bytes go, and whether they are there already."""
    present: dict[str, list[Path]] = defaultdict(list)
    for entry in os.scandir(folder):
        present[names.key(entry.name)].append(folder / entry.name)
    for n in count(1):
        path = folder / names.numbered(name, n, units)
        holders = present.get(names.key(path.name), [])
        for holder in holders:
            if _has_bytes(holder, size, sha256):
                return holder, True
        if not holders:
            return path, False
    raise AssertionError("numbers do not end")


def _has_bytes(path: Path, size: int, sha256: str) -> bool:
    return path.is_file() and path.stat().st_size == size and disk.sha256_of(path) == sha256


def _published(source: Path, target: Path, sha256: str) -> bool:
    """Copy and publish; False if somebody else took the name meanwhile."""
    temporary, digest = disk.write_temporary(target.parent, disk.chunks_of(source))
    try:
        if digest != sha256:
            raise PermanentError(DAMAGED)
        return disk.publish(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
