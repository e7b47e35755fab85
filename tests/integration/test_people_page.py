"""The page of the people: who must be looked at again, who decides it, and the opposing parties."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.assembly import build
from appliance.config import Dashboard, read
from appliance.dashboard import people_board
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.people_board import PeopleBoard
from appliance.dashboard.people_page import HAPPENED, LONGEST
from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.parties import EventKind, IdentityChange
from appliance.firm.people import People, may_disclose
from appliance.firm.register import Register
from appliance.firm.scope import EVERYTHING
from appliance.firm.users import Users
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.database import Store
from appliance.wording import LANGUAGES
from tests.integration.conftest import (
    a_desk,
    environment,
)
from tests.integration.reading import token_of, words
from tests.support import Hands

PASSWORD = "un mot de passe long"
BEN_YOUSSEF = f"+{cast.BEN_YOUSSEF}"
NEW = "+21655444333"
OLD_ID, NEW_ID = "TN.111000111", "TN.777000777"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")


@dataclass
class House:
    """The dashboard over a real store with the sample firm's clients."""

    store: Store
    clock: Hands
    users: Users
    people: People
    register: Register

    def browser(self, role: str | None) -> FlaskClient:
        browser = self._door().test_client()
        if role:
            self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def _door(self) -> Any:
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            people=PeopleBoard(self.people, self.register, "TN"),
            language="en",
        )
        return dashboard_door(desk, Dashboard(), b"k" * 32)

    def writes(self, number: str, user_id: str | None, name: str = "Amel") -> models.Correspondent:
        """Somebody writes; what is seen of them is kept."""
        now = self.clock.now()
        know = self.people.correspondent_of
        found: models.Correspondent = self.store.write(
            lambda: know(number, user_id, None, name, now)
        )
        return found

    def changes(self, kind: EventKind, **values: str) -> int:
        """Meta says that somebody changed; the event."""
        change = IdentityChange(kind, **values)
        wamid = f"wamid.{kind}.{models.IdentityEvent.select().count()}"
        self.store.write(lambda: self.people.change(change, wamid, self.clock.now()))
        return int(self.people.open_events()[-1].id)

    def new_number(self) -> int:
        """Mme Ben Youssef has another number, says Meta."""
        self.writes(BEN_YOUSSEF, OLD_ID)
        return self.changes(
            EventKind.NUMBER_CHANGED,
            old_number=BEN_YOUSSEF,
            new_number=NEW,
            old_user_id=OLD_ID,
            new_user_id=NEW_ID,
        )

    def event(self, event_id: int) -> models.IdentityEvent:
        found: models.IdentityEvent = models.IdentityEvent.get_by_id(event_id)
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        register = Register(store, clock)
        register.import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        yield House(store, clock, Users(store, clock, 12), People(store, clock), register)


@pytest.fixture
def lawyer(house: House) -> FlaskClient:
    return house.browser("avocat")


def press(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/"), **form})


def audited() -> list[tuple[str, str, str]]:
    rows = models.AuditEntry.select().order_by(models.AuditEntry.id)
    kept = [(row.actor, row.action, row.subject) for row in rows]
    return [each for each in kept if each[1] not in {"user added", "signed in"}]


# Who must be looked at again.


def test_without_doubts_the_page_says_that_there_is_nothing_to_do(lawyer: FlaskClient) -> None:
    page = lawyer.get("/people").text
    assert "Nobody is in doubt: nothing to do." in page
    assert "Still the same person</button>" not in page
    assert "It is not certain who" not in lawyer.get("/").text


def test_a_doubt_says_who_what_and_when(house: House, lawyer: FlaskClient) -> None:
    house.new_number()
    said = words(lawyer.get("/people").text)
    assert "Amel Ben Youssef" in said, "by the name that the firm has for her"
    assert (
        "WhatsApp says that this person has another number. "
        f"Before: the number {BEN_YOUSSEF}. Now: the number {NEW}."
    ) in said
    assert "23/11/2026, 10:00" in said
    assert "waits to be filed" in said


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        (
            EventKind.USER_ID_CHANGED,
            {"old_user_id": OLD_ID, "new_user_id": NEW_ID},
            f"Before: the WhatsApp account {OLD_ID}. Now: the WhatsApp account {NEW_ID}.",
        ),
        (
            EventKind.IDENTITY_CHANGED,
            {"old_number": BEN_YOUSSEF},
            f"installed WhatsApp again: the number {BEN_YOUSSEF}.",
        ),
        (
            EventKind.NUMBER_CHANGED,
            {"new_number": NEW},
            f"Before: unknown to us. Now: the number {NEW}.",
        ),
    ],
)
def test_what_meta_says_is_said_in_a_sentence(
    house: House, lawyer: FlaskClient, kind: EventKind, values: dict[str, str], sentence: str
) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID)
    house.changes(kind, **values)
    assert sentence in words(lawyer.get("/people").text)


