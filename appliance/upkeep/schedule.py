"""What runs when, in one thread; above all the sweep, which finds work whose call was lost."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import schedule
import structlog

from appliance.chores import Chores
from appliance.clock import Clock
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.keeping.countdown import Countdown
from appliance.limits import Limits
from appliance.outbox.sending import Outbox
from appliance.store import work
from appliance.store.database import Store
from appliance.upkeep.account import AccountEvents
from appliance.upkeep.checkup import Checkup
from appliance.upkeep.night import Night
from appliance.upkeep.number import NumberWatch
from appliance.upkeep.presence import NO_JUMP, WORTH_SAYING, Presence
from appliance.upkeep.taskbook import TaskBook
from appliance.upkeep.timekeeping import Timekeeper
from appliance.workload.states import WORK

log = structlog.get_logger()

SWEEP_EVERY = 30  # seconds
TIDY_EVERY = 2  # seconds
SEEN_EVERY = 60  # seconds; nothing is planned further ahead: see `_is_plan_astray`
HOUR = 3600.0  # seconds
OVERDUE = timedelta(seconds=15)  # a call this late is taken for lost
LOOK_AHEAD = timedelta(hours=1)  # at start the queue is empty: what is due soon is called too
LIMIT = 20_000  # rows a sweep
TICK = timedelta(seconds=1)


class Watches(NamedTuple):
    """What has a thread, or an eye, of its own."""

    night: Night
    number: NumberWatch
    events: AccountEvents
    countdown: Countdown
    checkup: Checkup
    book: TaskBook


class Watched(NamedTuple):
    """The stations that upkeep looks after."""

    inbox: Inbox
    outbox: Outbox
    limits: Limits
    chores: Chores


class Upkeep:
    """Keeps the rest going."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        watched: Watched,
        watches: Watches,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._inbox, self._outbox, self._limits, self._chores = watched
        self._watches = watches
        self._forgot_at: float | None = None  # steady seconds
        self._presence = Presence(store, clock)
        self._timekeeper = Timekeeper(store, clock, self._presence, list(WORK.values()))
        self._book = watches.book
        self._tasks = schedule.Scheduler()
        self._planned: list[tuple[str, int, Callable[[], object]]] = [
            ("sweep", SWEEP_EVERY, self._watch),
            ("pay", TIDY_EVERY, store.pay),
            ("tidy", TIDY_EVERY, store.tidy),
            ("account", TIDY_EVERY, watches.events.read_new),
            ("presence", SEEN_EVERY, self._presence.goes_on),
            ("forget", SEEN_EVERY, self.forget),
        ]
        for name, every, _ in self._planned:
            self._book.plan(name, timedelta(seconds=every), next_at=partial(self._next, name))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Free what a crash left half-way, call all that is due, then keep watch."""
        self._timekeeper.catch_up(self._presence.begin())
        interrupted = self._inbox.release_interrupted()
        chores = self._chores.release_interrupted()
        ambiguous = self._outbox.recover(at_start=True)
        called = self.sweep(LOOK_AHEAD)
        log.info(
            "upkeep started",
            interrupted=interrupted.messages + interrupted.receipts + chores,
            ambiguous=ambiguous,
            called=called,
        )
        self._plan()
        self._thread.start()
        self._watches.night.start()
        self._watches.number.start()
        self._watches.checkup.start()

    def stop(self) -> None:
        """End the watch; returns when it has ended."""
        self._stop.set()
        self._watches.night.stop()
        self._watches.number.stop()
        self._watches.checkup.stop()
        self._thread.join()

    def sweep(self, ahead: timedelta) -> int:
        """Call every row that is due, VIP first and oldest first; how many.

        `ahead`: rows due within that time are called for then. Negative: only rows overdue by it.
        """
        now = self._clock.now()
        count = 0
        for name, table in WORK.items():
            for row_id, priority, due_at in work.due(table, now, ahead, LIMIT):
                if due_at <= now:
                    self._jobs.wake(name, row_id, priority)
                else:
                    self._jobs.wake_later(name, row_id, due_at - now)
                count += 1
        return count

    def _watch(self) -> None:
        self._outbox.recover(at_start=False)
        called = self.sweep(-OVERDUE)
        if called:
            log.info("lost calls found", count=called)

    def _plan(self) -> None:
        """When what is done; again from now on when the clock was set: the plan goes by it."""
        self._tasks.clear()
        for name, every, task in self._planned:
            self._tasks.every(every).seconds.do(_safely, self._book, name, task)

    def forget(self) -> None:
        """Once an hour: what limits nobody any more goes; people hear what Meta soon drops."""
        now = self._clock.steady()
        if self._forgot_at is None or now - self._forgot_at >= HOUR:
            self._limits.sweep()
            self._watches.countdown.watch()
            self._forgot_at = now

    def _look_at_clock(self) -> None:
        jump = self._timekeeper.set_clock()
        if jump > WORTH_SAYING:
            self._presence.begin()  # the computer slept: that is an absence, too
        if jump != NO_JUMP:
            self.sweep(LOOK_AHEAD)  # the queue's own delays run by the old hour
        if jump != NO_JUMP or self._is_plan_astray():
            self._plan()

    def _is_plan_astray(self) -> bool:
        """The plan goes by the computer's clock, even by one that was wrong for a moment only."""
        runs = [task.next_run for task in self._tasks.jobs if task.next_run]
        spread = (max(runs) - min(runs)).total_seconds()
        return max(spread, self._tasks.idle_seconds or 0) > SEEN_EVERY

    def _run(self) -> None:
        while not self._clock.wait(self._stop, TICK):
            try:
                self._look_at_clock()
                self._tasks.run_pending()
                self._do_asked()
            except Exception:
                log.exception("upkeep failed")  # top of a scheduled task; the next run tries again

    def _do_asked(self) -> None:
        """What somebody wants done now."""
        asked = set(self._book.asked())
        for name, _, task in self._planned:
            if name in asked:
                _safely(self._book, name, task)

    def _next(self, name: str) -> datetime | None:
        """When it is next, about: the last time and its period."""
        last = self._book.last(name)
        every = next(every for one, every, _ in self._planned if one == name)
        return last.began_at + timedelta(seconds=every) if last else None


def _safely(book: TaskBook, name: str, task: Callable[[], object]) -> None:
    """A task that fails keeps no other from its turn; the next time it is tried again."""
    try:
        book.run(name, task)
    except Exception:
        log.exception("upkeep failed", task=name)
