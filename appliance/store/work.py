"""Rows that are work: finding what is due, claiming it, giving it back.

A row is due while `due_at` is set; a worker takes it by a conditional update that sets a lease.
Call these inside `Store.write`, but for `due`, which only reads.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from appliance.errors import TemporaryError
from appliance.store.models import WorkRow

R = TypeVar("R", bound=WorkRow)

LEASE = timedelta(minutes=10)
RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8))
OUTAGE_WAIT = timedelta(seconds=15)
MAX_INTERRUPTIONS = 20  # a row under which the process died this often is what kills it


def claim(table: type[R], row_id: int, now: datetime) -> R | None:
    """Take a due row: its lease runs, its attempt is counted. None: not due, or someone has it."""
    taken = (
        table.update(leased_until=now + LEASE, attempts=table.attempts + 1)
        .where(table.id == row_id, table.due_at <= now, _is_free(table, now))
        .execute()
    )
    return table.get_by_id(row_id) if taken == 1 else None


def due(
    table: type[R], now: datetime, ahead: timedelta, limit: int
) -> list[tuple[int, int, datetime]]:
    """(id, priority, due_at) of unleased rows due before now + `ahead`: VIP first, then oldest."""
    query = (
        table.select(table.id, table.priority, table.due_at)
        .where(table.due_at <= now + ahead, _is_free(table, now))
        .order_by(table.priority.desc(), table.due_at)
        .limit(limit)
    )
    return list(query.tuples())


def is_due(table: type[R], row_id: int, now: datetime) -> bool:
    """Whether a claim has a chance: a read, which costs no commit."""
    query = table.select().where(table.id == row_id, table.due_at <= now, _is_free(table, now))
    return bool(query.exists())


def wait_for(table: type[R], row_id: int, now: datetime) -> timedelta | None:
    """How long until a row that could not be claimed is due. None: finished, or someone has it."""
    row = table.select(table.due_at).where(table.id == row_id, table.due_at > now).first()
    return None if row is None else row.due_at - now


def update(row: WorkRow, **values: object) -> None:
    """Change columns of this row, inside a unit."""
    table = type(row)
    table.update(**values).where(table.id == row.id).execute()


def due_after(row: WorkRow, error: TemporaryError, now: datetime) -> datetime | None:
    """When a row whose attempt just failed is due again; None when its attempts are used up.

    After 2, 4 and 8 seconds, or later if the error says so; a fault that is not the row's own
    (our network, our token, our disk) is waited for as long as it lasts.
    """
    if not error.counts:
        return now + (error.after or OUTAGE_WAIT)
    retries = row.attempts - 1
    if retries >= len(RETRY_AFTER):
        return None
    return now + max(RETRY_AFTER[retries], error.after or timedelta())


def give_back(row: WorkRow, error: TemporaryError, at: datetime, **values: object) -> None:
    """Inside a unit: the row is due again at `at`; the reason is what a person reads meanwhile."""
    attempts = row.attempts if error.counts else row.attempts - 1
    update(row, due_at=at, leased_until=None, error=error.reason, attempts=attempts, **values)


def release_interrupted(table: type[R], now: datetime) -> list[R]:
    """At start: rows the last process held. Their attempt is not counted, their interruption is."""
    rows: Iterable[R] = table.select().where(table.leased_until.is_null(False))
    held = list(rows)
    (
        table.update(
            leased_until=None,
            due_at=now,
            attempts=table.attempts - 1,
            interruptions=table.interruptions + 1,
        )
        .where(table.leased_until.is_null(False))
        .execute()
    )
    return held


def _is_free(table: type[R], now: datetime) -> object:
    return table.leased_until.is_null() | (table.leased_until <= now)
