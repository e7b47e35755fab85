"""The page of a dossier's pieces: what it waits for, what is communicated, its receipts."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.papers_board import PapersBoard
from appliance.demo import cast
from appliance.disk import make_private_folder, write_private
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.store import models
from appliance.store.database import Store
from appliance.wording import LANGUAGES
from tests.integration.conftest import a_desk, papers_board
from tests.integration.reading import token_of, words
from tests.support import Hands

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")
PAGE = "/dossiers/1/pieces"


class House:
    """The dashboard over a real store with the sample firm's clients."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Hands()
        self.users = Users(store, self.clock, 12)
        self.board: PapersBoard = papers_board(store, self.clock)

    def browser(self, role: str | None) -> FlaskClient:
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            papers=self.board,
            language="en",
        )
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        if role:
            self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def file(self, name: str, dossier: int = 1) -> int:
        """A document comes into the dossier, with all that follows from it."""
        number = models.Document.select().count() + 1
        now = self.clock.now()

        def unit() -> int:
            document = models.Document.create(
                owner_key=f"o{number}",
                sha256=f"{number:064x}",
                sender="+21620111222",
                name=name,
                original_name=name,
                mime_type="application/pdf",
                size=10,
                reason="only_active_dossier",
                status="filed",
                dossier=dossier,
                received_at=now,
                filed_at=now,
                filed_by="greffier",
            )
            self.board.pieces.filed(document.id)
            self.board.exhibits.filed(document.id)
            self.board.proofs.filed(document.id)
            return int(document.id)

        return self.store.write(unit)

    def prove(self) -> None:
        """The receipts of what was filed are made."""
        for delivery in models.Delivery.select().where(models.Delivery.proof.is_null()):
            finish = self.board.proofs.prove(delivery.id)
            assert finish is not None
            self.store.write(finish)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        Register(store, Hands()).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        yield House(store)


@pytest.fixture
def nour(house: House) -> FlaskClient:
    return house.browser("assistant")


def press(browser: FlaskClient, path: str, **form: Any) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/"), **form})


def read(browser: FlaskClient, path: str = PAGE) -> str:
    return words(browser.get(path).text)


def audited() -> list[tuple[str, str]]:
    query = models.AuditEntry.select().where(models.AuditEntry.actor == "assistant")
    rows = query.order_by(models.AuditEntry.id)
    return [(row.action, row.subject) for row in rows if row.action != "signed in"]


def piece() -> int:
    return int(models.ExpectedPiece.get().id)


# -- who may


@pytest.mark.parametrize("path", [PAGE, "/receipts/1.pdf", "/settings/pieces"])
def test_a_stranger_is_sent_to_sign_in(house: House, path: str) -> None:
    answer = house.browser(None).get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")


@pytest.mark.parametrize(
    "path",
    [
        "/dossiers/99/pieces",
        "/dossiers/99999999999999999999/pieces",
        f"{PAGE}/bordereaux/1.pdf",
        "/receipts/1.pdf",
    ],
)
def test_what_is_not_there_is_not_found(nour: FlaskClient, path: str) -> None:
    assert nour.get(path).status_code == 404


def test_a_form_without_its_token_is_refused(nour: FlaskClient) -> None:
    assert nour.post(f"{PAGE}/expected", data={"label": "x"}).status_code == 400
    assert models.ExpectedPiece.select().count() == 0


# -- what the dossier waits for


def test_an_empty_page_says_what_to_do(nour: FlaskClient) -> None:
    said = read(nour)

    assert "The dossier waits for nothing yet" in said
    assert "The dossier holds no document yet" in said
    assert "No receipt yet" in said


def test_a_piece_is_added_ticked_by_what_arrives_and_undone(
    house: House, nour: FlaskClient
) -> None:
    form = {"label": "Acte de mariage", "keywords": "acte de mariage", "needed_on": "2026-11-20"}
    assert press(nour, f"{PAGE}/expected", **form).status_code == 302
    said = read(nour)
    assert "1 piece has not come." in said
    assert "20/11/2026 late" in said

    house.file("acte de mariage.pdf")
    said = read(nour)
    assert "Everything has come." in said
    assert "acte de mariage.pdf ticked by Greffier" in said

    tick = models.PieceTick.get().id
    assert press(nour, f"{PAGE}/ticks/{tick}/undo").status_code == 302
    assert "1 piece has not come." in read(nour)
    assert audited() == [
        ("expected piece added", "dossier:1"),
        ("expected piece unticked", "dossier:1"),
    ]


