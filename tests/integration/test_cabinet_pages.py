"""The pages of the cabinet: what they say, what their buttons do, who may press them."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard import matters_board
from appliance.dashboard.cabinet_board import ACTS, PAGE, CabinetBoard
from appliance.dashboard.door import dashboard_door
from appliance.firm.csv_import import parse
from appliance.firm.users import Users
from appliance.keeping.legal import LegalHolds
from appliance.store import models
from appliance.wording import LANGUAGES
from tests.integration.archive import Archive
from tests.integration.conftest import a_desk, registry
from tests.integration.reading import Inline, token_of
from tests.integration.reading import plain_words as words

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
BAIL = b"%PDF-1.7 bail"


class House:
    """The dashboard over a real archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.asked: list[str] = []
        self.users = Users(archive.store, archive.clock, 12)

    def browser(self, role: str = "avocat", language: str = "en") -> FlaskClient:
        store, clock = self.archive.store, self.archive.clock
        desk = a_desk(
            store,
            clock,
            users=self.users,
            cabinet=CabinetBoard(self.archive.filing, self.asked.append),
            language=language,
        )
        browser: FlaskClient = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        if not any(user.name == role for user in self.users.everybody()):
            self.users.add(role, role, None, PASSWORD)
        form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Archive.opened(tmp_path) as archive:
        yield House(archive)


@pytest.fixture
def lawyer(house: House) -> FlaskClient:
    return house.browser()


def press(browser: FlaskClient, path: str, **form: str) -> str:
    """Press a button; what the page says then."""
    answer = browser.post(path, data={"csrf_token": token_of(browser, "/dossiers"), **form})
    assert answer.status_code == 302, answer.status
    return words(browser.get(answer.location).text)


# The dossiers.


def test_without_dossiers_the_page_says_how_to_bring_them_in(house: House) -> None:
    house.archive.store.write(models.Dossier.delete().execute)
    page = house.browser().get("/dossiers").text
    assert "There is no dossier here yet." in page
    assert 'href="/import"' in page


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("", {"2026-7", "2026-8", "2026-1"}),
        ("gharbi", {"2026-7", "2026-8"}),
        ("GHARBI succéssion", {"2026-8"}),
        ("2026-1", {"2026-1"}),
        ("%", {"2026-7", "2026-8", "2026-1"}),
        ("zzz", set()),
        (HOSTILE, set()),
    ],
)
def test_dossiers_are_found_by_any_of_their_words(
    house: House, lawyer: FlaskClient, sought: str, found: set[str]
) -> None:
    registry(house.archive.store, house.archive.clock).indexer.catch_up()
    page = lawyer.get("/dossiers", query_string={"q": sought}).text
    assert set(re.findall(r"<bdi>(2026-\d)</bdi>", page)) == found
    if not found:
        assert "No dossier is found under these words." in page


def test_the_list_counts_documents_and_tells_what_waits(house: House, lawyer: FlaskClient) -> None:
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    house.archive.comes(b"%PDF-1.7 x", "x.pdf")
    page = words(lawyer.get("/dossiers").text)
    assert "1 document last on 23/11/2026" in page
    assert "1 document waits to be filed." in page


def test_closed_dossiers_are_seen_apart(house: House, lawyer: FlaskClient) -> None:
    closing = "client;dossier;status\nGharbi;2026-7;closed\n"
    house.archive.register.import_file(parse(closing.encode(), "TN"))
    for status, shown in (("closed", {"2026-7"}), ("active", {"2026-8", "2026-1"})):
        page = lawyer.get(f"/dossiers?which={status}").text
        assert set(re.findall(r"<bdi>(2026-\d)</bdi>", page)) == shown
    assert "2026-7" not in lawyer.get("/dossiers").text


