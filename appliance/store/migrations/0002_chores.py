"""Work on documents beside their filing: examined, scanned, read, mirrored."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "chores" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "due_at" DATETIME,
      "leased_until" DATETIME,
      "attempts" INTEGER NOT NULL,
      "interruptions" INTEGER NOT NULL,
      "priority" INTEGER NOT NULL,
      "kind" TEXT NOT NULL,
      "subject_id" INTEGER NOT NULL,
      "status" TEXT NOT NULL,
      "posted" INTEGER NOT NULL,
      "created_at" DATETIME NOT NULL,
      "done_at" DATETIME,
      "error" TEXT,
      "reason" TEXT
    )
    """,
    'CREATE UNIQUE INDEX "chores_kind_subject_id" ON "chores" ("kind", "subject_id")',
    """
    CREATE INDEX "chores_work" ON "chores" ("due_at", "leased_until") WHERE "due_at" IS NOT NULL
    """,
    'CREATE INDEX "chores_errors" ON "chores" ("kind", "status") WHERE "error" IS NOT NULL',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the table and its indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
