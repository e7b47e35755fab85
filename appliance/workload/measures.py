"""How long work waits and takes, and how much is done. Bounded: the last attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from appliance.store import attempts
from appliance.store.attempts import Outcome
from appliance.store.models import Attempt, AttemptHour

MEASURED = 2000  # of the last attempts
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_P = 0.95


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
    """Of what ended in the last 24 hours, the last two thousand at most."""
    last = (
        Attempt.select(Attempt.waited_ms, Attempt.started_at, Attempt.ended_at)
        .where(Attempt.outcome == Outcome.DONE.value)
        .order_by(Attempt.id.desc())
        .limit(MEASURED)
    )
    seen = [row for row in last if row.ended_at > now - DAY]
    waits = [timedelta(milliseconds=row.waited_ms) for row in seen if row.waited_ms is not None]
    runs = [max(row.ended_at - row.started_at, timedelta()) for row in seen]
    return Pace(percentile(waits), percentile(runs), len(seen))


def percentile(lengths: Sequence[timedelta]) -> timedelta | None:
    """The length that 95 of 100 do not exceed; None of none."""
    if not lengths:
        return None
    return sorted(lengths)[min(int(len(lengths) * _P), len(lengths) - 1)]


def throughput(now: datetime, length: timedelta, step: timedelta) -> list[Span]:
    """What ended, in spans of `step` (whole hours), oldest first; those without any too."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first = this_hour + HOUR - length
    by_hour: dict[datetime, tuple[int, int]] = {}
    for at, done, failed in [*_still_here(first), *_forgotten(first)]:
        before = by_hour.get(at, (0, 0))
        by_hour[at] = (before[0] + done, before[1] + failed)
    spans = []
    for number in range(length // step):
        start = first + step * number
        inside = [count for at, count in by_hour.items() if start <= at < start + step]
        spans.append(Span(start, sum(one[0] for one in inside), sum(one[1] for one in inside)))
    return spans


def _still_here(first: datetime) -> list[tuple[datetime, int, int]]:
    found = attempts.by_hour(Attempt.ended_at >= first)
    return [(hour, done, failed) for _, hour, done, failed in found]


def _forgotten(first: datetime) -> list[tuple[datetime, int, int]]:
    done, failed = fn.SUM(AttemptHour.done), fn.SUM(AttemptHour.failed)
    query = AttemptHour.select(AttemptHour.hour_at, done, failed)
    query = query.where(AttemptHour.hour_at >= first).group_by(AttemptHour.hour_at)
    return list(query.tuples())
