"""What a document is to the firm's computers: looked into, scanned, doubted, put away."""

from typing import Any

import peewee

STATEMENTS = (
    """
    ALTER TABLE "documents" ADD COLUMN "safety" TEXT NOT NULL DEFAULT 'unexamined'
    """,
    'ALTER TABLE "documents" ADD COLUMN "safety_reason" TEXT',
    'ALTER TABLE "documents" ADD COLUMN "scanned_at" DATETIME',
    'ALTER TABLE "documents" ADD COLUMN "declared_mime" TEXT',
    """
    CREATE INDEX "documents_doubted" ON "documents" ("safety", "sha256")
    WHERE "safety_reason" IS NOT NULL
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns and the small index of what has a reason."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
