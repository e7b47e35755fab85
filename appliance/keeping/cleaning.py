"""The nightly clean-up: what is no longer needed goes, in small steps, and is counted.

It never touches a document, filed or waiting, its bytes or its row; nor what a receipt proves (who,
when, which hash); nor anything under legal hold; nor what failed or is uncertain, which a person
has to see. A row is looked at outside, and once more in the unit that changes it. Cut anywhere, the
next night goes on: nothing is half done, and bytes only leave after a row that says so.
Owns clean_ups.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import fn

from appliance.clock import Clock
from appliance.config import Retention
from appliance.errors import Stop, StoppedError, TemporaryError
from appliance.firm.users import Users
from appliance.inbox import forgetting as inbox
from appliance.inbox.media import Discarded, MediaShelf
from appliance.keeping.legal import spared
from appliance.keeping.needed import Needed, needed_ever
from appliance.keeping.orphans import orphans
from appliance.outbox import forgetting as outbox
from appliance.store import attempts, models, rows
from appliance.store.database import Store
from appliance.store.models import Attempt, Chore, ChoreStatus, CleanUp, Leaving

log = structlog.get_logger()

WINDOW = 1000  # ids looked at between two looks at the stop sign
MOST = 50_000  # rows of a kind that one night removes: the rest is for the next ones
UNIT = 100  # rows a commit: whoever writes meanwhile waits for one of them at most
NAMED = 100  # orphans that are named

Forget = Callable[[Sequence[int]], int]


@dataclass(frozen=True)
class Sweep:
    """One kind of rows: which may go (a query of their ids), and how they go (inside a unit)."""

    name: str
    table: type[models.Row]
    query: Callable[[], Any]
    forget: Forget


class Cleaning:
    """Done once a night; each night is a row."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        retention: Retention,
        shelf: MediaShelf,
        users: Users,
        compared: Callable[[], int],
    ) -> None:
        """`compared` tells up to which body (id) the inventory has looked."""
        self._store = store
        self._clock = clock
        self._retention = retention
        self._shelf = shelf
        self._users = users
        self._compared = compared

    def run(self, stop: Stop) -> CleanUp:
        """Clean up, and write down what went. Raises StoppedError."""
        started_at = self._clock.now()
        report = self._store.write(lambda: rows.insert(CleanUp, started_at=started_at))
        before = started_at - timedelta(days=self._retention.messages_days)
        for sweep in self._sweeps(before, needed_ever()):
            self._swept(report, sweep, stop)
        sessions = self._store.write(self._users.forget_sessions)
        self._store.write(lambda: attempts.forget_hours(started_at - attempts.HOURS_KEPT))
        files, size = self._let_go(stop)
        names = list(self._orphans(stop))
        ended = {"ended_at": self._clock.now(), "orphans": json.dumps(names)}
        self._note(report, sessions=sessions, files=files, file_bytes=size, **ended)
        log.info("clean-up done", id=report.id)
        return report

    def _sweeps(self, before: datetime, needed: Needed) -> list[Sweep]:
        """In this order: what speaks of a thing goes before the thing."""
        compared = self._compared()
        now = self._clock.now()
        return [
            Sweep("outgoing", models.Outgoing, lambda: outbox.old_rows(before), _forget_outgoing),
            Sweep(
                "messages",
                models.Message,
                lambda: inbox.old_messages(before),
                lambda ids: _forget_messages(ids, now),
            ),
            Sweep(
                "receipts",
                models.Receipt,
                lambda: inbox.old_receipts(before),
                inbox.delete_receipts,
            ),
            Sweep("notices", models.Notice, lambda: inbox.old_notices(before), inbox.empty_notices),
            Sweep(
                "bodies",
                models.WebhookBody,
                lambda: inbox.old_bodies(before, compared),
                inbox.empty_bodies,
            ),
            Sweep(
                "media",
                models.Media,
                lambda: inbox.old_media(before),
                lambda ids: _forget_media(ids, needed, now),
            ),
            Sweep("chores", Chore, lambda: self._old_chores(now), _forget_chores),
            Sweep("attempts", Attempt, lambda: self._old_attempts(now), attempts.forget),
        ]

    def _swept(self, report: CleanUp, sweep: Sweep, stop: Stop) -> None:
        count = 0
        for low in range(0, _last(sweep.table), WINDOW):
            if stop():
                raise StoppedError
            id_ = sweep.table.id
            found = sweep.query().where(id_ > low, id_ <= low + WINDOW)
            ids = [row.id for row in found]
            for at in range(0, len(ids), UNIT):
                count += self._forget(report, sweep, ids[at : at + UNIT])
            if count >= MOST:
                break

    def _forget(self, report: CleanUp, sweep: Sweep, ids: Sequence[int]) -> int:
        """Some rows go, and the report counts them in the same commit."""

        def unit() -> int:
            still = sweep.query().where(sweep.table.id.in_(ids))
            count = sweep.forget([row.id for row in still])
            sum_ = getattr(CleanUp, sweep.name) + count
            CleanUp.update(**{sweep.name: sum_}).where(CleanUp.id == report.id).execute()
            return count

        return self._store.write(unit)

    def _old_chores(self, now: datetime) -> Any:
        """Done for long, or outnumbered; failed for long ([retention] jobs_…)."""
        kept, failed = self._retention.jobs_completed, self._retention.jobs_failed
        is_done = Chore.status == ChoreStatus.DONE
        old = is_done & (Chore.done_at < now - kept.within)
        if kept.at_most is not None:
            done = Chore.select(Chore.id).where(is_done).order_by(Chore.done_at.desc(), Chore.id)
            last = done.limit(1).offset(kept.at_most).first()
            if last is not None:
                newest_to_go = Chore.get_by_id(last.id).done_at
                old |= is_done & (Chore.done_at <= newest_to_go)
        old |= (Chore.status == ChoreStatus.FAILED) & (Chore.done_at < now - failed)
        return Chore.select(Chore.id).where(old, Chore.leased_until.is_null())

    def _old_attempts(self, now: datetime) -> Any:
        """As long as the jobs that they were at."""
        kept, failed = self._retention.jobs_completed, self._retention.jobs_failed
        return attempts.old(now - kept.within, kept.at_most, now - failed)

    def _let_go(self, stop: Stop) -> tuple[int, int]:
        """Bytes that a row says are to leave the shelf: how many files, and their bytes."""
        count, size = 0, 0
        for leaving in list(Leaving.select().where(Leaving.settled_at.is_null())):
            if stop():
                raise StoppedError
            bytes_ = _size(self._shelf, leaving.sha256)
            try:
                outcome = self._shelf.discard(leaving.sha256)
            except TemporaryError:
                continue  # the disk does not let us: another night
            self._settle(leaving.id, outcome)
            if outcome == Discarded.REMOVED:
                count, size = count + 1, size + bytes_
        return count, size

    def _settle(self, leaving_id: int, outcome: Discarded) -> None:
        settled = {"settled_at": self._clock.now(), "outcome": outcome}
        self._store.write(lambda: rows.update(Leaving, leaving_id, **settled))

    def _orphans(self, stop: Stop) -> Iterator[str]:
        """Names of files on the shelf that no row knows, the first of them."""
        for count, path in enumerate(orphans(self._shelf.folder, self._clock.now())):
            if stop():
                raise StoppedError
            if count >= NAMED:
                return
            yield path.relative_to(self._shelf.folder).as_posix()

    def _note(self, report: CleanUp, **values: object) -> None:
        self._store.write(lambda: rows.update(CleanUp, report.id, **values))


