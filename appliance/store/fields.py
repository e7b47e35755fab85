"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import peewee


class UtcDateTimeField(peewee.DateTimeField):
    """An instant. Aware UTC in Python; in the database `YYYY-MM-DD HH:MM:SS.ffffff`, UTC, no zone.

    Fixed width, so that text order is time order on SQLite; a plain TIMESTAMP on PostgreSQL.
    """

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else utc_text(value)

    def python_value(self, value: Any) -> datetime | None:
        if value is None:
            return None
        read = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC)


def utc_text(instant: datetime) -> str:
    """How an aware instant is written in the database. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
