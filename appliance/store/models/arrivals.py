"""What each person of the firm has looked at of what came in."""

from typing import Any

from peewee import ForeignKeyField, IntegerField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import User
from appliance.store.models.rows import Row


class Look(Row):
    """Somebody has seen what ends with this message. Owner: firm.looks.

    `message_id` is no key of another table: a message may be erased, and a look is forgotten soon.
    """

    user: Any = ForeignKeyField(User, backref="looks", on_delete="CASCADE")
    message_id: Any = IntegerField()
    at: Any = UtcDateTimeField()

    class Meta:
        table_name = "looks"
        indexes = ((("user", "message_id"), True),)
