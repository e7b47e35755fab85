"""A list is shown before anything is done, brought in as shown, and taken back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import FORM_LIMIT, dashboard_door
from appliance.dashboard.imports_page import LEFT, LINES
from appliance.firm.imports import KEPT, LARGEST, MOST_LINES, Imports
from appliance.firm.undoing import Left
from appliance.firm.users import Users
from appliance.store import models, rows
from tests.integration.archive import Archive
from tests.integration.conftest import a_desk, registry
from tests.integration.reading import plain_words, token_of

PASSWORD = "un mot de passe long"
BAIL = b"%PDF-1.7 bail"
LIST = """client;téléphone;dossier;intitulé;avocat;adversaire
Leïla Chébbi;98 111 222;2026-20;Divorce;Salma;Société X
Gharbi;;2026-7;Bail commercial;;
Ben Youssef;;2026-8;;;
Zied;pas un numéro;;;;
"""


class House:
    """The dashboard over a real archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.users = Users(archive.store, archive.clock, 12)
        desk = a_desk(archive.store, archive.clock, users=self.users)
        self.app = dashboard_door(desk, Dashboard(), b"k" * 32)
        self.imports: Imports = registry(archive.store, archive.clock).imports

    def browser(self, role: str = "avocat") -> FlaskClient:
        if not any(user.name == role for user in self.users.everybody()):
            self.users.add(role, role, None, PASSWORD)
        browser: FlaskClient = self.app.test_client()
        form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    @property
    def kept(self) -> list[str]:
        folder = self.archive.store.path.parent / "imports"
        return [path.name for path in folder.glob("*")] if folder.is_dir() else []


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Archive.opened(tmp_path) as archive:
        yield House(archive)


@pytest.fixture
def lawyer(house: House) -> FlaskClient:
    return house.browser()


def bring(browser: FlaskClient, content: str | bytes, name: str = "liste.csv") -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    mark, part = b"--sep\r\n", b'Content-Disposition: form-data; name="'
    token = token_of(browser, "/import").encode()
    body = mark + part + b'csrf_token"\r\n\r\n' + token + b"\r\n" + mark + part
    body += b'file"; filename="' + name.replace('"', "%22").encode() + b'"\r\n\r\n'
    body += data + b"\r\n--sep--\r\n"
    return browser.post("/import", data=body, content_type="multipart/form-data; boundary=sep")


def press(browser: FlaskClient, path: str) -> str:
    answer = browser.post(path, data={"csrf_token": token_of(browser, "/import")})
    assert answer.status_code == 302
    return words(browser.get(answer.location).text)


def words(page: str) -> str:
    return plain_words(page, " ")


def register() -> list[tuple[object, ...]]:
    """All that the register holds."""
    kinds = (models.Client, models.Contact, models.Dossier, models.Party)
    return [row for kind in kinds for row in kind.select().order_by(kind.id).tuples()]


def test_a_list_is_shown_line_by_line_and_nothing_is_done(
    house: House, lawyer: FlaskClient
) -> None:
    before = register()
    answer = bring(lawyer, LIST)
    assert answer.status_code == 302
    said = words(lawyer.get(answer.location).text)
    assert "Nothing is done yet" in said
    assert (
        "new client Leïla Chébbi phone +21698111222 new dossier 2026-20 opponent Société X" in said
    )
    assert "title = Bail commercial" in said
    assert "dossier 2026-8 belongs to the client Gharbi, not Ben Youssef" in said
    assert "“pas un numéro” is not a phone number" in said
    assert register() == before


def test_what_was_shown_is_what_is_done_and_search_finds_it(
    house: House, lawyer: FlaskClient
) -> None:
    address = bring(lawyer, "client;phone;dossier\nZoé;98111222;Z-1\n").location
    assert len(house.kept) == 1
    said = press(lawyer, f"{address}/confirm")
    assert "The list is brought in." in said
    assert "new client Zoé" in said
    assert house.archive.dossier("Z-1").client.name == "Zoé"
    assert house.kept == [], "the file has done its service"
    audit = models.AuditEntry.select().order_by(models.AuditEntry.id.desc()).get()
    assert (audit.actor, audit.action, audit.detail) == ("avocat", "list brought in", "1 created")
    assert "liste.csv" in words(lawyer.get("/import").text)
    again = press(lawyer, f"{address}/confirm")
    assert "was brought in before: nothing was done" in again


