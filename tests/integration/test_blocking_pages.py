"""Where numbers are blocked and unblocked: in the pile, in a conversation, on the page People."""

import pytest
from flask.testing import FlaskClient

from appliance.clock import SystemClock
from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.demo import cast
from appliance.firm.access import AccessBook
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from appliance.store.models import Correspondent, Document, Dossier, Message
from appliance.store.models.access import Access
from appliance.wording import LANGUAGES
from tests.integration.conftest import Office, a_desk, triage_board
from tests.integration.reading import Inline, plain_words, press, send, token_of

PASSWORD = "un mot de passe long"
NOUR, SALMA = "Nour", "Salma Trabelsi"
SPAM = "21699000111"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"


class House:
    """The whole office, its dashboard, and somebody who sends advertising."""

    def __init__(self, office: Office, meta: Meta) -> None:
        self.office, self.meta, self.clock = office, meta, SystemClock()
        self.users = Users(office.store, self.clock, 12)
        triage = triage_board(office.store, self.clock, office.cabinets.mover)
        desk = a_desk(office.store, self.clock, users=self.users, language="en", triage=triage)
        self.app = dashboard_door(desk, Dashboard(), b"k" * 32)
        self.spammer, self.sent = meta.phone(SPAM, "Gagnez vite"), 0

    def browser(self, name: str = NOUR, role: str = "assistant") -> FlaskClient:
        if not any(user.name == name for user in self.users.everybody()):
            self.users.add(name, role, None, PASSWORD)
        browser = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def sends(self, phone: Phone | None = None) -> int:
        """A paper like no other; the document that it became."""
        self.sent += 1
        file = cast.pdf(f"OFFRE {self.sent}")
        wamid = (phone or self.spammer).sends(file, filename=f"offre {self.sent}.pdf")
        self.rests()
        return int(Message.get(wamid=wamid).document_id)

    def writes(self, words: str = "Bonjour") -> None:
        self.spammer.writes(words)
        self.rests()

    def rests(self) -> None:
        self.meta.settle()
        self.office.rests()
        self.meta.settle()

    @property
    def person(self) -> Correspondent:
        found: Correspondent = Message.get(sender=f"+{SPAM}").correspondent
        return found

    @property
    def talk(self) -> str:
        return f"/conversations/{self.person.id}"


@pytest.fixture
def house(office: Office, meta: Meta) -> House:
    return House(office, meta)


@pytest.fixture
def nour(house: House) -> FlaskClient:
    return house.browser()


def pile() -> list[int]:
    return [row.id for row in Document.select().where(Document.waits()).order_by(Document.id)]


def said(browser: FlaskClient, path: str) -> str:
    return plain_words(browser.get(path).text, " ")


# In the pile.


