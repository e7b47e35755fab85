"""How each planned task last went, when it is next, and who asked for it now. Owns task_runs.

What runs every few seconds is remembered here only; what runs by the hour or the night is in the
store, too, so that a restart does not make it look as if it had never been done.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from appliance.clock import Clock
from appliance.errors import StoppedError, TemporaryError
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import TaskRun

log = structlog.get_logger()

WORTH_KEEPING = timedelta(minutes=30)  # what runs less often than this is kept in the store


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # Greffier was being stopped: done another time


@dataclass(frozen=True)
class Run:
    """One time that a task was done. `error` is the kind of what it met, never its words."""

    began_at: datetime
    seconds: float
    outcome: Outcome
    error: str | None


@dataclass(frozen=True)
class Planned:
    """A task: done every so often, or daily at an hour where `every` is None."""

    name: str
    every: timedelta | None
    next_at: Callable[[], datetime | None] = lambda: None
    wake: Callable[[], object] = lambda: None
    last: Run | None = None
    is_running: bool = False
    is_asked: bool = False


class TaskBook:
    """Every planned task by its name. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._tasks: dict[str, Planned] = {}

    def plan(
        self,
        name: str,
        every: timedelta | None,
        *,
        next_at: Callable[[], datetime | None] = lambda: None,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        """There is such a task. `next_at` says when it is next, `wake` has its thread look."""
        with self._lock:
            known = self._tasks.get(name)
            last = known.last if known else None
            self._tasks[name] = Planned(name, every, next_at, wake, last)

    def tasks(self) -> list[Planned]:
        """All of them as they stand, in the order in which they were planned."""
        kept = {row.name: _run_of(row) for row in TaskRun.select()}
        with self._lock:
            found = list(self._tasks.values())
        return [one if one.last else replace(one, last=kept.get(one.name)) for one in found]

    def last(self, name: str) -> Run | None:
        """How it last went since Greffier was started."""
        with self._lock:
            known = self._tasks.get(name)
        return known.last if known else None

    def ask(self, name: str) -> bool:
        """Have it done as soon as its thread is free. False: there is no such task."""
        with self._lock:
            if name not in self._tasks:
                return False
            self._tasks[name] = replace(self._tasks[name], is_asked=True)
            wake = self._tasks[name].wake
        wake()
        return True

    def asked(self) -> list[str]:
        """What somebody asked for and nobody has begun."""
        with self._lock:
            return [one.name for one in self._tasks.values() if one.is_asked]

    def run(self, name: str, task: Callable[[], object]) -> None:
        """Do it and write down how it went. Raises what it raises."""
        began_at, steady = self._clock.now(), self._clock.steady()
        self._set(name, is_running=True, is_asked=False)
        outcome, error = Outcome.FAILED, None
        try:
            task()
            outcome = Outcome.DONE
        except StoppedError:
            outcome = Outcome.STOPPED
            raise
        except Exception as caught:
            error = type(caught).__name__
            raise
        finally:
            run = Run(began_at, self._clock.steady() - steady, outcome, error)
            self._set(name, is_running=False, last=run)
            self._keep(name, run)

    def _set(self, name: str, **changes: object) -> None:
        with self._lock:
            known = self._tasks.get(name) or Planned(name, None)
            self._tasks[name] = replace(known, **changes)  # type: ignore[arg-type] # its own fields

    def _keep(self, name: str, run: Run) -> None:
        every = self._tasks[name].every
        if every is not None and every < WORTH_KEEPING:
            return
        try:
            self._store.write(lambda: _note(name, run))
        except TemporaryError:
            log.warning("a task's run was not written down", task=name)


def _note(name: str, run: Run) -> None:
    """Inside a unit."""
    values = {
        "began_at": run.began_at,
        "seconds": run.seconds,
        "outcome": run.outcome,
        "error": run.error,
    }
    known = rows.find(TaskRun, name=name)
    if known is None:
        rows.insert(TaskRun, name=name, **values)
    else:
        rows.update(TaskRun, known.id, **values)


def _run_of(row: TaskRun) -> Run:
    return Run(row.began_at, row.seconds, Outcome(row.outcome), row.error)
