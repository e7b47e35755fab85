"""A document of a dossier that goes to its client: which one, and under which id Meta holds it."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "outbox" ADD COLUMN "document_id" INTEGER REFERENCES "documents" ("id")',
    'ALTER TABLE "outbox" ADD COLUMN "media_id" TEXT',
    'ALTER TABLE "outbox" ADD COLUMN "media_at" DATETIME',
    """
    CREATE INDEX "outbox_document_id" ON "outbox" ("document_id") WHERE "document_id" IS NOT NULL
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns and the index."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
