"""Indexes for what pages ask every few seconds, however many years there are."""

from typing import Any

import peewee

STATEMENTS = (
    'CREATE INDEX "acts_by" ON "acts" ("by", "id")',
    # In the order in which a history shows them: no guess of SQLite's about how many there are.
    'DROP INDEX "audit_log_about"',
    'CREATE INDEX "audit_log_about" ON "audit_log" ("about", "about_id", "at")',
    """
    CREATE INDEX "outbox_under_way" ON "outbox" ("status")
    WHERE "status" IN ('queued', 'sending')
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make them; no row changes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
