"""What holds a wall: from whom a dossier was taken, and numbers that are only claimed."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "dossier_access" ADD COLUMN "is_former" INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE "contacts" ADD COLUMN "claimed_by" TEXT',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns; everything stays as it was."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
