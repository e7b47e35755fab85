"""Work on something that is kept already, beside the life of the message that brought it."""

from typing import Any

from peewee import IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import ChoreStatus, WorkRow


class Chore(WorkRow):
    """One piece of such work: each kind once a subject. Owner: chores.

    `subject_id` is the id of what is worked on: the kind says in which table. `posted` counts how
    often it was asked for: what is asked for while it is being done is done once more.
    """

    lane_sql = "kind"

    kind: Any = TextField()
    subject_id: Any = IntegerField()
    status: Any = TextField(default=ChoreStatus.OPEN)
    posted: Any = IntegerField(default=1)
    created_at: Any = UtcDateTimeField()
    done_at: Any = UtcDateTimeField(null=True)  # or given up
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)  # JSON: see telling

    class Meta:
        table_name = "chores"
        indexes = ((("kind", "subject_id"), True),)

    @property
    def lane(self) -> str:
        return str(self.kind)
