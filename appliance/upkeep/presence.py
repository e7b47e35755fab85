"""When Greffier was there, and what the clock did. Owns `presences`.

A computer that is off, asleep, or whose clock is set must not make work wait, be done twice, or
go unmentioned: whoever comes back reads how long nobody was there and what was caught up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.store import models
from appliance.store.database import Store

TOLERANCE = timedelta(seconds=5)  # a clock that is kept in time moves less between two looks
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
    """Keeps the row of the present run, and watches the clock."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looked_at = clock.now()
        self._steady = clock.steady()

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
        now, latest = self._clock.now(), _latest(1)
        if latest:
            query = models.Presence.update(seen_at=now).where(models.Presence.id == latest[0].id)
            self._store.write(query.execute)

    def jump(self) -> timedelta:
        """How far the clock was set since the last look; forward also when the computer slept."""
        now, steady = self._clock.now(), self._clock.steady()
        jump = now - self._looked_at - timedelta(seconds=steady - self._steady)
        self._looked_at, self._steady = now, steady
        return jump if abs(jump) > TOLERANCE else NO_JUMP


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