def test_a_key_of_the_pile_blocks_the_number_and_z_takes_it_all_back(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    ids = [house.sends(), house.sends()]
    other = house.sends(meta.phone("21655000222", "Un autre"))
    page = nour.get(f"/pending?at={ids[0]}").text
    assert 'data-key="l"' in page
    told = press(nour, "/pending/block", at=ids[0], why="publicité")
    assert f"+{SPAM} is blocked." in told
    assert "2 documents are set aside." in told
    assert pile() == [other]
    assert house.person.blocked_why == "publicité"

    house.sends()  # nobody hears of it
    told = press(nour, "/pending/undo")
    assert "Undone: 2 documents are as before." in told
    assert f"+{SPAM} is no longer blocked" in told
    assert "1 document of theirs stays set aside" in told
    assert pile() == [*ids, other]
    assert house.person.blocked_at is None


def test_what_came_from_a_blocked_number_says_so_among_what_is_set_aside(
    house: House, nour: FlaskClient
) -> None:
    house.writes()
    press(nour, f"{house.talk}/block")
    kept = house.sends()
    shown = said(nour, f"/pending?only=rejected&at={kept}")
    assert "its number is blocked — Greffier" in shown
    assert press(nour, "/pending/back", at=kept, only="rejected").count("waits again") == 1
    assert pile() == [kept]


def test_enter_in_the_field_for_the_reason_blocks(house: House, nour: FlaskClient) -> None:
    at = house.sends()
    press(nour, "/pending/enter", at=at, why="harcèlement")
    assert house.person.blocked_why == "harcèlement"


def test_blocking_is_not_offered_for_what_a_client_sent_and_is_refused_with_the_way_out(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    at = house.sends(meta.phone(cast.GHARBI, "Karim"))
    assert 'id="blocking"' not in nour.get(f"/pending?at={at}").text
    told = press(nour, "/pending/block", at=at)
    assert "This is a number of Karim Gharbi, and what a client sends is never put out" in told
    assert "remove it on the client's page" in told
    assert pile() == [at]
    assert Correspondent.select().where(Correspondent.blocked_at.is_null(False)).count() == 0


def test_a_document_of_which_no_message_tells_has_no_number_to_block(
    house: House, nour: FlaskClient
) -> None:
    at = house.sends()
    house.office.store.write(Message.update(document=None).execute)
    assert "It is not known who sent this" in press(nour, "/pending/block", at=at)


def test_who_may_only_look_under_broken_glass_does_not_block_by_any_door(house: House) -> None:
    at = house.sends()
    admin = house.browser("Root", "admin")
    form = {"csrf_token": token_of(admin, "/glass"), "reason": "a fault"}
    assert admin.post("/glass", data=form).status_code == 302
    assert 'id="blocking"' not in admin.get(f"/pending?at={at}").text
    for path in ("/pending/block", "/pending/enter", f"{house.talk}/block"):
        assert send(admin, path, at=at, why="x").status_code == 403
    assert house.person.blocked_at is None


# In a conversation, and on the page People.


def test_a_conversation_is_blocked_and_unblocked_and_says_what_came_since(
    house: House, nour: FlaskClient
) -> None:
    house.writes()
    assert 'id="blocking"' in nour.get(house.talk).text
    assert "is blocked." in press(nour, f"{house.talk}/block", why="publicité")
    house.sends()
    house.writes("Répondez !")
    shown = said(nour, house.talk)
    assert "Blocked by Nour" in shown
    assert "publicité" in shown
    assert "2 messages since then. 1 document came with them: it is set aside." in shown
    assert "This number is blocked, and nobody would see what they reply." in shown
    assert "is no longer blocked" in press(nour, f"{house.talk}/unblock")
    assert "Somebody has unblocked this number before" in press(nour, f"{house.talk}/unblock")
    assert "Blocked by" not in said(nour, house.talk)


def test_nobody_answers_a_number_that_is_blocked(house: House, nour: FlaskClient) -> None:
    house.writes()
    press(nour, f"{house.talk}/block")
    before = models.Outgoing.select().count()
    answer = send(nour, f"{house.talk}/answer", text="Bonjour", last="0")
    assert answer.status_code == 409
    assert "Not sent: this number is blocked" in plain_words(answer.text)
    assert models.Outgoing.select().count() == before


def test_a_blocked_conversation_stands_among_all_of_them_only(
    house: House, nour: FlaskClient
) -> None:
    house.writes()
    who = "Gagnez vite"
    assert who in said(nour, "/conversations?show=unread")
    press(nour, f"{house.talk}/assign", to=house.users.everybody()[0].id)
    press(nour, f"{house.talk}/block")
    house.writes("Encore")
    for show in ("open", "mine", "unassigned", "unread", "closing", "done"):
        assert who not in said(nour, f"/conversations?show={show}"), show
    listed = said(nour, "/conversations?show=all")
    assert who in listed
    assert "Blocked" in listed
    assert who not in said(nour, "/"), "Today says nothing of it"


def test_a_clients_conversation_does_not_offer_it_and_refuses(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    meta.phone(cast.GHARBI, "Karim").writes("Bonjour")
    house.rests()
    talk = f"/conversations/{Message.get().correspondent_id}"
    assert 'id="blocking"' not in nour.get(talk).text
    assert "This is a number of Karim Gharbi" in press(nour, f"{talk}/block")


def test_the_page_people_lists_who_is_blocked_and_hears_them_again(
    house: House, nour: FlaskClient
) -> None:
    assert "No number is blocked." in said(nour, "/people")
    house.writes()
    press(nour, f"{house.talk}/block", why=HOSTILE)
    house.sends()
    house.writes("Encore")
    page = nour.get("/people").text
    shown = plain_words(page, " ")
    assert f"+{SPAM}" in shown
    assert "2 messages, 1 document" in shown
    assert not Inline(page).found
    assert "{{7*7}}" in shown, "a reason is words"
    press(nour, f"/people/{house.person.id}/unblock")
    assert "No number is blocked." in said(nour, "/people")
    new = house.sends()
    assert pile() == [new]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_say_it_in_every_language(house: House, nour: FlaskClient, language: str) -> None:
    at = house.sends()
    word = {"fr": "Bloquer", "en": "Block", "ar": "حظر"}[language]
    for path in (f"/pending?at={at}&lang={language}", house.talk):
        assert word in nour.get(path).text
    press(nour, "/pending/block", at=at)
    word = {"fr": "Débloquer", "en": "Unblock", "ar": "رفع الحظر"}[language]
    for path in ("/people", house.talk):
        assert word in nour.get(path).text


def test_who_is_said_to_be_a_client_after_all_is_heard_and_nothing_they_sent_is_lost(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    """A client with a new telephone, taken for a stranger, until Meta says whose number it is."""
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.writes("Bonjour")
    document = house.sends()
    press(nour, f"{house.talk}/block")
    assert pile() == []
    karim.changes_number(SPAM)
    house.rests()
    [event] = house.office.people.open_events()

    press(house.browser(SALMA, "avocat"), f"/people/{event.id}/same")

    assert house.person.blocked_at is None
    assert pile() == [document]
    told = models.AuditEntry.select().where(models.AuditEntry.action == "block ended").get()
    assert (told.actor, told.subject) == (SALMA, f"correspondent:{house.person.id}")


def test_a_stranger_who_is_still_the_same_stays_blocked(house: House, nour: FlaskClient) -> None:
    house.writes()
    talk, person = house.talk, house.person.id
    press(nour, f"{talk}/block")
    house.spammer.changes_number("21699000999")
    house.rests()
    [event] = house.office.people.open_events()

    press(house.browser(SALMA, "avocat"), f"/people/{event.id}/same")

    assert Correspondent.get_by_id(person).blocked_at is not None
    house.sends()
    assert pile() == []


def test_a_conversation_of_a_client_in_doubt_does_not_offer_to_block_it(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.writes("Bonjour")
    house.rests()
    karim.changes_number("21699000222")
    house.rests()
    talk = f"/conversations/{Message.get(sender=f'+{cast.GHARBI}').correspondent_id}"

    assert 'id="blocking"' not in nour.get(talk).text
    assert "it may be a client: it was not blocked" in press(nour, f"{talk}/block")


# Walls.


def test_a_walled_clients_number_is_blocked_in_appearance_and_heard_all_the_same(
    house: House, nour: FlaskClient
) -> None:
    """To refuse it would tell that the firm knows the number; to mute it would lose a client."""
    house.writes()
    line = f"client;téléphone;dossier;avocat\nSecret;+{SPAM};2026-0900;{SALMA}\n"
    Register(house.office.store, house.clock).import_file(parse(line.encode(), "TN"))
    salma = house.browser(SALMA, "avocat")
    dossier = Dossier.get(Dossier.reference == "2026-0900")
    away = models.User.get(models.User.name == NOUR).id
    AccessBook(house.office.store, house.clock, house.users.audit).let_in(
        dossier.id, away, SALMA, is_open=False
    )

    assert 'id="blocking"' in nour.get(house.talk).text
    told = press(nour, f"{house.talk}/block")
    assert "is blocked." in told
    assert "Secret" not in told
    assert 'id="blocking"' not in salma.get(house.talk).text

    document = Document.get_by_id(house.sends())
    assert (document.status, document.dossier_id) == ("filed", dossier.id)
    assert house.person.blocked_at is None
    assert send(nour, f"{house.talk}/block").status_code == 404, "a walled client's by now"
    assert "No number is blocked." in said(nour, "/people")


def test_whoever_does_not_see_a_correspondent_neither_blocks_nor_unblocks_them(
    house: House, nour: FlaskClient, meta: Meta
) -> None:
    meta.phone(cast.GHARBI, "Karim").writes("Bonjour")
    house.rests()
    person = Message.get().correspondent_id
    house.browser(SALMA, "avocat")
    values = {"access": Access.WALLED.value, "lawyer": SALMA}
    house.office.store.write(models.Dossier.update(**values).execute)
    at = house.clock.now()
    house.office.store.write(
        lambda: rows.update(Correspondent, person, blocked_at=at, blocked_by=SALMA)
    )
    for path in (f"/conversations/{person}/unblock", f"/people/{person}/unblock"):
        assert send(nour, path).status_code == 404
    assert "Karim" not in said(nour, "/people")
    assert Correspondent.get_by_id(person).blocked_at is not None
