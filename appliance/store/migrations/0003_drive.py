"""The copy on Google Drive: items, reserved ids, the connection, what people did there."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "drive_items" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "key" TEXT NOT NULL,
      "drive_id" TEXT NOT NULL,
      "state" TEXT NOT NULL,
      "name" TEXT NOT NULL,
      "parent_id" TEXT,
      "mark" TEXT NOT NULL,
      "sha256" TEXT,
      "session" TEXT,
      "session_at" DATETIME,
      "part" INTEGER NOT NULL,
      "put_at" DATETIME
    )
    """,
    'CREATE UNIQUE INDEX "drive_items_key" ON "drive_items" ("key")',
    'CREATE UNIQUE INDEX "drive_items_drive_id" ON "drive_items" ("drive_id")',
    'CREATE INDEX "drive_items_parent_id" ON "drive_items" ("parent_id")',
    'CREATE INDEX "drive_items_mark" ON "drive_items" ("mark")',
    """
    CREATE TABLE "drive_ids" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "drive_id" TEXT NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "drive_ids_drive_id" ON "drive_ids" ("drive_id")',
    """
    CREATE TABLE "drive_state" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "account_id" TEXT,
      "account" TEXT,
      "connected_at" DATETIME,
      "hold" TEXT,
      "held_at" DATETIME,
      "until_at" DATETIME,
      "error" TEXT,
      "reason" TEXT,
      "page_token" TEXT,
      "looked_at" DATETIME
    )
    """,
    """
    CREATE TABLE "drive_acts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "item_id" INTEGER NOT NULL,
      "kind" TEXT NOT NULL,
      "detail" TEXT NOT NULL,
      "seen_at" DATETIME NOT NULL,
      "settled_at" DATETIME,
      "settled_by" TEXT,
      "verdict" TEXT,
      FOREIGN KEY ("item_id") REFERENCES "drive_items" ("id")
    )
    """,
    'CREATE INDEX "drive_acts_item_id" ON "drive_acts" ("item_id")',
    'CREATE INDEX "drive_acts_settled_at_seen_at" ON "drive_acts" ("settled_at", "seen_at")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables and their indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
