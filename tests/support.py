"""Small things that tests of every level share."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self.zero = self._computer = at
        self._lived = 0.0

    def read_zero(self) -> datetime:
        return self._computer

    def steady(self) -> float:
        return self._lived

    def now(self) -> datetime:
        return self.zero + timedelta(seconds=self._lived)

    def wait(self, event: threading.Event, for_at_most: timedelta) -> bool:
        if not event.is_set():
            self.pass_(for_at_most)
        return event.is_set()

    def pass_(self, time: timedelta) -> None:
        self._lived += time.total_seconds()

    def set_by(self, jump: timedelta) -> None:
        """Somebody sets the computer's clock: no time passes, and ours does not know yet."""
        self._computer += jump


def until(condition: Callable[[], object], within: float = 10.0, what: str = "") -> None:
    """Wait until it is true, looking often. Raises AssertionError when it does not come."""
    end = monotonic() + within
    pause = threading.Event()
    while not condition():
        assert monotonic() < end, what or f"not within {within} s"
        pause.wait(0.01)
