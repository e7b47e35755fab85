"""When Greffier was there, and by what clock. Owns `presences`.

A computer that is off, asleep, or whose clock is set must not make work wait, be done twice, or
go unmentioned: whoever comes back reads how long nobody was there and what was caught up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.store import models
from appliance.store.database import Store

WORTH_SAYING = timedelta(minutes=10)  # a shorter absence is a restart
SAID_FOR = timedelta(hours=24)  # after the return
NO_JUMP = timedelta()


@dataclass(frozen=True)
class Absence:
    """Greffier was not there from `since` to `until`; so many messages came with a delay."""

    since: datetime
    until: datetime
    caught_up: int


class Presence:
    """Keeps the row of the present run."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self) -> timedelta:
        """At start, and after a sleep: a new stretch. How far the clock has gone back, at least.

        The last run was seen at an instant that is still to come: the clock was set back.
        """
        now = self._clock.now()
        last = _latest(1)
        self._store.write(lambda: models.Presence.create(started_at=now, seen_at=now))
        return min(now - last[0].seen_at, NO_JUMP) if last else NO_JUMP

    def goes_on(self) -> None:
        """Greffier is still there."""
        self._store.write(self.note)

    def note(self) -> None:
        """Inside a unit: seen now, by the clock as it is set now."""
        table, latest = models.Presence, _latest(1)
        if latest:
            table.update(seen_at=self._clock.now()).where(table.id == latest[0].id).execute()


def absence(now: datetime) -> Absence | None:
    """The last absence, while it is worth mentioning."""
    stretches = _latest(2)
    if len(stretches) < 2:
        return None
    back, before = stretches[0].started_at, stretches[1].seen_at
    if back - before < WORTH_SAYING or not now - SAID_FOR < back <= now:
        return None
    table = models.Message
    late = table.select().where(
        table.received_at >= back,
        table.received_at < back + SAID_FOR,
        table.sent_at < back,
        table.direction == "in",
    )
    return Absence(before, back, late.count())


def _latest(count: int) -> list[models.Presence]:
    return list(models.Presence.select().order_by(models.Presence.id.desc()).limit(count))
