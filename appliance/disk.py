"""The disk, with promises: what can be seen is complete, nothing is overwritten, a fault is named.

Used for filed documents, for the media store and for the folder of the database.
"""

import errno
import hashlib
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from appliance.errors import ConfigError, Fault, TemporaryError, mark

CHUNK_BYTES = 1024 * 1024
DISK_FULL = mark("The disk that holds %(folder)s is full: free some space or move the folder.")
UNWRITABLE = mark("%(folder)s cannot be written: %(why)s.")
UNREADABLE = mark("%(path)s cannot be read (%(cause)s): check the disk")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
READ_ONLY = 0o440  # the mode of what nobody may change
_USUAL = 0o640
_NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
_TEMPORARY = ".greffier-*.tmp"
_renaming = threading.Lock()  # remembers nothing: see _rename_if_free


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file of ours, a megabyte at most in memory; TemporaryError if unreadable."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise TemporaryError(UNREADABLE, path=str(path), cause=error.strerror) from error


def fsync_folder(path: Path) -> None:
    """Return once the names in the folder would survive a power cut. Windows sees to it alone."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """The folder exists with all its parents, and a power cut no longer removes a new one."""
    if folder.is_dir():
        return
    if folder.parent == folder:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
    make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o750)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
    fsync_folder(folder.parent)


def make_private_folder(folder: Path) -> None:
    """Like `make_folder`; only this user may look into a new one. An older one stays as it is."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        fsync_folder(folder.parent)


def write_temporary(folder: Path, chunks: Iterable[bytes], mode: int = _USUAL) -> tuple[Path, str]:
    """A new temporary file in `folder`, on the disk to its last byte, and its SHA-256.

    It has its `mode` from the beginning: no moment comes at which it could be changed by others.
    Nothing is left behind when it cannot be completed; `sweep_temporary` sees to power cuts.
    """
    temporary = folder / _TEMPORARY.replace("*", secrets.token_hex(8))
    digest = hashlib.sha256()
    try:
        with os.fdopen(os.open(temporary, _NEW_FILE, mode), "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        discard(temporary)
        raise
    return temporary, digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file, if it is there. Windows removes none that is read-only: it is made writable.

    Raises OSError when it cannot be removed.
    """
    if os.name == "nt":
        with suppress(OSError):
            path.chmod(_USUAL)
    path.unlink(missing_ok=True)


def supersede(temporary: Path, target: Path) -> None:
    """Put a complete temporary file in the place of one that is damaged, read-only or not."""
    if os.name == "nt":
        with suppress(OSError):
            target.chmod(_USUAL)
    temporary.replace(target)


def make_private(path: Path) -> None:
    """From now on only this user may read that file, which is made, empty, if there is none."""
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT, 0o600))
        path.chmod(0o600)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user may read: whole and durable, or not at all.

    Raises OSError; nothing is left beside the file then.
    """
    temporary = path.with_name(_TEMPORARY.replace("*", path.name))
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, _NEW_FILE, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def publish(temporary: Path, target: Path) -> bool:
    """Give a complete temporary file its name, durably, and never at another file's expense.

    False when `target` exists: nothing has changed then, and the temporary file is still there.
    """
    try:
        if os.name == "nt":
            temporary.rename(target)  # fails there when the target exists
        else:
            _link(temporary, target)
    except FileExistsError:
        return False
    fsync_folder(target.parent)
    return True


def sweep_temporary(root: Path) -> int:
    """Remove the temporary files that a power cut left under `root`; how many there were.

    Only for the start, before anything writes: no temporary file is in use then.
    """
    removed = 0
    for path in root.rglob(_TEMPORARY):
        with suppress(OSError):
            discard(path)
            removed += 1
    return removed


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about `folder` into a TemporaryError for people.

    A full disk is not held against the work that met it. A failed connection passes: it is no
    fault of the disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError):
            raise
        if error.errno in _FULL:
            raise TemporaryError(DISK_FULL, counts=False, folder=str(folder)) from error
        raise TemporaryError(UNWRITABLE, folder=str(folder), why=_remedy(error)) from error


def check_writable(folder: Path) -> None:
    """Create the folder if need be and prove that a file can be written there, or ConfigError."""
    try:
        make_folder(folder)
        temporary, _ = write_temporary(folder, [b"Greffier can write here.\n"])
        temporary.unlink()
    except OSError as error:
        reason = f"cannot be created or written: {_remedy(error)}"
        raise ConfigError([Fault(str(folder), reason)]) from error


def _link(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _rename_if_free(temporary, target)
    else:
        temporary.unlink()


def _rename_if_free(temporary: Path, target: Path) -> None:
    """For disks without hard links (FAT, exFAT): look, then rename.

    The lock keeps our own threads apart. A person who saves under the same name in the very
    microsecond between the two would lose; such disks offer nothing better that is portable.
    """
    with _renaming:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        temporary.rename(target)


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return mark("Greffier has no right to; give its user the right to write there")
        case errno.EROFS:
            return mark("the disk is read-only; mount it for writing or choose another folder")
        case errno.ENOTDIR | errno.EEXIST:
            return mark("a file stands where a folder is needed; move that file away")
        case errno.ENOENT:
            return mark("it has disappeared; connect its disk again or choose another folder")
        case errno.ENOSPC | errno.EDQUOT:
            return mark("the disk is full; free some space")
        case _:
            return error.strerror or type(error).__name__
