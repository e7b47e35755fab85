"""What the doctor last found, and how each planned task last went."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "check_results" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "name" TEXT NOT NULL,
      "state" TEXT NOT NULL,
      "told" TEXT NOT NULL,
      "checked_at" DATETIME NOT NULL
    )
    """,
    'CREATE INDEX "check_results_name" ON "check_results" ("name")',
    """
    CREATE TABLE "task_runs" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "name" TEXT NOT NULL,
      "began_at" DATETIME NOT NULL,
      "seconds" REAL NOT NULL,
      "outcome" TEXT NOT NULL,
      "error" TEXT
    )
    """,
    'CREATE UNIQUE INDEX "task_runs_name" ON "task_runs" ("name")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the two tables."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
