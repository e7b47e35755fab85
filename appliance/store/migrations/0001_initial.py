"""The first schema: frozen statements beside this file, so later models never change the past."""

from pathlib import Path
from typing import Any

import peewee


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create every table, index and view."""
    script = Path(__file__).with_name("0001_initial.sqlite.sql").read_text("utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
