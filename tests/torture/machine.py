"""A computer that can be hurt: power cut, slow disk, clock set. Linux, with a C compiler.

`machine.c` is preloaded into the appliance and records every change below one folder. After a kill,
`cut_power` takes back what no fsync had made durable: what POSIX lets a disk forget, it forgets.
"""

import os
import random
import shutil
import struct
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SOURCE = Path(__file__).with_name("machine.c")
_HEAD = struct.Struct("=c7x7Q")
CONTENT = frozenset("WT")  # changes of a file's bytes: durable once the file is synced
NAMES = frozenset("CLRKUM")  # changes of a folder's names: durable once the folder is synced


def why_not() -> str | None:
    """Why this computer cannot be hurt, or None."""
    if os.name != "posix" or not Path("/proc/self/fd").exists():
        return "needs Linux"
    return None if shutil.which("gcc") else "needs gcc"


@dataclass(frozen=True)
class Change:
    """One record.

    W bytes written, T cut to `offset`; C created, L linked, U unlinked (`other` keeps it), R
    renamed from `other`, K what a rename replaced (`other` keeps it), M folder made; S file synced,
    D folder synced; A: a 200 left.
    """

    kind: str
    inode: int
    offset: int
    old_size: int
    name: Path
    other: str
    before: bytes
    after: bytes


class Machine:
    """The computer around one folder. `home` is a folder beside it, on the same disk."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self._home = home
        self._record = home / "record"
        self._stash = home / "stash"
        self._stash.mkdir(parents=True)
        self._clock = home / "clock"
        self._clock.write_bytes(bytes(8))
        self._library = home / "machine.so"
        command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE)]
        subprocess.run([*command, "-ldl", "-lpthread"], check=True)

    def environ(
        self, *, records: bool = False, fsync_ms: int = 0, lies: bool = False
    ) -> dict[str, str]:
        """What the process to be hurt is started with."""
        found = {"LD_PRELOAD": str(self._library), "MACHINE_CLOCK": str(self._clock)}
        if records:
            found |= {"MACHINE_ROOT": str(self.folder), "MACHINE_STASH": str(self._stash)}
            found |= {"MACHINE_RECORD": str(self._record)}
        if fsync_ms:
            found["MACHINE_FSYNC_MS"] = str(fsync_ms)
        return found | ({"MACHINE_LIES": "yes"} if lies else {})

    def set_clock(self, seconds: int) -> None:
        """The clock of a running process stands so many seconds off the true time."""
        with self._clock.open("r+b") as hands:
            hands.write(struct.pack("=q", seconds * 1_000_000_000))

    def take_away(self, path: Path) -> None:
        """Remove a file; its inode lives on, so that no later file is taken for it."""
        if path.exists():
            path.rename(self._stash / f"{path.name}-{path.stat().st_ino}")

    def changes(self) -> list[Change]:
        """All that was recorded since the last cut."""
        if not self._record.exists():
            return []
        with self._record.open("rb") as record:
            return list(_read(record))

    def cut_power(self, chance: random.Random | None = None) -> int:
        """The process is dead: undo what was not synced; how many changes.

        With `chance`, of each file and folder a random number of the oldest changes is kept: the
        disk had got so far by itself.
        """
        changes = self.changes()
        lost = _lost(changes, chance)
        where = _by_inode(self.folder, self._stash)
        for number in sorted(lost, reverse=True):
            _undo(changes[number], where)
        self._record.unlink(missing_ok=True)
        shutil.rmtree(self._stash)
        self._stash.mkdir()
        return len(lost)


def _read(record: BinaryIO) -> Iterator[Change]:
    """Until the end, or to a last record that the kill cut short."""
    while len(head := record.read(_HEAD.size)) == _HEAD.size:
        kind, inode, offset, old_size, *lengths = _HEAD.unpack(head)
        parts = [record.read(length) for length in lengths]
        if [len(part) for part in parts] != lengths:
            return
        name, other, before, after = parts
        yield Change(
            kind.decode(),
            inode,
            offset,
            old_size,
            Path(os.fsdecode(name)),
            os.fsdecode(other),
            before,
            after,
        )


def _lost(changes: list[Change], chance: random.Random | None) -> set[int]:
    """The numbers of the changes that no sync made durable."""
    waiting: defaultdict[object, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        if change.kind in CONTENT:
            waiting[change.inode].append(number)
        elif change.kind in NAMES:
            waiting[change.name.parent].append(number)
        elif change.kind == "S":
            waiting.pop(change.inode, None)
        elif change.kind == "D":
            waiting.pop(change.name, None)
    kept = (chance.randint(0, len(some)) if chance else 0 for some in waiting.values())
    return {
        number
        for some, first in zip(waiting.values(), kept, strict=True)
        for number in some[first:]
    }


def _by_inode(*folders: Path) -> dict[int, Path]:
    return {
        path.lstat().st_ino: path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def _undo(change: Change, where: dict[int, Path]) -> None:
    with suppress(FileNotFoundError):  # its own folder was never durable
        match change.kind:
            case "W" | "T":
                if change.inode in where:  # else the harness took it away: a queue.db
                    _put_back(where[change.inode], change)
            case "C" | "L":
                change.name.unlink()
            case "R":
                change.name.rename(change.other)
            case "U" | "K" if change.other:
                os.link(change.other, change.name)
            case "M":
                shutil.rmtree(change.name)


def _put_back(path: Path, change: Change) -> None:
    with path.open("r+b") as file:
        file.seek(change.offset)
        file.write(change.before)
        file.truncate(change.old_size)
