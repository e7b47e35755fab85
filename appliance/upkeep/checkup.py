"""The doctor's visits within the running appliance, in a thread of its own. Owns check_results.

Checks ask Meta, Google and the mail server: no page waits for them. A page shows what was found
last and how long ago; whoever presses *Tester* has the check run again now.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from appliance.clock import Clock
from appliance.errors import Sentence, TemporaryError, mark
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import CheckResult
from appliance.telling import as_json
from appliance.upkeep.checks import Check
from appliance.upkeep.finding import BROKEN, Finding
from appliance.upkeep.taskbook import TaskBook

log = structlog.get_logger()

TASK = "checks"
STOP_WITHIN = 2.0  # seconds
LOOK_EVERY = timedelta(minutes=1)
FIRST_AFTER = timedelta(seconds=5)  # the doors open first
FAULTY = mark("this check failed itself (%(kind)s): tell your support")


class Checkup:
    """Runs each check when its answer has become old, and when somebody asks."""

    def __init__(self, store: Store, clock: Clock, checks: Sequence[Check], book: TaskBook) -> None:
        self._store = store
        self._clock = clock
        self._checks = list(checks)
        self._book = book
        self._asked: set[str] = set()
        self._now: frozenset[str] = frozenset()
        self._call = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkup", daemon=True)
        book.plan(TASK, timedelta(hours=1), next_at=self.next_at, wake=self.ask_all)

    def start(self) -> None:
        """Look soon, then by the minute whether an answer has become old."""
        self._thread.start()

    def stop(self) -> None:
        """End soon: a check that waits for somebody outside is left to itself, and not kept."""
        self._stop.set()
        self._call.set()
        self._thread.join(STOP_WITHIN)

    @property
    def names(self) -> list[str]:
        """Every line that there may be, in the order in which one would mend them."""
        return [name for check in self._checks for name in check.names]

    def ask(self, name: str) -> bool:
        """Run the check of this line now; returns at once. False: there is none."""
        if name not in self.names:
            return False
        self._asked.add(name)
        self._call.set()
        return True

    def ask_all(self) -> None:
        """Run every check now; returns at once."""
        self._asked.update(self.names)
        self._call.set()

    def under_way(self) -> frozenset[str]:
        """The lines that are being looked at, or are next."""
        return self._now | frozenset(self._asked)

    def next_at(self) -> datetime | None:
        """When the next answer becomes old."""
        ages = self._ages()
        due = [
            ages[check.names[0]] + check.every for check in self._checks if check.names[0] in ages
        ]
        return min(due, default=None)

    def look(self) -> int:
        """Run what is due or asked for; how many checks."""
        ages = self._ages()
        due = [check for check in self._checks if self._is_due(check, ages)]
        if due:
            self._book.run(TASK, lambda: self._examine(due))
        return len(due)

    def _examine(self, due: Iterable[Check]) -> None:
        for check in due:
            if self._stop.is_set():
                return
            self._now = frozenset(check.names)
            self._asked.difference_update(check.names)
            try:
                found = _found(check)
                if not self._stop.is_set():
                    self._keep(check, found)
            finally:
                self._now = frozenset()

    def _is_due(self, check: Check, ages: dict[str, datetime]) -> bool:
        if not self._asked.isdisjoint(check.names):
            return True
        at, now = ages.get(check.names[0]), self._clock.now()
        return at is None or not now - check.every < at <= now

    def _ages(self) -> dict[str, datetime]:
        """When each line was last looked at; a check that found nothing to say counts as well."""
        table = CheckResult
        return {row.name: row.checked_at for row in table.select(table.name, table.checked_at)}

    def _keep(self, check: Check, found: list[Finding]) -> None:
        """The old lines go with the commit that brings the new ones."""
        at = self._clock.now()
        said = found or [Finding(check.names[0], "none", Sentence(""))]

        def unit() -> None:
            CheckResult.delete().where(CheckResult.name.in_(check.names)).execute()
            for one in said:
                rows.insert(
                    CheckResult,
                    name=one.name,
                    state=one.state,
                    told=as_json(one.told),
                    checked_at=at,
                )

        self._store.write(unit)

    def _run(self) -> None:
        self._clock.wait(self._call, FIRST_AFTER)
        while not self._stop.is_set():
            self._call.clear()
            try:
                self.look()
            except TemporaryError as error:
                log.warning("the checks were not kept", reason=type(error).__name__)
            except Exception:
                log.exception("the checks failed")  # top of a thread; tried again a minute later
            self._clock.wait(self._call, LOOK_EVERY)


def results() -> list[CheckResult]:
    """What was last found, line by line."""
    found = CheckResult.select().where(CheckResult.state != "none").order_by(CheckResult.id)
    return list(found)


def _found(check: Check) -> list[Finding]:
    """A check that breaks is a finding, too: it keeps no other from its turn."""
    try:
        return list(check.run())
    except Exception as error:
        log.exception("a check failed itself", check=check.names[0])
        told = Sentence(FAULTY, {"kind": type(error).__name__})
        return [Finding(check.names[0], BROKEN, told)]
