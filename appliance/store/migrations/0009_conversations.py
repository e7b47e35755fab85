"""People are looked up by who they are; amendments may come first; other numbers' messages."""

from typing import Any

import peewee

STATEMENTS = (
    'ALTER TABLE "whatsapp_messages" ADD COLUMN "amends" TEXT',
    """
    CREATE INDEX "whatsapp_messages_amends" ON "whatsapp_messages" ("amends")
    WHERE "amends" IS NOT NULL
    """,
    """
    CREATE INDEX "whatsapp_messages_elsewhere" ON "whatsapp_messages" ("id")
    WHERE "direction" = 'elsewhere'
    """,
    'DROP INDEX "whatsapp_messages_correspondent_id"',
    """
    CREATE INDEX "whatsapp_messages_correspondent_id"
    ON "whatsapp_messages" ("correspondent_id", "received_at") WHERE "correspondent_id" IS NOT NULL
    """,
    'DROP INDEX "outbox_correspondent_id"',
    """
    CREATE INDEX "outbox_correspondent_id" ON "outbox" ("correspondent_id", "created_at")
    """,
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the column, and indexes by person and time."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
