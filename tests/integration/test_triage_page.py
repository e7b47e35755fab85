"""The page of what waits: what it shows, what each button does, and to whom."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.files_board import FilesBoard
from appliance.dashboard.triage_pile import SHOWN
from appliance.filing.matching import Reason
from appliance.firm.csv_import import parse
from appliance.store import models, rows
from appliance.store.models import Document, Dossier
from appliance.wording import LANGUAGES
from tests import pictures
from tests.integration.conftest import a_desk, triage_board
from tests.integration.gallery import gallery_in
from tests.integration.reading import Inline, token_of
from tests.integration.reading import plain_words as words
from tests.integration.test_gestures import Table

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
SENDER = "+21620000002"
HTMX = {"HX-Request": "true"}


class House:
    """The dashboard over a table full of papers."""

    def __init__(self, table: Table) -> None:
        self.table, self.gallery = table, table.gallery
        self.users, self.store = table.gallery.users, table.gallery.store

    def browser(self, name: str = "Nour", role: str = "assistant") -> FlaskClient:
        gallery = self.gallery
        desk = a_desk(
            self.store,
            gallery.clock,
            users=self.users,
            language="en",
            files=FilesBoard(gallery.sights, gallery.binder),
            triage=triage_board(self.store, gallery.clock, self.table.filing.mover, gallery.binder),
        )
        browser: FlaskClient = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        if not any(user.name == name for user in self.users.everybody()):
            self.users.add(name, role, None, PASSWORD)
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def changes(self, document_id: int, **values: Any) -> None:
        self.store.write(lambda: rows.update(Document, document_id, **values))

    def known(self, ids: list[int], reason: Reason = Reason.SEVERAL_DOSSIERS) -> None:
        """These are the client's, of whom two dossiers are open."""
        for row_id in ids:
            client = self.gallery.bail.client_id
            self.changes(row_id, client=client, reason=reason.value)

    def said(self, body: str, sender: str = SENDER) -> None:
        """Its sender wrote that, too."""
        now = self.gallery.clock.now()
        values = {"sender": sender, "type": "text", "raw": "{}", "received_at": now}
        wamid = f"wamid.{models.Message.select().count()}"
        self.store.write(lambda: rows.insert(models.Message, wamid=wamid, body=body, **values))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as gallery:
        yield House(Table(gallery, tmp_path))


@pytest.fixture
def nour(house: House) -> FlaskClient:
    return house.browser()


def press(browser: FlaskClient, path: str, **form: Any) -> TestResponse:
    """Press a button as a browser without scripts does; the page that it comes back to."""
    data = {"csrf_token": token_of(browser, "/dossiers"), **form}
    answer = browser.post(path, data=data)
    assert answer.status_code == 302, answer.status
    return browser.get(answer.location)


def offered(page: str) -> list[int]:
    """The dossiers under the figure keys, in their order."""
    found = re.findall(r'name="dossier" value="(\d+)"[^>]*data-key="(\d)"', page)
    assert [number for _, number in found] == [str(n + 1) for n in range(len(found))]
    return [int(row_id) for row_id, _ in found]


def current(page: str) -> int:
    found = re.search(r'name="at" value="(\d+)"', page)
    assert found
    return int(found[1])


# The pile.


def test_an_empty_pile_says_what_to_do_next(house: House, nour: FlaskClient) -> None:
    assert "What Greffier cannot file by itself appears here" in nour.get("/pending").text
    house.store.write(models.Dossier.delete().execute)
    assert "greffier import" in nour.get("/pending").text


