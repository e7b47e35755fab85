"""How long work waits and takes, and how much is done. Bounded: the last attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from appliance.store import attempts
from appliance.store.attempts import Outcome
from appliance.store.models import Attempt, AttemptHour, Outgoing, OutgoingStatus

MEASURED = 1000  # of the last attempts
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_P = 0.95
_MS_OF_DAY = 86_400_000
Hours = Mapping[datetime, tuple[int, int]]
"""By the hour: done, given up."""


@dataclass(frozen=True)
class Pace:
    """The 95th percentiles over the last attempts of a day, and of how many."""

    wait: timedelta | None
    run: timedelta | None
    count: int


@dataclass(frozen=True)
class Span:
    """What ended in the span that began then."""

    at: datetime
    done: int = 0
    failed: int = 0


def pace(now: datetime) -> Pace:
    """Of what ended in the last 24 hours, the last thousand at most."""
    run_ms = (fn.JULIANDAY(Attempt.ended_at) - fn.JULIANDAY(Attempt.started_at)) * _MS_OF_DAY
    last = (
        Attempt.select(Attempt.waited_ms, fn.ROUND(run_ms).coerce(False), Attempt.ended_at)
        .where(Attempt.outcome == Outcome.DONE.value)
        .order_by(Attempt.id.desc())
        .limit(MEASURED)
    )
    seen = [(wait, run) for wait, run, ended_at in last.tuples() if ended_at > now - DAY]
    waits = [wait for wait, _ in seen if wait is not None]
    return Pace(percentile(waits), percentile([max(run, 0) for _, run in seen]), len(seen))


def percentile(lengths: Sequence[float]) -> timedelta | None:
    """The length, of some in milliseconds, that 95 of 100 do not exceed; None of none."""
    if not lengths:
        return None
    at = min(int(len(lengths) * _P), len(lengths) - 1)
    return timedelta(milliseconds=sorted(lengths)[at])


def hours(now: datetime, length: timedelta) -> Hours:
    """What ended in each hour of that time, where anything did."""
    first = _this_hour(now) + HOUR - length
    by_hour: dict[datetime, tuple[int, int]] = {}
    for at, done, failed in [*_still_here(first), *_forgotten(first)]:
        before = by_hour.get(at, (0, 0))
        by_hour[at] = (before[0] + done, before[1] + failed)
    return by_hour


def throughput(by_hour: Hours, now: datetime, length: timedelta, step: timedelta) -> list[Span]:
    """What ended, in spans of `step` (whole hours), oldest first; those without any too."""
    first, spans = _this_hour(now) + HOUR - length, []
    for number in range(length // step):
        start = first + step * number
        inside = [count for at, count in by_hour.items() if start <= at < start + step]
        spans.append(Span(start, sum(one[0] for one in inside), sum(one[1] for one in inside)))
    return spans


def refused_afterwards(now: datetime, length: timedelta) -> int:
    """How many of what was sent in that time counts as done, since Meta accepted it, and was
    refused by a receipt of Meta's later. What went again since is not among them.
    """
    first = _this_hour(now) + HOUR - length
    is_refused = Outgoing.error.is_null(False) & (Outgoing.status == OutgoingStatus.FAILED)
    return int(Outgoing.select().where(is_refused, Outgoing.sent_at >= first).count())


def _this_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _still_here(first: datetime) -> list[tuple[datetime, int, int]]:
    found = attempts.by_hour(Attempt.ended_at >= first)
    return [(hour, done, failed) for _, hour, done, failed in found]


def _forgotten(first: datetime) -> list[tuple[datetime, int, int]]:
    done, failed = fn.SUM(AttemptHour.done), fn.SUM(AttemptHour.failed)
    query = AttemptHour.select(AttemptHour.hour_at, done, failed)
    query = query.where(AttemptHour.hour_at >= first).group_by(AttemptHour.hour_at)
    return list(query.tuples())
