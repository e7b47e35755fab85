"""Conversations: whose they are, notes, what was seen, who is answering; who wrote an answer."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "outbox" ADD COLUMN "author" TEXT',
    """
    CREATE INDEX "outbox_said" ON "outbox" ("correspondent_id", "created_at")
    WHERE "channel" = 'whatsapp' AND "kind" <> 'read' AND "correspondent_id" IS NOT NULL
    """,
    """
    CREATE TABLE "threads" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "correspondent_id" INTEGER NOT NULL,
      "assigned_id" INTEGER,
      "assigned_at" DATETIME,
      "assigned_by" TEXT,
      "done_count" INTEGER NOT NULL,
      "done_at" DATETIME,
      "done_by" TEXT,
      FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
      FOREIGN KEY ("assigned_id") REFERENCES "users" ("id")
    )
    """,
    'CREATE UNIQUE INDEX "threads_correspondent_id" ON "threads" ("correspondent_id")',
    'CREATE INDEX "threads_assigned_id" ON "threads" ("assigned_id")',
    """
    CREATE TABLE "thread_notes" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "correspondent_id" INTEGER NOT NULL,
      "author" TEXT NOT NULL,
      "body" TEXT NOT NULL,
      "created_at" DATETIME NOT NULL,
      "dedupe_key" TEXT NOT NULL,
      FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id")
    )
    """,
    'CREATE UNIQUE INDEX "thread_notes_dedupe_key" ON "thread_notes" ("dedupe_key")',
    """
    CREATE INDEX "thread_notes_correspondent_id_created_at"
    ON "thread_notes" ("correspondent_id", "created_at")
    """,
    """
    CREATE TABLE "thread_looks" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "user_id" INTEGER NOT NULL,
      "correspondent_id" INTEGER NOT NULL,
      "seen_count" INTEGER NOT NULL,
      "looked_at" DATETIME NOT NULL,
      FOREIGN KEY ("user_id") REFERENCES "users" ("id"),
      FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id")
    )
    """,
    'CREATE INDEX "thread_looks_correspondent_id" ON "thread_looks" ("correspondent_id")',
    """
    CREATE UNIQUE INDEX "thread_looks_user_id_correspondent_id"
    ON "thread_looks" ("user_id", "correspondent_id")
    """,
    """
    CREATE TABLE "thread_claims" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "correspondent_id" INTEGER NOT NULL,
      "user_id" INTEGER NOT NULL,
      "until_at" DATETIME NOT NULL,
      FOREIGN KEY ("correspondent_id") REFERENCES "correspondents" ("id"),
      FOREIGN KEY ("user_id") REFERENCES "users" ("id")
    )
    """,
    'CREATE UNIQUE INDEX "thread_claims_correspondent_id" ON "thread_claims" ("correspondent_id")',
    'CREATE INDEX "thread_claims_user_id" ON "thread_claims" ("user_id")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables, the column and the indexes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
