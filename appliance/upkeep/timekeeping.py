"""Sets our clock by the computer's, in one commit with all that goes by it."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from appliance.clock import Clock
from appliance.errors import TemporaryError
from appliance.store import work
from appliance.store.database import Store
from appliance.store.models import WorkRow
from appliance.upkeep.presence import NO_JUMP, Presence

log = structlog.get_logger()

TOLERANCE = timedelta(seconds=5)  # a clock that is kept in time moves less between two looks


class Timekeeper:
    """Sees to it that nothing waits an hour, or is taken twice, because somebody set the clock."""

    def __init__(
        self, store: Store, clock: Clock, presence: Presence, tables: Sequence[type[WorkRow]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._presence = presence
        self._tables = tables

    def catch_up(self, jump: timedelta) -> None:
        """At start: the clock was set by `jump` while nobody was there."""
        self._store.write(lambda: self._follow(jump))

    def set_clock(self) -> timedelta:
        """Set our clock by the computer's; how far that jumped, if it did.

        In the thread that writes, between two units: nothing is ever taken or made due half by
        the old hour and half by the new. Raises TemporaryError, with the clock as it was.
        """
        before, right = self._clock.zero, self._clock.read_zero()
        jump = right - before

        def unit() -> int:
            moved = self._follow(jump)
            self._clock.zero = right
            self._presence.note()
            return moved

        if abs(jump) <= TOLERANCE:
            self._clock.zero = right
            return NO_JUMP
        try:
            moved = self._store.write(unit)
        except TemporaryError:  # the rows have not moved: no more may the clock
            self._clock.zero = before
            raise
        log.warning("the clock was set", seconds=jump.total_seconds(), rows=moved)
        return jump

    def _follow(self, jump: timedelta) -> int:
        """Inside a unit: what waits and what is held goes on as if the clock had not been set."""
        return sum(work.follow_clock(table, jump) for table in self._tables)
