"""The audit log becomes a chain, only ever added to; second factors, invitations, sessions."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "audit_log" ADD COLUMN "about" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "about_id" INTEGER',
    'ALTER TABLE "audit_log" ADD COLUMN "dossier_id" INTEGER',
    'ALTER TABLE "audit_log" ADD COLUMN "number" INTEGER',
    'ALTER TABLE "audit_log" ADD COLUMN "digest" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "previous" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "hash" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "seal" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "key_id" TEXT',
    'ALTER TABLE "audit_log" ADD COLUMN "erased_at" DATETIME',
    'CREATE INDEX "audit_log_actor" ON "audit_log" ("actor")',
    'CREATE INDEX "audit_log_action" ON "audit_log" ("action")',
    'CREATE INDEX "audit_log_about" ON "audit_log" ("about", "about_id")',
    'CREATE INDEX "audit_log_dossier_id" ON "audit_log" ("dossier_id")',
    'CREATE UNIQUE INDEX "audit_log_number" ON "audit_log" ("number")',
    """
    CREATE TRIGGER "audit_log_is_kept" BEFORE DELETE ON "audit_log"
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
    """,
    # "INSERT OR REPLACE" would delete without the trigger above.
    """
    CREATE TRIGGER "audit_log_is_added_to" BEFORE INSERT ON "audit_log"
    WHEN EXISTS (SELECT 1 FROM "audit_log" WHERE "id" = NEW."id" OR "number" = NEW."number")
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
    """,
    # What may change: an entry from before is sealed, once; the words of one are erased.
    """
    CREATE TRIGGER "audit_log_stands" BEFORE UPDATE ON "audit_log"
    WHEN NEW."id" <> OLD."id" OR NEW."at" <> OLD."at" OR NEW."actor" <> OLD."actor"
      OR NEW."action" <> OLD."action" OR OLD."erased_at" IS NOT NULL
      OR NOT (
        (OLD."number" IS NULL AND NEW."number" IS NOT NULL AND NEW."erased_at" IS NULL
          AND NEW."subject" IS OLD."subject" AND NEW."detail" IS OLD."detail")
        OR (NEW."erased_at" IS NOT NULL AND NEW."subject" IS NULL AND NEW."detail" IS NULL
          AND NEW."about" IS OLD."about" AND NEW."about_id" IS OLD."about_id"
          AND NEW."dossier_id" IS OLD."dossier_id" AND NEW."number" IS OLD."number"
          AND NEW."digest" IS OLD."digest" AND NEW."previous" IS OLD."previous"
          AND NEW."hash" IS OLD."hash" AND NEW."seal" IS OLD."seal"
          AND NEW."key_id" IS OLD."key_id")
      )
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
    """,
    'ALTER TABLE "users" ADD COLUMN "signed_in_at" DATETIME',
    'ALTER TABLE "sessions" ADD COLUMN "origin" TEXT',
    'ALTER TABLE "sessions" ADD COLUMN "browser" TEXT',
    """
    CREATE TABLE "second_factors" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "user_id" INTEGER NOT NULL REFERENCES "users" ("id"),
      "secret" TEXT NOT NULL,
      "created_at" DATETIME NOT NULL,
      "confirmed_at" DATETIME,
      "last_step" INTEGER NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "second_factors_user_id" ON "second_factors" ("user_id")',
    """
    CREATE TABLE "recovery_codes" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "user_id" INTEGER NOT NULL REFERENCES "users" ("id"),
      "code_hash" TEXT NOT NULL,
      "used_at" DATETIME
    )
    """,
    """
    CREATE UNIQUE INDEX "recovery_codes_user_id_code_hash"
    ON "recovery_codes" ("user_id", "code_hash")
    """,
    """
    CREATE TABLE "passes" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "token_hash" TEXT NOT NULL,
      "kind" TEXT NOT NULL,
      "user_id" INTEGER NOT NULL REFERENCES "users" ("id"),
      "by" TEXT NOT NULL,
      "created_at" DATETIME NOT NULL,
      "expires_at" DATETIME NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "passes_token_hash" ON "passes" ("token_hash")',
    'CREATE INDEX "passes_user_id" ON "passes" ("user_id")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add columns, indexes, triggers and tables."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
