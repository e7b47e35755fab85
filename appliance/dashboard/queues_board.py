"""The rows that are work, as an administrator sees them: how they fare, and not what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from appliance import masking
from appliance.clock import Clock
from appliance.jobs import Job
from appliance.store import attempts
from appliance.store.models import Attempt, OutgoingStatus, Pause, WorkRow
from appliance.workload import listing, measures, states
from appliance.workload.acts import MOST, Ref, Workload, row_of
from appliance.workload.listing import Filter
from appliance.workload.measures import DAY, HOUR, Pace, Span
from appliance.workload.pauses import pauses
from appliance.workload.states import State

SHOWN = 50  # rows of a tab
COUNTED = 1000  # of what is done: nobody counts further
WEEK = timedelta(days=7)
STEP_OF_WEEK = timedelta(hours=6)
_FRESH = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """One piece of work in a list. `who`: a number to its last two digits, or nothing."""

    job: Job
    row_id: int
    lane: str
    detail: str
    who: str
    state: State
    attempts: int
    interruptions: int
    at: datetime
    error: str | None
    reason: str | None
    is_uncertain: bool = False
    is_held: bool = False


@dataclass(frozen=True)
class Figures:
    """What stands above the list."""

    at: datetime
    counts: dict[State, int]
    by_job: dict[Job, dict[State, int]]
    oldest_due_at: datetime | None
    pace: Pace
    alive: int
    wanted: int
    paused: Sequence[Pause]


@dataclass(frozen=True)
class Throughput:
    """What ended, in hours of a day and in quarters of the days of a week; and how many of what
    was sent in that time were refused afterwards, though they are among what is done."""

    day: Sequence[Span]
    week: Sequence[Span]
    day_refused: int
    week_refused: int


@dataclass(frozen=True)
class JobSeen:
    """One piece of work with what is known of its attempts."""

    line: Line
    born_at: datetime
    due_at: datetime | None
    held: str | None
    history: Sequence[Attempt]


class QueuesBoard:
    """What the dashboard shows of the work, and what may be asked of it."""

    def __init__(self, workload: Workload, clock: Clock, country: str) -> None:
        self.ask = workload
        self._clock = clock
        self._country = country
        self._known: tuple[datetime, Throughput] | None = None

    def figures(self) -> Figures:
        """Counted by small indexes: it does not matter how much was ever done."""
        now = self._clock.now()
        by_job = {job: states.counts(job, now) for job in Job}
        counts = dict.fromkeys(State, 0)
        for count in by_job.values():
            for state, number in count.items():
                counts[state] += number
        counts[State.DONE] = states.count_done(COUNTED + 1)
        alive, wanted = self.ask.hands()
        return Figures(
            at=now,
            counts=counts,
            by_job=by_job,
            oldest_due_at=states.oldest_due(now),
            pace=measures.pace(now),
            alive=alive,
            wanted=wanted,
            paused=pauses(),
        )

    def throughput(self) -> Throughput:
        """Counted once a minute, however many look."""
        now = self._clock.now()
        if self._known is None or not now - _FRESH < self._known[0] <= now:
            hours = measures.hours(now, WEEK)
            day = measures.throughput(hours, now, DAY, HOUR)
            week = measures.throughput(hours, now, WEEK, STEP_OF_WEEK)
            refused = [measures.refused_afterwards(now, each) for each in (DAY, WEEK)]
            self._known = now, Throughput(day, week, *refused)
        return self._known[1]

    def chosen(self, state: State, lane: str, text: str) -> Filter:
        """Those in that state, of that lane ("": all), that the text finds ("": any)."""
        return listing.chosen(state, lane, text, self._country)

    def lines(self, asked: Filter, limit: int = SHOWN) -> list[Line]:
        """The first of them, the most pressing first."""
        if asked.state == State.DONE:
            return [_done(attempt) for attempt in listing.last_done(asked, limit)]
        rows = listing.rows(asked, self._clock.now(), limit)
        return [_line(job, row, asked.state) for job, row in rows]

    def refs(self, asked: Filter) -> list[Ref]:
        """As many of them as one act takes."""
        rows = listing.rows(asked, self._clock.now(), MOST)
        return [Ref(job, row.id) for job, row in rows]

    def found(self, asked: Filter) -> dict[State, int]:
        """How many of what is searched for are in each state, as far as a list goes."""
        return {state: len(self.lines(replace(asked, state=state))) for state in State}

    def job(self, ref: Ref) -> JobSeen | None:
        """One of them, if it is still there."""
        row = row_of(ref)
        if row is None:
            return None
        state = states.state_of(ref.job, row, self._clock.now())
        born_at = _born_at(row)
        return JobSeen(
            line=_line(ref.job, row, state),
            born_at=born_at,
            due_at=row.due_at,
            held=getattr(row, "held", None),
            history=attempts.of_row(row, born_at),
        )


def _line(job: Job, row: WorkRow, state: State) -> Line:
    told = {"error": row.error, "reason": getattr(row, "reason", None)}
    error, reason = masking.columns(told)
    return Line(
        job=job,
        row_id=row.id,
        lane=row.lane,
        detail=_detail(job, row),
        who=masking.number(_who(job, row)),
        state=state,
        attempts=row.attempts,
        interruptions=row.interruptions,
        at=_at(row, state),
        error=error,
        reason=reason,
        is_uncertain=job == Job.OUTGOING and row.status == OutgoingStatus.UNKNOWN,
        is_held=bool(getattr(row, "held", None)),
    )


def _done(attempt: Attempt) -> Line:
    return Line(
        job=states.job_of(attempt.work),
        row_id=attempt.row_id,
        lane=attempt.lane,
        detail="",
        who="",
        state=State.DONE,
        attempts=attempt.number,
        interruptions=0,
        at=attempt.ended_at,
        error=None,
        reason=None,
    )


def _detail(job: Job, row: Any) -> str:
    """What kind of its lane it is: of a message its type, of what goes out what it says."""
    match job:
        case Job.MESSAGE:
            return str(row.type)
        case Job.RECEIPT:
            return str(row.status)
    return str(row.kind)


def _who(job: Job, row: Any) -> str:
    match job:
        case Job.MESSAGE:
            return str(row.sender)
        case Job.OUTGOING if "@" not in row.recipient:
            return str(row.recipient)
    return ""


def _born_at(row: Any) -> datetime:
    at: datetime = getattr(row, "received_at", None) or row.created_at
    return at


def _at(row: Any, state: State) -> datetime:
    """The time that says most in that state: since or until when."""
    if state == State.RUNNING and row.leased_until is not None:
        begun: datetime = row.leased_until - attempts.LEASE
        return begun
    for name in ("due_at", "done_at", "processed_at", "sending_at"):
        at: datetime | None = getattr(row, name, None)
        if at is not None:
            return at
    return _born_at(row)
