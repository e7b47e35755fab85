"""What became of each attempt. Owns attempts and attempt_hours.

`note` is called inside the unit that ends an attempt anyway: one insert, no further commit and no
question. What it needs to know is in the row as it was taken.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from peewee import SQL, fn

from appliance import masking
from appliance.store import rows
from appliance.store.models import Attempt, AttemptHour, WorkRow

LEASE = timedelta(minutes=10)
HOURS_KEPT = timedelta(days=90)
_MS = timedelta(milliseconds=1)
_NOTHING: Mapping[str, Any] = {}


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    AGAIN = "again"  # due again later
    HELD = "held"  # set aside until a time, or until something happens
    FAILED = "failed"  # given up: a person must act
    UNKNOWN = "unknown"  # it may have happened outside


def note(
    row: WorkRow,
    outcome: Outcome,
    at: datetime,
    told: Mapping[str, Any] = _NOTHING,
    *,
    counts: bool = True,
) -> None:
    """Inside the unit that ends this attempt. `row` as it was taken; `told`: see telling.columns.

    What is nobody's fault (`counts` is False: an outage) is noted when it begins or changes, not
    each time that it is met: it may last for days.
    """
    if not counts and told.get("error") == row.error:
        return
    started_at = row.started_at or (row.leased_until - LEASE if row.leased_until else at)
    is_taken = row.leased_until is not None and row.leased_until > started_at
    error, reason = masking.columns(told) if told.get("error") else (None, None)
    rows.insert(
        Attempt,
        work=row._meta.table_name,
        row_id=row.id,
        lane=row.lane,
        number=row.attempts if is_taken else row.attempts + 1,
        waited_ms=_between(row.due_at, started_at),
        started_at=started_at,
        ended_at=at,
        outcome=outcome.value,
        error=error,
        reason=reason,
    )


def of_row(row: WorkRow, born_at: datetime) -> list[Attempt]:
    """Those at this row that are still known, oldest first.

    Not those at a row that had its id before: SQLite gives the last one's away again.
    """
    is_its = (Attempt.row_id == row.id, Attempt.work == row._meta.table_name)
    query = Attempt.select().where(*is_its, Attempt.ended_at >= born_at)
    return list(query.order_by(Attempt.id))


def old(done_before: datetime, at_most: int | None, others_before: datetime) -> Any:
    """What may be forgotten: done for long, or outnumbered; ended otherwise for longer."""
    is_done = Attempt.outcome == Outcome.DONE.value
    going = is_done & (Attempt.ended_at < done_before)
    if at_most is not None:
        newest = Attempt.select(Attempt.id).where(is_done).order_by(Attempt.id.desc())
        last = newest.limit(1).offset(at_most).first()
        if last is not None:
            going |= is_done & (Attempt.id <= last.id)
    going |= ~is_done & (Attempt.ended_at < others_before)
    return Attempt.select(Attempt.id).where(going)


def forget(ids: Sequence[int]) -> int:
    """Inside a unit: these go, and are counted by the hour in which they ended. How many."""
    gone = Attempt.id.in_(ids)
    for lane, hour, done, failed in by_hour(gone):
        _count(lane, hour, done, failed)
    return int(Attempt.delete().where(gone).execute())


def forget_hours(before: datetime) -> int:
    """Inside a unit: counts of hours long past."""
    return int(AttemptHour.delete().where(AttemptHour.hour_at < before).execute())


def by_hour(*conditions: Any) -> list[tuple[str, datetime, int, int]]:
    """(lane, hour, done, given up) of the attempts that are still here."""
    hour = fn.SUBSTR(Attempt.ended_at, 1, 13).coerce(False)
    done = fn.TOTAL(Attempt.outcome == Outcome.DONE.value)
    failed = fn.TOTAL(Attempt.outcome.in_((Outcome.FAILED.value, Outcome.UNKNOWN.value)))
    query = Attempt.select(Attempt.lane, hour.alias("hour"), done, failed).where(*conditions)
    found = query.group_by(Attempt.lane, SQL("hour")).tuples()
    return [(lane, _hour(at), int(a), int(b)) for lane, at, a, b in found]


def _hour(written: str) -> datetime:
    """From "2026-11-23 09"."""
    return datetime.fromisoformat(f"{written}:00:00").replace(tzinfo=UTC)


def _count(lane: str, hour_at: datetime, done: int, failed: int) -> None:
    known = rows.find(AttemptHour, lane=lane, hour_at=hour_at)
    if known is None:
        rows.insert(AttemptHour, lane=lane, hour_at=hour_at, done=done, failed=failed)
    else:
        more = {"done": known.done + done, "failed": known.failed + failed}
        rows.update(AttemptHour, known.id, **more)


def _between(due_at: datetime | None, started_at: datetime) -> int | None:
    """Milliseconds; never negative, should the clock have been set meanwhile."""
    return None if due_at is None else max((started_at - due_at) // _MS, 0)