def test_a_long_list_goes_on_from_page_to_page_and_leaves_nobody_out(
    house: House, lawyer: FlaskClient
) -> None:
    lines = "".join(f"Gharbi;A-{n}\n" for n in range(2 * matters_board.PAGE))
    house.archive.register.import_file(parse(f"client;dossier\n{lines}".encode(), "TN"))
    address, seen = "/dossiers", []
    while address:
        page = lawyer.get(address).text
        seen += re.findall(r'<a href="/dossiers/\d+"><bdi>([^<]+)</bdi>', page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""
    assert len(seen) == len(set(seen)) == 2 * matters_board.PAGE + 3


# One dossier.


def test_a_dossier_shows_its_documents_and_how_they_came_there(
    house: House, lawyer: FlaskClient
) -> None:
    document = house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    page = lawyer.get("/dossiers/1")
    assert page.status_code == 200
    assert f'src="/documents/{document}/thumbnail"' in page.text
    assert page.text.count(f'href="/documents/{document}"') == 2  # its picture and its name
    for address in ("/dossiers/1/pieces", "/dossiers/1/keeping"):
        assert f'href="{address}"' in page.text
    said = words(page.text)
    assert "2026-11-23 Bail.pdf" in said
    assert "by Greffier: the client's only active dossier" in said
    assert lawyer.get("/dossiers/99").status_code == 404


def test_documents_that_share_a_file_are_one_line(house: House, lawyer: FlaskClient) -> None:
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    second = house.archive.comes(BAIL, "Bail.pdf")
    press(lawyer, f"/documents/{second}/move", dossier="2026-7")
    assert lawyer.get("/dossiers/1").text.count('class="document"') == 1


def test_the_older_documents_are_on_the_next_page(house: House, lawyer: FlaskClient) -> None:
    for n in range(PAGE + 1):
        house.archive.comes(b"%%PDF %d" % n, f"{n}.pdf", "2026-7")
    first = lawyer.get("/dossiers/1").text
    assert first.count('class="document"') == PAGE
    assert "Page 1 of 2" in first
    for asked in ("2", "999", "x", "-1", "²"):
        assert lawyer.get(f"/dossiers/1?page={asked}").status_code == 200
    assert lawyer.get("/dossiers/1?page=2").text.count('class="document"') == 1


def test_a_document_is_moved_renamed_sent_back_and_each_is_undone(
    house: House, lawyer: FlaskClient
) -> None:
    archive = house.archive
    document = archive.comes(BAIL, "Bail.pdf", "2026-7")
    said = press(lawyer, f"/documents/{document}/rename", name="Contrat", **{"from": "1"})
    assert "The document is now called “2026-11-23 Contrat.pdf”." in said
    said = press(lawyer, f"/documents/{document}/move", dossier="2026-8", **{"from": "1"})
    assert "is now in the dossier 2026-8 · Succession · Gharbi." in said
    assert "“2026-11-23 Contrat.pdf” moved from 2026-7 to 2026-8" in said
    said = press(lawyer, f"/documents/{document}/back", **{"from": "2"})
    assert "waits to be filed again." in said

    for batch in (3, 2, 1):
        assert "is as it was before." in press(lawyer, f"/acts/{batch}/undo")
    assert archive.files == ["Gharbi/2026-7 - Bail/2026-11-23 Bail.pdf"]
    assert "nothing was done" in press(lawyer, "/acts/1/undo")
    assert "no longer there" in press(lawyer, "/acts/99/undo")
    assert archive.audit()[-1] == "avocat: act undone"


def test_a_dossier_under_legal_hold_says_so_and_lets_nothing_out(
    house: House, lawyer: FlaskClient
) -> None:
    archive = house.archive
    document = archive.comes(BAIL, "Bail.pdf", "2026-7")
    before, path = archive.files, f"/dossiers/{archive.row(document).dossier_id}"
    assert "Under legal hold" not in words(lawyer.get(path).text)
    LegalHolds(archive.store, archive.clock, house.users).begin(1, "litige", "Salma")

    assert "Under legal hold" in words(lawyer.get(path).text)
    said = press(lawyer, f"/documents/{document}/move", dossier="2026-8", **{"from": "1"})
    assert "nothing may leave it. End the hold first" in said
    assert archive.files == before


def test_no_more_acts_are_shown_than_anybody_reads(house: House, lawyer: FlaskClient) -> None:
    document = house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    for n in range(ACTS + 2):
        house.archive.filing.mover.rename(document, f"Nom {n}", "Nour")
    page = lawyer.get("/dossiers/1").text
    deeds = page.partition('class="deeds"')[2].partition("</ol>")[0]
    assert deeds.count("renamed to") - page.count("Undo: ") == ACTS
    assert page.count("Undo: ") == 1, "only the last one can be"


@pytest.mark.parametrize(
    ("asked", "reference"),
    [
        ("2026-8", "2026-8"),
        ("2026-8 · Succession · Gharbi", "2026-8"),
        ("divorce", "2026-1"),
        ("gharbi", None),
        ("", None),
        (HOSTILE, None),
    ],
)
def test_a_dossier_is_chosen_by_what_tells_it_apart(
    house: House, lawyer: FlaskClient, asked: str, reference: str | None
) -> None:
    document = house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    said = press(lawyer, f"/documents/{document}/move", dossier=asked, **{"from": "1"})
    dossier = house.archive.row(document).dossier.reference
    assert dossier == (reference or "2026-7")
    assert ("Nothing was done." in said) == (reference is None)


def test_what_the_disk_refuses_is_said_with_what_to_do(house: House, lawyer: FlaskClient) -> None:
    document = house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    (house.archive.root / "Ben Youssef").write_bytes(b"a file where a folder should be")
    said = press(lawyer, f"/documents/{document}/move", dossier="2026-1", **{"from": "1"})
    assert "a file stands where a folder is needed; move that file away" in said
    assert house.archive.holds(document)


def test_a_lawyer_renames_dossier_and_client_and_gives_the_dossier_away(
    house: House, lawyer: FlaskClient
) -> None:
    house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    assert "has its new title" in press(lawyer, "/dossiers/1/title", title="Bail commercial")
    assert "has the new name" in press(lawyer, "/dossiers/1/client-name", name="Gharbi SARL")
    assert "tells them apart" in press(lawyer, "/dossiers/1/client-name", name="ben youssef")
    said = press(lawyer, "/dossiers/1/client", client="Ben  Youssef")
    assert "belongs to the other client" in said
    assert house.archive.files == ["Ben Youssef/2026-7 - Bail commercial/2026-11-23 Bail.pdf"]
    assert "nothing was done" in press(lawyer, "/dossiers/1/client", client="nobody")


def test_an_assistant_moves_documents_and_renames_no_client(house: House) -> None:
    assistant = house.browser("assistant")
    document = house.archive.comes(BAIL, "Bail.pdf", "2026-7")
    press(assistant, f"/documents/{document}/rename", name="Contrat")
    assert house.archive.row(document).name == "2026-11-23 Contrat.pdf"
    assert "Change the dossier" not in assistant.get("/dossiers/1").text
    token = token_of(assistant, "/dossiers")
    for address in ("title", "client", "client-name"):
        form = {"csrf_token": token, "title": "X", "client": "X", "name": "X"}
        assert assistant.post(f"/dossiers/1/{address}", data=form).status_code == 403
    assert house.archive.client("Gharbi")


def test_a_folder_that_does_not_bear_the_title_is_said(house: House, lawyer: FlaskClient) -> None:
    changed = "client;dossier;title\nGharbi;2026-7;Bail commercial\n"
    house.archive.register.import_file(parse(changed.encode(), "TN"))
    said = words(lawyer.get("/dossiers/1").text)
    assert "is still called “2026-7 - Bail”" in said
    said = press(lawyer, "/dossiers/1/title", title="Bail commercial")
    assert "is still called" not in said


# What was changed on disk.


def test_what_was_changed_on_disk_waits_for_a_choice(house: House, lawyer: FlaskClient) -> None:
    archive = house.archive
    assert "Everything lies as Greffier filed it." in lawyer.get("/settings/disk").text
    document = archive.comes(BAIL, "Bail.pdf", "2026-7")
    place = archive.root / archive.row(document).local_path
    other = archive.root / "Gharbi/2026-8 - Succession/Contrat.pdf"
    other.parent.mkdir()
    place.rename(other)
    archive.looks()

    said = words(lawyer.get("/settings/disk").text)
    assert "Moved or renamed 1 document" in said
    assert "2026-11-23 Bail.pdf → now called Contrat.pdf" in said
    assert "Taken as it is, this belongs to the dossier 2026-8 of Gharbi." in said
    assert "1 change on the disk waits for your choice." in words(lawyer.get("/dossiers").text)

    said = press(lawyer, "/settings/disk/choose", finding="1", choice="take")
    assert "1 change is settled." in said
    assert archive.row(document).dossier.reference == "2026-8"


def test_a_choice_that_is_none_does_nothing(house: House, lawyer: FlaskClient) -> None:
    assert "Tick the documents" in press(lawyer, "/settings/disk/choose", choice="leave")
    said = press(lawyer, "/settings/disk/choose", choice="leave", finding="77")
    assert "1 change was no longer as shown" in said
    token = token_of(lawyer, "/settings/disk")
    form = {"csrf_token": token, "choice": "burn", "finding": "1"}
    assert lawyer.post("/settings/disk/choose", data=form).status_code == 400


def test_a_look_is_asked_for_and_the_page_does_not_wait(house: House, lawyer: FlaskClient) -> None:
    assert "is looking through the folders" in press(lawyer, "/settings/disk/look")
    assert house.asked == ["disk"]


# In every language, whatever people call things.


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_only_text(house: House, language: str) -> None:
    archive = house.archive
    archive.register.import_file(parse(f"client;dossier;title\nX;9;{HOSTILE}\n".encode(), "TN"))
    document = archive.comes(BAIL, f"{HOSTILE}.pdf", "9")
    archive.filing.mover.rename(document, f"x {HOSTILE}", HOSTILE)
    archive.comes(b"%PDF-1.7 waits", f"{HOSTILE}.pdf")
    (archive.root / archive.row(document).local_path).unlink()
    archive.looks()
    browser = house.browser(language=language)
    for address in ("/dossiers", "/dossiers/4", "/pending", "/settings/disk"):
        answer = browser.get(address, query_string={"q": HOSTILE})
        assert answer.status_code == 200
        assert Inline(answer.text).found == [], address
        assert f'lang="{language}"' in answer.text
