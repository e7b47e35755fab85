"""A document of the dossier goes to its client: the right one, to them, once, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.firm.parties import EventKind, IdentityChange
from appliance.firm.register import Register
from appliance.outbox import enclosures, forgetting, holds, leaving
from appliance.outbox.enclosures import MB
from appliance.simulator.faults import Cut, Refuse
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows, work
from appliance.store.models import Safety
from appliance.store.models.access import Access
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

MANDATE = cast.pdf("MANDAT")
AMINE = "Amine Zouari"
SEAL = re.compile(r'name="seal" value="([0-9a-f]+)"')
OFFERED = re.compile(r'type="radio" name="document" value="(\d+)"')


@pytest.fixture
def desk(office: Office, meta: Meta) -> Talker:
    return talker_of(office, meta)


@pytest.fixture
def amel(meta: Meta) -> Phone:
    return meta.phone(cast.BEN_YOUSSEF, "Amel")


def filed(desk: Talker, phone: Phone, data: bytes = MANDATE, name: str = "mandat.pdf") -> int:
    """A document of theirs, filed, looked into, and what Greffier said of it said."""
    mime = "image/jpeg" if name.endswith(".jpg") else "application/pdf"
    wamid = phone.sends(data, filename=name, mime_type=mime)
    desk.settles()
    document = models.Message.get(wamid=wamid).document
    assert document.safety == Safety.OK
    return int(document.id)


def person_of(phone: Phone) -> int:
    found = models.Message.select().where(models.Message.sender == f"+{phone.number}")
    return int(found.order_by(models.Message.id.desc()).get().correspondent_id)


def papers(phone: Phone) -> list[tuple[str, str]]:
    """The documents that reached them, by the names that they see, and the words beside."""
    return [
        (sent.body[sent.type].get("filename", ""), sent.text)
        for sent in phone.received
        if sent.type in ("document", "image")
    ]


def ask(
    browser: FlaskClient, person: int, document: int, text: str = "", **more: str
) -> tuple[TestResponse, dict[str, str]]:
    """Choose it: the page that shows what would be sent, and the form on it."""
    form = form_of(browser, person) | {"document": str(document), "text": text} | more
    shown = browser.post(f"/conversations/{person}/document", data=form)
    seal = SEAL.search(shown.text)
    return shown, form | ({"seal": seal[1]} if seal else {})


def give(browser: FlaskClient, person: int, document: int, text: str = "") -> TestResponse:
    """Choose it, look, and say yes."""
    shown, form = ask(browser, person, document, text)
    assert shown.status_code == 200, words(shown.text)
    return browser.post(f"/conversations/{person}/document", data=form)


def ready(desk: Talker, phone: Phone) -> tuple[FlaskClient, int, int]:
    document = filed(desk, phone)
    return desk.browser(), person_of(phone), document


def change(desk: Talker, document: int, **values: object) -> None:
    desk.office.store.write(lambda: rows.update(models.Document, document, **values))


def is_held(desk: Talker, by: str) -> Callable[[], bool]:
    return lambda: desk.row().held == by


def also_of(office: Office, name: str) -> None:
    """Amel's number is this client's, too."""
    client = models.Client.get(models.Client.name == name)
    contact = models.Contact.get(models.Contact.value == f"+{cast.BEN_YOUSSEF}")
    values = {**contact.__data__, "id": None, "client": client.id}
    office.store.write(lambda: models.Contact.create(**values))


def stopped(desk: Talker, meta: Meta) -> None:
    """Meta takes nothing: whatever is posted waits."""
    meta.faults.always("upload", Refuse(401, 190))
    meta.faults.always("send", Refuse(401, 190))


def kept_back(desk: Talker, meta: Meta, phone: Phone) -> tuple[FlaskClient, int, int]:
    """A document to which somebody said yes, and which waits, since Meta takes nothing."""
    browser, person, document = ready(desk, phone)
    stopped(desk, meta)
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    return browser, person, document


def goes_on(desk: Talker, meta: Meta) -> None:
    meta.faults.clear()
    desk.office.outbox.resume()


# It arrives.


def test_a_document_is_shown_before_it_is_sent_and_followed_to_read(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    quiet = len(meta.accepted)
    shown, form = ask(browser, person, document, "Votre mandat signé.")
    page = words(shown.text)
    name = models.Document.get_by_id(document).name
    for told in ("Amel Ben Youssef", f"+{cast.BEN_YOUSSEF}", name, "2026-0042", "Votre mandat"):
        assert told in page
    assert not models.Outgoing.select().where(models.Outgoing.author.is_null(False)).exists()
    assert (len(meta.accepted), meta.uploads) == (quiet, 0), "nothing leaves before the yes"

    sent = browser.post(f"/conversations/{person}/document", data=form)
    assert sent.location == f"/conversations/{person}#text"
    desk.settles()
    assert papers(amel) == [(name, "Votre mandat signé.")]
    assert meta.file_of(amel.received[-1]) == MANDATE
    amel.reads()
    desk.settles()

    row = desk.row()
    assert (row.status, row.kind, row.category) == ("read", "enclosure", "service")
    talk = browser.get(f"/conversations/{person}").text
    bubble = talk[talk.index(f'id="b1-{row.id}"') :]
    assert f'href="/documents/{document}"' in bubble
    assert "read" in words(bubble)
    told = (cast.LAWYER, "document sent", f"document:{document}", f"correspondent:{person}")
    assert told in audited()


def test_it_stands_in_the_dossier_and_with_the_document(desk: Talker, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    give(browser, person, document)
    desk.settles()
    name = models.Document.get_by_id(document).name
    dossier = models.Document.get_by_id(document).dossier_id
    history = words(browser.get(f"/dossiers/{dossier}/history").text).translate(
        {0x2068: None, 0x2069: None}
    )
    assert f"“{name}” sent to the client (+{cast.BEN_YOUSSEF}) by {cast.LAWYER}" in history
    assert "delivered" in history


def test_a_photo_goes_as_a_photo_and_quotes_what_it_answers(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    document = filed(desk, amel, cast.photo("Constat"), "constat.jpg")
    person, browser = person_of(amel), desk.browser()
    first = models.Message.get().wamid
    shown, form = ask(browser, person, document, quotes=first)
    assert "A photo, without a name." in words(shown.text)
    browser.post(f"/conversations/{person}/document", data=form)
    desk.settles()
    sent = amel.received[-1]
    assert (sent.type, sent.body["context"]) == ("image", {"message_id": first})
    assert set(sent.body["image"]) == {"id"}


def test_the_send_button_shows_a_chosen_document_first(desk: Talker, amel: Phone) -> None:
    """Somebody chooses one and presses Send, as for words alone: nothing leaves by that."""
    browser, person, document = ready(desk, amel)
    form = form_of(browser, person) | {"document": str(document), "text": "Voici."}
    shown = browser.post(f"/conversations/{person}/answer", data=form)
    assert "Send this document?" in words(shown.text)
    assert not models.Outgoing.select().where(models.Outgoing.author.is_null(False)).exists()


def test_the_same_form_sends_once_whatever_is_written_beside(desk: Talker, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document, "Un")
    for text in ("Un", "Un", "Deux"):
        said = browser.post(f"/conversations/{person}/document", data=form | {"text": text})
        assert said.status_code == 302
    desk.settles()
    assert [text for _, text in papers(amel)] == ["Un"]
    assert "sent before: it goes out once" in words(browser.get(f"/conversations/{person}").text)
    assert [each[1] for each in audited()].count("document sent") == 1


def test_words_alone_are_answered_as_before(desk: Talker, amel: Phone) -> None:
    browser, person, _ = ready(desk, amel)
    answer(browser, person, "Bonjour")
    desk.settles()
    assert amel.received[-1].text == "Bonjour"
    assert papers(amel) == []


def test_somebody_without_a_number_gets_it_under_their_account(desk: Talker, meta: Meta) -> None:
    leila = meta.phone(cast.MANSOUR, "Leïla", cast.MANSOUR_ID)
    document = filed(desk, leila)
    leila.hides_number()
    desk.hears(leila, "Bonjour")
    person = int(models.Message.get(models.Message.document == document).correspondent_id)
    browser = desk.browser()
    give(browser, person, document)
    desk.settles()
    assert len(papers(leila)) == 1


# What is offered.


def test_what_is_offered_is_found_by_words_of_name_or_dossier(desk: Talker, amel: Phone) -> None:
    first = filed(desk, amel, cast.pdf("un"), "Décision d'appel.pdf")
    second = filed(desk, amel, cast.pdf("deux"), "facture.pdf")
    browser, person = desk.browser(), person_of(amel)

    def found(find: str) -> list[int]:
        page = browser.get(f"/conversations/{person}?part=documents&find={find}").text
        return [int(each) for each in OFFERED.findall(page)]

    assert found("") == [second, first], "the newest first"
    assert found("decision") == [first]
    assert found("2026-0042 fact") == [second]
    assert found("rien") == []
    looked = browser.post(
        f"/conversations/{person}/document",
        data=form_of(browser, person) | {"find": "decis", "text": "Voici"},
    )
    assert OFFERED.findall(looked.text) == [str(first)], "without scripts, too"
    assert ">Voici</textarea>" in looked.text


WRONG = {
    "in quarantine": {"safety": Safety.QUARANTINED},
    "to be checked": {"safety": Safety.TO_CHECK},
    "not examined": {"safety": Safety.UNEXAMINED},
    "destroyed": {"destroyed_at": SystemClock().now()},
    "waiting to be filed": {"status": "pending"},
    "of a kind that Meta refuses": {"mime_type": "application/zip"},
    "too large a photo": {"mime_type": "image/png", "size": 5 * MB + 1},
    "too large": {"size": 100 * MB + 1},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_may_not_go_is_neither_offered_nor_sent(
    desk: Talker, meta: Meta, amel: Phone, wrong: str
) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document)
    change(desk, document, **WRONG[wrong])

    assert OFFERED.findall(browser.get(f"/conversations/{person}").text) == []
    shown, again = ask(browser, person, document)
    assert "seal" not in again
    assert "Not sent:" in words(shown.text)
    late = browser.post(f"/conversations/{person}/document", data=form)
    assert late.status_code == 409
    assert "Not sent:" in words(late.text)
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)


@pytest.mark.parametrize("settings", [{"GREFFIER_DOCUMENTS_ANTIVIRUS": "clamd://127.0.0.1:1"}])
def test_what_waits_for_the_scanner_is_not_sent(desk: Talker, meta: Meta, amel: Phone) -> None:
    amel.sends(MANDATE, filename="mandat.pdf")
    meta.settle()
    until(lambda: models.Document.select().where(models.Document.safety == "ok").exists(), 20)
    document = models.Document.get()
    person, browser = person_of(amel), desk.browser()
    shown, form = ask(browser, person, document.id)
    assert "scanned yet" in words(shown.text)
    assert "seal" not in form


def test_a_document_of_another_client_is_not_sent_even_if_its_id_is_typed(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    sami = meta.phone(cast.JAZIRI, "Sami")
    theirs = filed(desk, sami, cast.pdf("POLICE"), "police.pdf")
    browser, person, document = ready(desk, amel)
    page = browser.get(f"/conversations/{person}").text
    assert OFFERED.findall(page) == [str(document)]
    shown, form = ask(browser, person, theirs)
    assert "a client for whom this number does not stand" in words(shown.text)
    assert "seal" not in form
    seal = enclosures.seal_of(models.Document.get_by_id(theirs), f"+{cast.BEN_YOUSSEF}")
    forged = browser.post(f"/conversations/{person}/document", data=form | {"seal": seal})
    assert forged.status_code == 409
    desk.settles()
    assert papers(amel) == papers(sami) == []


def test_whom_the_list_does_not_name_gets_nothing(desk: Talker, meta: Meta, amel: Phone) -> None:
    """Somebody whom nobody knows writes; a document of anybody's is typed into the form."""
    document = filed(desk, amel)
    stranger = meta.phone(cast.STRANGER, "Inconnu")
    person, browser = desk.hears(stranger, "Bonjour"), desk.browser()
    assert "stands for no client" in words(browser.get(f"/conversations/{person}").text)
    _, form = ask(browser, person, document)
    assert "seal" not in form


