"""Which work is meant: by its state, its lane, and what people know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.jobs import Job
from appliance.store.models import Attempt, Chore, Outgoing, WorkRow
from appliance.workload import search
from appliance.workload.pauses import lanes_of
from appliance.workload.states import JOB_TABLES, WORK, State, done, listed


@dataclass(frozen=True)
class Filter:
    """`lane` "": all; `text` "": any. `found`: the rows that `text` finds, where it was given."""

    state: State
    lane: str = ""
    text: str = ""
    found: search.Found | None = None


def chosen(state: State, lane: str, text: str, country: str) -> Filter:
    """With what the text finds."""
    found = search.find(text, country) if text.strip() else None
    return Filter(state, lane, text.strip(), found)


def rows(asked: Filter, now: datetime, limit: int) -> list[tuple[Job, WorkRow]]:
    """The rows that are meant, the most pressing first (not for `done`)."""
    found: list[tuple[Job, WorkRow]] = []
    for job in _jobs(asked):
        some = listed(job, asked.state, now, _conditions(job, asked), limit)
        found += [(job, row) for row in some]
    is_newest_first = asked.state in {State.DEAD, State.DROPPED}
    found.sort(key=lambda each: _when(each[1]), reverse=is_newest_first)
    return found[:limit]


def last_done(asked: Filter, limit: int) -> list[Attempt]:
    """The attempts that ended well and are meant, newest first."""
    more = [] if not asked.lane else [Attempt.lane == asked.lane]
    if asked.found is None:
        return done(more, limit)
    found: list[Attempt] = []
    for job, ids in asked.found.items():
        is_its = [Attempt.work == JOB_TABLES[job], Attempt.row_id.in_(ids)]
        found += done([*more, *is_its], limit) if ids else []
    return sorted(found, key=lambda attempt: -attempt.id)[:limit]


def _jobs(asked: Filter) -> list[Job]:
    jobs = [job for job in Job if not asked.lane or asked.lane in lanes_of(job)]
    return [job for job in jobs if asked.found is None or asked.found[job]]


def _conditions(job: Job, asked: Filter) -> Sequence[Any]:
    table = _LANE_COLUMNS.get(job)
    lane = [table == asked.lane] if asked.lane and table is not None else []
    ids = [] if asked.found is None else [WORK[job].id.in_(asked.found[job])]
    return [*lane, *ids]


def _when(row: WorkRow) -> datetime:
    """By what they are put in order: when it is due, or was given up."""
    for name in ("due_at", "done_at", "processed_at", "sending_at", "received_at", "created_at"):
        at: datetime | None = getattr(row, name, None)
        if at is not None:
            return at
    raise AssertionError("every row has a beginning")


_LANE_COLUMNS: Mapping[Job, Any] = {Job.OUTGOING: Outgoing.channel, Job.CHORE: Chore.kind}
