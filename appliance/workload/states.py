"""In which state a piece of work is: each in exactly one. Counted and listed by small indexes.

Only `done` is told by attempts and not by the row: most rows are done, and nobody lists them all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from peewee import SQL, Expression, fn

from appliance.jobs import Job
from appliance.store.attempts import Outcome
from appliance.store.models import (
    Attempt,
    Chore,
    ChoreStatus,
    Message,
    MessageStatus,
    Outgoing,
    OutgoingStatus,
    Receipt,
    WorkRow,
)
from appliance.store.work import is_free
from appliance.telling import DROPPED_ROWS

WORK: dict[Job, type[WorkRow]] = {
    Job.MESSAGE: Message,
    Job.RECEIPT: Receipt,
    Job.OUTGOING: Outgoing,
    Job.CHORE: Chore,
}


JOB_TABLES: Mapping[Job, str] = {
    Job.MESSAGE: "whatsapp_messages",
    Job.RECEIPT: "receipts",
    Job.OUTGOING: "outbox",
    Job.CHORE: "chores",
}


class State(StrEnum):
    """Where a piece of work stands."""

    WAITING = "waiting"  # due now, and nobody has it
    RUNNING = "running"
    SCHEDULED = "scheduled"  # due later
    FAILED = "failed"  # went wrong, and is tried again, or held
    DEAD = "dead"  # given up: a person must act
    DROPPED = "dropped"  # given up by a person
    DONE = "done"


_GOES_ON: dict[Job, Any] = {  # states in which a row with an error is tried again
    Job.MESSAGE: Message.status.in_((MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED)),
    Job.RECEIPT: Receipt.due_at.is_null(False),
    Job.OUTGOING: Outgoing.status == OutgoingStatus.QUEUED,
    Job.CHORE: Chore.status == ChoreStatus.OPEN,
}
_IS_OVER: dict[Job, Any] = {  # states in which it is not
    Job.MESSAGE: Message.status.in_((MessageStatus.ERROR, MessageStatus.PROCESSED)),
    Job.RECEIPT: Receipt.due_at.is_null(),
    Job.OUTGOING: Outgoing.status.in_((OutgoingStatus.FAILED, OutgoingStatus.UNKNOWN)),
    Job.CHORE: Chore.status == ChoreStatus.FAILED,
}
_NEWEST_FIRST = frozenset({State.DEAD, State.DROPPED})


def condition(job: Job, state: State, now: datetime) -> Expression:
    """The rows of this job in that state (not for `done`)."""
    table, free = WORK[job], is_free(WORK[job], now)
    fine, dropped = table.error.is_null(), SQL(DROPPED_ROWS)
    match state:
        case State.WAITING:
            return (table.due_at <= now) & free & fine
        case State.SCHEDULED:
            return (table.due_at > now) & free & fine
        case State.RUNNING:
            return _runs(job, now)
        case State.FAILED:
            return _failed(job) & free
        case State.DROPPED:
            return dropped & _IS_OVER[job]
    return _dead(job)


def listed(job: Job, state: State, now: datetime, more: Sequence[Any], limit: int) -> list[WorkRow]:
    """Rows in that state, the most pressing first: oldest due, else newest given up."""
    table = WORK[job]
    order = table.id.desc() if state in _NEWEST_FIRST else table.due_at.asc(nulls="last")
    query = table.select().where(condition(job, state, now), *more).order_by(order)
    return list(query.limit(limit))


def counts(job: Job, now: datetime) -> dict[State, int]:
    """How many rows of this job are in each state (but `done`)."""
    table, free = WORK[job], is_free(WORK[job], now)
    due, later = _numbers(
        table.select(fn.TOTAL(table.due_at <= now), fn.TOTAL(table.due_at > now)).where(
            table.due_at.is_null(False), free
        )
    )
    failed, failed_due, failed_later = _numbers(
        table.select(
            fn.COUNT(SQL("*")), fn.TOTAL(table.due_at <= now), fn.TOTAL(table.due_at > now)
        ).where(_failed(job), free)
    )
    return {
        State.WAITING: due - failed_due,
        State.RUNNING: table.select().where(_runs(job, now)).count(),
        State.SCHEDULED: later - failed_later,
        State.FAILED: failed,
        State.DEAD: table.select().where(_dead(job)).count(),
        State.DROPPED: table.select().where(condition(job, State.DROPPED, now)).count(),
    }


def done(more: Sequence[Any], limit: int) -> list[Attempt]:
    """The last attempts that ended well, newest first."""
    query = Attempt.select().where(Attempt.outcome == Outcome.DONE.value, *more)
    return list(query.order_by(Attempt.id.desc()).limit(limit))


def count_done(at_most: int) -> int:
    """How many of them there are; no further than that."""
    last = Attempt.select(Attempt.id).where(Attempt.outcome == Outcome.DONE.value)
    return int(last.order_by(Attempt.id.desc()).limit(at_most).count())


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest of all that nobody has begun with is due."""
    found = [
        table.select(fn.MIN(table.due_at)).where(table.due_at <= now, is_free(table, now)).scalar()
        for table in WORK.values()
    ]
    known = [_instant(at) for at in found if at is not None]
    return min(known, default=None)


def state_of(job: Job, row: WorkRow, now: datetime) -> State:
    """Where this row stands."""
    for state in (State.RUNNING, State.DROPPED, State.DEAD, State.FAILED, State.WAITING):
        is_it = WORK[job].select().where(WORK[job].id == row.id, condition(job, state, now))
        if is_it.exists():
            return state
    return State.SCHEDULED if row.due_at is not None else State.DONE


def job_of(table_name: str) -> Job:
    """The job whose rows stand in this table."""
    return next(job for job, name in JOB_TABLES.items() if name == table_name)


def _failed(job: Job) -> Expression:
    return WORK[job].error.is_null(False) & _GOES_ON[job]


def _dead(job: Job) -> Expression:
    is_over = WORK[job].error.is_null(False) & _IS_OVER[job] & SQL(f"NOT {DROPPED_ROWS}")
    return is_over & (Message.status == MessageStatus.ERROR) if job == Job.MESSAGE else is_over


def _runs(job: Job, now: datetime) -> Expression:
    table = WORK[job]
    if job == Job.OUTGOING:  # what is being sent has no due time
        return table.leased_until > now
    return table.due_at.is_null(False) & (table.leased_until > now)


def _numbers(query: Any) -> list[int]:
    return [int(each) for each in query.tuples().get()]


def _instant(at: Any) -> datetime:
    read: datetime = Message.due_at.python_value(at)
    return read
