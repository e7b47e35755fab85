"""The days on which a dossier needs somebody."""

from typing import Any

from peewee import DateField, ForeignKeyField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Dossier
from appliance.store.models.rows import Row


class Deadline(Row):
    """Something that must be done in a dossier by a day of the firm's time zone.

    Open while `done_at` is null. Owner: firm.deadlines.
    """

    dossier: Any = ForeignKeyField(Dossier, backref="deadlines")
    due_on: Any = DateField()
    what: Any = TextField()
    noted_at: Any = UtcDateTimeField()
    noted_by: Any = TextField()
    done_at: Any = UtcDateTimeField(null=True)
    done_by: Any = TextField(null=True)

    class Meta:
        table_name = "deadlines"
        indexes = ((("done_at", "due_on"), False),)
