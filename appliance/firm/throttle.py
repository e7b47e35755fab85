"""Whoever fails often waits: longer each time, and in memory only."""

import hashlib
import threading
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
REMEMBERED = 10_000  # names and addresses: a flood of them must not fill the memory
NOW = timedelta()


class Throttle:
    """Counts failures by key, in memory: after `free` of them each next try waits longer."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._failures: dict[str, tuple[int, datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long this key must still wait; zero: it may try."""
        with self._lock:
            failures, last_at = self._failures.get(digest(key), (0, now))
            return max(last_at + wait_after(failures, self._free) - now, NOW)

    def failed(self, key: str, now: datetime) -> None:
        """One more. An hour without any forgets the ones before."""
        with self._lock:
            failures, last_at = self._failures.pop(digest(key), (0, now))
            count = 1 if last_at + FORGOTTEN_AFTER <= now else failures + 1
            self._failures[digest(key)] = (count, now)
            if len(self._failures) > REMEMBERED:
                del self._failures[next(iter(self._failures))]


def wait_after(failures: int, free: int) -> timedelta:
    """Nothing, then 1 s after `free` failures, twice as long each time, 15 minutes at most."""
    if failures < free:
        return NOW
    doublings = min(failures - free, 20)  # 2 to the power of any count would overflow
    return min(timedelta(seconds=2**doublings), LONGEST_WAIT)


def digest(token: str) -> str:
    """What is kept: a stolen copy of the database opens no session."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
