"""Whatever leaves the dashboard as a file leaves a line in the audit log, written before a byte.

The routes are not listed by hand: of every view it is looked whether it can answer with a file, by
its own code or by what it calls. One that is not driven below, nor excused by name, fails.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.dashboard.door import FILES
from appliance.dashboard.visitor import is_about
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.models import AuditEntry, Document, DocumentText, Dossier, Proof
from tests import pictures
from tests.integration.reading import token_of
from tests.integration.recorded_acts import (
    ADMIN,
    ASSISTANT,
    AVOCAT,
    Ready,
    chosen,
    confirmed,
)
from tests.integration.recorded_house import House, a_house
from tests.integration.refusing import no_line

# What makes an answer something else than a page, in the code of a view.
MARKS = ("Content-Disposition", "send_file(", "send_from_directory(", "mimetype=", "content_type=")
# Why a file may leave without a line.
EXCUSED = {
    "files.thumbnail": "A stamp of 320 pixels beside a name: the lists are full of them, and "
    "whoever looks at the document itself leaves the line.",
    "account.picture": "One's own second factor, as long as it waits: no client's content.",
}


@dataclass(frozen=True)
class File:
    """One that is handed out: to whom, at which address, and what the log calls it.

    `subject`: of what it speaks, in words of the log, by what was filled into the address.
    """

    role: str
    action: str
    ready: Ready
    subject: Callable[[House, dict[str, Any]], str | None]
    query: str = ""


def _photo(house: House) -> tuple[dict[str, object], dict[str, object]]:
    path = pictures.photo(house.store.path.parent / "a.jpg", (400, 300))
    about = {"mime_type": "image/jpeg", "name": "a.jpg"}
    return {"document_id": house.kept_document(path.read_bytes(), **about)}, {}


def _paper(house: House) -> tuple[dict[str, object], dict[str, object]]:
    path = pictures.pdf(house.store.path.parent / "a.pdf", ["one"])
    return {"document_id": house.kept_document(path.read_bytes()), "number": 1}, {}


def _dossier(house: House) -> tuple[dict[str, object], dict[str, object]]:
    house.kept_document(b"%PDF-1.4 of a client")
    return {"dossier_id": house.dossier.id}, {}


def _receipt(house: House) -> tuple[dict[str, object], dict[str, object]]:
    return {"number": house.receipt()}, {}


def _bordereau(house: House) -> tuple[dict[str, object], dict[str, object]]:
    exhibits, dossier = house.desk.papers.exhibits, house.dossier.id
    made = exhibits.issue(dossier, "fr", "x", house.exhibits(), lambda _: None)
    assert made is not None
    return {"dossier_id": dossier, "number": made.number}, {}


def _report(house: House) -> tuple[dict[str, object], dict[str, object]]:
    address, form = confirmed(house)
    return address, form


def _nothing(_: House) -> tuple[dict[str, object], dict[str, object]]:
    return {}, {}


def _the_document(_: House, address: dict[str, Any]) -> str:
    return f"document:{address['document_id']}"


def _the_dossier(house: House, address: dict[str, Any]) -> str:
    return f"dossier:{address.get('dossier_id', house.dossier.id)}"


def _all(_: House, __: dict[str, Any]) -> None:
    return None


HANDED = {
    "files.original": File(AVOCAT, "original opened", _photo, _the_document),
    "files.view": File(ASSISTANT, "document opened", _photo, _the_document),
    "files.one_page": File(ASSISTANT, "document opened", _paper, _the_document),
    "history.save": File(AVOCAT, "dossier saved as a file", _dossier, _the_dossier),
    "papers.receipt": File(ASSISTANT, "receipt 1 saved", _receipt, _the_dossier),
    "exhibits.bordereau": File(ASSISTANT, "bordereau 1 saved", _bordereau, _the_dossier),
    "exhibits.preview": File(ASSISTANT, "draft bordereau saved", chosen, _the_dossier),
    "keeping.report": File(
        ASSISTANT, "destruction report opened", _report, _the_dossier, "?download=1"
    ),
    "audit.export": File(ADMIN, "audit exported", _nothing, _all),
    "health.bundle": File(ADMIN, "support file made", _nothing, _all),
}


@pytest.fixture
def house(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> Iterator[House]:
    with a_house(meta, mailbox, tmp_path) as built:
        yield built


def test_every_view_that_can_answer_with_a_file_is_driven_or_excused(house: House) -> None:
    views = house.app.view_functions
    found = {each for each in views if each != "static" and hands_out(views[each], set())}
    assert found == set(HANDED) | set(EXCUSED)
    assert not set(HANDED) & set(EXCUSED)


def test_a_file_is_seen_in_the_code_of_a_view_and_in_what_it_calls() -> None:
    assert hands_out(_sends, set())
    assert hands_out(_calls, set())
    assert not hands_out(_shows, set())


@pytest.mark.parametrize("endpoint", HANDED)
def test_what_leaves_as_a_file_is_on_record_before_a_byte_is_sent(
    house: House, endpoint: str
) -> None:
    file = HANDED[endpoint]
    arguments, form = file.ready(house)
    browser = house.browser(file.role)
    address = house.address(endpoint, **arguments) + file.query
    before = AuditEntry.select().count()

    with no_line(house.store):
        refused = ask(house, browser, endpoint, address, form)
    assert (refused.status_code, refused.mimetype) == (500, "text/html")
    assert "Content-Disposition" not in refused.headers
    assert AuditEntry.select().count() == before

    sent = ask(house, browser, endpoint, address, form)
    assert sent.status_code == 200
    assert sent.mimetype != "text/html" or "Content-Disposition" in sent.headers
    assert sent.data
    assert AuditEntry.select().count() == before + 1
    line = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (line.actor, line.action) == (file.role, file.action)
    assert line.subject == file.subject(house, arguments)


def ask(
    house: House, browser: FlaskClient, endpoint: str, address: str, form: dict[str, object]
) -> TestResponse:
    """As its link or its button asks for it."""
    rules = house.app.url_map.iter_rules(endpoint)
    if any("GET" in (rule.methods or ()) for rule in rules):
        return browser.get(address)
    return browser.post(address, data={**form, "csrf_token": token_of(browser, "/")})


def test_another_site_cannot_have_a_line_written_of_who_is_signed_in(house: House) -> None:
    """Whoever follows a link from elsewhere to a file is asked first."""
    for endpoint in HANDED:
        for rule in house.app.url_map.iter_rules(endpoint):
            if "GET" in (rule.methods or ()):
                with house.app.app_context():
                    assert endpoint in FILES or is_about("document", endpoint), endpoint
    number = house.receipt()
    browser = house.browser(AVOCAT)
    before = AuditEntry.select().count()
    led = browser.get(f"/receipts/{number}.pdf", headers={"Sec-Fetch-Site": "cross-site"})
    assert (led.status_code, led.mimetype) == (200, "text/html")
    assert AuditEntry.select().count() == before


def test_words_that_are_read_while_filing_are_a_document_opened(house: House) -> None:
    """A picture is fetched by itself, and leaves the line then; words stand in the page."""
    waits = {"status": "pending", "dossier": None, "mime_type": "text/plain"}
    row_id = house.document("a.txt", **waits)
    read = {"text": "the words of it", "source": "text", "read_at": house.clock.now()}
    house.made(DocumentText, document=row_id, **read)
    browser = house.browser(ASSISTANT)

    with no_line(house.store):
        assert browser.get(f"/pending?at={row_id}").status_code == 500
    assert "the words of it" in browser.get(f"/pending?at={row_id}").text
    line = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (line.actor, line.action) == (ASSISTANT, "document opened")
    assert line.subject == f"document:{row_id}"


def test_a_receipt_that_they_do_not_see_leaves_no_line(house: House) -> None:
    number = house.receipt()
    matters, dossier = house.browser(AVOCAT), house.dossier.id
    form = {"access": "walled", "csrf_token": token_of(matters, "/")}
    assert matters.post(f"/dossiers/{dossier}/access", data=form).status_code == 302
    kept_out, before = house.browser(ASSISTANT), AuditEntry.select().count() + 1  # signs in
    assert kept_out.get(f"/receipts/{number}.pdf").status_code == 404
    assert AuditEntry.select().count() == before - 1


def test_a_receipt_by_which_a_document_left_a_walled_dossier_is_there_for_who_sees_that(
    house: House,
) -> None:
    """It is of no dossier any more, and names the one that it was in."""
    document = house.document("a.pdf")
    first = house.proven(document)
    back = {"dossier": None, "status": "pending", "filed_at": None}
    house.store.write(Document.update(**back).where(Document.id == document).execute)
    number = house.proven(document)
    assert Proof.get(Proof.number == number).dossier_id is None
    lawyer, other, dossier = house.browser(AVOCAT), house.browser(ASSISTANT), house.dossier.id
    assert other.get(f"/receipts/{number}.pdf").status_code == 200

    form = {"access": "walled", "csrf_token": token_of(lawyer, "/")}
    assert lawyer.post(f"/dossiers/{dossier}/access", data=form).status_code == 302
    house.store.write(Dossier.update(lawyer=AVOCAT).where(Dossier.id == dossier).execute)

    for each in (first, number):
        assert other.get(f"/receipts/{each}.pdf").status_code == 404
        assert lawyer.get(f"/receipts/{each}.pdf").status_code == 200
        line = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
        assert (line.action, line.subject) == (f"receipt {each} saved", f"dossier:{dossier}")


def test_the_history_of_a_dossier_does_not_tell_who_looked_at_its_papers(house: House) -> None:
    _, browser = house.receipt(), house.browser(AVOCAT)
    assert browser.get("/receipts/1.pdf").status_code == 200
    arguments, _ = _bordereau(house)
    assert browser.get(house.address("exhibits.bordereau", **arguments)).status_code == 200
    history = browser.get(f"/dossiers/{house.dossier.id}/history?lang=en").text
    assert "saved as a file" not in history
    house.desk.users.note("x", "bordereau 1 issued", f"dossier:{house.dossier.id}")
    log = browser.get("/audit?lang=en").text
    assert "Receipt No 1 saved as a file" in log
    assert "Bordereau No 1 saved as a file" in log
    issued = browser.get("/audit?lang=en&action=bordereau+%23+issued").text
    assert "Bordereau No 1 issued" in issued
    assert "Bordereau No 1 saved as a file" not in issued


def hands_out(view: Any, seen: set[FunctionType]) -> bool:
    """Whether this function, or one of the dashboard's that it calls, makes a file's answer."""
    if not isinstance(view, FunctionType) or view in seen:
        return False
    seen.add(view)
    if not view.__module__.startswith(("appliance.dashboard", __name__)):
        return False
    if any(mark in inspect.getsource(view) for mark in MARKS):
        return True
    called = (view.__globals__.get(name) for name in _names(view.__code__))
    return any(hands_out(each, seen) for each in called)


def _names(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _sends() -> str:
    return "Content-Disposition"


def _calls() -> str:
    return _sends()


def _shows() -> str:
    return "a page"
