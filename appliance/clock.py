"""The only source of time. All else receives a `Clock`, so a test can live a day in a second."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time as aware UTC, and waits."""

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

    def steady(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: threading.Event, for_at_most: timedelta) -> bool:
        return event.wait(for_at_most.total_seconds())


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which `instant` falls for people who live in `zone`."""
    return instant.astimezone(zone).date()
