"""What became of each attempt: one row in the commit that ends it, kept for its time."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.chores import Chores, Kind
from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.errors import TemporaryError
from appliance.firm.users import Users
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.simulator.faults import Refuse
from appliance.simulator.whatsapp import Meta
from appliance.store import attempts, models, work
from appliance.store.attempts import LEASE, Outcome
from appliance.store.database import Store
from appliance.store.models import Attempt, AttemptHour
from appliance.traffic import Traffic
from appliance.workload import measures
from appliance.workload.acts import Workload
from tests.integration.conftest import Office
from tests.support import Hands, until

BAIL = cast.pdf("CONTRAT DE BAIL")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, clock: Hands) -> Iterator[Store]:
    with closing(Store.open(tmp_path, clock)) as opened:
        yield opened


def a_message(store: Store, clock: Hands, number: int = 1) -> models.Message:
    given = {"wamid": f"w{number}", "sender": "+21620111222", "type": "text", "raw": "{}"}
    row: models.Message = store.write(
        lambda: models.Message.create(**given, received_at=clock.now(), due_at=clock.now())
    )
    return row


def ended(lane: str) -> list[str]:
    rows = Attempt.select().where(Attempt.lane == lane).order_by(Attempt.id)
    return [row.outcome for row in rows]


# Through the real stations.


def test_a_document_leaves_one_attempt_at_every_station(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()
    meta.phone(cast.BEN_YOUSSEF, "Amel").reads()
    until(lambda: models.Receipt.select().where(models.Receipt.status == "read").exists())
    office.rests()

    for table, lane in ((models.Message, "message"), (models.Receipt, "receipt")):
        assert ended(lane) == ["done"] * table.select().count()
    for channel in ("whatsapp", "email"):
        assert ended(channel) == ["done"]
    for chore in models.Chore.select().where(models.Chore.status == "done"):
        assert "done" in ended(chore.kind)
    message = Attempt.get(Attempt.lane == "message")
    assert (message.work, message.row_id, message.number) == ("whatsapp_messages", 1, 1)
    assert 0 <= message.waited_ms < 20_000
    assert message.started_at <= message.ended_at
    assert (message.error, message.reason) == (None, None)


def test_a_word_leaves_one_attempt_in_the_commit_that_ends_it(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").writes("Bonjour")
    until(lambda: Attempt.select().where(Attempt.lane == "message").exists())
    (row,) = Attempt.select().where(Attempt.lane == "message")
    assert (row.outcome, row.number) == ("done", 1)
    assert models.Message.get_by_id(row.row_id).status == "processed"


def test_each_attempt_at_a_send_is_told_apart(office: Office, meta: Meta) -> None:
    meta.faults.on("send", Refuse(503, 131016))
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    until(lambda: ended("whatsapp") == ["again", "done"], 20, "it was not tried twice")
    first, second = Attempt.select().where(Attempt.lane == "whatsapp").order_by(Attempt.id)
    assert (first.number, second.number) == (1, 2)
    assert "131016" in first.error
    assert second.error is None
    assert second.started_at > first.ended_at


# What a row of it says.


def test_a_crash_leaves_no_attempt_but_an_interruption(store: Store, clock: Hands) -> None:
    row = a_message(store, clock)
    assert store.write(lambda: work.claim(models.Message, row.id, clock.now())) is not None
    clock.pass_(MINUTE)  # the process dies here; the next one starts
    store.write(lambda: work.release_interrupted(models.Message, clock.now()) and None)
    assert Attempt.select().count() == 0
    found = models.Message.get_by_id(row.id)
    assert (found.attempts, found.interruptions) == (0, 1)


def test_a_unit_that_is_undone_leaves_no_attempt(store: Store, clock: Hands) -> None:
    row = a_message(store, clock)
    taken = store.write(lambda: work.claim(models.Message, row.id, clock.now()))
    assert taken is not None

    def unit() -> None:
        attempts.note(taken, Outcome.DONE, clock.now())
        raise TemporaryError("the disk is full")

    with pytest.raises(TemporaryError):
        store.write(unit)
    assert Attempt.select().count() == 0


def test_who_gives_back_what_is_another_ones_by_now_notes_nothing(
    store: Store, clock: Hands
) -> None:
    row = a_message(store, clock)
    late = store.write(lambda: work.claim(models.Message, row.id, clock.now()))
    clock.pass_(LEASE + MINUTE)
    assert store.write(lambda: work.claim(models.Message, row.id, clock.now())) is not None
    assert late is not None
    store.write(lambda: work.give_back(late, TemporaryError("slow"), clock.now(), MINUTE))
    assert Attempt.select().count() == 0


def test_how_long_it_waited_and_took_is_never_negative(store: Store, clock: Hands) -> None:
    row = a_message(store, clock)
    taken = store.write(lambda: work.claim(models.Message, row.id, clock.now()))
    assert taken is not None
    taken.due_at = clock.now() + HOUR  # somebody has set the clock back
    store.write(lambda: attempts.note(taken, Outcome.DONE, clock.now()))
    assert Attempt.get().waited_ms == 0


def test_a_chore_says_each_time_why_it_failed(store: Store, clock: Hands, tmp_path: Path) -> None:
    jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
    chores = Chores(store, jobs, clock)
    jobs.on("chore", chores.run, chores.broke)

    def broken(_: int) -> None:
        raise TemporaryError("the scanner is away")

    chores.on(Kind.SCAN, broken)
    posted = store.write(lambda: chores.post(Kind.SCAN, 7))
    for _ in range(4):
        chores._attempt(posted.row_id)
        clock.pass_(MINUTE)
    row = models.Chore.get_by_id(posted.row_id)
    found = attempts.of_row(row, row.created_at)
    assert [(one.outcome, one.number) for one in found] == [
        ("again", 1), ("again", 2), ("again", 3), ("failed", 4)
    ]  # fmt: skip
    assert {one.error for one in found} == {"the scanner is away"}
    jobs.drain()


# How long it is kept, and what is counted.


def noted(store: Store, clock: Hands, outcome: Outcome, count: int = 1) -> None:
    row = a_message(store, clock, Attempt.select().count())
    row.started_at = clock.now()

    def unit() -> None:
        for _ in range(count):
            attempts.note(row, outcome, clock.now())

    store.write(unit)


def swept(store: Store, clock: Hands, at_most: int | None = None) -> int:
    query = attempts.old(clock.now() - DAY, at_most, clock.now() - 7 * DAY)
    ids = [row.id for row in query]
    return store.write(lambda: attempts.forget(ids))


def test_what_ended_well_goes_after_a_day_and_what_failed_after_a_week(
    store: Store, clock: Hands
) -> None:
    noted(store, clock, Outcome.DONE)
    noted(store, clock, Outcome.FAILED)
    clock.pass_(DAY + MINUTE)
    noted(store, clock, Outcome.DONE)
    assert swept(store, clock) == 1
    assert [row.outcome for row in Attempt.select().order_by(Attempt.id)] == ["failed", "done"]
    clock.pass_(6 * DAY)
    assert swept(store, clock) == 2


def test_of_a_busy_day_only_the_last_stay(store: Store, clock: Hands) -> None:
    noted(store, clock, Outcome.DONE, 12)
    noted(store, clock, Outcome.AGAIN, 3)
    assert swept(store, clock, at_most=5) == 7
    assert Attempt.select().count() == 8


def test_what_is_forgotten_is_still_counted_by_its_hour(store: Store, clock: Hands) -> None:
    noted(store, clock, Outcome.DONE, 3)
    noted(store, clock, Outcome.FAILED, 2)
    noted(store, clock, Outcome.AGAIN)
    before = measures.hours(clock.now(), 7 * DAY)
    assert before == {clock.now().replace(minute=0): (3, 2)}
    for at_most in (2, 1, 0):  # in steps, as the night does it
        swept(store, clock, at_most)
        assert measures.hours(clock.now(), 7 * DAY) == before
    assert AttemptHour.get().done == 3
    store.write(lambda: attempts.forget_hours(clock.now() + DAY) and None)
    assert measures.hours(clock.now(), 7 * DAY) == {clock.now().replace(minute=0): (0, 2)}


def test_spans_add_up_and_empty_ones_are_there(store: Store, clock: Hands) -> None:
    noted(store, clock, Outcome.DONE, 4)
    clock.pass_(5 * HOUR)
    noted(store, clock, Outcome.DONE, 2)
    hours = measures.hours(clock.now(), 7 * DAY)
    day = measures.throughput(hours, clock.now(), DAY, HOUR)
    assert [span.done for span in day] == [0] * 18 + [4, 0, 0, 0, 0, 2]
    week = measures.throughput(hours, clock.now(), 7 * DAY, 6 * HOUR)
    assert (len(week), sum(span.done for span in week)) == (28, 6)


def test_95_of_100_are_at_most_as_long() -> None:
    assert measures.percentile([]) is None
    assert measures.percentile([7]) == timedelta(milliseconds=7)
    assert measures.percentile(list(range(100, 0, -1))) == timedelta(milliseconds=96)


# A pause, with real workers.


def test_while_all_is_paused_everything_is_received_and_nothing_done(
    office: Office, meta: Meta
) -> None:
    users = Users(office.store, SystemClock(), 12)
    workload = Workload(office.store, office.jobs, SystemClock(), office.chores, users)
    workload.pause("all", "Nour")
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    until(lambda: models.Message.select().exists())
    message = models.Message.get()
    assert office.pipeline.process(message.id) is None  # a call that comes all the same
    found = models.Message.get()
    assert (found.status, found.attempts, found.leased_until) == ("received", 0, None)
    assert office.files == set()

    workload.resume("all", "Nour")

    office.rests()
    assert models.Message.get().status == "document_created"
    assert len(office.files) == 1
    assert ended("message") == ["done"]


def test_a_paused_channel_holds_its_own_and_nothing_else(office: Office, meta: Meta) -> None:
    users = Users(office.store, SystemClock(), 12)
    workload = Workload(office.store, office.jobs, SystemClock(), office.chores, users)
    workload.pause("whatsapp", "Nour")
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    until(lambda: ended("email") == ["done"], 20, "the letter did not leave")
    assert len(office.files) == 1
    assert meta.accepted == []

    workload.resume("whatsapp", "Nour")

    until(lambda: len(meta.accepted) == 1, 20, "the confirmation did not leave")