def test_a_suggestion_is_confirmed_by_a_person(house: House, nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/expected", label="Contrat de bail")
    document = house.file("contrat de bail.pdf")
    assert "Is it this one? contrat de bail.pdf" in read(nour)

    press(nour, f"{PAGE}/expected/{piece()}/tick", document=str(document))

    assert "contrat de bail.pdf ticked by \u2068assistant\u2069" in read(nour)


def test_a_piece_that_came_another_way_is_ticked_by_hand(nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/expected", label="Chèque original")
    press(nour, f"{PAGE}/expected/{piece()}/tick", document="")
    assert "come another way ticked by" not in read(nour)  # nobody said how
    press(nour, f"{PAGE}/expected/{piece()}/tick", document="elsewhere")

    assert "come another way ticked by" in read(nour)


def test_a_piece_is_changed_and_removed(nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/expected", label="CIN")
    press(nour, f"{PAGE}/expected/{piece()}", label="Passeport", note="à renouveler")
    said = read(nour)
    assert "Passeport" in said
    assert "à renouveler" in said

    press(nour, f"{PAGE}/expected/{piece()}/remove")

    assert "The dossier does not wait for it any more." in read(nour)
    assert models.ExpectedPiece.select().count() == 0


def test_what_is_wrong_is_said_at_its_field_and_what_was_written_stays(nour: FlaskClient) -> None:
    answer = press(nour, f"{PAGE}/expected", label="", keywords="cin", needed_on="hier")

    assert answer.status_code == 422
    said = words(answer.text)
    assert "Say what the dossier waits for." in said
    assert "This is no date" in said
    assert 'value="cin"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("expected/77", {"label": "x"}),
        ("expected/77/remove", {}),
        ("expected/77/tick", {"document": "elsewhere"}),
        ("expected/77/tick", {"document": "x"}),
        ("ticks/77/undo", {}),
        ("exhibits/77", {"title": "x", "position": "1"}),
        ("exhibits/77/up", {}),
        ("exhibits/77/drop", {}),
    ],
)
def test_what_is_gone_meanwhile_is_said_to_have_changed(
    nour: FlaskClient, path: str, form: dict[str, str]
) -> None:
    assert press(nour, f"{PAGE}/{path}", **form).status_code == 302
    assert "This was changed meanwhile" in read(nour)
    assert audited() == []


def test_the_firms_lists_are_copied_and_changed(house: House, nour: FlaskClient) -> None:
    house.board.pieces.seed()
    (one, *_) = house.board.pieces.lists("en")
    press(nour, f"{PAGE}/lists", list=str(one.id))
    assert f"{models.ExpectedPiece.select().count()} pieces added." in read(nour)

    form = {"name": "Pénal", "language": "fr", "lines": "Procès-verbal : pv"}
    assert press(nour, "/settings/pieces", **form).status_code == 302
    assert "Procès-verbal : pv" in nour.get("/settings/pieces").text
    assert press(nour, "/settings/pieces", name=" ", language="fr").status_code == 422
    assert press(nour, "/settings/pieces", name="x", language="xx").status_code == 422


# -- bordereaux


def test_a_bordereau_is_chosen_ordered_issued_and_kept(house: House, nour: FlaskClient) -> None:
    first, second = house.file("bail.pdf"), house.file("quittance.pdf")
    press(nour, f"{PAGE}/exhibits", document=[str(first), str(second)])
    one, other = (each.id for each in models.Exhibit.select().order_by(models.Exhibit.id))
    press(nour, f"{PAGE}/exhibits/{other}/up")
    form = {"title": "Bail signé", "dated_on": "2024-03-01", "pages": "12", "position": "2"}
    press(nour, f"{PAGE}/exhibits/{one}", **form)

    press(nour, f"{PAGE}/bordereaux", language="fr", seen=f"{other},{one}")

    said = read(nour)
    assert "Bordereau No 1 is issued" in said
    assert re.search(r"1 ?quittance.*2 ?Bail signé ?01/03/2024 ?12", said)
    answer = nour.get(f"{PAGE}/bordereaux/1.pdf")
    assert answer.data == bytes(models.Bordereau.get().pdf)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=bordereau-1.pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    told = [f"bordereau 1 {done}" for done in ("issued", "saved")]
    assert audited()[-2:] == [(each, "dossier:1") for each in told]


def test_a_bordereau_that_changed_while_it_was_read_is_not_issued(
    house: House, nour: FlaskClient
) -> None:
    press(nour, f"{PAGE}/exhibits", document=[str(house.file("a.pdf"))])
    seen = str(models.Exhibit.get().id)
    press(nour, f"{PAGE}/exhibits", document=[str(house.file("b.pdf"))])
    press(nour, f"{PAGE}/bordereaux", language="fr", seen=seen)

    assert "The list was changed meanwhile" in read(nour)
    assert models.Bordereau.select().count() == 0


def test_nothing_chosen_is_nothing_done(nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/exhibits")
    assert "Nothing was chosen" in read(nour)
    press(nour, f"{PAGE}/bordereaux", language="xx")
    assert "Nothing was chosen" in read(nour)


def test_a_title_that_is_wrong_is_not_kept(house: House, nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/exhibits", document=[str(house.file("a.pdf"))])
    press(nour, f"{PAGE}/exhibits/{models.Exhibit.get().id}", title="", position="1")

    assert "Write what the piece is." in read(nour)
    assert models.Exhibit.get().title == "a"


# -- receipts


def test_receipts_are_listed_and_downloaded_the_same_each_time(
    house: House, nour: FlaskClient
) -> None:
    house.file("bail.pdf")
    house.prove()
    said = read(nour)
    assert "Documents received and filed bail.pdf" in said
    assert "Last receipt of the firm: No 1." in said

    first, second = (nour.get("/receipts/1.pdf?lang=fr") for _ in range(2))

    assert first.data == second.data
    assert first.data.startswith(b"%PDF-")
    assert first.headers["Content-Disposition"] == "attachment; filename=receipt-1.pdf"


def test_an_erased_receipt_is_named_but_not_shown(house: House, nour: FlaskClient) -> None:
    house.file("bail.pdf")
    house.prove()
    house.store.write(lambda: house.board.proofs.erase_words([1], "Salma", "demande"))

    assert "its words were erased" in read(nour)
    assert nour.get("/receipts/1.pdf").status_code == 404
    assert nour.get("/receipts/2.pdf").status_code == 200


def test_a_broken_chain_is_an_alarm_on_the_page(house: House, nour: FlaskClient) -> None:
    folder = house.store.path.parent / "backups"
    make_private_folder(folder)
    note = b'{"at": "2026-11-24T03:00:00Z", "breach": "removed", "number": 3}\n'
    write_private(folder / "receipts-heads.jsonl", note)

    assert "Receipt No 3 was removed." in read(nour)


# -- as it is read


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_no_inline_code_and_escapes_what_others_wrote(
    house: House, nour: FlaskClient, language: str
) -> None:
    house.board.pieces.seed()
    form = {"label": HOSTILE, "note": HOSTILE, "keywords": HOSTILE}
    press(nour, f"{PAGE}/expected", **form)
    documents = [house.file(HOSTILE), house.file(f"2 {HOSTILE}")]
    press(nour, f"{PAGE}/exhibits", document=[str(documents[0])])
    house.prove()

    for path in (PAGE, "/settings/pieces"):
        page = nour.get(f"{path}?lang={language}").text
        assert str(escape(HOSTILE)) in page or path != PAGE
        assert not INLINE.search(page.replace(str(escape(HOSTILE)), ""))
        assert "<script>alert" not in page
        assert "<img" not in page.replace('<img src="/static', "")
        direction = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{direction}">' in page


def test_every_field_has_a_label_and_every_button_says_what_it_does(
    house: House, nour: FlaskClient
) -> None:
    press(nour, f"{PAGE}/expected", label="CIN")
    documents = [house.file("a.pdf"), house.file("b.pdf")]
    press(nour, f"{PAGE}/exhibits", document=[str(documents[0])])
    page = nour.get(PAGE).text

    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    named = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page))
    assert labelled == named
    assert len(named) == len(re.findall(r'<(?:input|select|textarea)[^>]* id="', page))
    for button in re.findall(r"<button[^>]*>[^<]*</button>", page):
        assert re.search(r'aria-label="[^"]+"', button) or words(button).strip(), button


def test_the_history_says_what_was_done_in_words_and_a_bordereau_once(
    house: House, nour: FlaskClient
) -> None:
    document = house.file("Bail.pdf")
    press(nour, f"{PAGE}/expected", label="Quittance")
    press(nour, f"{PAGE}/exhibits", document=document)
    seen = models.Exhibit.get().id
    press(nour, f"{PAGE}/bordereaux", language="fr", seen=seen)
    history = read(nour, "/dossiers/1/history")
    assert "Expected piece added" in history
    assert "Exhibits chosen" in history
    assert "expected piece added" not in history
    assert history.count("Bordereau No 1 issued") == 1
    assert "bordereau 1 issued" not in history


def test_what_is_in_quarantine_is_not_communicated(house: House, nour: FlaskClient) -> None:
    document = house.file("releve.txt")
    kept = {"safety": "quarantined", "drive_status": "waiting", "stored_at": house.clock.now()}
    changed = models.Document.update(kept)
    house.store.write(changed.where(models.Document.id == document).execute)
    told = read(nour, "/dossiers/1")
    assert "stays on this computer" in told
    assert "on its way to Google Drive" not in told
    assert "releve.txt" not in read(nour).partition("Choose documents to communicate")[2]
    press(nour, f"{PAGE}/exhibits", document=document)
    assert not models.Exhibit.select().exists()


def test_a_bordereau_is_read_before_it_is_issued(house: House, nour: FlaskClient) -> None:
    press(nour, f"{PAGE}/exhibits", document=house.file("Bail.pdf"))
    assert "See it first" in read(nour)
    seen = press(nour, f"{PAGE}/bordereaux/preview", language="fr")
    assert seen.mimetype == "application/pdf"
    assert seen.data.startswith(b"%PDF")
    assert not models.Bordereau.select().exists()
    assert models.Exhibit.get().number is None
    press(nour, f"{PAGE}/exhibits/{models.Exhibit.get().id}/drop")
    assert press(nour, f"{PAGE}/bordereaux/preview", language="fr").status_code == 302
