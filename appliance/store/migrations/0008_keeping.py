"""What is kept, for how long, and what is destroyed on purpose."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "whatsapp_messages" ADD COLUMN "emptied_at" DATETIME',
    'ALTER TABLE "documents" ADD COLUMN "destroyed_at" DATETIME',
    'ALTER TABLE "documents" ADD COLUMN "destruction_id" INTEGER',
    """
    CREATE TABLE "dossier_keepings" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "years" INTEGER
    )
    """,
    'CREATE UNIQUE INDEX "dossier_keepings_dossier_id" ON "dossier_keepings" ("dossier_id")',
    """
    CREATE TABLE "legal_holds" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "reason" TEXT NOT NULL,
      "since_at" DATETIME NOT NULL,
      "since_by" TEXT NOT NULL,
      "ended_at" DATETIME,
      "ended_by" TEXT
    )
    """,
    'CREATE INDEX "legal_holds_dossier_id" ON "legal_holds" ("dossier_id")',
    """
    CREATE UNIQUE INDEX "legal_holds_open" ON "legal_holds" ("dossier_id") WHERE "ended_at" IS NULL
    """,
    """
    CREATE TABLE "destructions" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "status" TEXT NOT NULL,
      "reason" TEXT NOT NULL,
      "proposed_at" DATETIME NOT NULL,
      "proposed_by" TEXT NOT NULL,
      "confirmed_at" DATETIME,
      "confirmed_by" TEXT,
      "withdrawn_at" DATETIME,
      "withdrawn_by" TEXT,
      "done_at" DATETIME,
      "closed_at" DATETIME,
      "left" TEXT NOT NULL,
      "texts" INTEGER NOT NULL
    )
    """,
    'CREATE INDEX "destructions_dossier_id" ON "destructions" ("dossier_id")',
    """
    CREATE UNIQUE INDEX "destructions_open" ON "destructions" ("dossier_id")
    WHERE "status" IN ('proposed', 'confirmed')
    """,
    """
    CREATE TABLE "destruction_items" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "destruction_id" INTEGER NOT NULL REFERENCES "destructions" ("id"),
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id"),
      "name" TEXT NOT NULL,
      "sha256" TEXT NOT NULL,
      "size" INTEGER NOT NULL,
      "received_at" DATETIME NOT NULL,
      "filed_at" DATETIME,
      "found" TEXT,
      "folder" TEXT,
      "media" TEXT,
      "drive" TEXT,
      "done_at" DATETIME
    )
    """,
    """
    CREATE UNIQUE INDEX "destruction_items_destruction_id_document_id"
    ON "destruction_items" ("destruction_id", "document_id")
    """,
    'CREATE INDEX "destruction_items_document_id" ON "destruction_items" ("document_id")',
    """
    CREATE TABLE "leavings" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "sha256" TEXT NOT NULL,
      "decided_at" DATETIME NOT NULL,
      "settled_at" DATETIME,
      "outcome" TEXT
    )
    """,
    'CREATE INDEX "leavings_sha256" ON "leavings" ("sha256")',
    'CREATE INDEX "leavings_open" ON "leavings" ("id") WHERE "settled_at" IS NULL',
    """
    CREATE TABLE "clean_ups" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "started_at" DATETIME NOT NULL,
      "ended_at" DATETIME,
      "messages" INTEGER NOT NULL,
      "bodies" INTEGER NOT NULL,
      "receipts" INTEGER NOT NULL,
      "notices" INTEGER NOT NULL,
      "outgoing" INTEGER NOT NULL,
      "chores" INTEGER NOT NULL,
      "media" INTEGER NOT NULL,
      "sessions" INTEGER NOT NULL,
      "files" INTEGER NOT NULL,
      "file_bytes" INTEGER NOT NULL,
      "orphans" TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE "media_alerts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "message_id" INTEGER NOT NULL REFERENCES "whatsapp_messages" ("id"),
      "day" TEXT NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "media_alerts_message_id" ON "media_alerts" ("message_id")',
    'DROP VIEW "whatsapp_media_expired"',
    """
    CREATE VIEW "whatsapp_media_expired" AS
    SELECT "media_id", "status", "mime_type", "filename", "seen_at", "expires_at", "error"
    FROM "whatsapp_media_cache"
    WHERE "status" = 'lost'
      OR ("status" <> 'downloaded' AND "expires_at" <= strftime('%Y-%m-%d %H:%M:%f', 'now'))
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables and their indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
