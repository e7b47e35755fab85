"""Threads for work that may take long, so that it keeps no worker from messages and sends."""

import itertools
import queue
import threading
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger()

Work = Callable[[int], object]
_END = 2**31  # sorts behind all work: hands that are stopped leave it


class Hands:
    """Some threads that do what is put before them, the most urgent first. Forgets when stopped.

    What is put twice before it is begun is done once.
    """

    def __init__(self, name: str, how_many: int, work: Work) -> None:
        self._work = work
        self._stop = threading.Event()
        self._order = itertools.count()
        self._waiting: queue.PriorityQueue[tuple[int, int, int]] = queue.PriorityQueue()
        self._put: set[int] = set()
        self._putting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True)
            for n in range(how_many)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> tuple[int, int]:
        """How many live, and how many should."""
        return sum(thread.is_alive() for thread in self._threads), len(self._threads)

    def put(self, row_id: int, priority: int) -> None:
        """Have it done when a hand is free; returns at once."""
        with self._putting:
            if row_id in self._put:
                return
            self._put.add(row_id)
        self._waiting.put((-priority, next(self._order), row_id))

    def stop(self, within: float) -> None:
        """Begin nothing more; return when all have ended, or after that many seconds."""
        self._stop.set()
        for _ in self._threads:
            self._waiting.put((_END, next(self._order), 0))
        until = monotonic() + within
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(until - monotonic(), 0))

    def _run(self) -> None:
        while True:
            _, _, row_id = self._waiting.get()
            if self._stop.is_set():
                return
            with self._putting:
                self._put.discard(row_id)
            try:
                self._work(row_id)
            except BaseException:
                log.exception("hand slipped", id=row_id)
