"""Small things that tests of every level share."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._at = at
        self._lived = 0.0

    def steady(self) -> float:
        return self._lived

    def now(self) -> datetime:
        return self._at

    def wait(self, event: threading.Event, for_at_most: timedelta) -> bool:
        if not event.is_set():
            self.pass_(for_at_most)
        return event.is_set()

    def pass_(self, time: timedelta) -> None:
        self._at += time
        self._lived += time.total_seconds()

    def set_by(self, jump: timedelta) -> None:
        """Somebody sets the clock: its hands move, and no time passes."""
        self._at += jump


def until(condition: Callable[[], object], within: float = 10.0, what: str = "") -> None:
    """Wait until it is true, looking often. Raises AssertionError when it does not come."""
    end = monotonic() + within
    pause = threading.Event()
    while not condition():
        assert monotonic() < end, what or f"not within {within} s"
        pause.wait(0.01)