def test_a_preview_is_its_choosers_and_lasts_an_hour(house: House, lawyer: FlaskClient) -> None:
    address = bring(lawyer, "client\nZoé\n").location
    assert house.browser("assistant").get(address).status_code == 404
    house.archive.clock.pass_(KEPT + timedelta(minutes=1))
    bring(house.browser(), "client\nAutre\n")
    assert house.browser().get(address).status_code == 404
    assert len(house.kept) == 1


def test_what_was_shown_an_hour_ago_is_not_brought_in_unseen(
    house: House, lawyer: FlaskClient
) -> None:
    address, before = bring(lawyer, "client\nZoé\n").location, register()
    house.archive.clock.pass_(KEPT + timedelta(minutes=1))
    told = press(house.browser(), f"{address}/confirm")
    assert "Choose the file again; nothing was done." in told
    assert register() == before


def test_a_file_that_was_changed_since_it_was_shown_is_not_brought_in(
    house: House, lawyer: FlaskClient
) -> None:
    address, before = bring(lawyer, "client\nZoé\n").location, register()
    path = house.archive.store.path.parent / "imports" / house.kept[0]
    path.write_text("client\nMallory\n")
    assert "Choose the file again; nothing was done." in press(lawyer, f"{address}/confirm")
    assert register() == before


def test_a_list_that_is_taken_back_leaves_everything_as_it_was(
    house: House, lawyer: FlaskClient
) -> None:
    before = register()
    text = """client;phone;email;vip;dossier;title;status;opponent
Leïla;98111222;l@exemple.tn;oui;L-1;Divorce;;Société X
Gharbi;98333444;g@exemple.tn;oui;2026-7;Autre;clos;
Gharbi;;;;2026-8;;;Karim +21698555666
"""
    address = bring(lawyer, text).location
    press(lawyer, f"{address}/confirm")
    assert register() != before
    said = press(lawyer, f"{address}/undo")
    assert "everything is as it was before" in said
    assert register() == before
    assert "nothing was done" in press(lawyer, f"{address}/undo")


def test_what_was_used_or_changed_since_stays_and_is_named(
    house: House, lawyer: FlaskClient
) -> None:
    text = (
        "client;phone;dossier;title\nLeïla;98111222;L-1;Divorce\nGharbi;;2026-7;Neuf\nZoé;;Z-1;\n"
    )
    address = bring(lawyer, text).location
    press(lawyer, f"{address}/confirm")
    house.archive.comes(BAIL, "Bail.pdf", "L-1")
    client, now = house.archive.client("Leïla").id, house.archive.clock.now()
    told = {"wamid": "x", "sender": "+21698111222", "type": "text", "raw": "{}"}
    wrote = {**told, "received_at": now, "client": client}
    house.archive.store.write(lambda: rows.insert(models.Message, **wrote))
    dossier = house.archive.dossier("2026-7")
    house.archive.filing.rehousing.retitle(dossier.id, "Encore un autre", "Nour")
    said = press(lawyer, f"{address}/undo")
    assert "but for what somebody has used or changed since" in said
    for why in (Left.USED, Left.WRITTEN, Left.CHANGED):
        assert LEFT[why] in said, why
    assert house.archive.client("Leïla")
    assert house.archive.dossier("L-1")
    assert house.archive.dossier("2026-7").title == "Encore un autre"
    assert not models.Client.select().where(models.Client.name == "Zoé").exists()


def test_a_dossier_that_is_being_destroyed_is_not_opened_by_an_undo(
    house: House, lawyer: FlaskClient
) -> None:
    address = bring(lawyer, "client;dossier;status\nGharbi;2026-7;clos\n").location
    press(lawyer, f"{address}/confirm")
    now = house.archive.clock.now()
    decided = {"status": "confirmed", "reason": "fini", "proposed_at": now, "proposed_by": "A"}
    dossier = house.archive.dossier("2026-7").id
    house.archive.store.write(lambda: rows.insert(models.Destruction, dossier=dossier, **decided))
    assert LEFT[Left.DESTROYED] in press(lawyer, f"{address}/undo")
    assert house.archive.dossier("2026-7").status == "closed"


def test_a_list_changes_and_tells_nothing_that_its_bringer_does_not_see(house: House) -> None:
    house.users.add("Salma", "avocat", None, PASSWORD)
    dossier = models.Dossier.update(lawyer="Salma", access="walled", title="Secret")
    house.archive.store.write(dossier.where(models.Dossier.reference == "2026-1").execute)
    before, other = register(), house.browser()
    text = "client;dossier;title\nBen Youssef;;\nGharbi;2026-1;Volé\nX;2026-1;Volé\n"
    address = bring(other, text).location
    said = words(other.get(address).text)
    assert "Ben Youssef is there already, and not yours to change" in said
    assert "Secret" not in said
    assert "belongs to" not in said, "whose it is, is not told"
    press(other, f"{address}/confirm")
    assert register() == before
    assert house.browser("assistant").get(address).status_code == 404


