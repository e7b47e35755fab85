"""What is done once a night, in a thread of its own: it may take minutes and must delay nothing.

Owns night_runs.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from appliance.clock import Clock
from appliance.errors import Stop, StoppedError
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import NightRun
from appliance.upkeep.taskbook import TaskBook

log = structlog.get_logger()

AT = time(3)  # in the firm's time zone; a PC that is off then does it when it is on again
LOOK_EVERY = timedelta(minutes=1)
PAUSE = timedelta(hours=1)  # before a task that failed is tried again: it may be a heavy one


@dataclass(frozen=True)
class NightTask:
    """Done once after each `at` o'clock where the firm is. `name` is kept: it never changes.

    `run` asks its argument between two steps whether Greffier is being stopped, and raises
    StoppedError then; what it raises else is logged, and it is run again an hour later.
    """

    name: str
    run: Callable[[Stop], object]
    at: time = AT


class Night:
    """Does each task whose last run is older than its last hour, one after the other."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        zone: ZoneInfo,
        tasks: Iterable[NightTask],
        book: TaskBook | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._tasks = list(tasks)
        self._book = book or TaskBook(store, clock)
        for task in self._tasks:
            at, ask = partial(self._next, task), partial(self.ask, task.name)
            self._book.plan(task.name, None, next_at=at, wake=ask)
        self._failed_at: dict[str, float] = {}  # steady seconds
        self._asked: set[str] = set()
        self._call = threading.Event()  # to look now: something was asked for, or the end has come
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="night", daemon=True)

    def start(self) -> None:
        """Look every minute whether it is time."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was begun is left and done another time."""
        self._stop.set()
        self._call.set()
        self._thread.join()

    def ask(self, name: str) -> None:
        """Have this task done now, whenever it was done last; returns at once."""
        self._asked.add(name)
        self._call.set()

    def look(self) -> list[str]:
        """Do what is due; the names of what was done to its end. Raises StoppedError."""
        return [task.name for task in self._tasks if self._is_due(task) and self._is_done(task)]

    def _is_done(self, task: NightTask) -> bool:
        """Do it; a task that fails keeps no other from its turn."""
        began_at = self._clock.now()
        self._asked.discard(task.name)
        try:
            self._book.run(task.name, partial(task.run, self._stop.is_set))
            self._store.write(lambda: _note(task.name, began_at))
        except StoppedError:
            raise
        except Exception:
            self._failed_at[task.name] = self._clock.steady()
            log.exception("the night's work failed", task=task.name)
            return False
        self._failed_at.pop(task.name, None)
        return True

    def _is_due(self, task: NightTask) -> bool:
        if task.name in self._asked:
            return True
        failed_at = self._failed_at.get(task.name)
        if failed_at is not None and self._clock.steady() - failed_at < PAUSE.total_seconds():
            return False
        last, now = rows.find(NightRun, name=task.name), self._clock.now()
        return last is None or not self._last(task.at, now) <= last.done_at <= now

    def _next(self, task: NightTask) -> datetime:
        """When it is done next, if nothing fails."""
        now = self._clock.now()
        return now if self._is_due(task) else self._last(task.at, now) + timedelta(days=1)

    def _last(self, at: time, now: datetime) -> datetime:
        """The last time that it was `at` o'clock."""
        here = now.astimezone(self._zone)
        today = datetime.combine(here.date(), at, self._zone)
        return today if today <= here else today - timedelta(days=1)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._clock.wait(self._call, LOOK_EVERY)
            self._call.clear()
            if self._stop.is_set():
                return
            try:
                self.look()
            except StoppedError:
                return
            except Exception:
                log.exception("the night's work failed")  # top of a thread


def last_run(name: str) -> datetime | None:
    """When this task was last begun and then done to its end."""
    run = rows.find(NightRun, name=name)
    return run.done_at if run is not None else None


def _note(name: str, at: datetime) -> None:
    """Inside a unit."""
    last = rows.find(NightRun, name=name)
    if last is None:
        rows.insert(NightRun, name=name, done_at=at)
    else:
        rows.update(NightRun, last.id, done_at=at)
