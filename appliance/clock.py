"""The only source of time. All else receives a `Clock`, so a test can live a day in a second."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time as aware UTC, and waits.

    It runs on by the computer's steady seconds, and is set by the computer's clock only where
    `zero` is assigned (upkeep.timekeeping, which moves what goes by the clock with it): nobody else
    ever sees time jump.
    """

    zero: datetime  # the instant at which the steady seconds were nought

    def read_zero(self) -> datetime:
        """What `zero` is by the computer's clock now; it differs when that has been set."""
        ...

    def steady(self) -> float:
        """Seconds since some moment, that setting the clock does not change."""
        ...

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def wait(self, event: threading.Event, for_at_most: timedelta) -> bool:
        """Wait until `event` is set, or for that long by this clock; True if it was set."""
        ...


class SystemClock:
    """The computer's clock."""

    def __init__(self) -> None:
        self.zero = self.read_zero()

    def read_zero(self) -> datetime:
        return datetime.now(UTC) - timedelta(seconds=self.steady())

    def steady(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return self.zero + timedelta(seconds=self.steady())

    def wait(self, event: threading.Event, for_at_most: timedelta) -> bool:
        return event.wait(for_at_most.total_seconds())


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which `instant` falls for people who live in `zone`."""
    return instant.astimezone(zone).date()
