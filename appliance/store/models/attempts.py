"""What became of each attempt at a piece of work, and which work is paused."""

from typing import Any

from peewee import IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import Row


class Attempt(Row):
    """One attempt that came to its end. Owner: store.attempts.

    `work` is the table of the row, `lane` what is paused together with it. `waited_ms`: from when
    it was due until it was taken, where that is known. An attempt that was interrupted has no row:
    the work's own `interruptions` counts it. Neither `error` nor `reason` (JSON: see telling) holds
    names or whole numbers: see masking.
    """

    work: Any = TextField()
    row_id: Any = IntegerField(index=True)
    lane: Any = TextField()
    number: Any = IntegerField()
    waited_ms: Any = IntegerField(null=True)
    started_at: Any = UtcDateTimeField()
    ended_at: Any = UtcDateTimeField()
    outcome: Any = TextField()
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)

    class Meta:
        table_name = "attempts"


class AttemptHour(Row):
    """How many attempts of a lane ended in an hour, of those that are forgotten by now.

    Owner: store.attempts.
    """

    lane: Any = TextField()
    hour_at: Any = UtcDateTimeField()
    done: Any = IntegerField(default=0)
    failed: Any = IntegerField(default=0)

    class Meta:
        table_name = "attempt_hours"
        indexes = ((("lane", "hour_at"), True),)


class Pause(Row):
    """Work of this lane, or of "all", is not begun while this row is there. Owner: workload."""

    lane: Any = TextField(unique=True)
    paused_at: Any = UtcDateTimeField()
    paused_by: Any = TextField()

    class Meta:
        table_name = "work_pauses"
