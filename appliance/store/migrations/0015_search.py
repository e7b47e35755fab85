"""Courts and languages; what is searched, and what waits to be; what each import did.

What changes is written down by triggers in the commit that changes it, as an id and no words: the
words are folded afterwards. Messages and documents that come in cost nothing: they are found by
their ids, which only grow.
"""

from typing import Any

import peewee

_FTS = """
CREATE VIRTUAL TABLE "{name}"
USING fts5("words", tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3')
"""
_CHANGED = """
CREATE TRIGGER "{table}_search_{event}" AFTER {when} ON "{table}"
BEGIN INSERT OR IGNORE INTO "search_todo" ("kind", "subject_id") {what}; END
"""


def _changed(table: str, event: str, when: str, what: str) -> str:
    return _CHANGED.format(table=table, event=event, when=when, what=what)


_OF_CLIENT = "VALUES ('client', {row})"
_OF_DOSSIER = "VALUES ('dossier', {row})"

STATEMENTS = (
    'ALTER TABLE "clients" ADD COLUMN "language" TEXT',
    'ALTER TABLE "dossiers" ADD COLUMN "court" TEXT',
    'ALTER TABLE "dossiers" ADD COLUMN "court_number" TEXT',
    'CREATE INDEX "dossiers_status_lawyer" ON "dossiers" ("status", "lawyer")',
    'CREATE INDEX "audit_log_subject" ON "audit_log" ("subject") WHERE "subject" IS NOT NULL',
    *(
        _FTS.format(name=name)
        for name in ("client_words", "dossier_words", "document_name_words", "message_words")
    ),
    """
    CREATE TABLE "search_todo" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "kind" TEXT NOT NULL,
      "subject_id" INTEGER NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "search_todo_kind_subject_id" ON "search_todo" ("kind", "subject_id")',
    """
    CREATE TABLE "search_marks" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "kind" TEXT NOT NULL,
      "upto" INTEGER NOT NULL
    )
    """,
    'CREATE UNIQUE INDEX "search_marks_kind" ON "search_marks" ("kind")',
    _changed("clients", "insert", "INSERT", _OF_CLIENT.format(row='new."id"')),
    _changed(
        "clients",
        "update",
        'UPDATE OF "name", "email"',
        "SELECT 'client', new.\"id\" UNION ALL "
        'SELECT \'dossier\', "id" FROM "dossiers" WHERE "client_id" = new."id"',
    ),
    _changed("clients", "delete", "DELETE", _OF_CLIENT.format(row='old."id"')),
    _changed("contacts", "insert", "INSERT", _OF_CLIENT.format(row='new."client_id"')),
    _changed("contacts", "delete", "DELETE", _OF_CLIENT.format(row='old."client_id"')),
    _changed("dossiers", "insert", "INSERT", _OF_DOSSIER.format(row='new."id"')),
    _changed(
        "dossiers",
        "update",
        'UPDATE OF "client_id", "reference", "title", "label", "lawyer", "court", "court_number"',
        _OF_DOSSIER.format(row='new."id"'),
    ),
    _changed("dossiers", "delete", "DELETE", _OF_DOSSIER.format(row='old."id"')),
    _changed("parties", "insert", "INSERT", _OF_DOSSIER.format(row='new."dossier_id"')),
    _changed("parties", "update", "UPDATE", _OF_DOSSIER.format(row='new."dossier_id"')),
    _changed("parties", "delete", "DELETE", _OF_DOSSIER.format(row='old."dossier_id"')),
    """
    CREATE TRIGGER "documents_search_update" AFTER UPDATE OF "name" ON "documents"
    WHEN old."name" <> new."name"
    BEGIN
      INSERT OR IGNORE INTO "search_todo" ("kind", "subject_id") VALUES ('document', new."id");
    END
    """,
    """
    CREATE TRIGGER "documents_search_gone" AFTER UPDATE OF "destroyed_at" ON "documents"
    WHEN new."destroyed_at" IS NOT NULL
    BEGIN
      DELETE FROM "document_name_words" WHERE "rowid" = new."id";
      INSERT OR IGNORE INTO "search_todo" ("kind", "subject_id") VALUES ('purge', 0);
    END
    """,
    """
    CREATE TRIGGER "documents_search_delete" AFTER DELETE ON "documents"
    BEGIN DELETE FROM "document_name_words" WHERE "rowid" = old."id"; END
    """,
    """
    CREATE TRIGGER "whatsapp_messages_search_gone"
    AFTER UPDATE OF "emptied_at" ON "whatsapp_messages" WHEN new."emptied_at" IS NOT NULL
    BEGIN
      DELETE FROM "message_words" WHERE "rowid" = new."id";
      INSERT OR IGNORE INTO "search_todo" ("kind", "subject_id") VALUES ('purge', 0);
    END
    """,
    """
    CREATE TRIGGER "whatsapp_messages_search_delete" AFTER DELETE ON "whatsapp_messages"
    BEGIN DELETE FROM "message_words" WHERE "rowid" = old."id"; END
    """,
    # What is there already is taken in step by step, after the start.
    """
    INSERT INTO "search_todo" ("kind", "subject_id")
    SELECT 'client', "id" FROM "clients" UNION ALL SELECT 'dossier', "id" FROM "dossiers"
    """,
    """
    CREATE TABLE "imports" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "name" TEXT NOT NULL,
      "sha256" TEXT NOT NULL,
      "by" TEXT NOT NULL,
      "status" TEXT NOT NULL,
      "previewed_at" DATETIME,
      "done_at" DATETIME,
      "undone_at" DATETIME,
      "undone_by" TEXT,
      "report" TEXT
    )
    """,
    """
    CREATE TABLE "import_steps" (
      "id" INTEGER NOT NULL PRIMARY KEY,
      "import_id" INTEGER NOT NULL REFERENCES "imports" ("id") ON DELETE CASCADE,
      "line" INTEGER NOT NULL,
      "kind" TEXT NOT NULL,
      "subject_id" INTEGER NOT NULL,
      "field" TEXT,
      "before" TEXT,
      "after" TEXT,
      "left" TEXT
    )
    """,
    'CREATE INDEX "import_steps_import_id" ON "import_steps" ("import_id")',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create the columns, the tables, and the triggers that write down what changes."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