def test_another_account_and_another_number_are_said_apart(
    house: House, lawyer: FlaskClient
) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID)
    house.writes(BEN_YOUSSEF, NEW_ID)
    house.writes(NEW, NEW_ID)
    said = words(lawyer.get("/people").text)
    assert "from another WhatsApp account" in said
    assert "from another number" in said
    assert "2 people are" in words(lawyer.get("/").text)


def test_two_people_at_once_are_both_named(house: House, lawyer: FlaskClient) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID)
    house.writes("+21698000111", NEW_ID, "Karim")
    house.writes(BEN_YOUSSEF, NEW_ID)
    said = words(lawyer.get("/people").text)
    assert f"from the number {BEN_YOUSSEF}, which is this person's" in said
    assert f"from the WhatsApp account {NEW_ID}, which is somebody else's: Karim." in said


def test_a_client_whom_they_do_not_see_is_not_named(house: House, lawyer: FlaskClient) -> None:
    house.new_number()
    (name,) = (
        models.Client.select(models.Client.name)
        .join(models.Contact)
        .where(models.Contact.value == BEN_YOUSSEF)
        .tuples()
        .first()
    )
    assert name in words(lawyer.get("/people").text)
    house.users.add("Me Sami", "avocat", None, PASSWORD)
    walled = {"lawyer": "Me Sami", "access": "walled"}
    house.store.write(models.Dossier.update(**walled).execute)
    shown = words(lawyer.get("/people").text)
    assert "Amel" in shown
    assert name not in shown


def test_somebody_known_by_the_new_number_is_named(house: House, lawyer: FlaskClient) -> None:
    house.writes(NEW, None, "Karim")
    house.new_number()
    assert "Somebody else is known by the new ones already: Karim." in words(
        lawyer.get("/people").text
    )


def test_whose_new_number_is_another_clients_is_called_by_their_own_name(
    house: House, lawyer: FlaskClient
) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID)
    gharbi = f"+{cast.GHARBI}"
    house.changes(EventKind.NUMBER_CHANGED, old_number=BEN_YOUSSEF, new_number=gharbi)
    page = lawyer.get("/people").text
    assert '<h3 id="doubt-1"><bdi>Amel Ben Youssef</bdi></h3>' in page


def test_when_everybody_is_in_doubt_the_page_stays_readable(
    house: House, lawyer: FlaskClient
) -> None:
    for number in range(people_board.DOUBTS + 1):
        house.changes(EventKind.IDENTITY_CHANGED, old_number=f"+216980{number:05}")
    page = lawyer.get("/people").text
    assert page.count('class="doubt"') == people_board.DOUBTS
    assert f"{people_board.DOUBTS} of {people_board.DOUBTS + 1} are shown" in page


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(HAPPENED) == set(EventKind)


def test_today_says_it_and_leads_there(house: House, lawyer: FlaskClient) -> None:
    house.new_number()
    page = lawyer.get("/").text
    assert "It is not certain who 1 person is" in page
    assert re.search(r'href="/people"[^>]*>Decide who it is</a>', page)


# Who decides.


def test_still_the_same_person_is_a_client_again(house: House) -> None:
    role = "avocat"
    event_id = house.new_number()
    browser = house.browser(role)
    assert press(browser, f"/people/{event_id}/same").location == "/people"

    event = house.event(event_id)
    assert (event.verdict, event.settled_by) == ("confirmed", role)
    assert may_disclose(event.correspondent)
    assert house.register.candidates(NEW, NEW_ID)
    assert audited() == [(role, "identity confirmed", str(event_id))]
    page = browser.get("/people").text
    assert "Written down: still the same person." in page
    assert "Nobody is in doubt" in page


def test_somebody_else_is_a_stranger(house: House, lawyer: FlaskClient) -> None:
    event_id = house.new_number()
    press(lawyer, f"/people/{event_id}/other")

    assert house.event(event_id).verdict == "rejected"
    assert not house.register.candidates(NEW, NEW_ID)
    assert house.register.candidates(BEN_YOUSSEF, OLD_ID)
    assert audited() == [("avocat", "identity rejected", str(event_id))]
    assert "Written down: somebody else" in lawyer.get("/people").text


