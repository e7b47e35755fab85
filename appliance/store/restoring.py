"""Puts a copy back as the store. The appliance must not run: its caller holds the data folder."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from appliance.disk import fsync_folder, make_private, translated
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.store import copies
from appliance.store.database import MIGRATIONS

RESTORED = mark("restored from a copy: it may have been sent since")
_BESIDE = ("-wal", "-shm")  # what SQLite keeps beside a file
SETTLE = """
UPDATE outbox SET status = 'unknown', due_at = NULL, leased_until = NULL,
  error = ?, reason = NULL
WHERE status IN ('queued', 'sending')
"""


def restore(copy: Path, data: Path, at: datetime) -> Path | None:
    """Make `copy` the store of `data`; return where the replaced one was kept.

    What the copy holds as still to be sent is not sent: it may have gone out since. Raises
    PermanentError when the copy is damaged or from a newer version, and TemporaryError when the
    disk cannot take it; nothing has been changed then.
    """
    _refuse_broken(copy, data)
    _refuse_newer(copy)
    target = data / "greffier.db"
    staged = data / ".greffier-restore.tmp"
    try:
        with translated(data):
            _stage(copy, staged)
            kept = _keep(target, data, at) if target.exists() else None
            for suffix in _BESIDE:  # they belong to the replaced store, which `kept` holds whole
                _beside(target, suffix).unlink(missing_ok=True)
            staged.replace(target)
            fsync_folder(data)
    finally:
        staged.unlink(missing_ok=True)
    return kept


def _stage(copy: Path, staged: Path) -> None:
    """The copy beside the store's place, settled and on the disk to its last byte."""
    make_private(staged)
    shutil.copyfile(copy, staged)
    try:
        with closing(sqlite3.connect(staged, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = delete")
            connection.execute(SETTLE, (RESTORED,))
            _distrust_drive(connection)
    except sqlite3.Error as error:
        raise TemporaryError(f"{staged.parent} cannot be written ({error})") from error
    with staged.open("rb+") as handle:
        os.fsync(handle.fileno())


def _distrust_drive(connection: sqlite3.Connection) -> None:
    """What went to Drive since the copy was made is looked up there before anything is sent.

    Ids that the copy holds as unused may have been used since.
    """
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'drive_ids'").fetchone()
    if known is not None:
        connection.execute("DELETE FROM drive_ids")
        connection.execute("UPDATE drive_state SET page_token = NULL")


def _keep(target: Path, data: Path, at: datetime) -> Path:
    """Set the replaced store aside; a damaged one as it is, since somebody may mend it one day."""
    kept = copies.name_for(data, at, "before-restore")
    try:
        copies.copy(target, kept)
    except (sqlite3.Error, PermanentError):
        kept = copies.name_for(data, at, "damaged")
        for suffix in ("", *_BESIDE):
            if _beside(target, suffix).exists():
                shutil.copyfile(_beside(target, suffix), _beside(kept, suffix))
        fsync_folder(kept.parent)
    return kept


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _refuse_broken(copy: Path, data: Path) -> None:
    remedy = f"choose one of the copies in {data / 'backups'}"
    if not copy.is_file():
        raise PermanentError(f"there is no file {copy}: {remedy}")
    try:
        copies.check(copy)
    except PermanentError as error:
        raise PermanentError(f"{error.reason}: {remedy}") from error


def _refuse_newer(copy: Path) -> None:
    ours = {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        theirs = {name for (name,) in connection.execute("SELECT name FROM schema_migration")}
    if theirs - ours:
        raise PermanentError(f"{copy} was made by a newer Greffier: install that version first")
