"""A folder on disk goes elsewhere, whole where the disk allows it, and never over anything."""

import errno
import os
from itertools import count
from pathlib import Path

from appliance import disk, names
from appliance.errors import PermanentError, mark

FOLDER_OPEN = mark(
    "The folder %(folder)s could not be moved: a document in it is open in another program, or "
    "Greffier has no right to move it. Close what is open in it, then try again."
)
_IN_THE_WAY = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_APART = (errno.EXDEV,)  # another disk: a folder of the firm's may be a link


def renamed(old: Path, new: Path) -> bool:
    """Rename the folder, durably, in one step. False if something has that name, or cannot be so.

    Raises PermanentError when another program holds it, TemporaryError when the disk refuses.
    """
    with disk.translated(new.parent):
        disk.make_folder(new.parent)
        if new.is_dir() and not new.samefile(old):
            if any(new.iterdir()):
                return False
            new.rmdir()
        elif os.path.lexists(new) and not new.samefile(old):
            return False
        try:
            old.rename(new)
        except PermissionError as error:
            raise PermanentError(FOLDER_OPEN, folder=str(old)) from error
        except OSError as error:
            if error.errno in (*_IN_THE_WAY, *_APART):
                return False
            raise
        for parent in {old.parent, new.parent}:
            disk.fsync_folder(parent)
    return True


def pour(old: Path, new: Path) -> None:
    """Move whatever lies in one folder into the other, file by file; remove what is empty then.

    A name that is taken there gets a number. Done again after a cut, it goes on.
    """
    with disk.translated(new):
        disk.make_folder(new)
        for folder, _, files in os.walk(old, topdown=False):
            source = Path(folder)
            target = new / source.relative_to(old)
            for name in files:
                disk.make_folder(target)
                _move(source / name, target)
            if not any(source.iterdir()):
                source.rmdir()
        if old.parent.is_dir():
            disk.fsync_folder(old.parent)


def _move(path: Path, folder: Path) -> None:
    if path.is_symlink():
        return  # it may point anywhere: it stays where its owner put it
    try:
        for number in count(1):
            target = folder / names.numbered(path.name, number)
            if target.exists() and target.samefile(path):  # cut between its two names
                path.unlink()
                return
            if disk.publish(path, target):
                return
    except PermissionError as error:
        raise PermanentError(FOLDER_OPEN, folder=str(path)) from error