def test_while_another_doubt_is_open_the_page_promises_nothing(
    house: House, lawyer: FlaskClient
) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID)
    first = house.changes(EventKind.IDENTITY_CHANGED, old_number=BEN_YOUSSEF)
    house.clock.pass_(timedelta(minutes=1))
    house.changes(EventKind.IDENTITY_CHANGED, old_number=BEN_YOUSSEF)
    press(lawyer, f"/people/{first}/same")

    page = lawyer.get("/people").text
    assert "There is another doubt about the same person" in page
    assert not may_disclose(house.event(first).correspondent)


@pytest.mark.parametrize("verdict", ["same", "other"])
def test_what_somebody_has_decided_is_not_decided_again(
    house: House, lawyer: FlaskClient, verdict: str
) -> None:
    event_id = house.new_number()
    house.people.confirm(event_id, "Nour")
    press(lawyer, f"/people/{event_id}/{verdict}")
    assert "Somebody has decided that before" in lawyer.get("/people").text
    assert house.event(event_id).settled_by == "Nour"
    assert audited() == []


@pytest.mark.parametrize("event_id", ["999", str(2**63 - 1)])
def test_an_event_that_never_was_is_decided_by_nobody(lawyer: FlaskClient, event_id: str) -> None:
    press(lawyer, f"/people/{event_id}/same")
    assert "nothing was done" in lawyer.get("/people").text
    assert press(lawyer, f"/people/{2**63}/same").status_code == 404


def test_an_assistant_sees_it_and_decides_nothing(house: House) -> None:
    event_id = house.new_number()
    assistant = house.browser("assistant")
    page = assistant.get("/people").text
    assert "Amel Ben Youssef" in page
    assert "A lawyer decides this." in page
    assert "<button>Add</button>" not in page
    for path in (f"/people/{event_id}/same", f"/people/{event_id}/other", "/people/parties"):
        assert press(assistant, path, **party()).status_code == 403
    assert house.people.open_events()
    assert not models.Party.select().where(models.Party.name == "Société Z").exists()


def test_who_is_not_signed_in_sees_and_does_nothing(house: House) -> None:
    event_id = house.new_number()
    stranger = house.browser(None)
    assert stranger.get("/people").location == "/login"
    token = {"csrf_token": token_of(stranger, "/login")}
    assert stranger.post(f"/people/{event_id}/same", data=token).location == "/login"
    assert house.people.open_events()


def test_a_form_without_its_token_does_nothing(house: House, lawyer: FlaskClient) -> None:
    event_id = house.new_number()
    assert lawyer.post(f"/people/{event_id}/same").status_code == 400
    assert lawyer.post("/people/parties", data=party()).status_code == 400
    assert house.people.open_events()


# The other side.


def party(**changed: str) -> dict[str, str]:
    return {"dossier": "2026-0055", "name": "Société Z", "number": ""} | changed


def parties() -> list[tuple[str, str, str | None]]:
    found = models.Party.select().order_by(models.Party.id)
    return [(row.dossier.reference, row.name, row.number) for row in found]


def test_without_opposing_parties_the_page_says_how_to_add_them(
    house: House, lawyer: FlaskClient
) -> None:
    house.store.write(lambda: models.Party.delete().execute())
    page = lawyer.get("/people").text
    assert "No opposing party is written down yet. Add them below" in page
    assert 'name="q"' not in page.partition("<main")[2]
    said = house.browser("assistant").get("/people").text
    assert "A lawyer adds them here." in said


def test_an_opposing_party_is_added_and_heard_of(house: House, lawyer: FlaskClient) -> None:
    before = len(parties())
    answer = press(lawyer, "/people/parties", **party(number="98 000 111"))
    assert answer.location == "/people"
    assert parties()[before:] == [("2026-0055", "Société Z", "+21698000111")]
    assert house.register.opposes("+21698000111", None, None)
    assert audited() == [("avocat", "opposing party added", "2026-0055: Société Z")]
    said = words(lawyer.get("/people").text)
    assert (
        "\u2068Société Z\u2069 is an opposing party in the dossier \u20682026-0055\u2069." in said
    )
    assert "Société Z +21698000111" in said


