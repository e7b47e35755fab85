"""What is still to happen, and when: a few threads do it, in no promised order."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.simulator.bell import Bell

THREADS = 4  # Meta delivers concurrently: order is not guaranteed (webhooks/overview)


@dataclass(order=True)
class _Entry:
    due: float
    number: int
    what: str = field(compare=False)
    action: Callable[[], None] = field(compare=False)


class Agenda:
    """Does each thing once, not before its time. What a stop leaves undone waits for a start."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._numbers = itertools.count()
        self._entries: list[_Entry] = []
        self._doing: dict[int, str] = {}
        self._changed = threading.Condition(bell.lock)
        self._threads: list[threading.Thread] = []
        self._open = False

    def add(self, what: str, action: Callable[[], None], after: float = 0.0) -> None:
        """Do the action after so many seconds."""
        with self._bell:
            entry = _Entry(time.monotonic() + after, next(self._numbers), what, action)
            heapq.heappush(self._entries, entry)
            self._changed.notify()

    def still(self) -> list[str]:
        """What is not done yet, in words."""
        with self._bell.lock:
            return [*self._doing.values(), *(entry.what for entry in sorted(self._entries))]

    def start(self) -> None:
        self._open = True
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is being done, begin nothing new."""
        with self._bell:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _work(self) -> None:
        while entry := self._take():
            try:
                entry.action()
            finally:
                self._done(entry)

    def _take(self) -> _Entry | None:
        """The next thing that is due, as soon as one is. None: stop working."""
        with self._bell.lock:
            while self._open:
                wait = self._entries[0].due - time.monotonic() if self._entries else None
                if wait is not None and wait <= 0:
                    entry = heapq.heappop(self._entries)
                    self._doing[entry.number] = entry.what
                    return entry
                self._changed.wait(wait)
        return None

    def _done(self, entry: _Entry) -> None:
        with self._bell:
            del self._doing[entry.number]
