"""What store and disk say of what is kept: lines of the doctor's; nobody outside is asked."""

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance import __version__
from appliance.chores import LOW
from appliance.clock import Clock
from appliance.config import Config
from appliance.errors import GreffierError, PermanentError, Sentence, mark, sentence
from appliance.keeping import cleaning, countdown
from appliance.outbox import holds
from appliance.safety.waiting import counts
from appliance.store import models
from appliance.store.models import Hold
from appliance.telling import from_json
from appliance.upkeep.finding import BROKEN, OFF, OK, Finding, find
from appliance.upkeep.inventory import HEADINGS, Places, latest, take
from appliance.workload.states import WORK

Reading = Callable[[], AbstractContextManager[None]]
"""How the store is read: through the running Greffier's own, or from beside it."""

SHOWN = 5  # missing things that are named in one line
LATE = timedelta(minutes=10)  # work that waits longer than this was lost or is stuck
OLD_BACKUP = timedelta(days=7)
NOTHING_YET = mark("nothing was received yet")
HELD = {
    holds.ALL: mark("all messages are held since %(since)s: %(why_held)s"),
    holds.TEMPLATES: mark("templates are held, answers go out, since %(since)s: %(why_held)s"),
    holds.RECIPIENT: mark("messages to one person are held since %(since)s: %(why_held)s"),
}
MISSING = mark(
    "%(count)s missing: %(first)s. Keep the data folder as it is, make a copy of it, and call your "
    "support"
)
ALL_THERE = mark(
    "%(received)s received: %(filed)s filed, %(pending)s to be filed, %(rejected)s set aside, "
    "%(processed)s without a document, %(failed)s in error, %(working)s at work; %(displaced)s "
    "files moved or changed by hand"
)
SOON_LOST = mark(
    "%(count)s files of clients are not fetched yet, the first is lost on %(first)s: see the "
    "dashboard, and ask for them again"
)
AT_META = mark("%(count)s files of clients wait at Meta, %(lost)s were lost: see the dashboard")
CLEANED = mark("last on %(at)s: %(count)s messages emptied%(orphans)s")
ORPHANS = mark("; %(count)s files in media that nothing speaks of: see the dashboard")
DOUBTED = mark("%(checked)s to be checked, %(quarantined)s in quarantine%(where)s")
UNEXAMINED = mark("%(count)s could not be examined: see the page Safety")
OVERDUE = mark(
    "the oldest work that is due has waited since %(since)s: see the queue, and restart Greffier "
    "if nothing moves"
)
NO_BACKUP = mark("no copy of the database yet: type `greffier backup` on this computer")
BACKUP_OLD = mark("the last copy is of %(at)s: type `greffier backup` on this computer")
BACKUP = mark("the last copy is of %(at)s (%(size)s MB)")


