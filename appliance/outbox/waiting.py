"""The waiting room: what a limit keeps from leaving, and calling it in when the limit changed."""

import json

from appliance.clock import Clock
from appliance.jobs import Job, Jobs
from appliance.outbox.gate import AT_LIMIT
from appliance.store import models, work
from appliance.store.database import Store
from appliance.store.models import OutgoingStatus


class WaitingRoom:
    """Outbox rows that are due only when there is room again."""

    def __init__(self, store: Store, jobs: Jobs, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    def call_in(self) -> int:
        """A limit changed: whoever waits for one is looked at now. How many.

        Who is still refused waits anew, by the limit as it is now.
        """
        called = self._store.write(self._make_due)
        for row in called:
            self._jobs.wake(Job.OUTGOING, row.id, row.priority)
        return len(called)

    def _make_due(self) -> list[models.Outgoing]:
        now, table = self._clock.now(), models.Outgoing
        query = table.select().where(
            table.error.is_null(False),  # lets SQLite use the small index of rows that have one
            table.status == OutgoingStatus.QUEUED,
            table.due_at > now,
            table.leased_until.is_null(),
        )
        waiting = [row for row in query if json.loads(row.reason or "{}").get("text") == AT_LIMIT]
        for row in waiting:
            work.update(row, due_at=now)
        return waiting
