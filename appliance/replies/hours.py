"""When the firm is open. Pure: wall-clock hours in the firm's time zone, whatever its clocks do."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appliance.config import Opening

AHEAD = 400  # days: a firm that opens later than that does not


def is_open(
    at: datetime, hours: Sequence[Opening], holidays: Collection[date], zone: ZoneInfo
) -> bool:
    """Whether the firm is open at this instant."""
    here = at.astimezone(zone)
    return here.date() not in holidays and any(
        opening.weekday == here.weekday() and opening.opens <= here.time() < opening.closes
        for opening in hours
    )


def next_opening(
    at: datetime, hours: Sequence[Opening], holidays: Collection[date], zone: ZoneInfo
) -> datetime | None:
    """The next instant at which it opens, or None if it does so in no near future.

    An hour that a change of the clocks leaves out is the instant at which they change.
    """
    today = at.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(AHEAD)):
        if day in holidays:
            continue
        for opening in sorted(hours):
            if opening.weekday == day.weekday():
                opens = _instant(day, opening.opens, zone)
                if opens > at:
                    return opens
    return None


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