def latest() -> CleanUp | None:
    """The last night that came to its end."""
    query = CleanUp.select().where(CleanUp.ended_at.is_null(False))
    found: CleanUp | None = query.order_by(CleanUp.id.desc()).first()
    return found


def _last(table: type[models.Row]) -> int:
    return int(table.select(fn.max(table.id)).scalar() or 0)


def _forget_messages(ids: Sequence[int], now: datetime) -> int:
    kept = spared()
    query = models.Message.select().where(models.Message.id.in_(ids))
    return inbox.empty_messages([row.id for row in query if not kept.has_message(row)], now)


def _forget_outgoing(ids: Sequence[int]) -> int:
    kept = spared()
    query = models.Outgoing.select().where(models.Outgoing.id.in_(ids))
    return outbox.delete_rows([row.id for row in query if not kept.has_outgoing(row)])


def _forget_media(ids: Sequence[int], needed: Needed, now: datetime) -> int:
    count, nobodys = inbox.delete_media(ids, needed.media_ids)
    for sha256 in nobodys:
        if sha256 not in needed.hashes:
            rows.insert(Leaving, sha256=sha256, decided_at=now)
    return count


def _forget_chores(ids: Sequence[int]) -> int:
    return int(Chore.delete().where(Chore.id.in_(ids)).execute())


def _size(shelf: MediaShelf, sha256: str) -> int:
    path = shelf.path(sha256)
    return path.stat().st_size if path.exists() else 0
