"""Clients and dossiers on the dashboard: lists, forms, numbers, parties, walls, the board."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard import clients_board, matters_board
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.door import dashboard_door
from appliance.firm.access import AccessBook
from appliance.firm.csv_import import parse
from appliance.firm.users import Users
from appliance.store import models
from appliance.wording import LANGUAGES
from tests.integration.archive import Archive
from tests.integration.conftest import a_desk, registry
from tests.integration.reading import plain_words as words
from tests.integration.reading import press, send, token_of

PASSWORD = "un mot de passe long"
SALMA, AMINE, NOUR = "Salma Trabelsi", "Amine Zouari", "Nour"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
BAIL = b"%PDF-1.7 bail"


class House:
    """The dashboard over a real archive; two lawyers, an assistant."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.users = Users(archive.store, archive.clock, 12)
        for name, role in ((SALMA, "avocat"), (AMINE, "avocat"), (NOUR, "assistant")):
            self.users.add(name, role, None, PASSWORD)
        desk = a_desk(
            archive.store,
            archive.clock,
            users=self.users,
            cabinet=CabinetBoard(archive.filing, lambda _: None),
            access=AccessBook(archive.store, archive.clock, self.users.audit),
        )
        self.app = dashboard_door(desk, Dashboard(), b"k" * 32)

    def browser(self, name: str = SALMA) -> FlaskClient:
        browser: FlaskClient = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def searchable(self) -> None:
        """What was changed is found."""
        registry(self.archive.store, self.archive.clock).indexer.catch_up()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Archive.opened(tmp_path) as archive:
        yield House(archive)


@pytest.fixture
def lawyer(house: House) -> FlaskClient:
    return house.browser()


def audited() -> list[tuple[str, str, str | None]]:
    found = models.AuditEntry.select().order_by(models.AuditEntry.id)
    kept = [(row.actor, row.action, row.subject) for row in found]
    return [each for each in kept if each[1] not in {"user added", "signed in"}]


def gharbi(house: House) -> int:
    return int(house.archive.client("Gharbi").id)


# Clients.


def test_the_list_of_clients_leads_to_each_and_counts_what_they_have(
    house: House, lawyer: FlaskClient
) -> None:
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    page = lawyer.get("/clients").text
    assert re.findall(r'href="/clients/\d+"><bdi>([^<]+)</bdi>', page) == ["Ben Youssef", "Gharbi"]
    assert "23/11/2026" in page


