"""Pictures made from originals: `<data>/sights/ab/<sha256>/`. Deleting the folder loses nothing.

What has its name is complete: made beside under a temporary name, synced, then named.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance import disk

THUMBNAIL = "thumbnail.jpg"


class SightShelf:
    """The pictures, by the hash of the original and their name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str, name: str) -> Path:
        """Where that picture is, or would be."""
        return self.folder / sha256[:2] / sha256 / name

    @contextmanager
    def making(self, sha256: str, *names: str) -> Iterator[list[Path]]:
        """Places to write to, one for each name; what was written there bears it afterwards.

        Nothing is left when the block raises. Raises TemporaryError when the disk is full.
        """
        folder = self.folder / sha256[:2] / sha256
        with disk.translated(self.folder):
            disk.make_folder(folder)
            temporary = [folder / f".greffier-{secrets.token_hex(8)}.tmp" for _ in names]
            try:
                yield temporary
                for path, name in zip(temporary, names, strict=True):
                    if path.exists():
                        _sync(path)
                        disk.publish(path, folder / name)
            finally:
                for path in temporary:
                    path.unlink(missing_ok=True)

    def forget(self, sha256: str) -> None:
        """Remove every picture of this original: it was destroyed."""
        shutil.rmtree(self.folder / sha256[:2] / sha256, ignore_errors=True)

    def sweep(self) -> int:
        """At start: the folder is there, and what a crash left half-made is not."""
        disk.make_private_folder(self.folder)
        return disk.sweep_temporary(self.folder)


def _sync(path: Path) -> None:
    """What the child wrote is on the disk to its last byte."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
