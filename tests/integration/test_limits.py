"""Never more than a limit says: in any order, at any time, from any thread and any process."""

import json
import multiprocessing
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.config import Rate
from appliance.limits import Limits
from appliance.store import models
from appliance.store.database import Store
from tests.support import Hands, until

SECOND = timedelta(seconds=1)
DAY = timedelta(hours=24)
RATES = {
    "whatsapp_pair": Rate(10, 60 * SECOND),
    "whatsapp_send": Rate(3, DAY),
    "whatsapp_download": Rate(100, SECOND),
}
ARRIVALS = int(os.environ.get("GREFFIER_TEST_ARRIVALS", "60000"))
PROCESSES, THREADS, TOGETHER = 2, 8, 250


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, clock: Hands) -> Iterator[Store]:
    with closing(Store.open(tmp_path, clock)) as opened:
        yield opened


@pytest.fixture
def limits(store: Store, clock: Hands) -> Limits:
    return Limits(store, clock, RATES)


def take(store: Store, limits: Limits, name: str, key: str = "", who: str = "") -> bool:
    return store.write(lambda: limits.take(name, key, who)).allowed


# -- a bucket


def test_a_burst_goes_through_and_then_one_at_a_time(
    store: Store, limits: Limits, clock: Hands
) -> None:
    assert [take(store, limits, "whatsapp_pair", "+1") for _ in range(11)] == [True] * 10 + [False]
    refused = limits.look("whatsapp_pair", "+1")
    assert (refused.remaining, refused.retry_after) == (0, 6 * SECOND)
    clock.pass_(refused.retry_after)
    assert [take(store, limits, "whatsapp_pair", "+1") for _ in range(2)] == [True, False]


def test_one_persons_limit_is_no_other_persons(store: Store, limits: Limits) -> None:
    for _ in range(10):
        take(store, limits, "whatsapp_pair", "+1")
    assert take(store, limits, "whatsapp_pair", "+2")


def test_an_answer_says_how_the_limit_stands(store: Store, limits: Limits, clock: Hands) -> None:
    assert limits.look("whatsapp_pair", "+1").remaining == 10
    answer = store.write(lambda: limits.take("whatsapp_pair", "+1"))
    assert (answer.limit, answer.remaining, answer.retry_after) == (10, 9, timedelta())
    assert answer.reset_at == clock.now() + 6 * SECOND


def test_what_was_not_used_is_given_back(store: Store, limits: Limits) -> None:
    for _ in range(10):
        take(store, limits, "whatsapp_pair", "+1")
    store.write(lambda: limits.give_back("whatsapp_pair", "+1"))
    assert [take(store, limits, "whatsapp_pair", "+1") for _ in range(2)] == [True, False]


def test_a_refused_unit_takes_nothing(store: Store, limits: Limits) -> None:
    """The decision and the work that it allows are one commit."""

    def unit() -> None:
        limits.take("whatsapp_pair", "+1")
        raise ValueError

    with pytest.raises(ValueError):
        store.write(unit)
    assert limits.look("whatsapp_pair", "+1").remaining == 10


# -- a window of people


def test_people_count_once_and_leave_a_day_after_the_last_time(
    store: Store, limits: Limits, clock: Hands
) -> None:
    for who in ("a", "b", "c", "a"):
        assert take(store, limits, "whatsapp_send", who=who)
    assert not take(store, limits, "whatsapp_send", who="d")
    clock.pass_(DAY - SECOND)
    assert take(store, limits, "whatsapp_send", who="a"), "again, and counted from now"
    clock.pass_(SECOND)
    assert [take(store, limits, "whatsapp_send", who=who) for who in "def"] == [True, True, False]
    assert limits.look("whatsapp_send").retry_after == DAY - SECOND


def test_half_of_a_day_later_there_is_no_second_half(
    store: Store, limits: Limits, clock: Hands
) -> None:
    """What a bucket would admit, and Meta would not."""
    for who in "abc":
        take(store, limits, "whatsapp_send", who=who)
    clock.pass_(DAY / 2)
    assert not take(store, limits, "whatsapp_send", who="d")


# -- changes


def test_a_limit_changes_while_it_runs_and_is_remembered(
    store: Store, limits: Limits, clock: Hands
) -> None:
    for who in "abc":
        take(store, limits, "whatsapp_send", who=who)
    limits.change("whatsapp_send", Rate(4, DAY), "Nour")
    assert [take(store, limits, "whatsapp_send", who=who) for who in "de"] == [True, False]
    limits.change("whatsapp_send", Rate(1, DAY), "Nour")
    assert Limits(store, clock, RATES).look("whatsapp_send").limit == 1
    clock.pass_(DAY)
    assert [take(store, limits, "whatsapp_send", who=who) for who in "fg"] == [True, False]
    limits.change("whatsapp_send", None, "Nour")
    assert limits.look("whatsapp_send").limit == 3


