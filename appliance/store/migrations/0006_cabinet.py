"""The cabinet: what was done to documents and folders, by us and on disk; the night's runs."""

from typing import Any

import peewee

STATEMENTS = (
    """
    CREATE TABLE "night_runs" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "name" TEXT NOT NULL,
      "done_at" DATETIME NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "night_runs_name" ON "night_runs" ("name")',
    """
    CREATE TABLE "acts" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id") ON DELETE CASCADE,
      "batch" INTEGER,
      "kind" TEXT NOT NULL,
      "by" TEXT NOT NULL,
      "begun_at" DATETIME NOT NULL,
      "done_at" DATETIME,
      "from_dossier" INTEGER,
      "to_dossier" INTEGER,
      "before" TEXT NOT NULL,
      "after" TEXT NOT NULL,
      "undoes" INTEGER,
      "undone_at" DATETIME,
      "undone_by" TEXT
    )
    """,
    'CREATE INDEX "acts_document_id" ON "acts" ("document_id")',
    'CREATE INDEX "acts_batch" ON "acts" ("batch")',
    'CREATE INDEX "acts_from_dossier" ON "acts" ("from_dossier")',
    'CREATE INDEX "acts_to_dossier" ON "acts" ("to_dossier")',
    'CREATE INDEX "acts_open" ON "acts" ("document_id") WHERE "done_at" IS NULL',
    """
    CREATE TABLE "folder_moves" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "kind" TEXT NOT NULL,
      "subject_id" INTEGER NOT NULL,
      "from_path" TEXT NOT NULL,
      "to_path" TEXT NOT NULL,
      "wanted" TEXT NOT NULL,
      "by" TEXT NOT NULL,
      "begun_at" DATETIME NOT NULL,
      "done_at" DATETIME
    )
    """,
    """
    CREATE TABLE "findings" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "document_id" INTEGER REFERENCES "documents" ("id") ON DELETE CASCADE,
      "kind" TEXT NOT NULL,
      "path" TEXT NOT NULL,
      "other_path" TEXT,
      "size" INTEGER,
      "modified" INTEGER,
      "sha256" TEXT,
      "found_at" DATETIME NOT NULL,
      "settled_at" DATETIME,
      "settled_by" TEXT,
      "choice" TEXT
    )
    """,
    'CREATE INDEX "findings_document_id" ON "findings" ("document_id")',
    'CREATE INDEX "findings_path" ON "findings" ("path")',
    'CREATE INDEX "findings_open" ON "findings" ("kind") WHERE "settled_at" IS NULL',
    """
    CREATE TABLE "sightings" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "document_id" INTEGER NOT NULL REFERENCES "documents" ("id") ON DELETE CASCADE,
      "size" INTEGER NOT NULL,
      "modified" INTEGER NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "sightings_document_id" ON "sightings" ("document_id")',
    'CREATE INDEX "documents_local_path" ON "documents" ("local_path")',
    'CREATE INDEX "documents_old_path" ON "documents" ("old_path") WHERE "old_path" IS NOT NULL',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables and their indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