def test_a_list_of_the_command_line_is_taken_back_without_telling_its_lines(
    house: House, lawyer: FlaskClient
) -> None:
    before = register()
    house.imports.take(b"client;dossier\nZo\xc3\xa9;Z-1\n", "tout.csv", "greffier", dry_run=False)
    assert "tout.csv" in lawyer.get("/import").text
    said = words(lawyer.get("/import/1").text)
    assert "its lines are not shown here" in said
    assert "Zoé" not in said
    press(lawyer, "/import/1/undo")
    assert register() == before
    assert "tout.csv" not in house.browser("assistant").get("/import").text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfec", "the file is in UTF-16"),
        (b"a;b\n1;2\n", "the column “client” is missing"),
        (b"client\n\0", "this is not a CSV file"),
    ],
)
def test_a_file_that_is_no_list_is_shown_as_refused(
    lawyer: FlaskClient, content: bytes, sentence: str
) -> None:
    page = words(lawyer.get(bring(lawyer, content).location).text)
    assert sentence in page
    assert "There is nothing to bring in" in page


def test_too_large_and_too_long_are_refused_with_what_to_do(
    house: House, lawyer: FlaskClient
) -> None:
    long = "client\n" + "".join(f"C{n}\n" for n in range(MOST_LINES + 1))
    answer = bring(lawyer, long)
    assert answer.status_code == 422
    assert "part it in two" in answer.text
    large = bring(lawyer, b"client\n" + b"x" * LARGEST)
    assert large.status_code == 422
    assert "larger than 5 MB" in large.text
    assert bring(lawyer, b"x" * (LARGEST + 2 * FORM_LIMIT)).status_code == 413
    assert house.kept == []


def test_no_other_form_may_bring_so_much(lawyer: FlaskClient) -> None:
    form = {"csrf_token": token_of(lawyer, "/dossiers"), "name": "x" * FORM_LIMIT}
    assert lawyer.post("/clients/new", data=form).status_code == 413


def test_a_long_list_is_shown_in_pages(lawyer: FlaskClient) -> None:
    lines = "".join(f"C{n};D{n}\n" for n in range(LINES + 5))
    address = bring(lawyer, f"client;dossier\n{lines}").location
    page = lawyer.get(address).text
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward
    rest = words(lawyer.get(unescape(onward[1])).text)
    assert f"new client C{LINES + 4}" in rest
    assert "new client C0 " not in rest
    assert "new client" not in words(lawyer.get(f"{address}?verdict=refused").text)


def test_faults_are_said_in_the_language_of_whoever_reads(lawyer: FlaskClient) -> None:
    address = bring(lawyer, LIST).location
    french = words(lawyer.get(f"{address}?lang=fr").text)
    assert "« pas un numéro » n’est pas un numéro de téléphone" in french
    assert "intitulé : Bail commercial" in french


def test_hostile_cells_are_only_text(lawyer: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>%(name)s"
    text = f'client;phone;dossier\n"{hostile}";"{hostile}";\n"{hostile}";;"{hostile}"\n'
    address = bring(lawyer, text, f"{hostile}.csv").location
    for page in (lawyer.get(address), lawyer.get("/import")):
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in lawyer.get(address).text
    press(lawyer, f"{address}/confirm")
    assert "<script>alert" not in lawyer.get("/import").text


def test_an_assistants_list_changes_neither_lawyer_nor_state_of_a_dossier(house: House) -> None:
    """Whose it is decides who sees it; since when it is closed, when it may be destroyed."""
    old = "client;dossier;avocat;statut\nMme Ben Youssef;2026-77;Me Sami;actif\n"
    lawyer, assistant = house.browser(), house.browser("assistant")
    press(lawyer, bring(lawyer, old).location + "/confirm")
    before = register()
    for cells in ("Me Personne;", ";clos"):
        line = f"client;dossier;avocat;statut\nMme Ben Youssef;2026-77;{cells}\n"
        shown = bring(assistant, line).location
        assert "only a lawyer changes whose the dossier" in words(assistant.get(shown).text)
        press(assistant, f"{shown}/confirm")
        assert register() == before
    again = bring(assistant, old + "X;2026-78;Me Sami;actif\n")
    press(assistant, f"{again.location}/confirm")
    made = models.Dossier.get(models.Dossier.reference == "2026-78")
    assert made.lawyer == "Me Sami", "of a new one the list says it"
