"""Between posting and leaving lie hours or days: what is no longer right is not said any more."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.config import Rate
from appliance.demo import cast
from appliance.errors import PermanentError
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.outbox import holds, lists, outcomes
from appliance.simulator.faults import Cut, Refuse
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.wording import Wording
from tests.integration.conftest import Office
from tests.support import until

DAY_AND_MORE = 30 * 3600.0  # seconds
STRANGE_NUMBER = "21655444333"


def notes() -> list[models.Outgoing]:
    """What was meant for clients' phones."""
    table = models.Outgoing
    return list(table.select().where(table.channel == "whatsapp").order_by(table.id))


def is_held(by: str) -> Callable[[], bool]:
    return lambda: bool(notes()) and notes()[-1].held == by


def rests(office: Office, meta: Meta) -> None:
    meta.settle()
    office.rests()
    meta.settle()
    office.rests()


def two_files_of_two_people(office: Office, meta: Meta) -> Phone:
    """M. Gharbi's question waits for him; his number passes to somebody else, who sends a file."""
    phone = meta.phone(cast.GHARBI, "Karim")
    phone.sends(cast.pdf("un"), filename="un.pdf", ago=DAY_AND_MORE)
    until(is_held(holds.WINDOW), 20)
    phone.person = replace(phone.person, user_id="TN.999888777", name="Autre")
    phone.sends(cast.pdf("deux"), filename="deux.pdf")
    rests(office, meta)
    return phone


def test_a_number_that_passed_to_somebody_else_learns_nothing(office: Office, meta: Meta) -> None:
    newcomer = two_files_of_two_people(office, meta)

    assert models.Correspondent.get().withheld_since is not None
    assert newcomer.received, "that something came is said"
    assert not any("interactive" in sent.body for sent in newcomer.received)
    assert not any("2026-" in json.dumps(sent.body) for sent in newcomer.received)


def test_whoever_is_in_doubt_decides_nothing(office: Office, meta: Meta) -> None:
    """They touch a line of the list that was sent to the person before them."""
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.sends(cast.pdf("un"), filename="un.pdf")
    until(lambda: bool(karim.received), 20)
    (asked,) = karim.received
    rests(office, meta)
    karim.person = replace(karim.person, user_id="TN.999888777", name="Autre")
    karim.sends(cast.pdf("deux"), filename="deux.pdf")
    rests(office, meta)

    karim.taps(asked, karim.lines[-1].choices[0][0] if karim.lines[-1].choices else _first(asked))
    rests(office, meta)

    assert {document.status for document in models.Document.select()} == {"pending"}
    assert not models.Question.select().exists()


def _first(asked: object) -> str:
    body = asked.body  # type: ignore[attr-defined]
    line_id: str = body["interactive"]["action"]["sections"][0]["rows"][0]["id"]
    return line_id


