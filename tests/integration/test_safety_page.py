"""The page of safety: what waits for a look, who may say that it was done, and two steps out."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.chores import Chores, Kind
from appliance.config import Dashboard, read
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.safety_board import SafetyBoard
from appliance.demo import cast
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.filing.placing import GONE, Cabinet
from appliance.filing.premises import Premises
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.gateways.clamd import AWAY
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.safety import fitting
from appliance.safety.book import Bell, Seams
from appliance.safety.findings import Finding, said
from appliance.safety.quarantine import quarantine_of
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import Chore, ChoreStatus, Document, Safety
from appliance.telling import columns
from appliance.traffic import Traffic
from tests.clamd import SIGNATURE, eicar
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>%(name)s"
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")


@dataclass
class House:
    """The dashboard over a real store, real files and the sample firm's dossiers."""

    data: Path
    store: Store
    clock: Hands
    users: Users
    board: SafetyBoard
    chores: Chores

    def browser(self, role: str | None, language: str = "en") -> FlaskClient:
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            safety=self.board,
            language=language,
            firm_name=cast.FIRM,
        )
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        if role:
            if role not in {user.name for user in self.users.everybody()}:
                self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def document(self, name: str, data: bytes = b"x") -> Document:
        """A filed document with its file in dossier and shelf."""
        dossier = models.Dossier.get(models.Dossier.reference == "2026-0042")
        sha256 = hashlib.sha256(data).hexdigest()
        folder = self.data / "Dossiers" / dossier.client.folder / dossier.folder
        shelf = self.data / "media" / sha256[:2]
        for place, called in ((folder, name.replace("/", "_")), (shelf, sha256)):
            place.mkdir(parents=True, exist_ok=True)
            (place / called).write_bytes(data)
        at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        values = {
            "owner_key": f"client:{dossier.client_id}:{name}",
            "sha256": sha256,
            "client": dossier.client_id,
            "dossier": dossier.id,
            "sender": "+21620111222",
            "name": name,
            "mime_type": "text/plain",
            "size": len(data),
            "status": "filed",
            "reason": "only_active_dossier",
            "received_at": at,
            "stored_at": at,
            "local_path": (folder / name).relative_to(self.data / "Dossiers").as_posix(),
        }
        return self.store.write(lambda: rows.insert(Document, **values))

    def came(self, document: Document) -> None:
        """In a message, just now."""
        values = {"sender": document.sender, "type": "document", "raw": "{}"}
        values |= {"received_at": self.clock.now(), "document": document.id}
        wamid = f"wamid.{document.id}"
        self.store.write(lambda: rows.insert(models.Message, wamid=wamid, **values))

    def doubted(self, name: str, error: GreffierError) -> Document:
        document = self.document(name, name.encode())
        values = {"safety": Safety.TO_CHECK, "safety_reason": columns(error)["reason"]}
        self.store.write(lambda: rows.update(Document, document.id, **values))
        return document

    def infected(self) -> Document:
        document = self.document("lettre.txt", eicar())
        error = said(Finding.INFECTED, signature=SIGNATURE)
        self.board._examiner._put_away(document, error)
        return Document.get_by_id(document.id)

    def chore(self, document: Document, error: GreffierError, status: ChoreStatus) -> Chore:
        posted = self.store.write(lambda: self.chores.post(Kind.SCAN, document.id))
        due = self.clock.now() if status == ChoreStatus.OPEN else None
        values = {"status": status, "due_at": due, **columns(error)}
        self.store.write(lambda: rows.update(Chore, posted.row_id, **values))
        return Chore.get_by_id(posted.row_id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        Register(store, clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        users = Users(store, clock, 12)
        chores = Chores(store, Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), clock)
        premises = Premises(tmp_path / "Dossiers", Cabinet(), lambda sha256: tmp_path / sha256)
        works = fitting.Works(store, clock, chores, premises)
        config = read(None, {}, tmp_path)
        seams = Seams(lambda _: [], Bell(lambda *_: [], lambda _: None), users.audit)
        examiner = fitting.examiner(config, works, None, seams)
        yield House(tmp_path, store, clock, users, SafetyBoard(examiner, chores), chores)


def presses(browser: FlaskClient, path: str, page: str = "/safety") -> str:
    """Press the button that leads there; the page that is shown next."""
    data = {"csrf_token": token_of(browser, page)}
    return unescape(browser.post(path, data=data, follow_redirects=True).text)


def test_an_empty_page_says_that_nothing_is_to_be_done(house: House) -> None:
    page = house.browser("avocat").get("/safety").text

    assert "Nothing to check" in page
    assert "Nothing is in quarantine." in page
    assert "run clamd" in page


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_each_reason_is_shown_with_what_to_do_in_every_language(
    house: House, language: str
) -> None:
    values = {"one": "PDF", "other": "ZIP", "count": 5, "seen": 2, "size": 3, "times": 4} | {
        "name": HOSTILE, "said": "PDF", "found": "EXE", "width": 1, "height": 2, "signature": "S",
    }  # fmt: skip
    for finding in Finding:
        house.doubted(f"{finding}.pdf", said(finding, **values))
    page = house.browser("avocat", language).get("/safety").text

    assert page.count("<tr>") == len(Finding) + 1
    assert "%(" not in page.replace("%(name)s", "")
    assert "<script>alert" not in page
    assert not INLINE.search(page)


def test_what_was_destroyed_is_no_longer_to_be_checked(house: House) -> None:
    document = house.doubted("lettre.docm", said(Finding.MACRO))
    gone = {"stored_at": None, "destroyed_at": house.clock.now()}
    house.store.write(lambda: rows.update(Document, document.id, **gone))

    page = house.browser("avocat").get("/safety").text

    assert "Nothing to check" in page
    assert "Safety (" not in unescape(page)


def test_a_lawyer_says_that_a_document_is_checked_and_it_leaves_the_list(house: House) -> None:
    document = house.doubted("lettre.docm", said(Finding.MACRO))
    browser = house.browser("avocat")
    assert 'Safety <span class="count">1</span>' in unescape(browser.get("/").text)

    page = presses(browser, f"/safety/{document.id}/checked")

    assert "you have checked" in page
    assert Document.get_by_id(document.id).safety == Safety.OK
    entry = models.AuditEntry.get(models.AuditEntry.action == "document checked")
    assert (entry.actor, entry.subject) == ("avocat", str(document.id))
    assert "Somebody was quicker" in presses(browser, f"/safety/{document.id}/checked", "/safety")


def test_the_page_of_today_marks_a_delivery_by_the_worst_that_is_in_it(house: House) -> None:
    house.came(house.document("bail.pdf", b"bail"))
    assert safety_marks(house) == []

    house.came(house.doubted("lettre.docm", said(Finding.MACRO)))
    assert safety_marks(house) == ["To be checked (1)"]

    house.came(house.infected())
    assert safety_marks(house) == ["In quarantine (1)"]


def safety_marks(house: House) -> list[str]:
    """What the lines of Today say of the safety of their documents."""
    page = unescape(house.browser("assistant").get("/").text)
    return re.findall(r'<a class="(?:to_check|quarantined)" href="/safety">([^<]+)</a>', page)


def test_an_assistant_sees_it_all_and_decides_nothing(house: House) -> None:
    document = house.doubted("lettre.docm", said(Finding.MACRO))
    away = house.infected()
    browser = house.browser("assistant")
    page = browser.get("/safety").text

    assert "lettre.docm" in page
    assert "/checked" not in page
    data = {"csrf_token": token_of(browser, "/safety")}
    for path in (f"{document.id}/checked", f"{away.id}/release", "looks/1/again"):
        assert browser.post(f"/safety/{path}", data=data).status_code == 403
    assert browser.get(f"/safety/{away.id}/release").status_code == 403
    assert Document.get_by_id(document.id).safety == Safety.TO_CHECK


def test_a_lawyer_releases_and_in_two_steps(house: House) -> None:
    away = house.infected()
    assert house.browser("assistant").get(f"/safety/{away.id}/release").status_code == 403
    assert house.browser("admin").get(f"/safety/{away.id}/release").status_code == 403
    lawyer = house.browser("avocat")

    page = unescape(lawyer.get("/safety").text)
    assert f"/safety/{away.id}/release" in page
    assert SIGNATURE in page
    asked = unescape(lawyer.get(f"/safety/{away.id}/release").text)
    assert "Release it all the same" in asked
    assert Document.get_by_id(away.id).safety == Safety.QUARANTINED

    path = f"/safety/{away.id}/release"
    assert "is back in its dossier" in presses(lawyer, path, path)
    back = Document.get_by_id(away.id)
    assert (house.data / "Dossiers" / back.local_path).read_bytes() == eicar()
    assert not quarantine_of(back, house.data / "quarantine").exists()
    assert lawyer.get(path, follow_redirects=True).text.count("Somebody was quicker") == 1


def test_what_waits_for_the_scanner_says_so_and_what_failed_is_tried_again(house: House) -> None:
    away = TemporaryError(AWAY, address="127.0.0.1:3310", cause="Connection refused")
    house.chore(house.document("un.pdf", b"1"), away, ChoreStatus.OPEN)
    failed = house.chore(house.document("deux.pdf", b"2"), PermanentError(GONE), ChoreStatus.FAILED)
    browser = house.browser("avocat")
    page = unescape(browser.get("/safety").text)
    assert "start clamd" in page
    assert GONE in page

    assert "looked at again" in presses(browser, f"/safety/looks/{failed.id}/again")
    assert Chore.get_by_id(failed.id).status == ChoreStatus.OPEN


def test_nobody_unknown_sees_the_page(house: House) -> None:
    house.users.add("avocat", "avocat", None, PASSWORD)

    assert house.browser(None).get("/safety").headers["Location"].endswith("/login")


def test_a_document_that_does_not_exist_is_nobodys(house: House) -> None:
    browser = house.browser("avocat")

    assert browser.get("/safety/999/release").status_code == 404
    assert browser.get(f"/safety/{2**70}/release").status_code == 404
