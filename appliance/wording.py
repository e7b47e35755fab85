"""What people read, in French, English or Arabic; dates and sizes as they write them."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import dates, numbers, units
from babel.core import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from appliance.config import Opening
from appliance.errors import mark, marks

__all__ = ["CATALOGS", "LANGUAGES", "Wording", "mark", "marks"]

LANGUAGES = ("fr", "en", "ar")
CATALOGS = Path(__file__).parent / "translations"
# How dates and figures are written: an American date would be read as another day here.
_LOCALES = {"fr": "fr", "en": "en_GB", "ar": "ar_TN"}
_UNITS = ((1_000_000_000, "gigabyte"), (1_000_000, "megabyte"), (1000, "kilobyte"))
_SPANS = ((3600, "hour"), (60, "minute"), (1, "second"))  # a day is 24 hours: a limit's are

_BYTES = marks("%(count)d byte", "%(count)d bytes")
_BEFORE_MARK = re.compile(r" (?=[:;?!»])|(?<=«) ")
_ELISION = re.compile(r"(?<=\w)'(?=[\w%])")
_LENGTHS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


class Wording:
    """Texts in one language, times in the firm's time zone.

    A text without a translation is said in English: tests/unit/test_wording.py lets none through.
    """

    def __init__(self, language: str, timezone: str) -> None:
        self.language = language
        self._locale = Locale.parse(_LOCALES[language])
        self.direction: str = self._locale.text_direction
        self._zone = ZoneInfo(timezone)
        self._catalog = _catalog(language)

    def text(self, msgid: str, **values: object) -> str:
        """The text in this language, with `%(name)s` filled in."""
        if not msgid:  # to gettext the empty text is the catalog's own header
            return ""
        translated: str = self._catalog.ugettext(msgid)
        return translated % values if values else translated

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form of the text that this language uses for so many."""
        return str(self._catalog.ungettext(one, many, n)) % values

    def moment(self, instant: datetime) -> str:
        """Date and time, short; 24 hours in every language."""
        hour = dates.format_time(instant, "HH:mm", self._zone, self._locale)
        return str(self._locale.datetime_formats["short"]).format(hour, self.day(instant))

    def day(self, instant: datetime) -> str:
        """The date, short."""
        shown: str = dates.format_date(instant.astimezone(self._zone), "short", self._locale)
        return shown

    def day_of_year(self, instant: datetime) -> str:
        """Day and month only, where the year is plain: "12/11"."""
        here = instant.astimezone(self._zone)
        shown: str = dates.format_skeleton("Md", here, locale=self._locale)
        return shown

    def calendar_day(self, day: date) -> str:
        """A date of a calendar, with its day of the week: "lun. 30 nov. 2026"."""
        shown: str = dates.format_date(day, "EEE d MMM y", locale=self._locale)
        return shown

    def day_in_words(self, instant: datetime) -> str:
        """The date as one says it: "12 novembre 2026"."""
        here = instant.astimezone(self._zone)
        shown: str = dates.format_date(here, "d MMMM y", locale=self._locale)
        return shown

    def day_and_hour(self, instant: datetime) -> str:
        """A day to come and its hour, as one says them: "lundi 24 novembre à 9 h"."""
        here = instant.astimezone(self._zone)
        day = dates.format_date(here, "EEEE d MMMM", locale=self._locale)
        return self.text(mark("%(day)s at %(hour)s"), day=day, hour=self._hour(here.time()))

    def weekday(self, number: int) -> str:
        """The name of a day of the week; Monday is 0."""
        return str(dates.get_day_names("wide", locale=self._locale)[number])

    def span(self, length: timedelta) -> str:
        """A length of time in the largest unit that says it whole: "24 heures", "1 minute"."""
        seconds = int(length.total_seconds())
        count, unit = next((seconds // n, name) for n, name in _SPANS if seconds % n == 0)
        shown: str = units.format_unit(count, f"duration-{unit}", "long", locale=self._locale)
        return shown

    def lasting(self, length: timedelta) -> str:
        """How long something took, roughly: "350 ms", "2,3 s", "4 min", "3 h", "2 j"."""
        seconds = length.total_seconds()
        if seconds < 1:
            return self._short(round(seconds * 1000), "millisecond")
        if seconds < 10:
            return self._short(round(seconds, 1), "second")
        whole = round(seconds)
        count, unit = next(
            ((whole // n, name) for n, name in _LENGTHS if whole >= 2 * n), (whole, "second")
        )
        return self._short(count, unit)

    def _short(self, count: float, unit: str) -> str:
        shown: str = units.format_unit(count, f"duration-{unit}", "short", locale=self._locale)
        return shown

    def openings(self, hours: Sequence[Opening]) -> str:
        """Opening hours in words: days in a row that have the same hours are said together."""
        spans: dict[int, str] = {}
        for weekday, some in groupby(sorted(hours), key=lambda opening: opening.weekday):
            spans[weekday] = self.listed([self._span(opening) for opening in some])
        both = mark("%(days)s, %(hours)s")
        said = [
            self.text(both, days=self._days(days), hours=spans[days[0]]) for days in _runs(spans)
        ]
        return self.listed(said)

    def _span(self, opening: Opening) -> str:
        opens, closes = self._hour(opening.opens), self._hour(opening.closes)
        return self.text(mark("from %(opens)s to %(closes)s"), opens=opens, closes=closes)

    def _days(self, days: Sequence[int]) -> str:
        names = dates.get_day_names("wide", locale=self._locale)
        first, last = names[days[0]], names[days[-1]]
        if len(days) == 1:
            return self.text(mark("on %(day)s"), day=first)
        return self.text(mark("from %(first)s to %(last)s"), first=first, last=last)

    def _hour(self, hour: time) -> str:
        hours, minutes = (24, 0) if hour == time.max else (hour.hour, hour.minute)
        if self.language == "fr":  # the Imprimerie nationale's way: 9 h, 14 h 30
            return f"{hours}\u00a0h" + (f"\u00a0{minutes:02}" if minutes else "")
        return f"{hours:02}:{minutes:02}"

    def listed(self, parts: Sequence[str]) -> str:
        """The parts as one says them: "a, b et c"; of none nothing."""
        shown: str = format_list(parts, locale=self._locale)
        return shown

    def number(self, value: float) -> str:
        """With one decimal, and the sign that parts it in this language."""
        return str(numbers.format_decimal(value, "#,##0.0", locale=self._locale))

    def size(self, count: int) -> str:
        """So many bytes, rounded as people say it."""
        for unit, name in _UNITS:
            if count >= unit:
                return self._measure(round(count / unit, 1 if count < 10 * unit else 0), name)
        return self.plural(*_BYTES, count, count=count)

    def _measure(self, count: float, unit: str) -> str:
        shown: str = units.format_unit(count, f"digital-{unit}", "short", locale=self._locale)
        return shown


def _runs(spans: Mapping[int, str]) -> list[list[int]]:
    """Weekdays that follow each other and have the same hours."""
    runs: list[list[int]] = []
    for day in sorted(spans):
        if runs and runs[-1][-1] == day - 1 and spans[day] == spans[day - 1]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


@cache
def _catalog(language: str) -> Translations:
    """Read from the .po itself, once a process: no compiling to forget; it takes its time."""
    path = CATALOGS / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale=language)
    if language == "fr":
        for message in catalog:
            message.string = _typeset(message.string or "")
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def _typeset(said: str | Sequence[str]) -> str | tuple[str, ...]:
    """French as it is printed, whoever typed it: no line begins with a colon or a question mark,
    and an elision has its apostrophe.
    """
    if not isinstance(said, str):
        return tuple(map(_printed, said))
    return _printed(said)


def _printed(said: str) -> str:
    return _ELISION.sub("\u2019", _BEFORE_MARK.sub("\u00a0", said))
