"""Senders of whom the firm wants to hear nothing."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "correspondents" ADD COLUMN "blocked_at" DATETIME',
    'ALTER TABLE "correspondents" ADD COLUMN "blocked_by" TEXT',
    'ALTER TABLE "correspondents" ADD COLUMN "blocked_why" TEXT',
    'ALTER TABLE "correspondents" ADD COLUMN "blocked_gesture" TEXT',
    """
    CREATE INDEX "correspondents_blocked" ON "correspondents" ("blocked_at")
    WHERE "blocked_at" IS NOT NULL
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns, and an index of those few; nobody is blocked yet."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
