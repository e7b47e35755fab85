"""Where the bars of a chart of 24 hours, or of 30 days, stand.

Pure: the template draws them as SVG.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

STEP = 20  # an hour is so wide
BAR = 14
HEIGHT = 64  # of the highest hour
FLOOR = 3  # an hour with a single one is seen, too
TICK_EVERY = 6  # hours


@dataclass(frozen=True)
class Hour:
    """How often something was allowed and refused in the hour that began then."""

    at: datetime
    allowed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Day(Hour):
    """The same of a day: how many came, and how many of them are in error."""


@dataclass(frozen=True)
class Bar:
    """An hour at `x` from the left: what was allowed, with what was refused on top of it."""

    hour: Hour
    x: int
    allowed: int  # heights
    refused: int
    has_tick: bool

    @property
    def middle(self) -> int:
        return self.x + BAR // 2


@dataclass(frozen=True)
class Chart:
    """The bars, from the oldest hour to this one."""

    bars: Sequence[Bar]
    width: int
    most: int
    height = HEIGHT
    bar = BAR


def chart(hours: Sequence[Hour], *, from_the_right: bool, tick_every: int = TICK_EVERY) -> Chart:
    """`from_the_right`: time runs as the reader's language does. They may be other spans, too."""
    most = max((hour.allowed + hour.refused for hour in hours), default=0)
    width = STEP * len(hours)
    bars = []
    for number, hour in enumerate(hours):
        left = STEP * number + (STEP - BAR) // 2
        bars.append(
            Bar(
                hour=hour,
                x=width - left - BAR if from_the_right else left,
                allowed=_high(hour.allowed, most),
                refused=_high(hour.refused, most),
                has_tick=(len(hours) - 1 - number) % tick_every == 0,
            )
        )
    return Chart(bars, width, most)


def _high(count: int, most: int) -> int:
    """Nothing has no height; something has some, and both parts together no more than all."""
    if not count:
        return 0
    return max(round(count / most * (HEIGHT - FLOOR)), FLOOR)
