"""Days as forms bring them. Pure."""

import re
from datetime import date

_DAY_FIRST = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*")
_YEARS = range(1800, 2201)


def day_in(text: str) -> date | None:
    """The day that is meant: as browsers send it, or as people write it, day first."""
    found = _DAY_FIRST.fullmatch(text)
    year_first = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text
    try:
        day = date.fromisoformat(year_first)
    except ValueError:
        return None
    return day if day.year in _YEARS else None
