"""The days on which a dossier needs somebody."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "deadlines" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL,
      "due_on" DATE NOT NULL,
      "what" TEXT NOT NULL,
      "noted_at" DATETIME NOT NULL,
      "noted_by" TEXT NOT NULL,
      "done_at" DATETIME,
      "done_by" TEXT,
      FOREIGN KEY ("dossier_id") REFERENCES "dossiers" ("id")
    )
    """,
    'CREATE INDEX "deadlines_dossier_id" ON "deadlines" ("dossier_id")',
    'CREATE INDEX "deadlines_done_at_due_on" ON "deadlines" ("done_at", "due_on")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the table and its indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
