"""Rings at every event in the played world, so that nobody has to poll."""

import threading
import time
from collections.abc import Callable


class Bell:
    """One lock for all that the world remembers; `with bell:` changes it and rings afterwards."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._rung = threading.Condition(self.lock)
        self._rings = 0

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._rings += 1
        self._rung.notify_all()
        self.lock.release()

    def wait_for(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether the condition became true in time. It is asked anew at each ring.

        It is asked without the lock held, so it may take its time and look anywhere.
        """
        until = time.monotonic() + within
        while True:
            rings = self._rings
            if condition():
                return True
            if not self._next_ring(rings, until - time.monotonic()):
                return condition()

    def _next_ring(self, rings: int, within: float) -> bool:
        with self.lock:
            return self._rung.wait_for(lambda: self._rings != rings, max(within, 0))
