"""When the firm is open. Pure: wall-clock hours in the firm's time zone, whatever its clocks do."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from appliance.config import Opening

_NOON = time(12)  # no clock is changed at noon
_MOMENT = timedelta(seconds=1)
AHEAD = 400  # days: a firm that opens later than that does not


def is_open(
    at: datetime, hours: Sequence[Opening], holidays: Collection[date], zone: ZoneInfo
) -> bool:
    """Whether the firm is open at this instant."""
    here = at.astimezone(zone)
    return here.date() not in holidays and any(
        opening.weekday == here.weekday()
        and opening.opens <= here.time()
        and (here.time() < opening.closes or opening.closes == time.max)
        for opening in hours
    )


def next_opening(
    at: datetime, hours: Sequence[Opening], holidays: Collection[date], zone: ZoneInfo
) -> datetime | None:
    """The next instant at which it opens, or None if it does so in no near future.

    It opens when its clock says so, and when its clock is changed from a closed hour to an open
    one. Hours that follow one another without a pause are one opening.
    """

    def opens(then: datetime) -> bool:
        was_open = is_open(then - _MOMENT, hours, holidays, zone)
        return then > at and is_open(then, hours, holidays, zone) and not was_open

    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(AHEAD)):
        if found := [then for then in _turns(day, hours, zone) if opens(then)]:
            return min(found)
    return None


def _turns(day: date, hours: Sequence[Opening], zone: ZoneInfo) -> list[datetime]:
    """The instants of a day at which a closed firm may open: an hour that comes twice is two."""
    said = [
        datetime.combine(day, opening.opens, zone).replace(fold=fold).astimezone(UTC)
        for opening in hours
        if opening.weekday == day.weekday()
        for fold in (0, 1)
    ]
    noons = [
        datetime.combine(day + timedelta(days=d), _NOON, zone).astimezone(UTC) for d in (-1, 0, 1)
    ]
    changes = [_change(*half, zone) for half in pairwise(noons)]
    turns = said + [change for change in changes if change is not None]
    return [then for then in turns if then.astimezone(zone).date() == day]


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clocks change between the two; None: they do not."""
    before = start.astimezone(zone).utcoffset()
    if before == end.astimezone(zone).utcoffset():
        return None
    while end - start > _MOMENT:
        middle = start + (end - start) // 2
        if middle.astimezone(zone).utcoffset() == before:
            start = middle
        else:
            end = middle
    return end.replace(microsecond=0)
