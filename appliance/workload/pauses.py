"""Work that people have paused: a lane, or all. Owns work_pauses.

Whoever takes a row asks this table in the same statement (store.work.claim), so a pause counts from
its commit on, in every process, and after a restart. What is being done ends. Receiving is no lane:
what clients send is always kept.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from appliance.chores import Kind
from appliance.jobs import Job, Jobs
from appliance.store import rows, work
from appliance.store.models import Pause
from appliance.store.work import ALL
from appliance.workload.states import WORK

CHANNELS = ("whatsapp", "email", "alert")
LANES = ("message", "receipt", *CHANNELS, *(kind.value for kind in Kind))
LIMIT = 20_000  # rows that a resumed lane calls; the sweep calls the others
_NOW = timedelta()


def pauses() -> list[Pause]:
    """Those in force, oldest first."""
    return list(Pause.select().order_by(Pause.paused_at, Pause.id))


def pause(lane: str, by: str, now: datetime) -> bool:
    """Inside a unit: nothing more of this lane is begun. False if it is paused already."""
    if rows.find(Pause, lane=lane) is not None:
        return False
    rows.insert(Pause, lane=lane, paused_at=now, paused_by=by)
    return True


def resume(lane: str) -> bool:
    """Inside a unit: it goes on. False if it was not paused. Call `call_due` after."""
    return bool(Pause.delete().where(Pause.lane == lane).execute())


def call_due(jobs: Jobs, now: datetime) -> int:
    """After the commit: whatever is due is called at once, not only by the next sweep. How many."""
    return sum(_call(jobs, job, now) for job in WORK)


def is_lane(name: str) -> bool:
    """Whether that can be paused."""
    return name == ALL or name in LANES


def lanes_of(job: Job) -> Iterable[str]:
    """The lanes in which rows of this job are."""
    match job:
        case Job.OUTGOING:
            return CHANNELS
        case Job.CHORE:
            return [kind.value for kind in Kind]
    return [job.value]


def _call(jobs: Jobs, job: Job, now: datetime) -> int:
    due = work.due(WORK[job], now, _NOW, LIMIT)
    for row_id, priority, _ in due:
        jobs.wake(job, row_id, priority)
    return len(due)
