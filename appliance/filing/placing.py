"""The folders on the office's disk: a document put there is complete, and replaces nothing."""

import os
import threading
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic

from appliance import disk, names
from appliance.errors import PermanentError, mark

PATH_UNITS = 239  # Windows programs stop at 260; what is left over is for a move elsewhere
_LEAST_NAME_UNITS = 40
_FOLDERS_KNOWN = 64  # whose names are remembered
_FRESH = 5.0  # seconds: a burst of photos reads its folder once
GONE = mark("The received file is gone from this computer: ask its sender for it again.")
DAMAGED = mark(
    "The received file is damaged: its bytes are not those that were downloaded. Ask its sender "
    "for it again."
)


class Cabinet:
    """Puts files into folders. Remembers for some seconds which names are taken there.

    What others put there meanwhile is found out by the disk, which refuses a name that is taken;
    two names that differ only in capitals it may take, where they are different names.
    """

    def __init__(self) -> None:
        self._listings: OrderedDict[Path, _Listing] = OrderedDict()
        self._looking = threading.Lock()

    def put(
        self, source: Path, folder: Path, name: str, sha256: str, *, is_first_try: bool = False
    ) -> Path:
        """File a copy of `source` in `folder` under `name` and return the path it got.

        Wherever the power is cut, either nothing can be seen or the right file is there, complete.
        Done again, it finds its own file and writes nothing. Another file that has the name (or one
        that differs only in capitals or accents' encoding) keeps it: a free number is used. The
        name is shortened when the whole path would be too long for Windows.
        `is_first_try`: nobody can have put it before, so nobody needs to look for it.

        TemporaryError when the disk is full or the folder cannot be written; PermanentError when
        `source` is gone or is no longer what `sha256` says.
        """
        size = _size_of(source)
        units_left = PATH_UNITS - len(str(folder)) - 1
        units = max(_LEAST_NAME_UNITS, min(names.NAME_UNITS, units_left))
        with disk.translated(folder):
            disk.make_folder(folder)
            refused: list[str] = []
            while True:
                listing = self._listing(folder, refused)
                own = None if is_first_try else _own(listing, name, units, size, sha256)
                if own is not None:
                    disk.fsync_folder(folder)  # it may have been published just before a crash
                    return own
                path = folder / self._given(listing, name, units)
                if _published(source, path, sha256):
                    return path
                is_first_try = False  # somebody was quicker: perhaps with these very bytes
                refused.append(path.name)

    def forget(self, folder: Path | None = None) -> None:
        """Files have left it, or folders have moved: what is remembered of names is of before."""
        with self._looking:
            if folder is None:
                self._listings.clear()
            else:
                self._listings.pop(folder, None)

    def _given(self, listing: "_Listing", name: str, units: int) -> str:
        """A free name, which is ours from now on: workers file into one folder at the same time."""
        with self._looking:
            free = _free_name(listing, name, units)
            listing.names[names.key(free)].append(free)
        return free

    def _listing(self, folder: Path, refused: list[str]) -> "_Listing":
        """The names that are taken; read anew after the disk has refused one.

        What it refused is taken, even if it reads as another name to us: disks differ.
        """
        with self._looking:
            found = self._listings.pop(folder, None)
            if found is None or refused or monotonic() - found.read_at > _FRESH:
                found = _Listing(folder, monotonic(), defaultdict(list))
                for entry in os.scandir(folder):
                    found.names[names.key(entry.name)].append(entry.name)
                for name in refused:
                    found.names[names.key(name)].append(name)
            self._listings[folder] = found
            while len(self._listings) > _FOLDERS_KNOWN:
                self._listings.popitem(last=False)
        return found


@dataclass
class _Listing:
    """The names in a folder, by what they have in common with names that are the same."""

    folder: Path
    read_at: float
    names: defaultdict[str, list[str]]

    def has(self, name: str) -> bool:
        return bool(self.names.get(names.key(name)))


def _size_of(source: Path) -> int:
    try:
        return source.stat().st_size
    except FileNotFoundError as error:
        raise PermanentError(GONE) from error


def _own(listing: _Listing, name: str, units: int, size: int, sha256: str) -> Path | None:
    """The file with these bytes under this name, or under one of its numbers."""
    for n in count(1):
        holders = listing.names.get(names.key(names.numbered(name, n, units)), [])
        if not holders:
            return None
        for holder in holders:
            if _has_bytes(listing.folder / holder, size, sha256):
                return listing.folder / holder
    raise AssertionError("numbers do not end")


def _free_name(listing: _Listing, name: str, units: int) -> str:
    """A name that nobody has: the first number after some that is taken.

    Found by doubling and halving: a folder may hold thousands of photos that all want one name.
    """
    taken, free = 0, 1
    while listing.has(names.numbered(name, free, units)):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        if listing.has(names.numbered(name, middle, units)):
            taken = middle
        else:
            free = middle
    return names.numbered(name, free, units)


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
