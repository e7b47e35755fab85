"""Receipts in a chain, expected pieces, bordereaux."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "proofs" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "number" INTEGER NOT NULL,
      "kind" TEXT NOT NULL,
      "dossier_id" INTEGER REFERENCES "dossiers" ("id"),
      "statement" TEXT,
      "digest" TEXT NOT NULL,
      "previous" TEXT NOT NULL,
      "hash" TEXT NOT NULL,
      "seal" TEXT NOT NULL,
      "key_id" TEXT NOT NULL,
      "issued_at" DATETIME NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "proofs_number" ON "proofs" ("number")',
    'CREATE INDEX "proofs_dossier_id" ON "proofs" ("dossier_id")',
    """
    CREATE TRIGGER "proofs_are_kept" BEFORE DELETE ON "proofs"
    BEGIN SELECT RAISE(ABORT, 'receipts are only ever added to'); END
    """,
    """
    CREATE TRIGGER "proofs_stand" BEFORE UPDATE ON "proofs"
    WHEN NEW."statement" IS NOT NULL OR NEW."id" <> OLD."id" OR NEW."number" <> OLD."number"
      OR NEW."kind" <> OLD."kind" OR NEW."dossier_id" IS NOT OLD."dossier_id"
      OR NEW."digest" <> OLD."digest" OR NEW."previous" <> OLD."previous"
      OR NEW."hash" <> OLD."hash" OR NEW."seal" <> OLD."seal" OR NEW."key_id" <> OLD."key_id"
      OR NEW."issued_at" <> OLD."issued_at"
    BEGIN SELECT RAISE(ABORT, 'receipts are only ever added to'); END
    """,
    """
    CREATE TABLE "deliveries" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "kind" TEXT NOT NULL,
      "sender" TEXT NOT NULL,
      "dossier_id" INTEGER REFERENCES "dossiers" ("id"),
      "opened_at" DATETIME NOT NULL,
      "count" INTEGER NOT NULL,
      "proof_id" INTEGER REFERENCES "proofs" ("id")
    )
    """,
    'CREATE INDEX "deliveries_dossier_id" ON "deliveries" ("dossier_id")',
    'CREATE INDEX "deliveries_proof_id_sender" ON "deliveries" ("proof_id", "sender")',
    """
    CREATE TABLE "delivery_items" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "delivery_id" INTEGER NOT NULL REFERENCES "deliveries" ("id"),
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id"),
      "dossier_id" INTEGER REFERENCES "dossiers" ("id"),
      "facts" TEXT NOT NULL
    )
    """,
    'CREATE INDEX "delivery_items_delivery_id" ON "delivery_items" ("delivery_id")',
    'CREATE INDEX "delivery_items_document_id" ON "delivery_items" ("document_id")',
    """
    CREATE TABLE "expected_pieces" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "label" TEXT NOT NULL,
      "keywords" TEXT NOT NULL,
      "needed_on" DATE,
      "note" TEXT NOT NULL,
      "created_at" DATETIME NOT NULL,
      "created_by" TEXT NOT NULL
    )
    """,
    'CREATE INDEX "expected_pieces_dossier_id" ON "expected_pieces" ("dossier_id")',
    """
    CREATE TABLE "piece_ticks" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "piece_id" INTEGER NOT NULL REFERENCES "expected_pieces" ("id"),
      "document_id" INTEGER REFERENCES "documents" ("id"),
      "state" TEXT NOT NULL,
      "by" TEXT NOT NULL,
      "at" DATETIME NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "piece_ticks_piece_id_document_id"
    ON "piece_ticks" ("piece_id", "document_id")
    """,
    'CREATE INDEX "piece_ticks_document_id" ON "piece_ticks" ("document_id")',
    """
    CREATE TABLE "piece_lists" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "language" TEXT NOT NULL,
      "name" TEXT NOT NULL,
      "name_key" TEXT NOT NULL,
      "lines" TEXT NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "piece_lists_language_name_key" ON "piece_lists" ("language", "name_key")
    """,
    """
    CREATE TABLE "bordereaux" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "number" INTEGER NOT NULL,
      "language" TEXT NOT NULL,
      "first" INTEGER NOT NULL,
      "last" INTEGER NOT NULL,
      "statement" TEXT NOT NULL,
      "pdf" BLOB NOT NULL,
      "sha256" TEXT NOT NULL,
      "issued_by" TEXT NOT NULL,
      "issued_at" DATETIME NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "bordereaux_dossier_id_number" ON "bordereaux" ("dossier_id", "number")
    """,
    """
    CREATE TABLE "exhibits" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id"),
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id"),
      "position" INTEGER NOT NULL,
      "number" INTEGER,
      "bordereau_id" INTEGER REFERENCES "bordereaux" ("id"),
      "title" TEXT NOT NULL,
      "dated_on" DATE,
      "pages" INTEGER,
      "has_left" INTEGER NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "exhibits_dossier_id_document_id"
    ON "exhibits" ("dossier_id", "document_id")
    """,
    'CREATE INDEX "exhibits_document_id" ON "exhibits" ("document_id")',
    """
    CREATE UNIQUE INDEX "exhibits_dossier_id_number" ON "exhibits" ("dossier_id", "number")
    WHERE "number" IS NOT NULL
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables, their indexes, and what keeps receipts as they are."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
