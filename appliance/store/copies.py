"""Copies of the store: made while it runs, checked, and put back only when whole."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from appliance.disk import fsync_folder
from appliance.errors import PermanentError


def name_for(data: Path, at: datetime, why: str) -> Path:
    """Where a copy made at that instant belongs: `<data>/backups/greffier-<UTC time>-<why>.db`."""
    folder = data / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"greffier-{at:%Y%m%dT%H%M%S.%fZ}-{why}.db"


def copy(source: Path, target: Path) -> None:
    """Write a consistent copy of the SQLite file `source` to `target`, whole or not at all.

    Uses VACUUM INTO: a page-wise backup starts over under writes, a file copy loses the WAL.
    Raises PermanentError if the copy does not pass SQLite's integrity check.
    """
    temporary = target.with_name(f"{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL, 0o600))  # nobody else's to read
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(temporary),))
        check(temporary)
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(target.parent)


def check(path: Path) -> None:
    """Raise PermanentError unless `path` is a whole store of ours."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            connection.execute("SELECT count(*) FROM whatsapp_messages")
            connection.execute("SELECT count(*) FROM schema_migration")
    except sqlite3.Error as error:
        answer = str(error)
    if answer != "ok":
        raise PermanentError(f"{path} is not a whole copy of the store ({answer})")
