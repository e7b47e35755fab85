"""How much may go out, what went, and what the firm has changed of it."""

from typing import Any

from peewee import BigIntegerField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import Row


class RateLimit(Row):
    """Where a limit stands. Owner: limits.

    Of a bucket one row a key: `at` is when it will be full again. Of a moving window one row for
    each `who` that was counted in it: `at` is when, last. In microseconds since 1970.
    """

    name: Any = TextField()
    key: Any = TextField(default="")
    who: Any = TextField(default="")
    at: Any = BigIntegerField()

    class Meta:
        table_name = "rate_limits"
        indexes = ((("name", "key", "who"), True), (("name", "key", "at"), False))


class LimitSetting(Row):
    """A limit that somebody changed while Greffier ran; the last row of a name counts.

    Without `amount` the configuration counts again. Owner: limits.
    """

    name: Any = TextField(index=True)
    amount: Any = IntegerField(null=True)
    seconds: Any = IntegerField(null=True)
    changed_at: Any = UtcDateTimeField()
    changed_by: Any = TextField()

    class Meta:
        table_name = "limit_settings"


class LimitUse(Row):
    """How often a limit was asked in an hour, and with what success. Owner: limits."""

    name: Any = TextField()
    hour_at: Any = UtcDateTimeField()
    allowed: Any = IntegerField(default=0)
    refused: Any = IntegerField(default=0)

    class Meta:
        table_name = "limit_uses"
        indexes = ((("name", "hour_at"), True),)
