"""Values about days and times: when the firm is open, and how long things are kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Annotated

from appliance.config.values import UnfitError, quoted, span_of, written
from appliance.errors import mark

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_JOURS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_NUMBERS = {name: number for names in (DAYS, _JOURS) for number, name in enumerate(names)}
NO_SPAN = mark(
    "%(value)s is not a span of opening hours; write days and hours, such as mon-fri 09:00-18:00, "
    "sat 09:00-13:00"
)
NO_KEPT_JOBS = mark(
    "%(value)s does not say what to keep; write how long and at most how many, such as 1d/1000"
)
NO_KEPT_BACKUPS = mark(
    "%(value)s does not say which backups to keep; write it like 7 daily, 4 weekly, 12 monthly"
)
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\d\d?):(\d\d)-(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True, order=True)
class Opening:
    """Open on that weekday (Monday is 0) from `opens` until just before `closes`, in firm time.

    A closing time of 24:00 is `time.max`.
    """

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True)
class KeptJobs:
    """Kept for so long, and the last so many of them at most; None is as many as there are."""

    within: timedelta
    at_most: int | None


@dataclass(frozen=True)
class KeptBackups:
    """How many copies stay: the last of each of so many days, weeks and months."""

    daily: int = 0
    weekly: int = 0
    monthly: int = 0


def _hours(text: str) -> tuple[Opening, ...]:
    found = sorted(opening for part in text.split(",") for opening in _openings(part.strip()))
    for earlier, later in pairwise(found):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            raise UnfitError(mark("the hours of %(day)s overlap"), day=DAYS[later.weekday])
    return tuple(found)


def _openings(text: str) -> Iterator[Opening]:
    span = _SPAN.fullmatch(text.lower())
    if not span:
        raise UnfitError(NO_SPAN, value=quoted(text))
    first, last = (_weekday(name) for name in (span[1], span[2] or span[1]))
    opens, closes = _time(span[3], span[4]), _time(span[5], span[6])
    if opens >= closes:
        what = mark("%(value)s closes before it opens; split it at midnight (24:00)")
        raise UnfitError(what, value=quoted(text))
    for day in range((last - first) % 7 + 1):  # sat-thu is a week, too
        yield Opening((first + day) % 7, opens, closes)


def _weekday(name: str) -> int:
    if name in _NUMBERS:
        return _NUMBERS[name]
    what = mark("%(value)s is not a day; the days are %(days)s")
    raise UnfitError(what, value=quoted(name), days=", ".join(DAYS))


def _time(hour: str, minute: str) -> time:
    if (hour, minute) == ("24", "00"):
        return time.max
    try:
        return time(int(hour), int(minute))
    except ValueError:
        what = mark("%(value)s is not a time of day")
        raise UnfitError(what, value=quoted(f"{hour}:{minute}")) from None


def _holidays(text: str) -> tuple[date, ...]:
    return tuple(sorted({_date(part.strip()) for part in text.split(",")}))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = mark("%(value)s is not a date; write year-month-day, such as 2026-01-14")
        raise UnfitError(what, value=quoted(text)) from None


def _kept_jobs(text: str) -> KeptJobs:
    within, slash, count = (part.strip() for part in text.partition("/"))
    if slash and not re.fullmatch(r"[0-9]{1,9}", count):
        raise UnfitError(NO_KEPT_JOBS, value=quoted(text))
    return KeptJobs(span_of(within), int(count) if slash else None)


def _kept_backups(text: str) -> KeptBackups:
    found: dict[str, int] = {}
    for part in text.split(","):
        kept = re.fullmatch(r"([0-9]{1,4})\s+(daily|weekly|monthly)", part.strip().lower())
        if not kept or kept[2] in found:
            raise UnfitError(NO_KEPT_BACKUPS, value=quoted(text))
        found[kept[2]] = int(kept[1])
    if not any(found.values()):
        raise UnfitError(mark("%(value)s keeps no backup at all"), value=quoted(text))
    return KeptBackups(**found)


Hours = Annotated[tuple[Opening, ...], written(_hours)]
Holidays = Annotated[tuple[date, ...], written(_holidays)]
JobsText = Annotated[KeptJobs, written(_kept_jobs)]
BackupsText = Annotated[KeptBackups, written(_kept_backups)]
