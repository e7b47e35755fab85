"""Files that Meta still holds: the days that are left, who is told of it, and asking for them."""

from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.jobs import Job
from appliance.keeping.countdown import Asked, sentence
from appliance.replies.announcements import Kind
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.models import MediaStatus, MessageStatus
from tests.integration.conftest import Office
from tests.integration.keeper import DAY, Keeper, keeper
from tests.support import until

BAIL = cast.pdf("CONTRAT DE BAIL")
SECOND = timedelta(seconds=1)


@pytest.fixture
def kept(office: Office, meta: Meta) -> Keeper:
    """One file that could not be fetched: Meta's servers were out of order."""
    return missed(office, meta)


def missed(office: Office, meta: Meta, ago: float = 0.0) -> Keeper:
    """It was tried, and given up; the three tries after it would take 14 seconds."""
    meta.faults.always("any", Refuse(503, 131016))
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf", ago=ago)
    until(lambda: models.Message.select().where(models.Message.error.is_null(False)).exists())
    given_up = {"status": MessageStatus.ERROR, "due_at": None, "leased_until": None}
    office.store.write(models.Message.update(**given_up).execute)
    meta.faults.clear()
    office.rests()
    return keeper(office)


def only() -> models.Message:
    return models.Message.get(models.Message.type == "document")


def alerts() -> list[models.Outgoing]:
    return list(models.Outgoing.select().where(models.Outgoing.kind == Kind.ALERT))


def expired() -> list[tuple[str]]:
    query = models.Media.raw("SELECT media_id FROM whatsapp_media_expired")
    return list(query.tuples())


def test_the_days_run_from_when_it_was_sent(kept: Keeper) -> None:
    message, media = only(), models.Media.get()

    assert media.expires_at == message.sent_at + 7 * DAY


@pytest.mark.parametrize(
    ("passed", "days", "is_soon", "is_lost"),
    [
        (1 * DAY, 6, False, False),
        (5 * DAY - SECOND, 2, False, False),
        (5 * DAY, 2, True, False),
        (5 * DAY + SECOND, 1, True, False),
        (6 * DAY, 1, True, False),
        (6 * DAY + SECOND, 0, True, False),
        (7 * DAY - SECOND, 0, True, False),
        (7 * DAY, 0, False, True),
        (8 * DAY, 0, False, True),
    ],
)
def test_the_days_are_counted_down(
    kept: Keeper, passed: timedelta, days: int, is_soon: bool, is_lost: bool
) -> None:
    kept.clock.pass_(only().sent_at + passed - kept.clock.now())

    (one,) = kept.care.countdown.missing()

    assert (one.days_left, one.is_soon, one.left is None) == (days, is_soon, is_lost)


def test_people_are_told_from_the_fifth_day_once_a_day_until_it_is_lost(kept: Keeper) -> None:
    kept.clock.pass_(only().sent_at + 5 * DAY - SECOND - kept.clock.now())
    assert (kept.care.countdown.watch(), alerts()) == (0, [])

    told = []
    kept.clock.pass_(SECOND)
    for _ in range(4 * 24):  # once an hour, for four days
        told.append(kept.care.countdown.watch())
        kept.clock.pass_(timedelta(hours=1))

    assert sum(told) in {2, 3}, "on each day of the firm's that the two days touch"
    assert len(alerts()) == sum(told)
    assert '"count": 1' in alerts()[0].content


def test_the_letter_names_how_many_and_until_when(kept: Keeper, mailbox: Mailbox) -> None:
    kept.clock.pass_(6 * DAY)
    kept.care.countdown.watch()
    (alert,) = alerts()
    today = SystemClock().now()  # the office's own clock has not moved
    kept.write(models.Outgoing.update(due_at=today).where(models.Outgoing.id == alert.id).execute)
    kept.office.jobs.wake(Job.OUTGOING, alert.id, 0)
    kept.office.rests()

    texts = [letter.text for letter in mailbox.received]
    assert any("vont être perdus chez WhatsApp" in text for text in texts)