def test_what_was_meant_for_the_old_number_is_not_said_to_its_new_holder(
    office: Office, meta: Meta
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.sends(cast.pdf("un"), filename="un.pdf", ago=DAY_AND_MORE)
    until(is_held(holds.WINDOW), 20)
    karim.changes_number(STRANGE_NUMBER)
    rests(office, meta)
    karim.writes("C'est mon nouveau numéro")
    rests(office, meta)
    newcomer = meta.phone(cast.GHARBI, "Autre", "TN.123123")

    newcomer.writes("Bonjour")
    rests(office, meta)

    first = notes()[0]
    assert (first.status, "no longer that of the person" in first.error) == ("failed", True)
    assert not any("interactive" in sent.body for sent in newcomer.received)


def test_stop_stops_what_was_held_meanwhile(office: Office, meta: Meta) -> None:
    """The token was dead: the confirmation had been begun, and waited."""
    meta.faults.always("send", Refuse(401, 190))
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    until(is_held(holds.ALL), 20)
    amel.writes("STOP")
    meta.settle()
    until(lambda: [row.kind for row in notes()] == ["opted_out"], 20)

    meta.faults.clear()
    office.outbox.resume()
    rests(office, meta)

    assert [sent.text[:20] for sent in amel.received] == [notes()[0].body[:20]]


def test_stop_said_while_it_was_on_its_way_is_heard_when_it_leaves(
    office: Office, meta: Meta
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    until(lambda: bool(notes()))

    def opt_out() -> None:
        now = SystemClock().now()
        models.Correspondent.update(opted_out_at=now).execute()

    office.store.write(opt_out)
    rests(office, meta)

    assert amel.received == []
    assert notes() == []


def test_an_answer_outlives_its_moment_no_more_than_its_window(office: Office, meta: Meta) -> None:
    """A question of the day before yesterday, read today: it is kept, and answered by nobody."""
    stranger = meta.phone(STRANGE_NUMBER, "Inconnue")
    content = {"type": "text", "text": {"body": "Bonjour Maître"}}
    stranger.posts(content, ago=DAY_AND_MORE)
    rests(office, meta)
    assert (models.Message.get().status, notes(), stranger.received) == ("processed", [], [])

    stranger.posts(content)
    rests(office, meta)
    assert [row.kind for row in notes()] == ["stranger"]


def test_an_answer_that_was_held_too_long_is_dropped(office: Office, meta: Meta) -> None:
    meta.faults.always("send", Refuse(401, 190))
    stranger = meta.phone(STRANGE_NUMBER, "Inconnue")
    stranger.writes("Bonjour Maître")
    until(is_held(holds.ALL), 20)

    def age() -> None:
        past = SystemClock().now() - timedelta(hours=25)
        models.Outgoing.update(expires_at=past, created_at=past).execute()
        models.Correspondent.update(last_wrote_at=past).execute()

    office.store.write(age)
    meta.faults.clear()
    office.outbox.resume()
    until(lambda: notes() == [], 20)

    assert stranger.received == []


def test_the_list_holds_the_dossiers_even_if_the_first_file_was_lost(
    office: Office, meta: Meta
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    lost = {"code": 131052, "title": "Media download error"}
    karim.posts({"type": "image", "image": {"mime_type": "image/jpeg"}, "errors": [lost]})
    karim.sends(cast.pdf("un"), filename="un.pdf")
    rests(office, meta)

    (asked,) = [sent for sent in karim.received if "interactive" in sent.body]
    rows = asked.body["interactive"]["action"]["sections"][0]["rows"]
    assert len(rows) == 3, "two dossiers, and one line for who does not know"
    assert "2026-" in rows[0]["title"]


def test_the_first_of_two_quick_touches_decides(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    for number in range(4):
        karim.sends(cast.pdf(f"{number}"), filename=f"{number}.pdf")
    until(lambda: any("interactive" in sent.body for sent in karim.received), 20)
    asked = next(sent for sent in karim.received if "interactive" in sent.body)
    rests(office, meta)
    lines = asked.body["interactive"]["action"]["sections"][0]["rows"]

    with meta.batch():
        karim.taps(asked, lines[0]["id"])
        karim.taps(asked, lines[1]["id"])
    rests(office, meta)

    assert models.Question.select().count() == 1
    filed = {document.dossier_id for document in models.Document.select()}
    assert filed == {models.Question.get().dossier_id}


def test_the_letter_after_a_choice_goes_to_that_dossiers_lawyer(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.sends(cast.pdf("un"), filename="un.pdf")
    until(lambda: bool(karim.received), 20)
    rests(office, meta)
    karim.taps(karim.received[0], _first(karim.received[0]))
    rests(office, meta)

    letter = models.Outgoing.get(models.Outgoing.kind == "filed")
    assert letter.dossier_id == models.Document.get().dossier_id


def test_a_failure_that_comes_before_the_answer_and_without_our_callback_is_not_lost(
    office: Office, meta: Meta
) -> None:
    """Meta does not say that `failed` brings it; the id is known only after the answer."""
    now = SystemClock().now()
    raw = {"id": "wamid.early", "status": "failed", "errors": [{"code": 131026}]}

    def unit() -> tuple[models.Outgoing, models.Receipt]:
        row = models.Outgoing.create(
            channel="whatsapp",
            kind="confirmation",
            recipient="+216",
            status="sending",
            dedupe_key="key",
            callback="callback",
            created_at=now,
            sending_at=now,
        )
        values = {"wamid": "wamid.early", "status": "failed", "raw": json.dumps(raw)}
        return row, models.Receipt.create(**values, received_at=now, due_at=now)

    row, receipt = office.store.write(unit)
    office.pipeline.settle(receipt.id)

    office.store.write(lambda: office.outbox._sent(row, "wamid.early", now))

    assert models.Outgoing.get().status == "failed"
    assert outcomes.row_of(receipt) is not None


def test_ticks_whose_answer_was_lost_are_nobodys_trouble(office: Office, meta: Meta) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.writes("Bonjour")
    rests(office, meta)
    meta.faults.on("read", Cut())
    message = models.Message.get()

    def unit() -> list[object]:
        return list(office.outbox.posting.read(message, SystemClock().now(), typing=False))

    office.outbox.wake(office.store.write(unit))
    until(lambda: not any(row.kind == "read" for row in notes()), 20)


def test_templates_are_held_for_hours_and_answers_go_on(office: Office, meta: Meta) -> None:
    quality = PermanentError("131048")
    now = SystemClock().now()
    row = models.Outgoing(channel="whatsapp", kind="confirmation", recipient="+216", attempts=1)
    office.store.write(lambda: holds.open_hold(holds.TEMPLATES, quality, now, now + timedelta(1)))

    def in_the_way(at: object, *, is_template: bool) -> object:
        return office.store.write(lambda: holds.in_the_way(row, at, is_template=is_template))

    assert in_the_way(now, is_template=False) is None
    assert in_the_way(now, is_template=True) is not None
    assert in_the_way(now + timedelta(days=2), is_template=True) is None, "then it is tried again"


LABELS = """client;dossier;adversaire;libelle
Karim Gharbi;2026-0017;Société Karoui;Affaire Société Karoui
Karim Gharbi;2026-0031;Mohamed Ali Ben Salah;Litige Ben Salah
Karim Gharbi;2026-0032;Société Zéphyr;Bail commercial
Karim Gharbi;BENSALAH-2026;Fatma BenSalah;
Karim Gharbi;Karoui/2026;Karoui;Contre Karoui
"""


def test_what_a_client_reads_names_no_party_however_it_is_spelt(office: Office) -> None:
    Register(office.store, SystemClock()).import_file(parse(LABELS.encode(), "TN"))

    def shown(reference: str) -> str | None:
        return lists.neutral_label(models.Dossier.get(models.Dossier.reference == reference))

    assert shown("2026-0017") == "2026-0017"
    assert shown("2026-0031") == "2026-0031"
    assert shown("2026-0032") == "Bail commercial"
    assert shown("BENSALAH-2026") is None
    assert shown("Karoui/2026") is None
    assert Wording("fr", "UTC").text(lists.NTH, number=2).endswith("2")


def test_a_person_of_the_firm_who_answers_is_not_talked_over(office: Office, meta: Meta) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(cast.pdf("un"), filename="un.pdf")
    rests(office, meta)
    assert len(amel.received) == 1
    echo = {
        "from": meta.account.display_phone_number.lstrip("+"),
        "to": cast.BEN_YOUSSEF,
        "id": "wamid.echo",
        "timestamp": str(int(SystemClock().now().timestamp())),
        "type": "text",
        "text": {"body": "Bien reçu, merci"},
    }
    metadata = {"phone_number_id": meta.account.phone_number_id}
    meta.tells_account("smb_message_echoes", {"metadata": metadata, "message_echoes": [echo]})
    rests(office, meta)

    amel.sends(cast.pdf("deux"), filename="deux.pdf")
    rests(office, meta)

    assert models.Document.select().where(models.Document.status == "filed").count() == 2
    assert len(amel.received) == 1


@pytest.mark.parametrize("word", ["edit", "revoke"])
def test_an_amendment_may_come_before_what_it_amends(office: Office, meta: Meta, word: str) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    inner = {"context": {"id": "wamid.late"}, "type": "text", "text": {"body": "corrigé"}}
    content = {"original_message_id": "wamid.late"}
    if word == "edit":
        content["message"] = inner  # type: ignore[assignment]
    amel.posts({"type": word, word: content})
    rests(office, meta)
    assert models.Message.get().amends == "wamid.late"

    late = {
        "from": cast.BEN_YOUSSEF,
        "id": "wamid.late",
        "timestamp": str(int(SystemClock().now().timestamp())),
        "type": "text",
        "text": {"body": "Bonjour"},
    }
    metadata = {"phone_number_id": meta.account.phone_number_id}
    meta.tells_account("messages", {"metadata": metadata, "messages": [late]})
    rests(office, meta)

    amended = models.Message.get(models.Message.wamid == "wamid.late")
    assert (amended.edited_at is not None, amended.revoked_at is not None) == (
        word == "edit",
        word == "revoke",
    )


def test_a_message_that_history_told_of_is_work_when_it_comes_for_itself(
    office: Office, meta: Meta
) -> None:
    item = {
        "from": cast.BEN_YOUSSEF,
        "id": "wamid.told",
        "timestamp": str(int(SystemClock().now().timestamp())),
        "type": "text",
        "text": {"body": "Bonjour"},
    }
    metadata = {"phone_number_id": meta.account.phone_number_id}
    thread = {"id": cast.BEN_YOUSSEF, "messages": [item]}
    history = {"metadata": metadata, "history": [{"threads": [thread]}]}
    meta.tells_account("history", history)
    rests(office, meta)
    assert models.Message.get().direction == "history"

    meta.tells_account("messages", {"metadata": metadata, "messages": [item]})
    rests(office, meta)
    meta.tells_account("history", {**history, "phase": 1})
    rests(office, meta)

    (message,) = models.Message.select()
    assert (message.direction, message.status) == ("in", "processed")


def test_what_came_while_the_settings_named_another_number_is_work_once_they_are_right(
    office: Office, meta: Meta
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.writes("Bonjour")
    rests(office, meta)
    office.store.write(lambda: models.Message.update(direction="elsewhere").execute())

    assert office.inbox.adopt("1") == 0
    assert office.inbox.adopt(meta.account.phone_number_id) == 1
    message = models.Message.get()
    assert (message.direction, message.status, message.due_at is not None) == (
        "in",
        "received",
        True,
    )


def test_metas_unlimited_lifts_what_meta_itself_had_set(office: Office) -> None:
    office.limits.change("whatsapp_send", Rate(500, timedelta(days=1)), "Salma")
    office.limits.meta_allows(250)
    assert office.limits.look("whatsapp_send").limit == 250

    office.limits.meta_allows(10**9)

    assert office.limits.look("whatsapp_send").limit == office.config.limits.whatsapp_send.count
    office.limits.change("whatsapp_send", Rate(300, timedelta(days=1)), "Salma")
    office.limits.meta_allows(10**9)
    assert office.limits.look("whatsapp_send").limit == 300, "what a person has set stays"
