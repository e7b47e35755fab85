"""What people decide of documents that wait: set aside with a reason, several in one go."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "documents" ADD COLUMN "rejected_at" DATETIME',
    'ALTER TABLE "documents" ADD COLUMN "rejected_by" TEXT',
    'ALTER TABLE "documents" ADD COLUMN "rejected_reason" TEXT',
    """
    CREATE INDEX "documents_rejected" ON "documents" ("rejected_at")
    WHERE "rejected_at" IS NOT NULL
    """,
    'CREATE INDEX "documents_sender" ON "documents" ("sender", "received_at")',
    'CREATE INDEX "documents_sha256" ON "documents" ("sha256")',
    'ALTER TABLE "acts" ADD COLUMN "gesture" TEXT',
    'CREATE INDEX "acts_gesture" ON "acts" ("gesture") WHERE "gesture" IS NOT NULL',
    'CREATE INDEX "acts_gesture_by" ON "acts" ("by", "id") WHERE "gesture" IS NOT NULL',
    'ALTER TABLE "inventories" ADD COLUMN "rejected" INTEGER NOT NULL DEFAULT 0',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns, and indexes by sender, by content and by gesture."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
