"""Somebody of the firm answers on the dashboard: it arrives once, and what is said is true."""

import threading
from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.firm.answers import Draft
from appliance.firm.parties import EventKind, IdentityChange
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.outbox import holds
from appliance.replies.texts import LONGEST
from appliance.simulator.faults import Refuse
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import Office
from tests.integration.talker import (
    Talker,
    answer,
    audited,
    form_of,
    press,
    talker_of,
    words,
)
from tests.support import until

HOURS = Draft("fr", "Horaires", "horaires, heures d'ouverture", "Ouvert {hours}.", priority=1)
NOUR = cast.ASSISTANT


@pytest.fixture
def desk(office: Office, meta: Meta) -> Talker:
    return talker_of(office, meta)


@pytest.fixture
def amel(meta: Meta) -> Phone:
    return meta.phone(cast.BEN_YOUSSEF, "Amel")


def passes(person_id: int, time: timedelta = timedelta(hours=24)) -> None:
    """So much time has passed since they wrote."""
    table = models.Correspondent
    wrote_at = table.get_by_id(person_id).last_wrote_at - time
    table.update(last_wrote_at=wrote_at).where(table.id == person_id).execute()


def test_an_answer_arrives_once_and_its_ticks_go_on_to_read(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Où en est mon dossier ?")
    browser = desk.browser()
    sent = answer(browser, person, "Bonjour,\r\nl'audience est le 3 mars.")
    assert sent.location == f"/conversations/{person}#text", "the next answer is written there"
    desk.settles()
    assert [each.text for each in amel.received] == ["Bonjour,\nl'audience est le 3 mars."]
    assert "delivered to their phone" in words(browser.get(f"/conversations/{person}").text)

    amel.reads()
    desk.settles()
    row = desk.row()
    assert (row.status, row.kind, row.author, row.category) == (
        "read",
        "answer",
        cast.LAWYER,
        "service",
    )
    assert (cast.LAWYER, "answered", str(person), None) in audited(), "who, and not what"
    assert "audience" not in str(audited())


def test_a_double_click_and_a_reload_send_once(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    form = form_of(browser, person) | {"text": "Je vous appelle."}
    for _ in range(3):
        assert browser.post(f"/conversations/{person}/answer", data=form).status_code == 302
    desk.settles()
    assert len(amel.received) == 1
    assert "sent before: it goes out once" in words(browser.get(f"/conversations/{person}").text)

    changed = browser.post(f"/conversations/{person}/answer", data=form | {"text": "À 15 h."})
    assert changed.status_code == 302, "the same form with other words is another answer"
    desk.settles()
    assert [each.text for each in amel.received] == ["Je vous appelle.", "À 15 h."]


def test_clicks_at_the_same_instant_send_once(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    form = form_of(desk.browser(), person) | {"text": "Je vous appelle."}
    browsers = [desk.browser() for _ in range(4)]
    forms = [form | {"csrf_token": form_of(each, person)["csrf_token"]} for each in browsers]
    address = f"/conversations/{person}/answer"
    clicks = [
        threading.Thread(target=each.post, args=(address,), kwargs={"data": data})
        for each, data in zip(browsers, forms, strict=True)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    desk.settles()
    assert len(amel.received) == 1


def test_greffier_keeps_quiet_after_a_person_has_answered(
    desk: Talker, office: Office, amel: Phone
) -> None:
    office.answers.save_entry(HOURS)
    person = desk.hears(amel, "Bonjour")
    answer(desk.browser(), person, "Je m'en occupe.")
    desk.settles()
    desk.hears(amel, "Merci. Quels sont vos horaires ?")
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    desk.settles()
    assert models.Document.get().status == "filed", "filed, and not a word over her head"
    assert [each.text for each in amel.received] == ["Je m'en occupe."]


def test_without_a_persons_answer_the_same_question_is_answered(
    desk: Talker, office: Office, amel: Phone
) -> None:
    office.answers.save_entry(HOURS)
    desk.hears(amel, "Merci. Quels sont vos horaires ?")
    desk.settles()
    assert len(amel.received) == 1


def test_a_long_answer_goes_in_parts_and_a_longer_one_not_at_all(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    text = "\n\n".join(["x" * 3000, "y" * 3000])
    answer(browser, person, text)
    until(lambda: len(amel.received) == 2, 20)
    assert [len(each.text) for each in amel.received] == [3000, 3000]

    refused = answer(browser, person, "z" * (4 * LONGEST + 1))
    assert refused.status_code == 422
    assert "This is too long" in words(refused.text)
    assert answer(browser, person, " \r\n ").status_code == 422
    assert models.Outgoing.select().where(models.Outgoing.author.is_null(False)).count() == 2


def test_an_answer_may_quote_what_it_answers(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Le bail est-il signé ?")
    first = models.Message.get().wamid
    browser = desk.browser()
    answer(browser, person, "Oui.", quotes=first)
    desk.settles()
    (sent,) = amel.received
    assert sent.body["context"] == {"message_id": first}
    assert sent.body["text"]["body"] == "Oui."
    assert amel.quoted(amel.lines[-1]) == "Le bail est-il signé ?", "they see which"
    assert words(browser.get(f"/conversations/{person}").text).count("Le bail est-il signé ?") >= 2


def test_what_is_no_message_of_this_conversation_is_not_quoted(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    desk.hears(meta.phone(cast.GHARBI, "Karim"), "Ceci est à moi")
    theirs = models.Message.get(models.Message.sender == f"+{cast.GHARBI}").wamid
    browser = desk.browser()
    answer(browser, person, "Oui.", quotes=theirs)
    desk.settles()
    (sent,) = amel.received
    assert "context" not in sent.body
    assert "Ceci est à moi" not in browser.get(f"/conversations/{person}?part=1").text


# When it may not go.


def test_after_a_day_nothing_free_is_taken_and_the_words_are_kept(
    desk: Talker, office: Office, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    form = form_of(browser, person) | {"text": "Trop tard ?"}
    office.store.write(lambda: passes(person))
    refused = browser.post(f"/conversations/{person}/answer", data=form)
    assert refused.status_code == 409
    assert "wrote more than 24 hours ago" in words(refused.text)
    assert ">Trop tard ?</textarea>" in refused.text
    assert not models.Outgoing.select().exists()
    page = words(browser.get(f"/conversations/{person}").text)
    assert "The 24-hour window is closed." in page
    assert "No approved template is set." in page


@pytest.mark.parametrize(
    "settings",
    [
        {
            "GREFFIER_WHATSAPP_TEMPLATE_CONFIRMATION": "bonjour",
            "GREFFIER_WHATSAPP_TEMPLATE_LANGUAGE": "fr",
        }
    ],
)
def test_when_it_is_closed_the_template_may_be_sent_once(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    meta.approve_template("bonjour", "fr")
    person = desk.hears(amel, "Bonjour")
    amel.last_wrote_at = 0.0
    office.store.write(lambda: passes(person))
    browser = desk.browser()
    page = browser.get(f"/conversations/{person}").text
    assert "Send the template" in page
    assert 'id="answer"' not in page
    form = form_of(browser, person)
    for _ in range(2):
        browser.post(f"/conversations/{person}/template", data=form)
    desk.settles()
    (sent,) = amel.received
    assert sent.type == "template"
    row = desk.row()
    assert (row.kind, row.category, row.status) == ("template", "template", "delivered")
    assert (cast.LAWYER, "template sent", str(person), None) in audited()


@pytest.mark.parametrize(
    "settings",
    [
        {
            "GREFFIER_WHATSAPP_TEMPLATE_CONFIRMATION": "bonjour",
            "GREFFIER_WHATSAPP_TEMPLATE_LANGUAGE": "fr",
        }
    ],
)
def test_what_a_template_says_is_read_before_it_is_sent(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    meta.approve_template("bonjour", "en_US", text="Hello.")
    meta.approve_template("bonjour", "fr", text="Bonjour, écrivez-nous <b>ici</b> pour continuer.")
    person = desk.hears(amel, "Bonjour")
    office.store.write(lambda: passes(person))
    browser = desk.browser()
    assert "Meta has not told its text yet" in browser.get(f"/conversations/{person}").text

    desk.approved.hear(WhatsAppGateway(office.config.whatsapp).templates())

    page = browser.get(f"/conversations/{person}").text
    assert "Bonjour, écrivez-nous &lt;b&gt;ici&lt;/b&gt; pour continuer.</blockquote>" in page
    assert "Meta has not told its text yet" not in page


def test_an_answer_that_meta_refuses_for_the_window_waits_is_shown_and_taken_back(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    office.store.write(lambda: passes(person, timedelta(minutes=10)))
    browser = desk.browser()
    meta.fail_sends(131047)
    answer(browser, person, "Un mot.")
    until(lambda: desk.row().held == holds.WINDOW, 20)
    page = words(browser.get(f"/conversations/{person}").text)
    assert "goes out by itself when they write again, unless you take it back" in page
    assert "The 24-hour window is closed." in page, "Meta's word counts"

    row = desk.row()
    back = press(browser, f"/conversations/{person}/outgoing/{row.id}/back")
    assert back.location == f"/conversations/{person}#end"
    assert "Taken back: it was not sent" in words(browser.get(f"/conversations/{person}").text)
    desk.hears(amel, "Toujours là ?")
    desk.settles()
    assert amel.received == []
    assert (cast.LAWYER, "answer taken back", str(person), None) in audited()


def test_what_waits_for_the_window_goes_when_they_write_again(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    office.store.write(lambda: passes(person, timedelta(minutes=10)))
    meta.fail_sends(131047)
    answer(desk.browser(), person, "Un mot.")
    until(lambda: desk.row().held == holds.WINDOW, 20)
    desk.hears(amel, "Je suis là")
    desk.settles()
    assert [each.text for each in amel.received] == ["Un mot."]


def test_what_is_held_says_why_and_leaves_afterwards(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    meta.faults.always("send", Refuse(401, 190))
    browser = desk.browser()
    answer(browser, person, "Je vous appelle.")
    until(lambda: desk.row().held == holds.ALL, 20)
    page = words(browser.get(f"/conversations/{person}").text)
    assert "Nothing leaves for now" in page
    assert "waits, not sent yet" in page
    meta.faults.clear()
    office.outbox.resume()
    desk.comes_to("delivered")
    assert len(amel.received) == 1


def test_what_has_left_is_not_taken_back(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    answer(browser, person, "Un mot.")
    desk.settles()
    press(browser, f"/conversations/{person}/outgoing/{desk.row().id}/back")
    assert "too late to take this back" in words(browser.get(f"/conversations/{person}").text)
    assert desk.row().status == "delivered"


def test_what_greffier_says_by_itself_is_taken_back_by_nobody(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    meta.faults.always("send", Refuse(401, 190))
    office.answers.save_entry(HOURS)
    person = desk.hears(amel, "Vos horaires ?")
    until(lambda: models.Outgoing.select().where(models.Outgoing.held == holds.ALL).exists())
    row = models.Outgoing.get(models.Outgoing.kind == "faq")
    press(desk.browser(), f"/conversations/{person}/outgoing/{row.id}/back")
    assert models.Outgoing.get_by_id(row.id).held == holds.ALL


def test_somebody_without_a_number_is_answered_under_their_account(
    desk: Talker, meta: Meta
) -> None:
    leila = meta.phone(None, "Leïla", cast.MANSOUR_ID)
    person = desk.hears(leila, "Bonjour")
    browser = desk.browser()
    assert "They withhold their number" in words(browser.get(f"/conversations/{person}").text)
    answer(browser, person, "Bonjour Madame.")
    desk.settles()
    said = [each.text for each in leila.received]
    assert said.count("Bonjour Madame.") == 1, "beside what the hour brings about by itself"
    assert leila.received[-1].recipient == cast.MANSOUR_ID


def test_nobody_writes_to_somebody_of_whom_it_is_not_certain_who_they_are(
    desk: Talker, office: Office, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    form = form_of(browser, person) | {"text": "Votre affaire est gagnée."}
    change = IdentityChange(EventKind.IDENTITY_CHANGED, old_number=f"+{cast.BEN_YOUSSEF}")
    now = SystemClock().now()
    office.store.write(lambda: office.people.change(change, "wamid.CHANGE", now))
    refused = browser.post(f"/conversations/{person}/answer", data=form)
    assert refused.status_code == 409
    page = words(browser.get(f"/conversations/{person}").text)
    assert "It is not certain who this person is" in page
    assert "Decide who it is" in page
    assert 'id="answer"' not in browser.get(f"/conversations/{person}").text
    desk.settles()
    assert amel.received == []


def test_an_answer_that_waits_does_not_leave_once_its_reader_is_in_doubt(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    meta.faults.always("send", Refuse(401, 190))
    browser = desk.browser()
    answer(browser, person, "Votre affaire est gagnée.")
    until(lambda: desk.row().held == holds.ALL, 20)
    change = IdentityChange(EventKind.IDENTITY_CHANGED, old_number=f"+{cast.BEN_YOUSSEF}")
    now = SystemClock().now()
    office.store.write(lambda: office.people.change(change, "wamid.CHANGE", now))
    meta.faults.clear()
    office.outbox.resume()
    desk.comes_to("failed")
    assert "no longer certain who writes" in words(browser.get(f"/conversations/{person}").text)
    desk.settles()
    assert amel.received == []


def test_who_asked_for_silence_is_answered_by_people_and_the_page_warns(
    desk: Talker, amel: Phone
) -> None:
    person = desk.hears(amel, "STOP")
    before = len(amel.received)
    browser = desk.browser()
    assert "asked for no automatic messages" in words(browser.get(f"/conversations/{person}").text)
    answer(browser, person, "L'audience est reportée.")
    desk.settles()
    assert [each.text for each in amel.received[before:]] == ["L'audience est reportée."]


def test_a_stop_takes_back_no_answer_of_a_person(
    desk: Talker, office: Office, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    meta.faults.always("send", Refuse(401, 190))
    answer(desk.browser(), person, "L'audience est reportée.")
    until(lambda: desk.row().held == holds.ALL, 20)
    amel.writes("STOP")
    meta.settle()
    until(lambda: models.Correspondent.get_by_id(person).opted_out_at is not None)
    meta.faults.clear()
    office.outbox.resume()
    until(lambda: "L'audience est reportée." in [each.text for each in amel.received], 20)


# Two people.


def test_two_people_do_not_answer_at_once_by_accident(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    salma, nour = desk.browser(), desk.browser(NOUR, "assistant")
    hers = form_of(nour, person)
    answer(salma, person, "Je m'en occupe.")
    refused = nour.post(f"/conversations/{person}/answer", data=hers | {"text": "Moi aussi."})
    assert refused.status_code == 409
    assert f"\u2068{cast.LAWYER}\u2069 has answered meanwhile" in words(refused.text)
    assert ">Moi aussi.</textarea>" in refused.text
    assert 'name="insists"' in refused.text

    insisting = hers | {"text": "Moi aussi.", "insists": "1"}
    assert nour.post(f"/conversations/{person}/answer", data=insisting).status_code == 302
    desk.settles()
    assert [each.text for each in amel.received] == ["Je m'en occupe.", "Moi aussi."]


def test_who_is_answering_is_shown_to_the_others_and_goes_first(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    salma, nour = desk.browser(), desk.browser(NOUR, "assistant")
    assert press(salma, f"/conversations/{person}/claim").json == {"answering": None}
    told = press(nour, f"/conversations/{person}/claim").json["answering"]
    assert f"{cast.LAWYER}\u2069 is writing an answer" in told
    for address in (f"/conversations/{person}?part=1", "/conversations?part=1"):
        assert f"{cast.LAWYER}" in nour.get(address).text
        assert f"{cast.LAWYER}\u2069 is" not in salma.get(address).text

    assert answer(nour, person, "Moi d'abord.").status_code == 409
    answer(salma, person, "Bonjour.")
    assert press(nour, f"/conversations/{person}/claim").json == {"answering": None}
    desk.settles()
    assert [each.text for each in amel.received] == ["Bonjour."]


def test_a_claim_ends_by_itself(desk: Talker, office: Office, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    salma, nour = desk.browser(), desk.browser(NOUR, "assistant")
    press(salma, f"/conversations/{person}/claim")
    table = models.ThreadClaim
    past = SystemClock().now() - timedelta(seconds=1)
    office.store.write(lambda: table.update(until_at=past).execute())
    assert answer(nour, person, "Bonjour.").status_code == 302


def test_a_note_is_never_sent(desk: Talker, meta: Meta, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    form = form_of(browser, person) | {"note": "Rappeler avant vendredi."}
    for _ in range(2):
        assert browser.post(f"/conversations/{person}/note", data=form).status_code == 302
    desk.settles()
    page = words(browser.get(f"/conversations/{person}").text)
    assert "Internal note, never sent · Salma Trabelsi Rappeler avant vendredi." in page
    assert models.ThreadNote.select().count() == 1
    assert meta.accepted == []
    assert not models.Outgoing.select().exists()
    assert (cast.LAWYER, "note written", str(person), None) in audited()
    assert "Rappeler" not in str(audited())
