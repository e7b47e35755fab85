"""Puts a copy back as the store. The appliance must not run: its caller holds the data folder."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from appliance.disk import fsync_folder
from appliance.errors import PermanentError
from appliance.store import copies
from appliance.store.database import MIGRATIONS

SETTLE = """
UPDATE outbox SET status = 'unknown', due_at = NULL, leased_until = NULL,
  error = 'restored from a copy: it may have been sent since'
WHERE status IN ('queued', 'sending')
"""


def restore(copy: Path, data: Path, at: datetime) -> Path | None:
    """Make `copy` the store of `data`; return where the replaced one was kept.

    What the copy holds as still to be sent is not sent: it may have gone out since. Raises
    PermanentError, with nothing changed, when the copy is damaged or from a newer version.
    """
    if not copy.is_file():
        raise PermanentError(f"there is no file {copy}")
    copies.check(copy)
    _refuse_newer(copy)
    target = data / "greffier.db"
    staged = data / ".greffier-restore.tmp"
    shutil.copyfile(copy, staged)
    with closing(sqlite3.connect(staged, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
        connection.execute(SETTLE)
    kept = None
    if target.exists():
        kept = copies.name_for(data, at, "before-restore")
        copies.copy(target, kept)
    with staged.open("rb+") as handle:
        os.fsync(handle.fileno())
    for suffix in ("-wal", "-shm"):  # they belong to the replaced store, which `kept` holds whole
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    staged.replace(target)
    fsync_folder(data)
    return kept


def _refuse_newer(copy: Path) -> None:
    ours = {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        theirs = {name for (name,) in connection.execute("SELECT name FROM schema_migration")}
    if theirs - ours:
        raise PermanentError(f"{copy} was made by a newer Greffier: install that version first")
