"""Wake-up calls: "look at row 7 of messages". They may be lost and may come twice.

Whatever must not be lost is a row of the store; a call only spares the wait until the next sweep.
"""

import queue
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import structlog

from appliance.errors import TemporaryError
from appliance.queues import Queue
from appliance.store.work import OUTAGE_WAIT, Later
from appliance.traffic import Traffic

log = structlog.get_logger()

GROUP_LIMIT = 500  # calls put into the queue at once


Handler = Callable[[int], Later | None]
Broke = Callable[[int, BaseException], Later | None]


class Job(StrEnum):
    """What may be woken: the name on the wire. Each is named in `assembly.build`."""

    MESSAGE = "message"
    RECEIPT = "receipt"
    OUTGOING = "outgoing"
    CHORE = "chore"


class Posted(Protocol):
    """A row that was made or asked for, and when it is due."""

    @property
    def row_id(self) -> int: ...

    @property
    def due_at(self) -> datetime: ...

    @property
    def priority(self) -> int: ...


class _Call(NamedTuple):
    name: str
    row_id: int
    priority: int


class Jobs:
    """Names handlers, carries calls to them, runs them in worker threads."""

    def __init__(self, queue_: Queue, workers: int, traffic: Traffic) -> None:
        self._queue = queue_
        self._workers = workers
        self._traffic = traffic
        self._tasks: dict[str, Any] = {}
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._caller = threading.Thread(target=self._carry, name="jobs-caller", daemon=True)
        self._consumer: Any = None
        self._running: threading.Thread | None = None

    def on(self, name: str, handler: Handler, broke: Broke) -> None:
        """Let `handler` be called with a row id whenever `name` is woken.

        A TemporaryError says that the row was not taken: it is looked at again later. `broke` is
        told of any exception that the handler did not foresee, and says what is next.
        """

        def run(row_id: int) -> None:
            self._traffic.give_way()
            self.attempt(name, row_id, handler, broke)

        # Defined here, the job is "appliance.jobs.<name>" on the wire wherever its handler lives.
        self._tasks[name] = self._queue.huey.task(name=name)(run)

    def attempt(self, name: str, row_id: int, handler: Handler, broke: Broke) -> None:
        """Let the handler do it, in this thread; whatever becomes of it, the row is looked after.

        Raises what no handler may catch: the end of the thread.
        """
        try:
            outcome = handler(row_id)
        except TemporaryError as error:  # before it took the row: it waits, nothing is held
            log.warning("job postponed", job=name, id=row_id)
            outcome = Later(error.after or OUTAGE_WAIT)
        except BaseException as error:
            log.exception("job failed", job=name, id=row_id)
            outcome = broke(row_id, error)
            if not isinstance(error, Exception):
                raise  # what ends the thread ends it; the row was given back
        if outcome is not None:
            self.wake_later(name, row_id, outcome.after)

    def wake(self, name: str, row_id: int, priority: int = 0) -> None:
        """Have the row looked at soon. Call it after the row is committed; returns at once."""
        self._calls.put(_Call(name, row_id, priority))

    def wake_later(self, name: str, row_id: int, after: timedelta) -> None:
        """Have the row looked at after that long (to about a second)."""
        task = self._tasks[name].s(row_id, delay=max(after.total_seconds(), 0))
        try:
            self._queue.huey.add_schedule(task)
        except Exception:
            log.exception("call lost", job=name, id=row_id)  # the sweep calls, half a minute later

    def wake_when_due(self, name: str, posted: Iterable[Posted], now: datetime) -> None:
        """After the commit: have each of these rows looked at when it is due."""
        for row in posted:
            if row.due_at <= now:
                self.wake(name, row.row_id, row.priority)
            else:
                self.wake_later(name, row.row_id, row.due_at - now)

    def start(self) -> None:
        """Begin to carry calls and to work."""
        self._caller.start()
        self._consumer = self._queue.consumer(self._workers)
        self._running = threading.Thread(target=self._consumer.run, name="jobs", daemon=True)
        self._running.start()

    def workers(self) -> tuple[int, int]:
        """How many workers live, and how many should."""
        if self._consumer is None:
            return 0, self._workers
        alive = sum(thread.is_alive() for _, thread in self._consumer.worker_threads)
        return alive, self._workers

    def drain(self) -> None:
        """Let running jobs end (8 s at most), start no new one, close the queue."""
        if self._consumer is not None and self._running is not None:
            self._consumer.stop_flag.set()
            self._queue.release_workers()
            self._running.join()  # it ends at once, but not before every worker has started
            self._consumer.stop(graceful=True)
            self._calls.put(None)
            self._caller.join()
        self._queue.close()

    def _carry(self) -> None:
        """Put calls into the queue in groups: a burst of a thousand costs two transactions."""
        while (first := self._calls.get()) is not None:
            self._traffic.hold_back()
            group = [first]
            while len(group) < GROUP_LIMIT and not self._calls.empty():
                call = self._calls.get()
                if call is None:
                    return
                group.append(call)
            self._put(group)

    def _put(self, group: list[_Call]) -> None:
        try:
            self._queue.put_all(
                self._tasks[call.name].s(call.row_id, priority=call.priority) for call in group
            )
        except Exception:
            # The queue is out of reach; the rows are not. The next sweep calls again.
            log.exception("calls lost", count=len(group))