def test_many_clients_come_in_pages_and_nobody_is_left_out(
    house: House, lawyer: FlaskClient
) -> None:
    lines = "".join(f"Client {n:03}\n" for n in range(2 * clients_board.PAGE))
    house.archive.register.import_file(parse(f"client\n{lines}".encode(), "TN"))
    address, seen = "/clients", []
    while address:
        page = lawyer.get(address).text
        seen += re.findall(r'href="/clients/\d+"><bdi>([^<]+)</bdi>', page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""
    assert seen == sorted(seen)
    assert len(seen) == 2 * clients_board.PAGE + 2


def test_a_client_is_added_with_a_first_number_and_found_by_it(
    house: House, lawyer: FlaskClient
) -> None:
    form = {"name": " Leïla  Chébbi ", "number": "98 111 222", "vip": "1", "language": "ar"}
    said = press(lawyer, "/clients/new", **form)
    assert "Leïla Chébbi" in said
    client = models.Client.get(models.Client.name == "Leïla Chébbi")
    assert (client.vip, client.language, client.email) == (True, "ar", None)
    assert house.archive.register.candidates("+21698111222", None)[0].client_id == client.id
    assert audited()[-1] == (SALMA, "client added", f"client:{client.id}")
    house.searchable()
    assert "Leïla Chébbi" in lawyer.get("/clients?q=chebbi").text
    assert "Leïla Chébbi" in lawyer.get("/search?q=0021698111222").text


def test_everything_wrong_with_a_client_is_said_at_once_beside_its_field(
    house: House, lawyer: FlaskClient
) -> None:
    form = {"name": "-", "email": "a@b", "number": "chez lui", "language": "de"}
    answer = send(lawyer, "/clients/new", **form)
    assert answer.status_code == 422
    for field in ("name", "email", "number"):
        assert f'id="wrong-{field}" role="alert"' in answer.text
    assert answer.text.count('role="alert"') == 4
    assert answer.text.count("autofocus") == 1
    assert 'value="chez lui"' in answer.text, "what was written stays"
    assert models.Client.select().count() == 2


def test_a_name_that_another_client_has_is_refused(house: House, lawyer: FlaskClient) -> None:
    answer = send(lawyer, "/clients/new", name="GHARBI")
    assert answer.status_code == 422
    assert "Another client has this name" in answer.text
    changed = send(lawyer, f"/clients/{gharbi(house)}/edit", name="ben youssef")
    assert changed.status_code == 422
    assert house.archive.client("Gharbi")


def test_a_client_who_is_renamed_takes_the_folder_along(house: House, lawyer: FlaskClient) -> None:
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    form = {"name": "Gharbi Frères", "email": "g@exemple.tn", "language": "fr"}
    said = press(lawyer, f"/clients/{gharbi(house)}/edit", **form)
    assert "The client has the new name" in said
    assert "g@exemple.tn" in said
    assert house.archive.files[0].startswith("Gharbi Frères/")
    assert {each[1] for each in audited()} >= {"client changed", "client folder moved"}


def test_a_number_that_two_clients_have_is_said_to_wait(house: House, lawyer: FlaskClient) -> None:
    said = press(lawyer, f"/clients/{gharbi(house)}/numbers", number="20 000 001")
    assert "+21620000001 is also a number of Ben Youssef" in said
    assert len(house.archive.register.candidates("+21620000001", None)) == 2
    again = press(lawyer, f"/clients/{gharbi(house)}/numbers", number="20000001")
    assert "was a number of this client already" in again


def test_what_is_no_number_is_said_beside_the_field(house: House, lawyer: FlaskClient) -> None:
    answer = send(lawyer, f"/clients/{gharbi(house)}/numbers", number="chez lui")
    assert answer.status_code == 422
    assert 'id="wrong-number" role="alert"' in answer.text


def test_a_number_that_is_removed_names_its_client_no_more(
    house: House, lawyer: FlaskClient
) -> None:
    contact = models.Contact.get(models.Contact.client == gharbi(house))
    path = f"/clients/{gharbi(house)}/numbers/{contact.id}/remove"
    assert "is no longer a number" in press(lawyer, path)
    assert house.archive.register.candidates("+21620000002", None) == []
    assert "nothing was done" in press(lawyer, path)
    other = models.Contact.get()
    press(lawyer, f"/clients/{gharbi(house)}/numbers/{other.id}/remove")
    assert models.Contact.get_or_none(id=other.id), "another client's number is not theirs to give"


def test_a_client_page_says_what_waits(house: House, lawyer: FlaskClient) -> None:
    assert "Nothing waits for anybody." in lawyer.get(f"/clients/{gharbi(house)}").text
    house.archive.comes(BAIL, "Bail.pdf", "?Gharbi")
    said = words(lawyer.get(f"/clients/{gharbi(house)}").text)
    assert "1 document waits to be filed." in said
    assert "Bail.pdf" in said


def test_an_assistant_adds_clients_and_renames_none(house: House) -> None:
    nour = house.browser(NOUR)
    assert "Zied" in press(nour, "/clients/new", name="Zied")
    assert nour.get(f"/clients/{gharbi(house)}/edit").status_code == 403
    assert send(nour, f"/clients/{gharbi(house)}/edit", name="X").status_code == 403


# Dossiers.


def test_a_dossier_is_written_down_with_its_court(house: House, lawyer: FlaskClient) -> None:
    form = {
        "client": "gharbi",
        "reference": "2026-9",
        "title": "Expulsion",
        "court": "Tribunal de Tunis",
        "court_number": "RG 24/01234",
        "lawyer": SALMA,
        "label": "Bail 2",
    }
    said = press(lawyer, "/dossiers/new", **form)
    assert "RG 24/01234" in said
    dossier = house.archive.dossier("2026-9")
    assert (dossier.client.name, dossier.lawyer, dossier.label) == ("Gharbi", SALMA, "Bail 2")
    house.searchable()
    for spelling in ("24/1234", "rg 24-01234", "2024/1234", "RG 24/01234", "1234/24"):
        page = lawyer.get("/dossiers", query_string={"q": spelling}).text
        assert "2026-9" in page, spelling
    assert "2026-9" not in lawyer.get("/dossiers?q=24/1235").text


def test_everything_wrong_with_a_dossier_is_said_at_once(house: House, lawyer: FlaskClient) -> None:
    form = {"client": "Personne", "reference": "2026-7", "label": "x" * 25, "court": "y" * 201}
    answer = send(lawyer, "/dossiers/new", **form)
    assert answer.status_code == 422
    for field in ("client", "reference", "label", "court"):
        assert f'id="wrong-{field}" role="alert"' in answer.text
    assert models.Dossier.select().count() == 3


def test_a_label_that_names_the_other_side_is_refused(house: House, lawyer: FlaskClient) -> None:
    dossier = house.archive.dossier("2026-7")
    press(lawyer, f"/dossiers/{dossier.id}/parties", role="opponent", name="Société Zéphyr")
    answer = send(lawyer, f"/dossiers/{dossier.id}/edit", label="Contre ZEPHYR")
    assert answer.status_code == 422
    assert "do not name the other side" in answer.text
    assert "Saved." in press(lawyer, f"/dossiers/{dossier.id}/edit", label="Bail")


def test_an_opponent_that_is_added_is_heard_of_and_one_that_is_removed_is_not(
    house: House, lawyer: FlaskClient
) -> None:
    path = f"/dossiers/{house.archive.dossier('2026-7').id}/parties"
    said = press(lawyer, path, role="opponent", name="Société X", number="98 000 111")
    assert "Société Xopponent+21698000111" in said
    assert house.archive.register.opposes("+21698000111", None, None)
    house.searchable()
    assert "2026-7" in lawyer.get("/search?q=98000111").text
    party = models.Party.get()
    press(lawyer, f"{path}/{party.id}/remove")
    assert not house.archive.register.opposes("+21698000111", None, None)
    wrong = send(lawyer, path, role="king", name="", number="?")
    assert wrong.status_code == 422
    assert wrong.text.count('role="alert"') == 3


def test_a_walled_dossier_is_gone_for_everybody_who_is_not_let_in(
    house: House, lawyer: FlaskClient
) -> None:
    dossier = house.archive.dossier("2026-7")
    press(lawyer, "/board", dossier=dossier.id, lawyer=user_id(SALMA))
    house.archive.comes(BAIL, "Secret.pdf", "2026-7")
    house.searchable()
    press(lawyer, f"/dossiers/{dossier.id}/access", access="walled")
    amine, nour = house.browser(AMINE), house.browser(NOUR)
    for page in ("", "/parties", "/history", "/zip", "/edit"):
        assert amine.get(f"/dossiers/{dossier.id}{page}").status_code == 404, page
        assert nour.get(f"/dossiers/{dossier.id}{page}").status_code in (403, 404), page
    for browser in (amine, nour):
        assert "2026-7" not in browser.get("/dossiers?which=all").text
        assert "2026-7" not in browser.get("/dossiers?q=bail").text
        assert "Secret" not in browser.get("/search?q=secret").text
        assert f'href="/dossiers/{dossier.id}"' not in browser.get("/search?q=2026-7").text
        assert "Secret" not in browser.get(f"/clients/{gharbi(house)}").text
    assert "Secret" in lawyer.get("/search?q=secret").text
    press(lawyer, f"/dossiers/{dossier.id}/people", person=user_id(AMINE), how="in")
    assert amine.get(f"/dossiers/{dossier.id}").status_code == 200
    assert "Secret" in amine.get("/search?q=secret").text
    press(lawyer, f"/dossiers/{dossier.id}/people", person=user_id(AMINE), how="neither")
    assert amine.get(f"/dossiers/{dossier.id}").status_code == 404


def user_id(name: str) -> int:
    return int(models.User.get(models.User.name == name).id)


def test_only_a_lawyer_decides_who_sees_a_dossier(house: House) -> None:
    path, nour = f"/dossiers/{house.archive.dossier('2026-7').id}", house.browser(NOUR)
    assert "Who sees this dossier" not in nour.get(f"{path}/parties").text
    for form in ("access", "people", "parties", "edit"):
        assert send(nour, f"{path}/{form}").status_code == 403
    assert nour.get("/board").status_code == 403


def test_the_lists_of_dossiers_are_those_that_they_say(house: House, lawyer: FlaskClient) -> None:
    closing = "client;dossier;status;vip\nGharbi;2026-8;closed;\nBen Youssef;2026-1;;oui\n"
    house.archive.register.import_file(parse(closing.encode(), "TN"))
    press(lawyer, "/board", dossier=house.archive.dossier("2026-7").id, lawyer=user_id(SALMA))
    wanted = {
        "active": {"2026-7", "2026-1"},
        "mine": {"2026-7"},
        "unassigned": {"2026-1"},
        "vip": {"2026-1"},
        "closed": {"2026-8"},
        "all": {"2026-7", "2026-8", "2026-1"},
    }
    assert set(wanted) == set(matters_board.WHICH)
    for which, references in wanted.items():
        page = lawyer.get(f"/dossiers?which={which}").text
        assert set(re.findall(r"<bdi>(2026-\d)</bdi>", page)) == references, which


# The board.


def test_dossiers_move_from_one_lawyer_to_another(house: House, lawyer: FlaskClient) -> None:
    ids = [house.archive.dossier(one).id for one in ("2026-7", "2026-1")]
    said = press(lawyer, "/board", dossier=ids, lawyer=user_id(AMINE))
    assert "2 dossiers now have Amine Zouari as their lawyer." in said
    assert {house.archive.dossier(one).lawyer for one in ("2026-7", "2026-1")} == {AMINE}
    assert audited()[-1] == (SALMA, "dossier changed", f"dossier:{ids[1]}")
    back = press(house.browser(AMINE), "/board", dossier=ids[0], lawyer="-")
    assert "1 dossier is nobody's now." in back


def test_a_lawyer_who_does_not_sign_in_is_named_with_the_remedy(
    house: House, lawyer: FlaskClient
) -> None:
    text = "client;dossier;avocat\nGharbi;2026-7;Me Disparu\n"
    house.archive.register.import_file(parse(text.encode(), "TN"))
    said = words(lawyer.get("/board").text)
    assert "Me Disparu Nobody signs in under this name" in said
    assert "greffier user add" in said


def test_the_board_counts_what_came_this_week_and_what_waits(
    house: House, lawyer: FlaskClient
) -> None:
    press(lawyer, "/board", dossier=house.archive.dossier("2026-7").id, lawyer=user_id(SALMA))
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    house.archive.comes(b"%PDF-1.7 x", "x.pdf", "?Gharbi")
    said = words(lawyer.get("/board").text)
    assert "Salma Trabelsi Active dossiers1documents in 7 days1to be filed1" in said.replace(
        "  ", " "
    )


def test_nothing_ticked_and_nobody_chosen_are_said(house: House, lawyer: FlaskClient) -> None:
    dossier = house.archive.dossier("2026-7").id
    assert "Tick the dossiers" in press(lawyer, "/board", lawyer=user_id(AMINE))
    assert "Choose the lawyer" in press(lawyer, "/board", dossier=dossier, lawyer="99")
    assert house.archive.dossier("2026-7").lawyer is None


# For everybody.


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_only_text_on_every_page(house: House, language: str) -> None:
    lawyer = house.browser()
    hostile = HOSTILE[:60]
    press(lawyer, "/clients/new", name=hostile)
    client = models.Client.select().order_by(models.Client.id.desc()).get()
    form = {"client": hostile, "reference": f"H {hostile}", "title": hostile, "court": hostile}
    press(lawyer, "/dossiers/new", **form, court_number=hostile, lawyer=hostile)
    dossier = models.Dossier.select().order_by(models.Dossier.id.desc()).get()
    press(lawyer, f"/dossiers/{dossier.id}/parties", role="expert", name=hostile)
    house.archive.comes(BAIL, f"{HOSTILE}.pdf", dossier.reference)
    house.searchable()
    addresses = ["/clients", f"/clients/{client.id}", f"/clients/{client.id}/edit", "/board"]
    addresses += [f"/dossiers/{dossier.id}{page}" for page in ("", "/parties", "/history", "/edit")]
    addresses += ["/dossiers", "/dossiers/new", "/search?q=script", "/search?part=1&q=alert"]
    for address in addresses:
        page = lawyer.get(address + ("&" if "?" in address else "?") + f"lang={language}")
        assert page.status_code == 200, address
        assert "<script>alert" not in page.text, address
        assert "<img src=x" not in page.text, address
        assert "%(" not in page.text.replace("%(name)s{{7*7}}", "").replace("%(n", ""), address