class KeptChecks:
    """One method a line; each may be called whenever, and as often as one likes."""

    def __init__(self, config: Config, clock: Clock, reading: Reading) -> None:
        self._config = config
        self._data = config.firm.data
        self._clock = clock
        self._reading = reading

    @property
    def is_empty(self) -> bool:
        """Whether there is no store yet."""
        return not (self._data / "greffier.db").exists()

    def inventory(self) -> Sentence:
        """Received = filed + pending + set aside + processed + failed, and what is under way."""
        if self.is_empty:
            return Sentence(NOTHING_YET)
        with self._reading():
            last = latest()
            places = Places(self._config.documents.folder, self._data / "media")
            found = take(places, last.last_body_id if last else 0, None, lambda: False)
        if found.missing:
            first = "; ".join(found.missing[:SHOWN])
            raise PermanentError(MISSING, count=len(found.missing), first=first)
        counts = {name: found.counts[name] for name in HEADINGS}
        return sentence(ALL_THERE, **counts, displaced=found.displaced)

    def holds(self) -> list[Finding]:
        """What keeps messages from going out: a line for each hold that somebody must end."""
        try:
            held = self._open_holds()
        except GreffierError as error:
            return [Finding("sending", BROKEN, Sentence(error.text, error.values))]
        for_ever = [hold for hold in held if hold.until_at is None or self._is_for_all(hold)]
        if for_ever:
            return [Finding("sending", BROKEN, _held(hold)) for hold in for_ever]
        passing = sum(hold.until_at > self._clock.now() for hold in held)
        for_a_while = mark("held for a while, %(count)s time(s): goes on by itself")
        free = Sentence(mark("free"))
        return [Finding("sending", OK, sentence(for_a_while, count=passing) if passing else free)]

    def at_meta(self) -> Sentence:
        """Files that clients sent, that are not here, and that Meta keeps for some days only."""
        if self.is_empty:
            return Sentence(NOTHING_YET)
        with self._reading():
            kept = timedelta(days=self._config.retention.media_days)
            files = countdown.missing(self._clock.now(), kept)
        left = [one for one in files if one.left is not None]
        if any(one.is_soon for one in files):
            raise PermanentError(SOON_LOST, count=len(left), first=left[0].expires_at)
        if files:
            return sentence(AT_META, count=len(left), lost=len(files) - len(left))
        return Sentence(mark("no file of a client's waits at Meta"))

    def clean_up(self) -> Sentence:
        """When the night last removed what is no longer needed."""
        if self.is_empty:
            return Sentence(NOTHING_YET)
        with self._reading():
            last = cleaning.latest()
        if last is None:
            return Sentence(mark("not yet: the first is tonight"))
        orphans = len(json.loads(last.orphans))
        strange = sentence(ORPHANS, count=orphans) if orphans else ""
        return sentence(CLEANED, at=last.started_at, count=last.messages, orphans=strange)

    def safety(self) -> list[Finding]:
        """What waits for a person who looks at it: said, but nothing of ours is broken."""

        def check() -> Sentence:
            if self.is_empty:
                return Sentence(NOTHING_YET)
            with self._reading():
                doubted = counts()
            if doubted.failed:
                raise PermanentError(UNEXAMINED, count=doubted.failed)
            is_any = doubted.to_check or doubted.quarantined
            where = sentence(mark(" (page Safety)")) if is_any else ""
            numbers = {"checked": doubted.to_check, "quarantined": doubted.quarantined}
            return sentence(DOUBTED, **numbers, where=where)

        return find("safety", check)

    def waiting(self) -> Sentence:
        """How long the oldest work that is due has waited. Raises PermanentError if too long."""
        if self.is_empty:
            return Sentence(NOTHING_YET)
        with self._reading():
            oldest = min((at for at in map(self._oldest, WORK.values()) if at), default=None)
        if oldest is None:
            return Sentence(mark("nothing waits that should be done by now"))
        if self._clock.now() - oldest > LATE:
            raise PermanentError(OVERDUE, since=oldest)
        return sentence(mark("the oldest work that is due waits since %(since)s"), since=oldest)

    def _oldest(self, table: type[models.WorkRow]) -> datetime | None:
        is_due = (table.due_at <= self._clock.now(), table.leased_until.is_null())
        urgent = table.select(table.due_at).where(*is_due, table.priority > LOW)
        found = urgent.order_by(table.due_at).first()
        return found.due_at if found is not None else None

    def backup(self) -> list[Finding]:
        """When the database was last copied. Copies before a new version's first start count."""
        last = max((self._data / "backups").glob("greffier-*.db"), key=_made_at, default=None)
        if last is None:
            return [Finding("backup", OFF, Sentence(NO_BACKUP))]
        at = datetime.fromtimestamp(_made_at(last), UTC)
        if self._clock.now() - at > OLD_BACKUP:
            return [Finding("backup", BROKEN, sentence(BACKUP_OLD, at=at))]
        size = last.stat().st_size / 1e6
        return [Finding("backup", OK, sentence(BACKUP, at=at, size=size))]

    def version(self) -> Sentence:
        """What this Greffier is made of."""
        what = mark("Greffier %(greffier)s, Python %(python)s, SQLite %(sqlite)s")
        python = sys.version.split()[0]
        return sentence(what, greffier=__version__, python=python, sqlite=sqlite3.sqlite_version)

    def _is_for_all(self, hold: Hold) -> bool:
        """Held for a time, but for everybody: somebody should know."""
        return bool(hold.scope != holds.RECIPIENT and hold.until_at > self._clock.now())

    def _open_holds(self) -> list[Hold]:
        if self.is_empty:
            return []
        with self._reading():
            return holds.open_holds()


def _held(hold: Hold) -> Sentence:
    why = from_json(hold.reason) if hold.reason else Sentence(str(hold.error))
    return sentence(HELD[hold.scope], since=hold.since_at, why_held=why)


def _made_at(copy: Path) -> float:
    return copy.stat().st_mtime
