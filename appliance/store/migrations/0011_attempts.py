"""What became of each attempt; which work is paused; small indexes for what is in trouble."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "attempts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "work" TEXT NOT NULL,
      "row_id" INTEGER NOT NULL,
      "lane" TEXT NOT NULL,
      "number" INTEGER NOT NULL,
      "waited_ms" INTEGER,
      "started_at" DATETIME NOT NULL,
      "ended_at" DATETIME NOT NULL,
      "outcome" TEXT NOT NULL,
      "error" TEXT,
      "reason" TEXT
    )
    """,
    'CREATE INDEX "attempts_row_id" ON "attempts" ("row_id")',
    'CREATE INDEX "attempts_errors" ON "attempts" ("lane", "id") WHERE "error" IS NOT NULL',
    """
    CREATE TABLE "attempt_hours" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "lane" TEXT NOT NULL,
      "hour_at" DATETIME NOT NULL,
      "done" INTEGER NOT NULL,
      "failed" INTEGER NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "attempt_hours_lane_hour_at" ON "attempt_hours" ("lane", "hour_at")',
    """
    CREATE TABLE "work_pauses" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "lane" TEXT NOT NULL,
      "paused_at" DATETIME NOT NULL,
      "paused_by" TEXT NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "work_pauses_lane" ON "work_pauses" ("lane")',
    'ALTER TABLE "clean_ups" ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0',
    # What is being sent has no due time: `outbox_work` does not hold it.
    """
    CREATE INDEX "outbox_leased" ON "outbox" ("leased_until") WHERE "leased_until" IS NOT NULL
    """,
    'CREATE INDEX "receipts_errors" ON "receipts" ("due_at") WHERE "error" IS NOT NULL',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables and the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
