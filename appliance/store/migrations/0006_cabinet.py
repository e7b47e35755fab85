"""The cabinet: when each task of the night was last done."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "night_runs" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "name" TEXT NOT NULL,
      "done_at" DATETIME NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "night_runs_name" ON "night_runs" ("name")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables and their indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
