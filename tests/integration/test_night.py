"""What is done once a night is done once a night, whatever becomes of the rest."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.errors import Stop, StoppedError
from appliance.store.database import Store
from appliance.upkeep.night import Night, NightTask
from tests.support import Hands, until

TUNIS = ZoneInfo("Africa/Tunis")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield store


def night(store: Store, clock: Hands, *tasks: NightTask) -> Night:
    return Night(store, clock, TUNIS, tasks)


def fails(_: Stop) -> None:
    raise RuntimeError("broken")


def test_a_task_is_done_once_a_night(store: Store) -> None:
    clock = Hands()  # ten o'clock in Tunis
    watch = night(store, clock, NightTask("inventory", lambda _: None))
    assert [watch.look(), watch.look()] == [["inventory"], []], "the first at once"
    clock.pass_(timedelta(hours=16, minutes=59))
    assert not watch.look(), "at 2:59"
    clock.pass_(timedelta(minutes=2))
    assert [watch.look(), watch.look()] == [["inventory"], []], "at 3:01"
    clock.zero -= timedelta(days=2)
    assert watch.look(), "one from the future is none"


def test_each_task_has_its_own_hour_and_its_last_run_outlives_a_restart(store: Store) -> None:
    clock = Hands()
    tasks = NightTask("a", lambda _: None), NightTask("b", lambda _: None, time(5))
    assert night(store, clock, *tasks).look() == ["a", "b"]
    assert night(store, clock, *tasks).look() == []
    clock.pass_(timedelta(hours=18))
    assert night(store, clock, *tasks).look() == ["a"], "at four"
    clock.pass_(timedelta(hours=2))
    assert night(store, clock, *tasks).look() == ["b"], "at six"


def test_a_task_that_fails_keeps_no_other_from_its_turn_and_is_tried_an_hour_later(
    store: Store,
) -> None:
    clock, tries = Hands(), iter((fails, lambda _: None))

    def has_moods(stop: Stop) -> None:
        next(tries)(stop)

    watch = night(store, clock, NightTask("moody", has_moods), NightTask("calm", lambda _: None))
    assert watch.look() == ["calm"]
    clock.pass_(timedelta(minutes=59))
    assert watch.look() == []
    clock.pass_(timedelta(minutes=1))
    assert watch.look() == ["moody"]


def test_a_task_that_is_stopped_is_not_taken_for_done(store: Store) -> None:
    def is_told(stop: Stop) -> None:
        until(stop)
        raise StoppedError

    clock = Hands()
    watch = night(store, clock, NightTask("long", is_told))
    watch.start()
    watch.stop()

    assert night(store, clock, NightTask("long", lambda _: None)).look() == ["long"]


def test_what_is_asked_for_is_done_at_once_whatever_the_hour(store: Store) -> None:
    clock, looked = Hands(), threading.Event()
    watch = night(store, clock, NightTask("disk", lambda _: looked.set()))
    assert watch.look() == ["disk"]
    looked.clear()
    watch.ask("disk")
    assert watch.look() == ["disk"]
    assert watch.look() == []
