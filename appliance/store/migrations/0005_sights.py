"""What people see of documents: facts of pictures and pages, words, and bound photos."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "sights" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "sha256" TEXT NOT NULL,
      "format" TEXT,
      "width" INTEGER,
      "height" INTEGER,
      "pages" INTEGER,
      "has_copy" INTEGER NOT NULL,
      "made_at" DATETIME NOT NULL,
      "error" TEXT,
      "reason" TEXT
    )
    """,
    'CREATE UNIQUE INDEX "sights_sha256" ON "sights" ("sha256")',
    """
    CREATE TABLE "document_texts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id") ON DELETE CASCADE,
      "text" TEXT NOT NULL,
      "source" TEXT NOT NULL,
      "pages" INTEGER,
      "read_at" DATETIME NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "document_texts_document_id" ON "document_texts" ("document_id")',
    """
    CREATE VIRTUAL TABLE "document_words"
    USING fts5("words", tokenize = 'unicode61 remove_diacritics 0')
    """,
    """
    CREATE TRIGGER "document_texts_gone" AFTER DELETE ON "document_texts"
    BEGIN DELETE FROM "document_words" WHERE "rowid" = old."document_id"; END
    """,
    """
    CREATE TABLE "document_parts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id") ON DELETE CASCADE,
      "part_id" INTEGER NOT NULL REFERENCES "documents" ("id") ON DELETE CASCADE,
      "position" INTEGER NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "document_parts_document_id_position"
    ON "document_parts" ("document_id", "position")
    """,
    'CREATE INDEX "document_parts_part_id" ON "document_parts" ("part_id")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables, their indexes, and the words that are searched."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
