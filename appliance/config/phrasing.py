"""Values as a person writes them in config.ini: what `values` and `schedules` read, the other way.

What is written here is read as the same value again (tests/unit/test_config_phrasing.py).
"""

from datetime import date, time, timedelta
from itertools import groupby
from pathlib import Path

from appliance.config.schedules import DAYS, KeptBackups, KeptJobs, Opening
from appliance.config.values import Rate, short

_SIZES = frozenset({("webhook", "max_body")})  # whole numbers that are bytes
_UNITS = ((1024 * 1024, "MB"), (1024, "KB"), (1, "B"))


def as_written(section: str, key: str, value: object) -> str:
    """The text that is read as this value; empty for none."""
    if (section, key) in _SIZES and isinstance(value, int):
        return next(f"{value // unit}{name}" for unit, name in _UNITS if value % unit == 0)
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return _listed(value)
        case Path() | str() | int():
            return str(value)
    return _measure(value)


def hour(at: time) -> str:
    """A time of day, such as 09:00; the end of a day is 24:00."""
    return "24:00" if at == time.max else f"{at:%H:%M}"


def _measure(value: object) -> str:
    match value:
        case timedelta():
            return short(value)
        case Rate():
            return f"{value.count}/{short(value.per)}"
        case KeptJobs():
            most = "" if value.at_most is None else f"/{value.at_most}"
            return f"{short(value.within)}{most}"
        case KeptBackups():
            return _backups(value)
    raise TypeError(f"nobody writes a {type(value).__name__} in config.ini")


def _backups(kept: KeptBackups) -> str:
    counts = (("daily", kept.daily), ("weekly", kept.weekly), ("monthly", kept.monthly))
    return ", ".join(f"{count} {name}" for name, count in counts if count)


def _listed(values: tuple[object, ...]) -> str:
    openings = [one for one in values if isinstance(one, Opening)]
    if openings:
        return ", ".join(_spans(openings))
    return ", ".join(one.isoformat() if isinstance(one, date) else str(one) for one in values)


def _spans(openings: list[Opening]) -> list[str]:
    """Days in a row that open and close alike are written together."""
    alike = sorted(openings, key=lambda one: (one.opens, one.closes, one.weekday))
    found: list[tuple[int, str]] = []
    for hours, some in groupby(alike, key=lambda one: (one.opens, one.closes)):
        span = f"{hour(hours[0])}-{hour(hours[1])}"
        days = [one.weekday for one in some]
        while days:
            run = [day for n, day in enumerate(days) if day == days[0] + n]
            name = DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}"
            found.append((run[0], f"{name} {span}"))
            days = days[len(run) :]
    return [text for _, text in sorted(found)]
