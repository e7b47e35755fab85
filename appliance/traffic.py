"""Who goes first when both are busy: the answer to Meta, then our own work.

A webhook answered late is repeated, and Meta slows down; a document filed a moment later harms
nobody. Both want the same interpreter and the same disk, so in a rush work gives way.
"""

import threading
from time import monotonic

RUSH = 100  # requests a second: a small firm's whole hour; more is Meta catching up
SPAN = 0.25  # seconds over which they are counted
GATHER = 0.25  # seconds that wake-up calls gather in a rush
PATIENCE = 0.5  # seconds that each job waits in a rush: work goes slower then, it never stops


class Traffic:
    """Counts the requests at the public door."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._pause = threading.Event()  # never set: a wait that ends by itself
        self._since = monotonic()
        self._count = 0
        self._before = 0

    def passes(self) -> None:
        """A request has come."""
        with self._counting:
            self._turn_over()
            self._count += 1

    def is_rush(self) -> bool:
        """Whether more come than a quiet office ever sees, in this span or the one before."""
        with self._counting:
            self._turn_over()
            return max(self._before, self._count) > RUSH * SPAN

    def give_way(self) -> None:
        """Wait a little if there is a rush."""
        if self.is_rush():
            self._pause.wait(PATIENCE)

    def hold_back(self) -> None:
        """Let calls gather while there is a rush: many at once cost hardly more than one."""
        if self.is_rush():
            self._pause.wait(GATHER)

    def _turn_over(self) -> None:
        past = monotonic() - self._since
        if past > SPAN:
            self._before = self._count if past < 2 * SPAN else 0
            self._count = 0
            self._since += past
