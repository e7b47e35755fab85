"""How many decisions a limit takes in a second, on one thread."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import monotonic

from appliance.clock import SystemClock
from appliance.config import Rate
from appliance.limits import Limits
from appliance.store.database import Store
from tests.bench.figures import Figure

TOGETHER = 500  # decisions in a commit
WANTED = 5000
RATES = {
    "whatsapp_pair": Rate(10, timedelta(seconds=60)),
    "whatsapp_send": Rate(1000, timedelta(hours=24)),
}
# What is decided, and of how many persons: 50 to whom much is said, 2,000 for 1,000 places.
CASES = {"bucket": ("whatsapp_pair", 50), "window": ("whatsapp_send", 2000)}


def decisions(seconds: float, rounds: int) -> Iterator[Figure]:
    """Five hundred in a commit, and each in its own; the window full all the while."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        clock = SystemClock()
        with closing(Store.open(Path(data), clock)) as store:
            limits = Limits(store, clock, RATES)
            for what, (name, persons) in CASES.items():
                _decide(store, limits, (name, persons, TOGETHER), 1.0)  # fills it
                for together in (TOGETHER, 1):
                    asked = (name, persons, together)
                    found = [_decide(store, limits, asked, seconds) for _ in range(rounds)]
                    yield _figure(what, together, median(found))


def _decide(store: Store, limits: Limits, asked: tuple[str, int, int], seconds: float) -> float:
    """Decisions in a second, asked in turn for each person."""
    name, persons, together = asked
    began, count = monotonic(), 0

    def unit() -> None:
        for number in range(count, count + together):
            person = str(number % persons)
            limits.take(name, *((person, "") if name == "whatsapp_pair" else ("", person)))

    while monotonic() < began + seconds:
        store.write(unit)
        count += together
    return count / (monotonic() - began)


def _figure(what: str, together: int, rate: float) -> Figure:
    if together == 1:
        return Figure(f"limits: {what}, a commit each", f"{rate:,.0f} decisions/s")
    is_reached = rate >= WANTED
    said = f"{rate:,.0f} decisions/s"
    return Figure(f"limits: {what}, {together} in a commit", said, f">= {WANTED:,}/s", is_reached)