def test_the_same_party_again_is_said_to_be_known(house: House, lawyer: FlaskClient) -> None:
    press(lawyer, "/people/parties", **party())
    press(lawyer, "/people/parties", **party(name="  SOCIETE \u202e z\u200b "))
    assert len(parties()) == 1 + len([each for each in parties() if each[1] != "Société Z"])
    assert "was an opposing party in the dossier" in lawyer.get("/people").text
    assert len(audited()) == 1


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"dossier": "2099-1"}, "dossier", "The firm has no dossier of this reference."),
        ({"dossier": ""}, "dossier", "The firm has no dossier of this reference."),
        ({"dossier": "2" * 201}, "dossier", "This is too long"),
        ({"name": ""}, "name", "Write the name of the opposing party."),
        ({"name": "—"}, "name", "Write the name of the opposing party."),
        ({"name": "Z" * 201}, "name", "This is too long"),
        ({"number": "chez lui"}, "number", "This is not a phone number."),
        ({"number": "12"}, "number", "This is not a phone number."),
        ({"number": "0" * 201}, "number", "This is too long"),
    ],
)
def test_a_fault_is_said_beside_its_field_and_nothing_is_added(
    house: House, lawyer: FlaskClient, changed: dict[str, str], field: str, sentence: str
) -> None:
    before = parties()
    answer = press(lawyer, "/people/parties", **party(**changed))
    assert answer.status_code == 422
    assert answer.text.count('role="alert"') == 1
    assert f'id="wrong-{field}" role="alert">{sentence}' in answer.text
    assert f'aria-describedby="hint-{field} wrong-{field}" aria-invalid="true" autofocus' in (
        answer.text
    )
    assert changed[field] in answer.text
    assert parties() == before


def test_all_faults_are_said_together_and_the_first_field_is_where_one_writes(
    lawyer: FlaskClient,
) -> None:
    answer = press(lawyer, "/people/parties", dossier="?", name="", number="?")
    assert answer.text.count('role="alert"') == 3
    assert answer.text.count("autofocus") == 1
    assert answer.text.index("autofocus") < answer.text.index('id="wrong-dossier"')


def test_opposing_parties_stand_under_their_dossier_and_are_found_by_a_word(
    house: House, lawyer: FlaskClient
) -> None:
    house.register.add_party("2026-0055", "opponent", "Société du Lac")
    house.register.add_party("2026-0055", "opponent", "Karim Zaïdi", "+21698000111")
    house.register.add_party("2026-0055", "witness", "Mounir Témoin")
    page = lawyer.get("/people").text
    assert page.count("<bdi>2026-0055</bdi>") == 1
    assert "Mounir" not in page
    for sought in ("zaidi KARIM", "2026-0055", "lac"):
        assert "<bdi>2026-0055</bdi>" in lawyer.get("/people", query_string={"q": sought}).text
    for sought in ("zaidi lac", "%", "nobody"):
        said = lawyer.get("/people", query_string={"q": sought}).text
        assert "No opposing party is found under these words." in said, sought
    assert "Show all" in said


def test_a_long_list_is_cut_and_says_so(house: House, lawyer: FlaskClient) -> None:
    known = models.Party.select().count()
    for number in range(people_board.SHOWN + 1 - known):
        house.register.add_party("2026-0055", "opponent", f"Adversaire {number}")
    shown = people_board.SHOWN
    assert f"{shown} of {shown + 1} are shown" in lawyer.get("/people").text


# For everybody.


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_there_in_every_language(
    house: House, lawyer: FlaskClient, language: str
) -> None:
    house.new_number()
    page = lawyer.get(f"/people?lang={language}").text
    assert f'<html lang="{language}"' in page
    assert "%(" not in page
    assert f'<bdi dir="ltr" class="number">{NEW}</bdi>' in page


def test_hostile_names_are_only_text(house: House, lawyer: FlaskClient) -> None:
    house.writes(BEN_YOUSSEF, OLD_ID, HOSTILE)
    house.changes(EventKind.IDENTITY_CHANGED, old_number=BEN_YOUSSEF)
    house.writes("+21698000111", NEW_ID, HOSTILE)
    house.writes("+21698000222", "TN.5", HOSTILE)
    house.writes("+21698000111", "TN.5", HOSTILE)
    hostile = HOSTILE[:LONGEST]
    press(lawyer, "/people/parties", **party(name=hostile))
    pages = [lawyer.get("/people"), lawyer.get("/people", query_string={"q": hostile})]
    pages.append(press(lawyer, "/people/parties", dossier=hostile, name=hostile, number=hostile))
    for page in pages:
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{7*7}}" in page.text
        assert not INLINE.search(page.text.replace("onerror=alert(2)", ""))
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert pages[0].text.count("&lt;script&gt;alert(1)") >= 5


def test_the_appliance_itself_has_the_page(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> None:
    ports = {"GREFFIER_WEBHOOK_PORT": "0", "GREFFIER_DASHBOARD_PORT": "0"}
    built = build(read(None, environment(meta, mailbox) | ports, tmp_path), Hands())
    assert built.desk.people.seen(EVERYTHING).doubts == []
    assert built.desk.people.country == "TN"
    for door in (built.public, built.dashboard):
        door.open()
        door.close()
    built.jobs.drain()
    built.store.close()
