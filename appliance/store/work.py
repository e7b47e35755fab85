"""Rows that are work: finding what is due, claiming it, giving it back.

A row is due while `due_at` is set; a worker takes it by a conditional update that sets a lease.
Call these inside `Store.write`, but for `due`, which only reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

from peewee import SQL, Expression, ModelRaw

from appliance.errors import TemporaryError
from appliance.store import attempts, rows
from appliance.store.attempts import Outcome
from appliance.store.fields import utc_text
from appliance.store.models import WorkRow


@dataclass(frozen=True)
class Later:
    """Not finished: look at the row again after this long."""

    after: timedelta


R = TypeVar("R", bound=WorkRow)

LEASE = attempts.LEASE
ALL = "all"  # the lane of every pause that is about all work
RETRY_AFTER = (timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8))
OUTAGE_WAIT = timedelta(seconds=15)
_CLAIM = """
UPDATE {table} SET leased_until = ?, attempts = attempts + 1
WHERE id = ? AND due_at <= ? AND (leased_until IS NULL OR leased_until <= ?) AND {not_paused}
RETURNING *
"""
_NOT_PAUSED = "NOT EXISTS (SELECT 1 FROM work_pauses WHERE lane IN ('all', {lane}))"
MAX_INTERRUPTIONS = 20  # a row under which the process died this often is what kills it


def claim(table: type[R], row_id: int, now: datetime) -> R | None:
    """Take a due row: its lease runs, its attempt is counted.

    None: not due, or someone has it, or its lane is paused.
    """
    until, at = utc_text(now + LEASE), utc_text(now)
    statement = _claim(table)  # type: ignore[arg-type] # a class, hashable
    found: list[R] = list(ModelRaw(table, statement, (until, row_id, at, at)))
    for row in found:
        row.started_at = now
    return found[0] if found else None


@cache
def _claim(table: type[WorkRow]) -> str:
    not_paused = _NOT_PAUSED.format(lane=table.lane_sql)
    return _CLAIM.format(table=table._meta.table_name, not_paused=not_paused)


def not_paused(table: type[WorkRow]) -> SQL:
    """A condition: the row's lane is not paused."""
    return SQL(_NOT_PAUSED.format(lane=table.lane_sql))


def due(
    table: type[R], now: datetime, ahead: timedelta, limit: int
) -> list[tuple[int, int, datetime]]:
    """(id, priority, due_at) of unleased rows due before now + `ahead`: VIP first, then oldest.

    None of a lane that is paused.
    """
    query = (
        table.select(table.id, table.priority, table.due_at)
        .where(table.due_at <= now + ahead, is_free(table, now), not_paused(table))
        .order_by(table.priority.desc(), table.due_at)
        .limit(limit)
    )
    return list(query.tuples())


def look(table: type[R], row_id: int, now: datetime) -> R | Later | None:
    """A row that is due and free: a read, which costs no commit.

    Later: it is not due yet. None: it is finished, or someone has it.
    """
    row = rows.find(table, id=row_id)
    if row is None or row.due_at is None or (row.leased_until and row.leased_until > now):
        return None
    row.started_at = now
    return row if row.due_at <= now else Later(row.due_at - now)


def update(row: WorkRow, **values: object) -> None:
    """Change columns of this row, inside a unit."""
    rows.update(type(row), row.id, **values)


def wait_after(row: WorkRow, error: TemporaryError) -> timedelta | None:
    """How long a row whose attempt just failed waits; None when its attempts are used up.

    After 2, 4 and 8 seconds, or later if the error says so; a fault that is not the row's own
    (our network, our token, our disk) is waited for as long as it lasts.
    """
    if not error.counts:
        return error.after or OUTAGE_WAIT
    retries = row.attempts - 1
    if retries >= len(RETRY_AFTER):
        return None
    return max(RETRY_AFTER[retries], error.after or timedelta())


def give_back(
    row: WorkRow, error: TemporaryError, now: datetime, wait: timedelta, **values: object
) -> None:
    """Inside a unit: the row is due again after that; the reason is what a person reads meanwhile.

    Only while it is held by the attempt that failed: written late, this may not take it from the
    next one. `values` has the `reason`.
    """
    table = type(row)
    is_ours = (table.leased_until.is_null(False), table.attempts == row.attempts)
    changes = {
        "due_at": now + wait,
        "leased_until": None,
        "error": error.reason,
        "attempts": row.attempts if error.counts else row.attempts - 1,
    }
    if table.update(**changes, **values).where(table.id == row.id, *is_ours).execute():
        told = {"error": error.reason, "reason": values.get("reason")}
        attempts.note(row, Outcome.AGAIN, now, told, counts=error.counts)


def hasten(table: type[R], row_ids: Iterable[int], now: datetime) -> list[R]:
    """Inside a unit: those of these that wait for a later time are due now. They are returned."""
    is_later = (table.due_at > now, is_free(table, now))
    waiting = list(table.select().where(table.id.in_(list(row_ids)), *is_later))
    for row in waiting:
        update(row, due_at=now)
    return waiting


def is_idle(row: WorkRow, now: datetime) -> bool:
    """Whether nobody has it."""
    return row.leased_until is None or row.leased_until <= now


def revive(row: WorkRow, now: datetime, **values: object) -> None:
    """Inside a unit: it begins anew, as if nothing had been tried."""
    fresh = {"due_at": now, "leased_until": None, "attempts": 0, "interruptions": 0}
    update(row, **fresh, error=None, reason=None, **values)


def end(row: WorkRow, **values: object) -> None:
    """Inside a unit: it is no work any more."""
    update(row, due_at=None, leased_until=None, **values)


def release_interrupted(table: type[R], now: datetime) -> list[R]:
    """At start: rows the last process held. Their attempt is not counted, their interruption is."""
    leased: Iterable[R] = table.select().where(table.leased_until.is_null(False))
    held = list(leased)
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


def follow_clock(table: type[R], jump: timedelta) -> int:
    """Inside a unit: the clock was set by `jump`, and what runs by it goes on as if it had not.

    Leases move both ways: one that ended by a leap of the clock is still held. Due times move back
    with it only: after a leap forward (a sleeping laptop, too) what is overdue is just that.
    How many rows.
    """
    moved = list(
        table.select().where(table.due_at.is_null(False) | table.leased_until.is_null(False))
    )
    for row in moved:
        due_at = row.due_at + jump if row.due_at and jump < timedelta() else row.due_at
        leased_until = row.leased_until + jump if row.leased_until else None
        update(row, due_at=due_at, leased_until=leased_until)
    return len(moved)


def is_free(table: type[WorkRow], now: datetime) -> Expression:
    """A condition: nobody has the row."""
    return table.leased_until.is_null() | (table.leased_until <= now)