def test_who_is_the_opponent_in_the_dossier_does_not_get_its_documents(
    desk: Talker, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document)
    register = Register(office.store, SystemClock())
    register.add_party("2026-0042", "opponent", "Son mari", f"+{cast.BEN_YOUSSEF}")
    assert OFFERED.findall(browser.get(f"/conversations/{person}").text) == []
    refused = browser.post(f"/conversations/{person}/document", data=form)
    assert "the opponent's in the dossier" in words(refused.text)
    desk.settles()
    assert papers(amel) == []


def test_another_client_of_the_same_number_is_named_before_it_is_sent(
    desk: Talker, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    also_of(office, "Sami Jaziri")
    shown, form = ask(browser, person, document)
    assert "stands for other clients of the firm, too: Sami Jaziri" in words(shown.text)
    assert "seal" in form


def test_a_name_that_names_another_client_is_pointed_out(
    desk: Talker, office: Office, amel: Phone
) -> None:
    document = filed(desk, amel, name="Contrat GHARBI Karim signé.pdf")
    browser, person = desk.browser(), person_of(amel)
    page = words(ask(browser, person, document)[0].text)
    assert "bears the name of another client: Karim Gharbi" in page
    office.cabinets.mover.rename(document, "Contrat de Karim", cast.LAWYER)
    assert "another client" not in words(ask(browser, person, document)[0].text)


def test_nobody_learns_of_a_client_whom_they_do_not_see_by_a_name(
    desk: Talker, office: Office, amel: Phone
) -> None:
    document = filed(desk, amel, name="Contrat Karim Gharbi.pdf")
    office.store.write(
        models.Dossier.update(access=Access.SHARED.value)
        .where(models.Dossier.reference == "2026-0042")
        .execute
    )
    desk.browser()  # she signs in: her dossiers are not everybody's
    his = desk.browser(AMINE)
    shown, form = ask(his, person_of(amel), document)
    assert "seal" in form
    assert "another client" not in words(shown.text)


def test_nobody_learns_that_a_number_is_a_clients_whom_they_do_not_see(
    desk: Talker, meta: Meta, office: Office
) -> None:
    """Somebody who wrote as a stranger, and whose number was written down since, behind a wall."""
    stranger = meta.phone("21698000333", "Inconnu")
    stranger.writes("Bonjour")
    desk.settles()
    hers, his, person = desk.browser(), desk.browser(AMINE), person_of(stranger)
    nobodys = "stands for no client in your list"
    assert nobodys in words(his.get(f"/conversations/{person}").text)
    client = models.Dossier.get(models.Dossier.reference == "2026-0042").client_id
    now = SystemClock().now()
    values = {"client": client, "kind": "phone", "value": "+21698000333", "created_at": now}
    office.store.write(lambda: rows.insert(models.Contact, **values))
    assert nobodys not in words(hers.get(f"/conversations/{person}").text)
    assert nobodys in words(his.get(f"/conversations/{person}").text)


def test_behind_a_wall_there_is_no_document(desk: Talker, meta: Meta, office: Office) -> None:
    """Amine sees one of the client's dossiers; of the other he learns nothing."""
    karim = meta.phone(cast.GHARBI, "Karim")
    ids = []
    for number, reference in enumerate(("2026-0017", "2026-0031")):
        wamid = karim.sends(cast.pdf(f"{number}"), filename=f"piece{number}.pdf")
        desk.settles()
        dossier = models.Dossier.get(models.Dossier.reference == reference)
        document = models.Message.get(wamid=wamid).document_id
        office.cabinets.mover.file_waiting(document, dossier.id, cast.LAWYER)
        ids.append(document)
    shared = models.Dossier.update(access=Access.SHARED.value)
    query = shared.where(models.Dossier.reference == "2026-0017")
    office.store.write(query.execute)
    hers, his = desk.browser(), desk.browser(AMINE)
    person = person_of(karim)
    assert len(OFFERED.findall(hers.get(f"/conversations/{person}").text)) == 2
    assert OFFERED.findall(his.get(f"/conversations/{person}").text) == [str(ids[0])]
    assert ask(his, person, ids[1])[0].status_code == 404
    assert ask(his, person, 10**9)[0].status_code == 404, "as if it were not there"
    _, form = ask(hers, person, ids[1])
    stolen = form | {"csrf_token": form_of(his, person)["csrf_token"]}
    assert his.post(f"/conversations/{person}/document", data=stolen).status_code == 404
    give(hers, person, ids[1])
    desk.settles()
    name = models.Document.get_by_id(ids[1]).name
    talk = his.get(f"/conversations/{person}").text
    assert name not in talk
    assert "a document (of another dossier)" in words(talk)


def test_an_administrator_sends_nothing(desk: Talker, amel: Phone) -> None:
    _, person, document = ready(desk, amel)
    admin = desk.browser("Admin", "admin")
    said = press(admin, f"/conversations/{person}/document", document=str(document))
    assert said.status_code == 403


# When it may not go just now.


def test_outside_the_window_nothing_is_taken(desk: Talker, office: Office, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document, "Voici")
    long_ago = SystemClock().now() - timedelta(hours=25)
    values = {"last_wrote_at": long_ago}
    office.store.write(lambda: rows.update(models.Correspondent, person, **values))
    for each in (form, {k: v for k, v in form.items() if k != "seal"}):
        refused = browser.post(f"/conversations/{person}/document", data=each)
        assert refused.status_code == 409
        assert "wrote more than 24 hours ago" in words(refused.text)
        assert ">Voici</textarea>" in refused.text
    desk.settles()
    assert papers(amel) == []


def doubt(office: Office) -> None:
    changed = IdentityChange(EventKind.IDENTITY_CHANGED, old_number=f"+{cast.BEN_YOUSSEF}")
    now = SystemClock().now()
    office.store.write(lambda: office.people.change(changed, "wamid.CHANGE", now))


def test_nobody_sends_to_somebody_in_doubt(desk: Talker, office: Office, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document)
    doubt(office)
    refused = browser.post(f"/conversations/{person}/document", data=form)
    assert refused.status_code == 409
    assert "not certain who this person is" in words(refused.text)
    form.pop("seal")
    asked = browser.post(f"/conversations/{person}/document", data=form)
    assert asked.status_code == 409
    assert not SEAL.search(asked.text)
    desk.settles()
    assert papers(amel) == []


def test_who_has_answered_meanwhile_is_named_and_one_may_insist(desk: Talker, amel: Phone) -> None:
    salma, person, document = ready(desk, amel)
    nour = desk.browser(cast.ASSISTANT, "assistant")
    _, form = ask(nour, person, document)
    answer(salma, person, "Je m'en occupe.")
    refused = nour.post(f"/conversations/{person}/document", data=form)
    assert refused.status_code == 409
    assert f"\u2068{cast.LAWYER}\u2069 has answered meanwhile" in words(refused.text)
    assert 'name="insists"' in refused.text
    assert SEAL.search(refused.text)
    said = nour.post(f"/conversations/{person}/document", data=form | {"insists": "1"})
    assert said.status_code == 302
    desk.settles()
    assert len(papers(amel)) == 1


def test_what_changed_since_it_was_shown_is_shown_again(
    desk: Talker, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    _, form = ask(browser, person, document)
    office.cabinets.mover.rename(document, "autre", cast.LAWYER)
    again = browser.post(f"/conversations/{person}/document", data=form)
    assert again.status_code == 409
    assert "has changed since this was shown" in words(again.text)
    seal = SEAL.search(again.text)
    assert seal
    said = browser.post(f"/conversations/{person}/document", data=form | {"seal": seal[1]})
    assert said.status_code == 302
    desk.settles()
    assert [name[-9:] for name, _ in papers(amel)] == ["autre.pdf"]


def test_too_many_words_beside_it_are_kept_and_refused(desk: Talker, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    shown, form = ask(browser, person, document, "x" * 1025)
    assert (shown.status_code, "seal" in form) == (422, False)
    assert "1024 characters at most" in words(shown.text)
    assert f">{'x' * 1025}</textarea>" in shown.text


# Between the yes and the leaving.


@pytest.mark.parametrize("wrong", ["in quarantine", "destroyed", "waiting to be filed"])
def test_what_changes_while_it_waits_does_not_leave(
    desk: Talker, meta: Meta, amel: Phone, wrong: str
) -> None:
    browser, person, document = kept_back(desk, meta, amel)
    change(desk, document, **WRONG[wrong])
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)
    assert desk.row().error in words(browser.get(f"/conversations/{person}").text)


def test_what_is_put_away_after_it_was_uploaded_does_not_leave(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.always("send", Refuse(401, 190))
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    assert (meta.uploads, desk.row().media_id is not None) == (1, True)
    change(desk, document, safety=Safety.QUARANTINED)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert papers(amel) == []
    assert desk.row().error == enclosures.PUT_AWAY


def test_a_document_that_went_to_another_client_does_not_leave(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    _, _, document = kept_back(desk, meta, amel)
    other = models.Dossier.get(models.Dossier.reference == "2026-0061")
    office.cabinets.mover.move(document, other.id, cast.LAWYER)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert papers(amel) == []


def test_moved_to_the_other_client_of_the_same_number_it_does_not_leave_either(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    """What somebody said yes to was a document of Amel's."""
    browser, person, document = ready(desk, amel)
    also_of(office, "Sami Jaziri")
    stopped(desk, meta)
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    other = models.Dossier.get(models.Dossier.reference == "2026-0061")
    office.cabinets.mover.move(document, other.id, cast.LAWYER)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), desk.row().error) == ([], enclosures.MOVED)


def test_what_was_given_another_name_does_not_leave_by_a_name_that_nobody_said_yes_to(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    stopped(desk, meta)
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    office.cabinets.mover.rename(document, "Aveux, pour nous seuls", cast.LAWYER)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), desk.row().error) == ([], enclosures.RENAMED)
    give(browser, person, document)
    desk.comes_to("delivered")
    assert len(papers(amel)) == 1


def test_what_waits_past_the_window_is_not_brought_and_goes_when_they_write_again(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    browser, person, _ = kept_back(desk, meta, amel)
    values = {"last_wrote_at": SystemClock().now() - timedelta(hours=25)}
    office.store.write(lambda: rows.update(models.Correspondent, person, **values))
    goes_on(desk, meta)
    until(is_held(desk, holds.WINDOW), 20)
    assert (papers(amel), meta.uploads) == ([], 0)
    assert "goes out by itself when they write again" in words(
        browser.get(f"/conversations/{person}").text
    )
    desk.hears(amel, "Bonjour")
    desk.comes_to("delivered")
    assert len(papers(amel)) == 1


def test_moved_to_another_dossier_of_the_client_it_leaves_from_there(
    desk: Talker, meta: Meta, office: Office
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    wamid = karim.sends(MANDATE, filename="mandat.pdf")
    desk.settles()
    document = models.Message.get(wamid=wamid).document_id
    first, second = (
        models.Dossier.get(models.Dossier.reference == each).id
        for each in ("2026-0017", "2026-0031")
    )
    office.cabinets.mover.file_waiting(document, first, cast.LAWYER)
    stopped(desk, meta)
    give(desk.browser(), person_of(karim), document)
    until(is_held(desk, holds.ALL), 20)
    office.cabinets.mover.move(document, second, cast.LAWYER)
    goes_on(desk, meta)
    desk.comes_to("delivered")
    assert (len(papers(karim)), desk.row().dossier_id) == (1, second)


def test_a_number_that_passed_on_gets_nothing(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    kept_back(desk, meta, amel)
    doubt(office)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)


def test_what_was_written_to_a_number_that_is_said_to_be_somebody_elses_does_not_leave(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    """The telephone is in other hands, and took every name along by which the client was known."""
    browser, person, document = ready(desk, amel)
    stopped(desk, meta)
    answer(browser, person, "Votre mandat est prêt")
    until(is_held(desk, holds.ALL), 20)
    written = desk.row().id
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    doubt(office)
    [event] = office.people.open_events()
    assert office.people.reject(event.id, cast.LAWYER)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    answered = models.Outgoing.get_by_id(written)
    assert (answered.status, answered.error) == ("failed", leaving.NOT_THEIRS)
    assert not any("mandat" in sent.text for sent in amel.received)
    assert papers(amel) == []


def test_a_number_that_the_list_names_no_more_gets_nothing(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    _, _, document = kept_back(desk, meta, amel)
    client = models.Document.get_by_id(document).client_id  # their number, and what was learnt
    gone = models.Contact.delete().where(models.Contact.client == client)
    office.store.write(gone.execute)
    goes_on(desk, meta)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)
    assert desk.row().error == enclosures.ANOTHERS


def test_what_waits_is_taken_back(desk: Talker, meta: Meta, amel: Phone) -> None:
    browser, person, _ = kept_back(desk, meta, amel)
    press(browser, f"/conversations/{person}/outgoing/{desk.row().id}/back")
    goes_on(desk, meta)
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)


# Meta's answers, and power cuts.


def test_what_meta_does_not_take_fails_with_the_reason(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.on("upload", Refuse(400, 100))
    give(browser, person, document)
    desk.comes_to("failed")
    page = words(browser.get(f"/conversations/{person}").text)
    assert "could not take our file" in page
    assert "send it another way" in page
    assert papers(amel) == []


def test_what_meta_cannot_open_fails_after_it_was_accepted(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.fail_sends(131053)
    give(browser, person, document)
    desk.comes_to("failed")
    assert "131053" in words(browser.get(f"/conversations/{person}").text)


@pytest.mark.parametrize("fault", [Cut(), Cut(after_accept=True), Refuse(500, 131000), "html"])
def test_an_upload_that_breaks_is_done_again_and_sent_once(
    desk: Talker, meta: Meta, amel: Phone, fault: object
) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.on("upload", fault)  # type: ignore[arg-type]
    give(browser, person, document)
    desk.comes_to("delivered")
    desk.settles()
    assert len(papers(amel)) == 1


def test_a_dead_token_holds_documents_like_all_else(desk: Talker, meta: Meta, amel: Phone) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.on("upload", Refuse(401, 190))
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    assert [hold.scope for hold in holds.open_holds()] == [holds.ALL]
    goes_on(desk, meta)
    desk.comes_to("delivered")


def test_a_send_whose_answer_is_lost_is_uncertain_and_not_repeated(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.receipts.on = False
    meta.faults.on("send", Cut(after_accept=True))
    give(browser, person, document)
    desk.comes_to("unknown")
    desk.settles()
    assert (len(papers(amel)), meta.uploads) == (1, 1)


def test_what_meta_holds_already_is_not_brought_twice(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.on("send", Refuse(503, 131016), Refuse(503, 131016))
    give(browser, person, document)
    desk.comes_to("delivered")
    assert (len(papers(amel)), meta.uploads) == (1, 1)


def test_an_upload_that_is_too_old_is_brought_again(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    meta.faults.always("send", Refuse(401, 190))
    give(browser, person, document)
    until(is_held(desk, holds.ALL), 20)
    row = desk.row()
    meta.expire_media(row.media_id)
    old = row.media_at - timedelta(days=26)
    office.store.write(lambda: rows.update(models.Outgoing, row.id, media_at=old))
    goes_on(desk, meta)
    desk.comes_to("delivered")
    assert len(papers(amel)) == 1


def posted(desk: Talker, meta: Meta, phone: Phone) -> models.Outgoing:
    """A document that is due, and that nobody has taken."""
    kept_back(desk, meta, phone)
    meta.faults.clear()
    now = SystemClock().now()
    desk.office.store.write(lambda: holds.end(holds.ALL, now))
    return desk.row()


def power_comes_back(desk: Talker, row: models.Outgoing) -> None:
    """As a start does: what the dead process held is free, or uncertain."""
    desk.office.outbox.recover(at_start=True)
    now = SystemClock().now()
    desk.office.store.write(lambda: work.release_interrupted(models.Outgoing, now))
    desk.office.outbox.deliver(row.id)


def test_power_fails_before_the_upload_or_after_it(desk: Talker, meta: Meta, amel: Phone) -> None:
    row = posted(desk, meta, amel)
    store, taking = desk.office.store, desk.office.outbox._taking
    for _ in range(2):
        now = SystemClock().now()
        held = store.write(lambda now=now: taking.reserve(row.id, now))
        assert isinstance(held, models.Outgoing)
        assert held.status == "queued", "nobody can have got it: it is not uncertain"
        desk.office.outbox._uploading.bring(held.document)  # and nothing is written of it
        store.write(lambda: work.release_interrupted(models.Outgoing, SystemClock().now()))
    power_comes_back(desk, row)
    desk.settles()
    assert (len(papers(amel)), meta.uploads) == (1, 3)
    assert desk.row().interruptions == 2


def written_down(desk: Talker, row: models.Outgoing) -> None:
    """Its document is at Meta, and its row says so."""
    store, outbox, now = desk.office.store, desk.office.outbox, SystemClock().now()
    held = store.write(lambda: outbox._taking.reserve(row.id, now))
    assert isinstance(held, models.Outgoing)
    media_id = outbox._uploading.bring(held.document)
    store.write(lambda: outbox._taking.brought(held, media_id, now))


def test_power_fails_after_the_upload_is_written_down(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    row = posted(desk, meta, amel)
    written_down(desk, row)
    power_comes_back(desk, row)
    desk.settles()
    assert (len(papers(amel)), meta.uploads) == (1, 1)


def test_power_fails_while_it_is_sent(desk: Talker, meta: Meta, amel: Phone) -> None:
    row = posted(desk, meta, amel)
    written_down(desk, row)
    outbox = desk.office.outbox
    desk.office.store.write(lambda: outbox._taking.take(row.id, SystemClock().now()))
    power_comes_back(desk, row)
    desk.settles()
    assert (desk.row().status, papers(amel)) == ("unknown", [])


def test_an_upload_that_ends_late_takes_the_row_from_nobody(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    row = posted(desk, meta, amel)
    store, outbox, now = desk.office.store, desk.office.outbox, SystemClock().now()
    late = store.write(lambda: outbox._taking.reserve(row.id, now))
    assert isinstance(late, models.Outgoing)
    store.write(lambda: rows.update(models.Outgoing, row.id, leased_until=now - timedelta(1)))
    again = store.write(lambda: outbox._taking.reserve(row.id, SystemClock().now()))
    assert isinstance(again, models.Outgoing)
    store.write(lambda: outbox._taking.brought(late, "stale", now))
    assert desk.row().media_id is None
    power_comes_back(desk, row)
    desk.settles()
    assert len(papers(amel)) == 1


def test_bytes_that_are_not_those_that_came_do_not_leave(
    desk: Talker, meta: Meta, office: Office, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    found = models.Document.get_by_id(document)
    for path in (office.premises.original(found.sha256), office.folder / found.local_path):
        path.chmod(0o600)
        path.write_bytes(b"x" * found.size)
    give(browser, person, document)
    desk.comes_to("failed")
    desk.settles()
    assert (papers(amel), meta.uploads) == ([], 0)


def test_old_rows_of_documents_that_went_are_kept_with_the_document(
    desk: Talker, amel: Phone
) -> None:
    browser, person, document = ready(desk, amel)
    give(browser, person, document)
    desk.settles()
    later = SystemClock().now() + timedelta(days=4000)
    row = desk.row()
    assert row.id not in {each.id for each in forgetting.old_rows(later)}
    change(desk, document, destroyed_at=SystemClock().now())
    assert row.id in {each.id for each in forgetting.old_rows(later)}
