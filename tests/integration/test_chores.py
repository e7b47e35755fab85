"""Work beside the life of a message: done once, again after a crash, given up in words."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance import chores as chores_module
from appliance.chores import HIGH, LOW, USUAL, Chores, Kind
from appliance.clock import SystemClock
from appliance.errors import PermanentError, TemporaryError
from appliance.jobs import Job, Jobs
from appliance.queues import open_queue
from appliance.store.database import Store
from appliance.store.models import Chore, ChoreStatus, Notice
from appliance.traffic import Traffic
from tests.support import until


class Shop:
    """Chores with real threads, a real queue and a real store."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store = store
        self.jobs = Jobs(open_queue("sqlite:", folder), 2, Traffic())
        self.chores = Chores(store, self.jobs, SystemClock())
        self.jobs.on(Job.CHORE, self.chores.run, self.chores.broke)

    def post(self, kind: Kind = Kind.EXAMINE, subject: int = 1, **values: object) -> int:
        posted = self.store.write(lambda: self.chores.post(kind, subject, **values))
        self.chores.wake([posted])
        return posted.row_id

    def row(self, row_id: int) -> Chore:
        return Chore.get_by_id(row_id)

    def ends(self, row_id: int, status: ChoreStatus = ChoreStatus.DONE) -> Chore:
        until(lambda: self.row(row_id).status == status, what=f"not {status}")
        return self.row(row_id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(Store.open(tmp_path, SystemClock())) as store:
        made = Shop(tmp_path, store)
        made.jobs.start()
        made.chores.start()
        yield made
        made.chores.stop()
        made.jobs.drain()


def note(shop: Shop, text: str) -> None:
    Notice.create(field=text, raw="{}", received_at=SystemClock().now())


def test_what_came_of_it_is_committed_with_its_end(shop: Shop) -> None:
    shop.chores.on(Kind.EXAMINE, lambda subject: lambda: note(shop, f"seen {subject}"))

    done = shop.ends(shop.post(subject=7))

    assert done.due_at is None
    assert done.leased_until is None
    assert [row.field for row in Notice.select()] == ["seen 7"]


def test_asked_for_again_it_is_one_row_and_done_again(shop: Shop) -> None:
    seen: list[int] = []
    shop.chores.on(Kind.EXAMINE, seen.append)
    first = shop.post()
    shop.ends(first)

    second = shop.post()

    assert second == first
    until(lambda: len(seen) == 2)
    shop.ends(first)


def test_asked_for_while_it_is_being_done_it_is_done_once_more(shop: Shop) -> None:
    begun, go_on, count = threading.Event(), threading.Event(), [0]

    def work(_: int) -> None:
        count[0] += 1
        begun.set()
        go_on.wait(10)

    shop.chores.on(Kind.EXAMINE, work)
    row_id = shop.post()
    assert begun.wait(10)
    shop.post()
    go_on.set()

    until(lambda: count[0] == 2)
    shop.ends(row_id)


def test_it_posts_what_comes_next_in_the_same_commit(shop: Shop) -> None:
    shop.chores.on(Kind.EXAMINE, lambda subject: lambda: [shop.chores.post(Kind.READ, subject)])
    shop.chores.on(Kind.READ, lambda _: lambda: note(shop, "next"))
    shop.post()

    until(lambda: Notice.select().count() == 1)


def test_what_may_work_later_is_due_again_with_its_reason(shop: Shop) -> None:
    def fails(_: int) -> None:
        raise TemporaryError("Google is away", timedelta(hours=1), counts=False)

    shop.chores.on(Kind.EXAMINE, fails)
    row_id = shop.post()

    until(lambda: shop.row(row_id).error is not None)
    row = shop.row(row_id)
    assert row.error == "Google is away"
    assert row.attempts == 0
    assert row.leased_until is None
    assert row.due_at - SystemClock().now() > timedelta(minutes=50)

    shop.chores.on(Kind.EXAMINE, lambda _: None)
    assert shop.chores.call_in([Kind.EXAMINE]) == 1
    shop.ends(row_id)


def test_what_cannot_work_is_given_up_and_may_be_tried_again(shop: Shop) -> None:
    def fails(_: int) -> None:
        raise PermanentError("no")

    shop.chores.on(Kind.EXAMINE, fails)
    row_id = shop.post()
    assert shop.ends(row_id, ChoreStatus.FAILED).error == "no"

    shop.chores.on(Kind.EXAMINE, lambda _: None)
    assert shop.chores.retry(row_id)
    assert shop.ends(row_id).error is None
    assert not shop.chores.retry(row_id)


def test_a_fault_of_ours_is_an_attempt_and_the_hand_goes_on(shop: Shop) -> None:
    def breaks(_: int) -> None:
        raise SystemExit  # what ends a thread

    shop.chores.on(Kind.EXAMINE, breaks)
    shop.chores.on(Kind.READ, lambda _: None)
    broken = [shop.post(subject=n) for n in range(chores_module.QUICK_HANDS + 1)]
    for row_id in broken:
        until(lambda row_id=row_id: shop.row(row_id).error is not None)

    assert shop.row(broken[0]).attempts == 1
    assert "SystemExit" in shop.row(broken[0]).error
    shop.ends(shop.post(Kind.READ))


def test_asked_for_again_while_it_fails_it_is_due_at_once(shop: Shop) -> None:
    begun, go_on, tries = threading.Event(), threading.Event(), [0]

    def work(_: int) -> None:
        tries[0] += 1
        if tries[0] == 1:
            begun.set()
            go_on.wait(10)
            raise TemporaryError("away", timedelta(hours=1))

    shop.chores.on(Kind.EXAMINE, work)
    row_id = shop.post()
    assert begun.wait(10)
    shop.post()
    go_on.set()

    shop.ends(row_id)
    assert tries[0] == 2


def test_what_takes_long_never_keeps_the_rest_waiting(shop: Shop) -> None:
    go_on = threading.Event()
    shop.chores.on(Kind.EXAMINE, lambda _: go_on.wait(10) and None)
    shop.chores.on(Kind.READ, lambda _: None)
    slow = [shop.post(subject=n, priority=LOW) for n in range(5)]

    shop.ends(shop.post(Kind.READ, priority=USUAL))

    assert all(shop.row(row_id).status == ChoreStatus.OPEN for row_id in slow)
    go_on.set()
    for row_id in slow:
        shop.ends(row_id)


def test_the_most_urgent_is_first(shop: Shop) -> None:
    begun, go_on, order = threading.Semaphore(0), threading.Semaphore(0), []

    def work(subject: int) -> None:
        if subject < 0:
            begun.release()
            go_on.acquire(timeout=30)
        order.append(subject)

    shop.chores.on(Kind.EXAMINE, work)
    for n in range(chores_module.QUICK_HANDS):
        shop.post(subject=-1 - n)
        begun.acquire(timeout=10)
    shop.post(subject=1, priority=USUAL)
    last = shop.post(subject=2, priority=HIGH)
    until(lambda: shop.chores._quick._waiting.qsize() == 2)
    go_on.release()  # one hand is free: it takes one after the other
    shop.ends(last)
    until(lambda: len([one for one in order if one > 0]) == 2)
    go_on.release(chores_module.QUICK_HANDS)

    assert [one for one in order if one > 0] == [2, 1]


def test_what_a_crash_left_half_way_is_free_at_start(shop: Shop) -> None:
    row_id = shop.store.write(
        lambda: (
            Chore.create(
                kind=Kind.EXAMINE,
                subject_id=3,
                created_at=SystemClock().now(),
                due_at=SystemClock().now(),
                leased_until=SystemClock().now() + timedelta(minutes=9),
                attempts=1,
            ).id
        )
    )

    assert shop.chores.release_interrupted() == 1

    row = shop.row(row_id)
    assert (row.leased_until, row.attempts, row.interruptions) == (None, 0, 1)


def test_without_its_station_a_chore_waits_for_it(shop: Shop) -> None:
    row_id = shop.post(Kind.READ)
    until(lambda: shop.row(row_id).due_at is None)
    assert shop.row(row_id).status == ChoreStatus.OPEN

    shop.chores.on(Kind.READ, lambda _: None)
    shop.chores.release_interrupted()

    assert shop.row(row_id).due_at is not None