def test_a_file_that_came_meanwhile_is_nobodys_worry(kept: Keeper) -> None:
    kept.clock.pass_(6 * DAY)
    assert kept.office.inbox.retry(only().id)
    kept.office.rests()

    assert only().status == MessageStatus.DOCUMENT_CREATED
    assert kept.care.countdown.missing() == []
    assert kept.care.countdown.watch() == 0
    assert kept.care.countdown.ask_again(only().id) == Asked.GONE


def test_the_view_lists_what_is_lost(kept: Keeper) -> None:
    assert expired() == []
    media = models.Media.get()
    kept.write(models.Media.update(status=MediaStatus.LOST).execute)
    assert expired() == [(media.media_id,)]
    past = kept.clock.now() - 8 * DAY
    kept.write(models.Media.update(status=MediaStatus.WAITING, expires_at=past).execute)
    assert expired() == [(media.media_id,)]
    kept.write(models.Media.update(status=MediaStatus.DOWNLOADED).execute)
    assert expired() == []


def test_a_client_is_asked_once_however_often_somebody_clicks(kept: Keeper, meta: Meta) -> None:
    ask = kept.care.countdown.ask_again

    answers = [ask(only().id) for _ in range(3)]
    kept.office.rests()

    assert answers == [Asked.DONE, Asked.BEFORE, Asked.BEFORE]
    (sent,) = meta.phone(cast.BEN_YOUSSEF, "Amel").received
    assert sent.text is not None
    assert sent.text.startswith("Le document que vous avez envoyé le ")
    assert "n'a pas pu être lu" in sent.text
    (one,) = kept.care.countdown.missing()
    assert one.asked is not None
    assert one.asked.status in {"sent", "delivered", "read"}


def test_who_wrote_long_ago_is_asked_when_they_write_again(office: Office, meta: Meta) -> None:
    kept, phone = missed(office, meta, 3 * 24 * 3600.0), meta.phone(cast.BEN_YOUSSEF, "Amel")

    assert kept.care.countdown.ask_again(only().id) == Asked.DONE
    asked = models.Outgoing.select().where(models.Outgoing.kind == Kind.SEND_AGAIN)
    until(lambda: asked.get().held == "window")
    assert phone.received == []

    phone.writes("Bonjour, avez-vous reçu mon document ?")
    meta.settle()
    office.rests()

    assert [one.text[:12] for one in phone.received if one.text] == ["Le document "]
    assert asked.get().held is None


def test_who_wants_no_automatic_messages_gets_none(kept: Keeper, meta: Meta) -> None:
    now = kept.clock.now()
    kept.write(models.Correspondent.update(opted_out_at=now).execute)

    assert kept.care.countdown.ask_again(only().id) == Asked.OPTED_OUT
    kept.office.rests()
    assert meta.phone(cast.BEN_YOUSSEF, "Amel").received == []


def test_nobody_is_asked_of_whom_it_is_not_certain_who_they_are(kept: Keeper) -> None:
    kept.write(models.Correspondent.update(withheld_since=kept.clock.now()).execute)

    assert kept.care.countdown.ask_again(only().id) == Asked.IN_DOUBT


def test_a_text_that_is_switched_off_is_not_sent(kept: Keeper) -> None:
    for language in ("fr", "en", "ar"):
        kept.office.answers.switch_reply("send_again", language, is_on=False)

    assert kept.care.countdown.ask_again(only().id) == Asked.OFF
    assert not models.Outgoing.select().where(models.Outgoing.kind == Kind.SEND_AGAIN).exists()


def test_a_lost_file_is_asked_for_too(kept: Keeper, meta: Meta) -> None:
    kept.write(models.Media.update(status=MediaStatus.LOST).execute)
    (one,) = kept.care.countdown.missing()
    assert one.left is None

    assert kept.care.countdown.ask_again(only().id) == Asked.DONE
    kept.office.rests()
    assert len(meta.phone(cast.BEN_YOUSSEF, "Amel").received) == 1


def test_health_and_check_say_it_in_one_sentence(kept: Keeper) -> None:
    assert sentence([]) == "no file of a client's waits at Meta"
    assert sentence(kept.care.countdown.missing()).startswith(
        "files at Meta: 1 not fetched yet, the first is lost on "
    )
    kept.clock.pass_(8 * DAY)
    assert sentence(kept.care.countdown.missing()).startswith("files at Meta: 1 lost")
