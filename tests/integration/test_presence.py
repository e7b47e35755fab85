"""The clock is set, the computer sleeps or is off: work goes on, and the absence is told."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import TemporaryError, mark
from appliance.inbox.envelope import Incoming, Receipt
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.store import models, work
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.upkeep.presence import NO_JUMP, Presence, absence
from appliance.upkeep.timekeeping import Timekeeper
from tests.support import Hands

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, clock: Hands) -> Iterator[Store]:
    with closing(Store.open(tmp_path, clock)) as opened:
        yield opened


def message(store: Store, clock: Hands, wamid: str, late: timedelta = NO_JUMP) -> models.Message:
    """One that came now, was sent `late` ago, and is due."""
    values = {
        "wamid": wamid,
        "sender": "+21620111222",
        "type": "text",
        "raw": "{}",
        "received_at": clock.now(),
        "sent_at": clock.now() - late,
        "due_at": clock.now(),
    }
    made: models.Message = store.write(lambda: models.Message.create(**values))
    return made


def timekeeper(store: Store, clock: Hands) -> Timekeeper:
    return Timekeeper(store, clock, Presence(store, clock), [models.Message])


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_is_set_is_followed_once(store: Store, clock: Hands, by: timedelta) -> None:
    keeper, began = timekeeper(store, clock), clock.now()
    clock.pass_(MINUTE)
    assert keeper.set_clock() == NO_JUMP, "time passes"
    clock.set_by(by)
    assert clock.now() == began + MINUTE, "nobody sees it before what goes by it has moved"
    assert [keeper.set_clock(), keeper.set_clock()] == [by, NO_JUMP]
    assert clock.now() == began + MINUTE + by


def test_a_clock_that_is_kept_in_time_does_not_jump(store: Store, clock: Hands) -> None:
    clock.set_by(timedelta(seconds=2))
    assert timekeeper(store, clock).set_clock() == NO_JUMP
    assert clock.now() == Hands().now() + timedelta(seconds=2), "but it is kept in time"


def test_a_clock_that_is_wrong_for_a_moment_is_never_seen(store: Store, clock: Hands) -> None:
    keeper = timekeeper(store, clock)
    clock.set_by(HOUR)
    row = message(store, clock, "a")
    clock.set_by(-HOUR)
    assert keeper.set_clock() == NO_JUMP
    assert isinstance(work.look(models.Message, row.id, clock.now()), models.Message)


def test_what_became_due_by_the_wrong_hour_is_due_when_it_is_put_right(
    store: Store, clock: Hands
) -> None:
    keeper = timekeeper(store, clock)
    clock.set_by(HOUR)
    keeper.set_clock()
    row = message(store, clock, "a")
    clock.set_by(-HOUR)
    assert keeper.set_clock() == -HOUR
    assert isinstance(work.look(models.Message, row.id, clock.now()), models.Message)


def test_a_run_that_ends_under_the_wrong_hour_has_written_it_down(
    store: Store, clock: Hands
) -> None:
    Presence(store, clock).begin()
    clock.set_by(HOUR)
    timekeeper(store, clock).set_clock()
    clock.zero -= HOUR
    assert Presence(store, clock).begin() == -HOUR


def test_a_clock_whose_rows_cannot_follow_is_left_as_it_was(store: Store, clock: Hands) -> None:
    keeper, began = timekeeper(store, clock), clock.now()
    clock.set_by(HOUR)
    store.close()
    with pytest.raises(TemporaryError):
        keeper.set_clock()
    assert clock.now() == began


class Unlucky(Hands):
    """Somebody puts it back by an hour just after it was read, unless the thread that writes did.

    That one reads it between two settings: what it writes is right, or is put right with the rest.
    """

    keeper: Timekeeper | None = None

    def now(self) -> datetime:
        seen, keeper = super().now(), self.keeper
        if keeper is not None and threading.current_thread() is threading.main_thread():
            self.keeper = None
            self.set_by(-HOUR)
            keeper.set_clock()
        return seen


WORDS = Incoming("a", "+21620111222", None, None, "text", "Bonjour", None, "in", {})
READ = Receipt("b", "read", None, None, {})


@pytest.fixture
def unlucky(tmp_path: Path) -> Iterator[tuple[Unlucky, Store, Inbox]]:
    clock, jobs = Unlucky(), Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
    with closing(Store.open(tmp_path, clock)) as store:
        keeper = Timekeeper(store, clock, Presence(store, clock), [models.Message, models.Receipt])
        clock.keeper = keeper
        yield clock, store, Inbox(store, jobs, clock)


@pytest.mark.parametrize("updates", [[WORDS], [READ, WORDS]], ids=["a message", "with a receipt"])
def test_what_comes_while_the_clock_is_put_right_does_not_wait_an_hour(
    unlucky: tuple[Unlucky, Store, Inbox], updates: list[Incoming | Receipt]
) -> None:
    clock, _, inbox = unlucky
    assert inbox.keep(b"{}", updates) == len(updates)
    clock.now()
    assert clock.keeper is None, "the clock was put right"
    assert isinstance(inbox.due(1), models.Message)
    assert READ not in updates or isinstance(inbox.due_receipt(1), models.Receipt)


def test_what_fails_while_the_clock_is_put_right_is_soon_tried_again(
    unlucky: tuple[Unlucky, Store, Inbox],
) -> None:
    clock, _, inbox = unlucky
    inbox.keep(b"{}", [WORDS])
    seen = models.Message.get_by_id(1)
    taken = inbox.claim(seen)
    assert taken is not None
    wait = inbox.try_again(taken, TemporaryError(mark("Meta is away")))
    clock.now()
    assert wait is not None
    clock.pass_(wait)
    assert isinstance(inbox.due(1), models.Message)


def follow(store: Store, jump: timedelta) -> int:
    return store.write(lambda: work.follow_clock(models.Message, jump))


def test_work_does_not_wait_an_hour_when_the_clock_goes_back(store: Store, clock: Hands) -> None:
    row = message(store, clock, "a")
    clock.zero -= HOUR
    assert isinstance(work.look(models.Message, row.id, clock.now()), work.Later)

    assert follow(store, -HOUR) == 1

    assert isinstance(work.look(models.Message, row.id, clock.now()), models.Message)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_what_somebody_holds_stays_held_as_long_as_promised(
    store: Store, clock: Hands, by: timedelta
) -> None:
    row = message(store, clock, "a")
    assert store.write(lambda: work.claim(models.Message, row.id, clock.now()))
    clock.zero += by

    follow(store, by)

    assert store.write(lambda: work.claim(models.Message, row.id, clock.now())) is None
    clock.pass_(work.LEASE)
    assert store.write(lambda: work.claim(models.Message, row.id, clock.now()))


def test_finished_rows_are_left_alone(store: Store, clock: Hands) -> None:
    row = message(store, clock, "a")
    store.write(lambda: work.update(row, due_at=None))
    assert follow(store, -HOUR) == 0


def test_a_clock_set_back_while_greffier_was_off_is_noticed_at_the_start(
    store: Store, clock: Hands
) -> None:
    before = Presence(store, clock)
    assert before.begin() == NO_JUMP
    clock.pass_(MINUTE)
    before.goes_on()
    clock.zero -= HOUR

    assert Presence(store, clock).begin() == -HOUR
    assert Presence(store, clock).begin() == NO_JUMP


def test_an_absence_is_told_with_what_was_caught_up(store: Store, clock: Hands) -> None:
    Presence(store, clock).begin()
    message(store, clock, "before")
    clock.pass_(14 * HOUR)
    Presence(store, clock).begin()
    clock.pass_(MINUTE)
    message(store, clock, "from the night", late=3 * HOUR)
    message(store, clock, "fresh", late=timedelta(seconds=3))

    told = absence(clock.now())

    assert told is not None
    assert (told.until - told.since, told.caught_up) == (14 * HOUR, 1)


@pytest.mark.parametrize(
    ("away", "since"),
    [(5 * MINUTE, MINUTE), (14 * HOUR, 25 * HOUR)],
    ids=["a restart", "a day ago"],
)
def test_what_is_not_worth_saying_is_not_said(
    store: Store, clock: Hands, away: timedelta, since: timedelta
) -> None:
    Presence(store, clock).begin()
    clock.pass_(away)
    Presence(store, clock).begin()
    clock.pass_(since)
    assert absence(clock.now()) is None


def test_the_first_start_is_no_absence(store: Store, clock: Hands) -> None:
    Presence(store, clock).begin()
    assert absence(clock.now()) is None