def test_a_bucket_that_shrinks_is_no_fuller_than_it_may_be(store: Store, limits: Limits) -> None:
    for _ in range(10):
        take(store, limits, "whatsapp_pair", "+1")
    limits.change("whatsapp_pair", Rate(2, 60 * SECOND), "Nour")
    assert not take(store, limits, "whatsapp_pair", "+1")
    assert limits.look("whatsapp_pair", "+1").retry_after <= 60 * SECOND


@pytest.mark.parametrize("name", ["whatsapp_pair", "whatsapp_send"])
def test_a_clock_set_back_stops_nobody_for_longer_than_a_period(
    store: Store, limits: Limits, clock: Hands, name: str
) -> None:
    for who in "abcdefghij":
        take(store, limits, name, who=who)
    clock.zero -= 10 * DAY
    assert not take(store, limits, name, who="z")
    assert limits.look(name).retry_after <= RATES[name].per
    clock.pass_(RATES[name].per)
    assert take(store, limits, name, who="z")


def test_use_is_counted_by_the_hour_and_old_rows_are_swept(
    store: Store, limits: Limits, clock: Hands
) -> None:
    for _ in range(12):
        take(store, limits, "whatsapp_pair", "+1")
    use = models.LimitUse.get(models.LimitUse.name == "whatsapp_pair")
    assert (use.allowed, use.refused) == (10, 2)
    clock.pass_(100 * DAY)
    limits.sweep()
    assert not models.LimitUse.select().exists()
    assert not models.RateLimit.select().exists()


# -- anything may happen


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 90)),
        st.tuples(st.just("back"), st.integers(1, 90)),
        st.tuples(st.just("take"), st.integers(0, 6)),
    ),
    max_size=60,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_window_of_a_day_ever_holds_more_people(
    store: Store, limits: Limits, clock: Hands, steps: list[tuple[str, int]]
) -> None:
    """Whatever the clock does. Times are those at which we believed to be."""
    store.write(lambda: models.RateLimit.delete().execute())
    limits.change("whatsapp_send", Rate(3, 60 * SECOND), "a test")
    lived = clock.steady()
    taken: list[tuple[float, int]] = []
    for what, amount in steps:
        if what == "pass":
            clock.pass_(amount * SECOND)
        elif what == "back":
            clock.zero -= amount * SECOND
        elif take(store, limits, "whatsapp_send", who=str(amount)):
            taken.append((clock.steady() - lived, amount))
    for start, _ in taken:
        inside = {who for at, who in taken if start <= at < start + 60}
        assert len(inside) <= 3


class Monotonic(Hands):
    """The seconds that all processes of this computer share."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=time.monotonic_ns() // 1000
        )


def _arrive(folder: str, number: int, count: int) -> None:
    """One process: eight threads that ask as fast as they can; what was admitted goes to a file."""
    clock = Monotonic()
    admitted: list[tuple[str, str, float]] = []
    with closing(Store.open(Path(folder), clock)) as store:
        limits = Limits(store, clock, {**RATES, "whatsapp_send": Rate(50, 2 * SECOND)})

        def unit(start: int) -> list[tuple[str, str, float]]:
            some = []
            for each in range(start, start + TOGETHER):
                name = "whatsapp_send" if each % 5 == 0 else "whatsapp_download"
                who = str(each * 7919 % 400) if name == "whatsapp_send" else ""
                if limits.take(name, "", who).allowed:
                    some.append((name, who, clock.now().timestamp()))
            return some

        def thread(offset: int) -> None:
            for start in range(offset, offset + count // THREADS, TOGETHER):
                admitted.extend(store.write(lambda start=start: unit(start)))  # type: ignore[misc]

        threads = [
            threading.Thread(target=thread, args=(each * 1_000_003,)) for each in range(THREADS)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    (Path(folder) / f"admitted-{number}.json").write_text(json.dumps(admitted))


def test_eight_threads_in_two_processes_admit_not_one_too_many(tmp_path: Path) -> None:
    """A million with GREFFIER_TEST_ARRIVALS=1000000; checked by counting, not by our arithmetic."""
    with closing(Store.open(tmp_path, Monotonic())):
        pass
    spawn = multiprocessing.get_context("spawn")
    processes = [
        spawn.Process(target=_arrive, args=(str(tmp_path), number, ARRIVALS // PROCESSES))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    until(lambda: not any(p.is_alive() for p in processes), 600, "they did not end")
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    found = [
        each
        for number in range(PROCESSES)
        for each in json.loads((tmp_path / f"admitted-{number}.json").read_text())
    ]
    downloads = sorted(at for name, _, at in found if name == "whatsapp_download")
    people = sorted((at, who) for name, who, at in found if name == "whatsapp_send")
    assert len(downloads) > 100
    for first, at in enumerate(downloads):
        for window in (0.1, 1.0, 3.0):
            most = 100 + int(window * 100) + 1
            assert bisect_left(downloads, at + window) - first <= most
    times = [at for at, _ in people]
    for first, at in enumerate(times):
        inside = people[first : bisect_left(times, at + 2.0)]
        assert len({who for _, who in inside}) <= 50
