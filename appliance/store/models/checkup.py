"""What the doctor found, and how planned tasks went."""

from typing import Any

from peewee import FloatField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import Row


class CheckResult(Row):
    """One line that a check last gave; `told` is a sentence (telling.as_json).

    A check may give several lines of one name. Owner: upkeep.checkup.
    """

    name: Any = TextField(index=True)
    state: Any = TextField()
    told: Any = TextField()
    checked_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "check_results"


class TaskRun(Row):
    """How a planned task last went; `error` is the kind of what it met. Owner: upkeep.taskbook."""

    name: Any = TextField(unique=True)
    began_at: Any = UtcDateTimeField()
    seconds: Any = FloatField()
    outcome: Any = TextField()
    error: Any = TextField(null=True)

    class Meta:
        table_name = "task_runs"
