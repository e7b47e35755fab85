"""Who of the firm sees what: shared and walled dossiers, an assistant's lawyers, broken glass."""

from typing import Any

import peewee

STATEMENTS = (
    """ALTER TABLE "dossiers" ADD COLUMN "access" TEXT NOT NULL DEFAULT 'usual'""",
    'CREATE INDEX "dossiers_lawyer" ON "dossiers" ("lawyer")',
    """
    CREATE TABLE "dossier_access" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "dossier_id" INTEGER NOT NULL REFERENCES "dossiers" ("id") ON DELETE CASCADE,
      "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
      "is_open" INTEGER NOT NULL,
      "by" TEXT NOT NULL,
      "at" DATETIME NOT NULL
    )
    """,
    """
    CREATE UNIQUE INDEX "dossier_access_user_id_dossier_id"
    ON "dossier_access" ("user_id", "dossier_id")
    """,
    'CREATE INDEX "dossier_access_dossier_id" ON "dossier_access" ("dossier_id")',
    """
    CREATE TABLE "user_lawyers" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "assistant_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
      "lawyer_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
    )
    """,
    """
    CREATE UNIQUE INDEX "user_lawyers_assistant_id_lawyer_id"
    ON "user_lawyers" ("assistant_id", "lawyer_id")
    """,
    'CREATE INDEX "user_lawyers_lawyer_id" ON "user_lawyers" ("lawyer_id")',
    """
    CREATE TABLE "broken_glass" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
      "reason" TEXT NOT NULL,
      "broken_at" DATETIME NOT NULL,
      "until_at" DATETIME NOT NULL,
      "mended_at" DATETIME
    )
    """,
    'CREATE INDEX "broken_glass_user_id" ON "broken_glass" ("user_id", "until_at")',
    # Whom a correspondent's messages were taken to stand for: kept by the database itself, so that
    # no way of learning it can forget to say so.
    """
    CREATE TABLE "correspondent_clients" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "correspondent_id" INTEGER NOT NULL REFERENCES "correspondents" ("id") ON DELETE CASCADE,
      "client_id" INTEGER NOT NULL REFERENCES "clients" ("id") ON DELETE CASCADE
    )
    """,
    """
    CREATE UNIQUE INDEX "correspondent_clients_correspondent_id_client_id"
    ON "correspondent_clients" ("correspondent_id", "client_id")
    """,
    'CREATE INDEX "correspondent_clients_client_id" ON "correspondent_clients" ("client_id")',
    """
    INSERT INTO "correspondent_clients" ("correspondent_id", "client_id")
    SELECT DISTINCT "correspondent_id", "client_id" FROM "whatsapp_messages"
    WHERE "correspondent_id" IS NOT NULL AND "client_id" IS NOT NULL
    """,
    """
    CREATE TRIGGER "correspondent_clients_learnt"
    AFTER UPDATE OF "client_id", "correspondent_id" ON "whatsapp_messages"
    WHEN NEW."client_id" IS NOT NULL AND NEW."correspondent_id" IS NOT NULL
    BEGIN
      INSERT INTO "correspondent_clients" ("correspondent_id", "client_id")
      VALUES (NEW."correspondent_id", NEW."client_id")
      ON CONFLICT DO NOTHING;
    END
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the tables; everything stays as visible as a firm without walls has it."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
