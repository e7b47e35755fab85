"""The page of the audit log: who reads what of it, how it is searched, and what a file says."""

import csv
import io
import re
import socket
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import timedelta
from html import unescape
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard.audit_board import SHOWN
from appliance.dashboard.desk import desk
from appliance.dashboard.door import dashboard_door
from appliance.demo import cast
from appliance.firm.access import AccessBook
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.listening import Door
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Dossier
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
SALMA, NOUR, ADMIN, SAMI = "Me Salma Trabelsi", "Nour", "Admin", "Me Sami"
ROLES = {SALMA: "avocat", NOUR: "assistant", ADMIN: "admin", SAMI: "avocat"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"


class House:
    """The sample firm. Its dossiers are Me Salma's, but the last one, which is Me Sami's."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Hands()
        Register(store, self.clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        self.users = Users(store, self.clock, 12)
        for name, role in ROLES.items():
            self.users.add(name, role, None, PASSWORD)
        self.hers, *_, self.his = list(Dossier.select().order_by(Dossier.id))
        store.write(Dossier.update(lawyer=SALMA).execute)
        store.write(Dossier.update(lawyer=SAMI).where(Dossier.id == self.his.id).execute)
        book = AccessBook(store, self.clock, self.users.audit)
        office = a_desk(store, self.clock, users=self.users, access=book, language="en")
        self.app: Flask = dashboard_door(office, Dashboard(), b"k" * 32)

    def browser(self, name: str) -> FlaskClient:
        browser = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def document(self, name: str, dossier: Dossier | None) -> int:
        values = {"owner_key": name, "sha256": name, "sender": "s", "name": name, "size": 1}
        values |= {"mime_type": "x/y", "reason": "r", "received_at": self.clock.now()}
        row = self.store.write(lambda: models.Document.create(dossier=dossier, **values))
        return int(row.id)

    def notes(
        self, actor: str, action: str, subject: str | None, detail: str | None = None
    ) -> None:
        self.store.write(lambda: self.users.audit(actor, action, subject, detail))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


def lines(browser: FlaskClient, query: str = "") -> list[str]:
    """What the table says, row by row."""
    page = browser.get(f"/audit{query}")
    assert page.status_code == 200
    body = page.text.partition("<tbody")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", row))).strip() for row in rows]


def told(rows: list[str], what: str) -> list[str]:
    return [row for row in rows if what in row]


def test_an_act_is_told_in_words_with_a_way_to_what_it_was_about(house: House) -> None:
    number = house.document("bail.pdf", house.hers)
    house.notes(NOUR, "document moved", f"document:{number}", "from A to B")
    house.notes(NOUR, "legal hold begun", house.hers.reference, "a dispute")
    page = house.browser(SALMA).get("/audit").text

    rows = lines(house.browser(SALMA))
    assert told(rows, "Document moved bail.pdf from A to B")
    assert told(rows, f"Legal hold begun {house.hers.reference} · {house.hers.title} a dispute")
    assert f'href="/documents/{number}"' in page
    assert f'href="/dossiers/{house.hers.id}"' in page


def test_a_lawyer_reads_of_their_dossiers_and_of_their_own_acts_only(house: House) -> None:
    hers, his = house.document("hers.pdf", house.hers), house.document("his.pdf", house.his)
    house.notes(NOUR, "document moved", f"document:{hers}", "her secret")
    house.notes(NOUR, "document moved", f"document:{his}", "his secret")
    house.notes(ADMIN, "limit changed", "whatsapp_send 1000")
    house.notes(ADMIN, "glass broken", None, "a fault")
    rows = lines(house.browser(SALMA))

    assert told(rows, "her secret")
    assert not told(rows, "his secret")
    assert not told(rows, "his.pdf")
    assert not told(rows, "Limit changed")
    assert told(rows, "Glass broken")
    assert told(rows, f"{SALMA} Signed in")
    assert not told(rows, "User added")


def test_an_act_of_ones_own_does_not_name_what_one_no_longer_sees(house: House) -> None:
    number = house.document("secret.pdf", house.hers)
    house.notes(SALMA, "document moved", f"document:{number}", "to the secret shelf")
    house.notes(SALMA, "legal hold begun", house.hers.reference, "secret reason")
    house.store.write(Dossier.update(lawyer=SAMI).where(Dossier.id == house.hers.id).execute)
    rows = lines(house.browser(SALMA))

    assert told(rows, f"Document moved Document No {number} not shown")
    assert told(rows, "Legal hold begun Dossier No")
    assert not told(rows, "secret")
    assert not told(rows, house.hers.reference)
    exported = house.browser(SALMA).get("/audit/export.csv").text
    assert "secret" not in exported
    assert house.hers.reference not in exported


def test_who_runs_the_system_reads_every_act_and_no_content(house: House) -> None:
    number = house.document("bail de M. Gharbi.pdf", house.hers)
    house.notes(NOUR, "document moved", f"document:{number}", "to Gharbi's shelf")
    house.notes(NOUR, "opposing party added", f"{house.hers.reference}: M. Hostile")
    house.notes(NOUR, "never heard of", "M. Gharbi", "Gharbi")
    browser = house.browser(ADMIN)
    page = browser.get("/audit").text
    rows = lines(browser)

    assert told(rows, f"Document moved Document No {number} not shown: it speaks of content")
    assert told(rows, "Opposing party added Dossier No")
    assert told(rows, "User added")
    for name in ("Gharbi", "Hostile", house.hers.reference):
        assert name not in page
        assert name not in browser.get("/audit/export.csv").text
    assert "You run the system" in page

    form = {"csrf_token": token_of(browser, "/glass"), "reason": "asked by Me Salma"}
    assert browser.post("/glass", data=form).status_code == 302
    assert told(lines(browser), "to Gharbi's shelf")


def test_an_assistant_does_not_read_the_log(house: House) -> None:
    browser = house.browser(NOUR)

    for path in ("/audit", "/audit/export.csv"):
        assert browser.get(path).status_code == 403
    form = {"csrf_token": token_of(browser, "/")}
    assert browser.post("/audit/check", data=form).status_code == 403


def test_the_log_is_searched_by_who_what_about_what_and_when(house: House) -> None:
    first = house.document("a.pdf", house.hers)
    house.notes(NOUR, "document moved", f"document:{first}")
    house.notes(NOUR, "bordereau 3 issued", house.hers.reference)
    house.clock.pass_(timedelta(days=2))
    house.notes(SALMA, "document renamed", f"document:{first}")
    browser = house.browser(ADMIN)
    base = lines(browser)

    assert len(lines(browser, "?actor=Nour")) == 2
    assert len(lines(browser, "?action=document+moved")) == 1
    assert len(lines(browser, "?action=bordereau+%23+issued")) == 1
    assert told(lines(browser, "?actor=Nour"), "Bordereau No 3 issued")
    assert len(lines(browser, f"?about=document&number={first}")) == 2
    assert len(lines(browser, f"?dossier={house.hers.id}")) == 3
    assert len(lines(browser, f"?dossier={house.hers.id}&from=2026-11-25")) == 1
    assert len(lines(browser, f"?dossier={house.hers.id}&to=2026-11-24")) == 2
    assert "Nothing was done that fits" in browser.get("/audit?actor=nobody").text
    for nonsense in ("?number=x", "?from=yesterday", "?to=0000-00-00", "?about=x", "?before=-1"):
        assert len(lines(browser, nonsense)) >= len(base), nonsense
    assert browser.get(f"/audit?number={'9' * 30}&dossier=%00&actor=%00").status_code == 200


def test_pages_are_turned_without_losing_or_repeating_an_entry(house: House) -> None:
    for number in range(SHOWN * 2 + 5):
        house.notes("x", "limit changed", f"limit {number}")
    browser, seen, query = house.browser(ADMIN), [], "?action=limit+changed"
    while query:
        seen += lines(browser, query)
        more = re.search(
            r'href="/audit(\?[^"]*before=[^"]*)" rel="next"', browser.get(f"/audit{query}").text
        )
        house.notes("x", "limit changed", "one more meanwhile")
        query = unescape(more[1]) if more else ""

    assert len(told(seen, "limit ")) >= SHOWN * 2 + 5
    assert len({row for row in seen if "meanwhile" not in row}) == SHOWN * 2 + 5


def test_a_file_holds_no_formula(house: House) -> None:
    for begin in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        house.notes(f"{begin} actor", "limit changed", f"{begin} subject", f'{begin};"detail"\n')
    answer = house.browser(ADMIN).get("/audit/export.csv")

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text[1:], newline=""), delimiter=";"))
    assert rows[0] == ["Number", "When", "Who", "Act", "About", "Details"]
    assert len(rows) == AuditEntry.select().count() + 1
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]
    assert AuditEntry.select().where(AuditEntry.action == "audit exported").exists()


def test_the_state_of_the_chain_is_shown_and_can_be_looked_at_now(house: House) -> None:
    browser = house.browser(ADMIN)
    assert "Not checked yet" in browser.get("/audit").text
    form = {"csrf_token": token_of(browser, "/audit")}
    assert browser.post("/audit/check", data=form).status_code == 302
    page = browser.get("/audit").text
    assert "all as they were made" in page
    assert "all entries up to No" in page

    _attack(house, "UPDATE audit_log SET actor = 'Ali' WHERE number = 2")
    browser.post("/audit/check", data=form)
    page = browser.get("/audit").text
    assert "Entry No 2 of the audit log was altered" in page
    assert 'role="alert"' in page


def _attack(house: House, statement: str) -> None:
    def unit() -> None:
        house.store.execute("DROP TRIGGER audit_log_stands")
        house.store.execute(statement)

    house.store.write(unit)


def test_hostile_names_are_words_and_nothing_else(house: House) -> None:
    house.notes(HOSTILE, "limit changed", HOSTILE, HOSTILE)
    house.notes("x", HOSTILE, HOSTILE, HOSTILE)
    browser = house.browser(ADMIN)

    for query in ("", f"?actor={HOSTILE}"):
        page = browser.get("/audit", query_string=query.lstrip("?")).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in re.findall(r"%\(name\)s(\d*)", unescape(page))


def test_words_that_were_erased_are_said_to_be(house: House) -> None:
    house.notes(NOUR, "limit changed", "subject", "detail to go")
    number = AuditEntry.select().order_by(AuditEntry.id.desc()).get().number
    house.store.write(lambda: house.users.journal.erase_words([number], ADMIN, "asked"))
    rows = lines(house.browser(ADMIN))

    assert not told(rows, "detail to go")
    assert told(rows, "Limit changed erased")


def test_a_hundred_thousand_entries_are_searched_at_once(house: House) -> None:
    def unit() -> None:
        rows = [_row(number, house) for number in range(100_000)]
        for at in range(0, len(rows), 1000):
            AuditEntry.insert_many(rows[at : at + 1000]).execute()

    house.store.write(unit)
    for name in (ADMIN, SALMA):
        browser = house.browser(name)
        browser.get("/audit")
        for query in QUERIES:
            before = thread_time()
            assert browser.get(f"/audit{query}").status_code == 200
            assert thread_time() - before < 0.15, f"{query} as {name}"


QUERIES = (
    "",
    "?before=50000",
    "?actor=person+3",
    "?actor=nobody",
    "?action=document+moved",
    "?action=legal+hold+ended",
    "?about=document&number=77",
    "?dossier=2",
    "?from=2020-01-01&to=2020-01-02",
    "?from=2026-01-01&actor=person+3&action=document+opened",
)


def _row(number: int, house: House) -> dict[str, Any]:
    return {
        "at": house.clock.now() - timedelta(minutes=100_000 - number),
        "actor": f"person {number % 9}",
        "action": "document moved" if number % 3 else "document opened",
        "subject": f"document:{number % 20_000}",
        "about": "document",
        "about_id": number % 20_000,
        "dossier_id": number % 3000,
        "number": 1_000_000 + number,
        "hash": "0" * 64,
    }


@pytest.mark.parametrize("called", ["dossier:{}", "dossier {}", "{}"])
def test_a_dossier_that_is_called_like_another_ones_number_tells_nothing_of_it(
    house: House, called: str
) -> None:
    reference = called.format(house.his.id)
    changed = {"reference": reference, "reference_key": reference}
    house.store.write(Dossier.update(**changed).where(Dossier.id == house.hers.id).execute)
    house.notes(SAMI, "party added", f"dossier:{house.his.id}", "opponent: Société Cachée")
    hers = house.browser(SALMA)
    data = {"csrf_token": token_of(hers, "/"), "reason": "a dispute of hers"}
    held = hers.post(f"/dossiers/{house.hers.id}/keeping/hold", data=data)
    assert held.status_code == 302
    history = hers.get(f"/dossiers/{house.hers.id}/history").text
    assert "a dispute of hers" in history
    assert "Cachée" not in history
    his = house.browser(SAMI)
    for page in ("/audit", "/audit/export.csv", f"/dossiers/{house.his.id}/history"):
        assert "a dispute of hers" not in his.get(page).text
    assert "Cachée" in his.get(f"/dossiers/{house.his.id}/history").text


def test_whence_a_document_came_is_told_to_who_sees_that_dossier(house: House) -> None:
    document = house.document("bail.pdf", house.hers)
    moved = f"{house.his.reference} / bail.pdf -> {house.hers.reference} / bail.pdf"
    house.notes(SAMI, "document moved", f"document {document}", moved)
    own = f"to be filed / a.pdf -> {house.hers.reference} / b / c.pdf"
    house.notes(NOUR, "document filed", f"document {document}", own)
    hers = house.browser(SALMA)
    for page in (hers.get("/audit").text, hers.get("/audit/export.csv").text):
        assert "bail.pdf" in page
        assert house.his.reference not in page
        assert "b / c.pdf" in page
    house.store.write(Dossier.update(access="shared").execute)
    assert house.his.reference in hers.get("/audit").text


def test_a_third_file_at_once_waits_for_one_of_the_two_to_be_done(house: House) -> None:
    """Dossiers that are saved and this file share the places: each keeps a thread."""
    browser = house.browser(ADMIN)
    for _ in range(3):
        assert browser.get("/audit/export.csv").status_code == 200, "each gives its place back"
    with house.app.app_context():
        places = desk().registry.saving
    with places.place() or nullcontext(), places.place() or nullcontext():
        answer = browser.get("/audit/export.csv")
        assert answer.status_code == 503
        assert "Two files are being made already" in answer.text
    assert browser.get("/audit/export.csv").status_code == 200


def test_whoever_does_not_read_the_file_keeps_no_thread(house: House) -> None:
    """More than all buffers hold; the only thread answers the next one at once."""
    for _ in range(24):
        house.store.write(lambda: house.users.audit(SALMA, "check run", None, "x" * 1_000_000))
    browser = house.browser(SALMA)
    cookie = "; ".join(
        f"{one.key}={one.value}"
        for name in ("greffier_session", "greffier_form")
        if (one := browser.get_cookie(name)) is not None
    )
    door = Door("x", house.app, "127.0.0.1", 0, threads=1, max_body=1000)
    door.open()
    said = f"GET /audit/export.csv HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
    with closing(door), closing(socket.socket()) as deaf, closing(socket.socket()) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for one, words in (
            (deaf, said),
            (other, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ):
            one.settimeout(15)  # half of what a reader may be silent
            one.connect(("127.0.0.1", door.port))
            one.sendall(words.encode())
            assert one.recv(12) == b"HTTP/1.1 200"
