"""Who has seen what of the messages that came in."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "looks" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "user_id" INTEGER NOT NULL,
      "message_id" INTEGER NOT NULL,
      "at" DATETIME NOT NULL,
      FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )
    """,
    'CREATE INDEX "looks_user_id" ON "looks" ("user_id")',
    'CREATE UNIQUE INDEX "looks_user_id_message_id" ON "looks" ("user_id", "message_id")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the table and its indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