def test_what_came_together_is_one_line(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(3)
    later = house.gallery.clock.now() + timedelta(minutes=10)
    house.changes(ids[2], received_at=later)
    page = nour.get("/pending").text
    assert "3 left" in words(page)
    assert "×2" in page
    assert "×3" not in page
    assert current(page) == ids[0]


def test_the_oldest_is_red_after_a_day(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    assert 'class="age"' in nour.get("/pending").text
    house.changes(row_id, received_at=house.gallery.clock.now() - timedelta(hours=25))
    assert 'class="age old"' in nour.get("/pending").text


def test_reasons_are_a_filter_with_counts(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(4)
    reasons = (Reason.SEVERAL_DOSSIERS, Reason.UNKNOWN_NUMBER, Reason.UNKNOWN_NUMBER)
    for row_id, reason in zip(ids, reasons, strict=False):
        house.changes(row_id, reason=reason.value)
    house.changes(ids[2], sender="TN.12345")
    house.changes(ids[3], safety="to_check", reason=Reason.GROUP.value)
    page = words(nour.get("/pending").text)
    for said in ("all 4", "several dossiers 1", "unknown number 1", "no number 1"):
        assert said in page
    assert "unreadable, locked or to be checked 1" in page
    only = nour.get("/pending?only=unknown").text
    assert current(only) == ids[1]
    assert "1 left" in words(only)
    empty = nour.get("/pending?only=opponent").text
    assert "No document waits for this reason any more." in empty
    assert nour.get("/pending?only=%3Cscript%3E").status_code == 200


def test_what_the_firm_has_already_is_a_duplicate_and_says_where(
    house: House, nour: FlaskClient
) -> None:
    source = pictures.photo(house.table.folder / "twice.jpg", (50, 40))
    house.gallery.keep(source, "filed.jpg")
    waiting = house.gallery.keep(source, "again.jpg", is_pending=True)
    page = nour.get(f"/pending?at={waiting.id}&only=twice").text
    assert "The same file is in 2026-7 already:" in words(page)


# Another client's dossiers.

OTHER = "client;phone;dossier;title\nOlfa Trad;+21623456789;2026-9;Vente\n"
SURE = re.compile(r'<section class="opening" id="sure".*?</section>', re.DOTALL)


@pytest.fixture
def vente(house: House) -> Dossier:
    """A dossier of another client."""
    house.table.register.import_file(parse(OTHER.encode(), "TN"))
    found: Dossier = Dossier.get(Dossier.reference == "2026-9")
    return found


def question(answer: TestResponse) -> str:
    """What is asked, in words; nothing else is done before it is answered."""
    assert answer.status_code == 200, answer.status
    found = SURE.search(answer.text)
    assert found, "nothing was asked"
    return words(found[0])


def sent(answer: TestResponse) -> dict[str, Any]:
    """What the form of the question sends."""
    found = SURE.search(answer.text)
    assert found
    fields: dict[str, Any] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[0]):
        fields.setdefault(name, []).append(value)
    return fields


def test_dossiers_of_other_clients_stand_apart_after_the_senders_own(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    house.table.photos(1)
    house.said("Pour l'affaire 2026-9")  # even where the words name it
    page = nour.get("/pending").text
    own = {house.gallery.bail.id, house.gallery.succession.id}
    assert set(offered(page)[:2]) == own
    assert offered(page)[2] == vente.id
    own_part, others = page.split('id="others"')
    assert f'value="{vente.id}"' not in own_part
    assert "Of other clients: asked once more" in words(others)
    sought = nour.get(f"/pending/seek?asked=2026&at={current(page)}", headers=HTMX).text
    assert sought.index("2026-7") < sought.index("Of other clients") < sought.index("2026-9")


def test_filing_into_another_clients_dossier_asks_once(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    ids = house.table.photos(3)
    form = {"csrf_token": token_of(nour, "/dossiers"), "at": ids[0], "dossier": vente.id}
    form |= {"whole": 1, "ticked": ids[:2]}
    for headers in ({}, HTMX):
        asked = nour.post("/pending/file", data=form, headers=headers)
        said = question(asked)
        assert "Olfa Trad" in said
        assert "2 documents were sent by" in said
        assert "Gharbi" in said
        assert [row[0] for row in house.table.states(ids)] == ["pending"] * 3

    done = press(nour, "/pending/file", **sent(asked))
    assert "2 documents are in the dossier" in words(done.text)
    filed = ("filed", vente.id, False)
    assert house.table.states(ids) == [filed, filed, ("pending", None, False)]
    press(nour, "/pending/undo")
    assert [row[0] for row in house.table.states(ids)] == ["pending"] * 3


def test_another_clients_dossier_that_is_typed_is_asked_about_too(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    ids = house.table.photos(1)
    form = {"csrf_token": token_of(nour, "/dossiers"), "at": ids[0], "asked": "2026-9"}
    asked = nour.post("/pending/enter", data=form)
    assert "Olfa Trad" in question(asked)
    form["dossier"] = vente.id
    assert "Olfa Trad" in question(nour.post("/pending/file", data=form, headers=HTMX))
    form["sure"] = house.gallery.bail.id  # said of another dossier: that is no answer
    assert "Olfa Trad" in question(nour.post("/pending/file", data=form))
    assert house.table.states(ids) == [("pending", None, False)]


def test_a_new_dossier_of_somebody_else_is_opened_and_filing_there_is_asked_about(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    ids = house.table.photos(1)
    form = {"client": vente.client.name, "reference": "2026-99", "at": ids[0]}
    data = {"csrf_token": token_of(nour, "/dossiers"), **form}

    asked = nour.post("/pending/new", data=data)

    said = question(asked)
    assert "2026-99" in said
    assert "Olfa Trad" in said
    assert house.table.states(ids) == [("pending", None, False)]
    made = Dossier.get(Dossier.reference == "2026-99")
    press(nour, "/pending/file", **sent(asked))
    assert house.table.states(ids) == [("filed", made.id, False)]


def test_of_a_strangers_document_nothing_is_asked(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender="+21699999999")
    page = nour.get("/pending").text
    assert 'id="others"' not in page
    press(nour, "/pending/file", at=row_id, dossier=vente.id)
    assert house.table.states([row_id]) == [("filed", vente.id, False)]


def test_the_question_names_no_client_whom_they_do_not_see(
    house: House, nour: FlaskClient, vente: Dossier
) -> None:
    ids = house.table.photos(1)
    house.users.add("Salma", "avocat", None, PASSWORD)
    for dossier in (house.gallery.bail, house.gallery.succession):
        wall(house, dossier, "Salma")
    form = {"csrf_token": token_of(nour, "/dossiers"), "at": ids[0], "dossier": vente.id}
    said = question(nour.post("/pending/file", data=form))
    assert "sent by another client" in said
    assert "Gharbi" not in said


# What is offered, and filing.


def test_offers_come_in_the_order_of_their_reasons(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    bail, succession = house.gallery.bail.id, house.gallery.succession.id
    house.known([row_id])
    assert offered(nour.get("/pending").text) == [succession, bail]  # the last opened first
    (before,) = house.table.photos(1)
    house.table.gestures.file([before], bail, "Nour")
    page = nour.get("/pending").text
    assert offered(page) == [bail, succession]
    assert "used before for this sender" in page
    house.said("C'est pour le dossier 2026-8")
    page = nour.get("/pending").text
    assert offered(page) == [succession, bail]
    assert "named in what came: 2026-8" in words(page)
    assert "C&#39;est pour le dossier" in page
    assert house.table.states([row_id]) == [("pending", None, False)]  # offered, never filed


def test_a_court_number_names_a_dossier_and_finds_it(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    bail = house.gallery.bail
    house.store.write(lambda: rows.update(Dossier, bail.id, court_number="RG 24/01234"))
    house.changes(row_id, sender="+21699999999")
    house.said("audience 24/01234", sender="+21699999999")
    page = nour.get(f"/pending?at={row_id}").text
    assert offered(page)[0] == bail.id
    assert "named in what came: RG 24/01234" in words(page)
    assert "2026-7" in nour.get("/pending/seek?asked=01234", headers=HTMX).text


def test_a_file_name_names_a_dossier(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    house.changes(row_id, original_name="2026_7 bail.jpg", sender="+21699999999")
    assert offered(nour.get("/pending").text)[0] == house.gallery.bail.id


def test_one_press_files_and_shows_the_next(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(3)
    bail = house.gallery.bail.id
    page = press(nour, "/pending/file", at=ids[0], dossier=bail)
    assert "is in the dossier 2026-7." in words(page.text)
    assert current(page.text) == ids[1]
    assert "2 left" in words(page.text)
    assert house.table.states(ids)[0] == ("filed", bail, False)
    assert house.table.row(ids[0]).filed_by == "Nour"


def test_htmx_gets_the_changing_part_only_and_the_ticks_stay(
    house: House, nour: FlaskClient
) -> None:
    ids = house.table.photos(4)
    form = {"csrf_token": token_of(nour, "/dossiers"), "at": ids[1]}
    part = nour.get(f"/pending?at={ids[1]}&ticked={ids[3]}", headers=HTMX).text
    assert part.lstrip().startswith('<div id="triage"')
    assert f'value="{ids[3]}" aria-label' in part
    assert len(re.findall(r'name="ticked"[^>]*checked', part)) == 1
    answer = nour.post(
        "/pending/file",
        data=form | {"dossier": house.gallery.bail.id, "ticked": [ids[0], ids[2]]},
        headers=HTMX,
    )
    assert answer.status_code == 200
    assert "2 documents are in the dossier 2026-7." in words(answer.text)
    assert current(answer.text) == ids[1]  # it was not ticked
    assert [state[0] for state in house.table.states(ids)] == [
        "filed",
        "pending",
        "filed",
        "pending",
    ]


def test_the_next_picture_is_loaded_ahead(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    assert f'data-following="/documents/{ids[1]}/view"' in nour.get("/pending").text


def test_the_whole_burst_goes_at_once(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(3)
    house.changes(ids[2], sender="+21699999999")
    bail = house.gallery.bail.id
    page = press(nour, "/pending/file", at=ids[0], dossier=bail, whole="1")
    assert "2 documents are in the dossier" in words(page.text)
    assert current(page.text) == ids[2]


def test_photos_are_bound_on_the_way(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    bail = house.gallery.bail.id
    press(nour, "/pending/file", at=ids[0], dossier=bail, whole="1", bound="1")
    assert Document.get(Document.reason == Reason.BOUND).dossier_id == bail
    page = press(nour, "/pending/undo")
    assert "Undone: 2 documents are as before." in words(page.text)
    assert [state[0] for state in house.table.states(ids)] == ["pending", "pending"]


def test_what_another_filed_meanwhile_is_said_and_not_filed_again(
    house: House, nour: FlaskClient
) -> None:
    ids = house.table.photos(2)
    bail, succession = house.gallery.bail.id, house.gallery.succession.id
    house.table.gestures.file([ids[0]], bail, "Salma")
    page = press(nour, "/pending/file", at=ids[0], dossier=succession)
    assert "was filed by Salma under 2026-7 meanwhile: nothing was done to it." in words(page.text)
    assert current(page.text) == ids[1]
    assert house.table.states(ids)[0] == ("filed", bail, False)
    looked = nour.get(f"/pending?at={ids[0]}").text
    assert "was filed by Salma under 2026-7 meanwhile" in words(looked)


# Another dossier, by what is typed.


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026", ["2026-8", "2026-7"]),
        ("bail", ["2026-7"]),
        ("GHARBI succéssion", ["2026-8"]),
        ("lac", ["2026-8"]),  # a party
        ("%", []),
        ("zzz", []),
        (HOSTILE, []),
    ],
)
def test_dossiers_are_found_while_one_types(
    house: House, nour: FlaskClient, typed: str, found: list[str]
) -> None:
    house.table.register.add_party("2026-8", "opponent", "Société du Lac")
    answer = nour.get("/pending/seek", query_string={"asked": typed}, headers=HTMX)
    assert re.findall(r"<b><bdi>(.*?)</bdi>", answer.text) == found
    assert not Inline(answer.text).found


def test_enter_files_under_the_one_dossier_that_answers(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    press(nour, "/pending/enter", at=ids[0], asked="2026 8")
    assert house.table.states(ids)[0] == ("filed", house.gallery.succession.id, False)
    page = press(nour, "/pending/enter", at=ids[1], asked="gharbi")
    assert "No dossier, or more than one, answers to “gharbi”" in words(page.text)
    assert len(re.findall('class="quiet" name="dossier"', page.text)) > len(offered(page.text))
    assert house.table.states(ids)[1] == ("pending", None, False)


def test_a_stale_answer_to_what_was_typed_files_nothing(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(1)
    page = press(
        nour, "/pending/file", at=ids[0], asked="succession", dossier=house.gallery.bail.id
    )
    assert "no longer names the dossier that was offered" in words(page.text)
    assert house.table.states(ids) == [("pending", None, False)]


# Set aside, asked, undone.


def test_what_is_set_aside_is_listed_with_its_reason_and_brought_back(
    house: House, nour: FlaskClient
) -> None:
    ids = house.table.photos(2)
    assert "choose a reason" in press(nour, "/pending/reject", at=ids[0]).text
    page = press(nour, "/pending/reject", at=ids[0], reason="illegible")
    assert current(page.text) == ids[1]
    assert "set aside 1" in words(page.text)
    press(nour, "/pending/enter", at=ids[1], words="reçu d'un autre cabinet")
    aside = words(nour.get("/pending?only=rejected").text)
    assert "illegible — Nour" in aside
    assert "reçu d'un autre cabinet — Nour" in aside
    one = nour.get(f"/pending?only=rejected&at={ids[0]}").text
    assert "Bring it back" in one
    back = press(nour, "/pending/back", at=ids[0], only="rejected")
    assert "waits again." in words(back.text)
    assert house.table.states(ids) == [("pending", None, False), ("pending", None, True)]


def test_undo_works_after_leaving_and_in_another_browser(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    bail = house.gallery.bail.id
    press(nour, "/pending/file", at=ids[0], dossier=bail, whole="1")
    assert "Undo my last act" in nour.get("/pending").text
    other = house.browser()  # signs in anew
    page = press(other, "/pending/undo")
    assert "Undone: 2 documents are as before." in words(page.text)
    assert current(page.text) == ids[0]
    assert house.table.states(ids) == [("pending", None, False)] * 2
    assert "Undo my last act" not in page.text
    assert "There is nothing of today to undo." in press(other, "/pending/undo").text


def test_nobody_undoes_what_somebody_else_did(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(1)
    house.table.gestures.file(ids, house.gallery.bail.id, "Salma")
    assert "There is nothing of today to undo." in press(nour, "/pending/undo").text
    assert house.table.states(ids)[0][0] == "filed"


def test_a_client_nobody_knows_is_not_asked_and_why_is_said(
    house: House, nour: FlaskClient
) -> None:
    ids = house.table.photos(1)
    page = press(nour, "/pending/ask", at=ids[0])
    assert "None of these documents waits any more" in page.text or "Nobody can be asked" in (
        page.text
    )
    assert current(page.text) == ids[0]


# A new dossier, a client's other number.


def test_a_new_dossier_is_opened_in_place_and_filed_under(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    for row_id in ids:
        house.changes(row_id, sender="+21699999999", reason="unknown_number")
    assert 'id="new-title"' in nour.get(f"/pending?at={ids[0]}&new=1").text
    form = {"client": "Leïla  Zaïdi", "reference": "2026-99", "title": "Bail", "theirs": "1"}
    page = press(nour, "/pending/new", at=ids[0], lawyer="", **form)
    assert "The dossier 2026-99 is opened." in words(page.text)
    made = Dossier.get(Dossier.reference == "2026-99")
    assert (made.client.name, made.title) == ("Leïla Zaïdi", "Bail")
    assert house.table.states(ids)[0] == ("filed", made.id, False)
    assert house.table.row(ids[1]).client_id == made.client_id
    contact = models.Contact.get(models.Contact.value == "+21699999999")
    assert contact.client_id == made.client_id


def test_nobody_opens_a_dossier_of_a_client_whom_they_do_not_see(
    house: House, nour: FlaskClient
) -> None:
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender="+21699999999", reason="unknown_number")
    house.browser("Me Sami", "avocat")
    for dossier in (house.gallery.bail, house.gallery.succession):
        wall(house, dossier, "Me Sami")
    hidden = house.gallery.succession.client
    assert nour.get(f"/clients/{hidden.id}").status_code == 404
    form = {"client": hidden.name.upper(), "reference": "2026-99", "theirs": "1"}
    data = {"csrf_token": token_of(nour, "/dossiers"), "at": row_id, **form}
    answer = nour.post("/pending/new", data=data)
    assert answer.status_code == 422
    assert "not yours to change: ask its lawyer" in answer.text
    assert Dossier.get_or_none(Dossier.reference == "2026-99") is None
    assert not models.Contact.select().where(models.Contact.value == "+21699999999").exists()
    assert nour.get(f"/clients/{hidden.id}").status_code == 404, "it would have let them in"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"client": ""}, "Write the client&#39;s name."),
        ({"reference": " "}, "Write the reference of the dossier, as it stands on its folder."),
        ({"reference": "2026-7"}, "There is a dossier of this reference already"),
    ],
)
def test_a_fault_of_a_new_dossier_is_said_beside_its_field(
    house: House, nour: FlaskClient, changed: dict[str, str], sentence: str
) -> None:
    (row_id,) = house.table.photos(1)
    form = {"client": "X", "reference": "R-1", "at": str(row_id)} | changed
    data = {"csrf_token": token_of(nour, "/dossiers"), **form}
    answer = nour.post("/pending/new", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert house.table.states([row_id]) == [("pending", None, False)]


def test_no_dossier_is_opened_for_a_client_whom_they_do_not_see(
    house: House, nour: FlaskClient
) -> None:
    house.users.add("Salma", "avocat", None, PASSWORD)
    for dossier in (house.gallery.bail, house.gallery.succession):
        wall(house, dossier, "Salma")
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender="+21699999999", reason="unknown_number", client=None)
    client = house.gallery.bail.client
    form = {"client": client.name, "reference": "2026-99", "theirs": "1", "at": row_id}
    data = {"csrf_token": token_of(nour, "/dossiers"), **form}
    answer = nour.post("/pending/new", data=data)
    assert answer.status_code == 422
    assert "not yours to change" in words(answer.text)
    assert not Dossier.select().where(Dossier.reference == "2026-99").exists()
    assert not models.Contact.select().where(models.Contact.value == "+21699999999").exists()


def test_a_number_in_doubt_is_not_taken_for_a_new_clients(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender="+21699999999", reason="identity_changed")
    form = {"client": "Leïla Zaïdi", "reference": "2026-99", "theirs": "1"}
    press(nour, "/pending/new", at=row_id, **form)
    assert Dossier.select().where(Dossier.reference == "2026-99").exists()
    assert not models.Contact.select().where(models.Contact.value == "+21699999999").exists()


def test_who_opened_a_dossier_while_filing_is_in_the_commit_that_opened_it(
    house: House, nour: FlaskClient
) -> None:
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender="+21699999999", reason="unknown_number", client=None)
    form = {"client": "Leïla Zaïdi", "reference": "2026-99", "theirs": "1"}
    press(nour, "/pending/new", at=row_id, **form)
    made = Dossier.get(Dossier.reference == "2026-99")
    written = models.AuditEntry.select().order_by(models.AuditEntry.id)
    told = {each.action: each.subject for each in written}
    assert told["dossier opened"] == f"dossier:{made.id}"
    assert told["client added"] == told["number added"] == f"client:{made.client_id}"


def test_a_number_is_bound_to_a_client_after_a_second_question(
    house: House, nour: FlaskClient
) -> None:
    ids = house.table.photos(2)
    for row_id in ids:
        house.changes(row_id, sender="+21699999999", reason="unknown_number")
    data = {"csrf_token": token_of(nour, "/dossiers"), "at": ids[0], "client": "gharbi"}
    asked = nour.post("/pending/whose", data=data)
    assert asked.status_code == 200
    assert "Yes, it is their number" in asked.text
    assert not models.Contact.select().where(models.Contact.value == "+21699999999").exists()
    page = press(nour, "/pending/whose", at=ids[0], client="Gharbi", sure="1")
    assert "2 documents that wait are theirs." in words(page.text)
    assert [house.table.row(each).reason for each in ids] == ["known_since"] * 2
    assert house.table.states(ids) == [("pending", None, False)] * 2
    wrong = nour.post("/pending/whose", data=data | {"client": "Personne", "sure": "1"})
    assert wrong.status_code == 422
    assert "no client of this name" in wrong.text


# Who sees and may what.


def wall(house: House, dossier: Dossier, lawyer: str) -> None:
    """That dossier is this lawyer's, and nobody else's."""
    values = {"lawyer": lawyer, "access": "walled"}
    house.store.write(lambda: rows.update(Dossier, dossier.id, **values))


def test_nothing_shows_a_dossier_that_they_may_not_see(house: House, nour: FlaskClient) -> None:
    house.users.add("Salma", "avocat", None, PASSWORD)
    wall(house, house.gallery.succession, "Salma")
    (row_id,) = house.table.photos(1)
    house.said("pour la Succession 2026-8")
    page = nour.get(f"/pending?at={row_id}").text
    assert "<b><bdi>2026-8" not in page
    assert house.gallery.succession.id not in offered(page)
    assert "2026-8" not in nour.get("/pending/seek?asked=succession", headers=HTMX).text
    hidden = house.gallery.succession.id
    refused = press(nour, "/pending/file", at=row_id, dossier=hidden)
    assert "No dossier, or more than one" in words(refused.text)
    press(nour, "/pending/enter", at=row_id, asked="2026-8")
    assert house.table.states([row_id]) == [("pending", None, False)]
    house.table.gestures.file([row_id], hidden, "Salma")
    away = words(nour.get(f"/pending?at={row_id}").text)
    assert "2026-8" not in away


def test_what_a_client_wrote_whom_they_do_not_see_is_not_shown_with_a_document(
    house: House, nour: FlaskClient
) -> None:
    """Of several clients of one number nobody knows whose the document is: it waits for all."""
    (row_id,) = house.table.photos(1)
    house.changes(row_id, sender=SENDER, client=None, reason="several_clients")
    house.said("mon mari ne doit rien savoir")
    assert "mon mari" in nour.get(f"/pending?at={row_id}").text
    house.users.add("Salma", "avocat", None, PASSWORD)
    for dossier in (house.gallery.bail, house.gallery.succession):
        wall(house, dossier, "Salma")
    client = house.gallery.bail.client_id
    house.store.write(models.Message.update(client=client).execute)
    shown = nour.get(f"/pending?at={row_id}")
    assert f'value="{row_id}"' in shown.text
    assert "mon mari" not in shown.text


def test_an_administrator_and_a_stranger_see_nothing(house: House) -> None:
    house.table.photos(1)
    admin = house.browser("Admin", "admin")
    assert admin.get("/pending").status_code == 403
    assert admin.get("/pending/seek?asked=2026").status_code == 403


def test_a_form_without_its_token_does_nothing(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(1)
    for name in ("file", "enter", "reject", "back", "undo", "ask", "new", "whose"):
        answer = nour.post(f"/pending/{name}", data={"at": ids[0], "dossier": 1, "reason": "other"})
        assert answer.status_code == 400, name
    assert house.table.states(ids) == [("pending", None, False)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_there_in_every_language(
    house: House, nour: FlaskClient, language: str
) -> None:
    ids = house.table.photos(2)
    page = nour.get(f"/pending?lang={language}&new=1").text
    assert f'<html lang="{language}"' in page
    assert "%(" not in page
    assert not Inline(page).found
    assert current(page) == ids[0]


def test_hostile_names_and_words_are_only_text(house: House, nour: FlaskClient) -> None:
    ids = house.table.photos(2)
    house.said(HOSTILE)
    for row_id in ids:
        house.changes(row_id, original_name=HOSTILE, sender=HOSTILE, reason="unknown_number")
    rows_of = {"client": HOSTILE, "reference": "", "at": str(ids[0])}
    data = {"csrf_token": token_of(nour, "/dossiers"), **rows_of}
    pages = [
        nour.get("/pending"),
        nour.get("/pending?whose=1"),
        nour.post("/pending/new", data=data),
    ]
    for page in pages:
        assert not Inline(page.text).found
        assert "<script>alert" not in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_long_pile_is_cut_and_says_so(house: House, nour: FlaskClient) -> None:
    (row_id,) = house.table.photos(1)
    first = house.table.row(row_id).__data__

    def unit() -> None:
        for n in range(SHOWN):
            made = {**first, "owner_key": f"sender:{n}", "sender": f"+2169{n:07}"}
            rows.insert(Document, **{name: made[name] for name in made if name != "id"})

    house.store.write(unit)
    page = nour.get("/pending").text
    assert f"{SHOWN} of {SHOWN + 1} are shown" in words(page)
    assert len(page.encode()) < 300_000
