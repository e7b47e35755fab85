"""Every act of the dashboard and its line of the audit log are one commit: both, or neither.

The office is the whole one, as it is built, with its doors shut and nobody at work. A trigger that
refuses the line is the fault: it is SQLite's own, in the middle of the act's commit.
"""

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient

from appliance import chores, names
from appliance import dashboard as dashboard_package
from appliance.assembly import Appliance, build
from appliance.config import Dashboard, Rate, read
from appliance.dashboard.door import dashboard_door
from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.parties import EventKind, IdentityChange
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.scope import EVERYTHING
from appliance.papers.expected import Draft
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.database import by_nobody
from appliance.store.models import AuditEntry, ChoreStatus, MessageStatus, Role, Safety
from tests.integration.conftest import environment
from tests.integration.reading import token_of
from tests.integration.refusing import no_line
from tests.support import Hands

Filled = tuple[dict[str, object], dict[str, object]]  # the address, the form
Ready = Callable[["House"], Filled]

PASSWORD = "clé très secrète"
REFERENCE = "2026-0042"
YEAR = timedelta(days=365)
USE = {"sessions"}  # when somebody was here last is no act
QUESTION = {
    "language": "fr",
    "title": "Adresse",
    "keywords": "adresse",
    "answer": "12, rue de Marseille.",
    "priority": "2",
}


@dataclass
class House:
    """The whole office, and somebody of every role."""

    office: Appliance
    clock: Hands

    def __post_init__(self) -> None:
        self.desk, self.store = self.office.desk, self.office.store
        self.app = dashboard_door(self.desk, Dashboard(), b"k" * 32)
        for tidy in self.office.tidying:
            tidy()
        Register(self.store, self.clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))

    def browser(self, role: str) -> FlaskClient:
        """Somebody of this role, who bears its name, signs in."""
        if role not in {user.name for user in self.desk.users.everybody()}:
            self.user(role, role)
        return self.browser_of(role)

    def browser_of(self, name: str) -> FlaskClient:
        browser = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def user(self, name: str, role: str) -> models.User:
        self.desk.users.add(name, role, None, PASSWORD)
        found: models.User = models.User.get(models.User.name == name)
        return found

    def address(self, endpoint: str, **arguments: object) -> str:
        with self.app.test_request_context():
            return url_for(endpoint, **arguments)

    def made(self, model: Any, **values: object) -> int:
        return int(self.store.write(lambda: model.create(**values)).id)

    def kept(self) -> dict[str, list[Any]]:
        """All that stands in the store, by its tables."""
        asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        tables = [row[0] for row in self.store.execute(asked).fetchall()]
        return {
            table: sorted(map(repr, self.store.execute(f'SELECT * FROM "{table}"').fetchall()))
            for table in tables
            if table not in USE
        }

    def document(self, name: str, **values: object) -> int:
        """A document, filed in the first dossier unless it is said otherwise."""
        number, now = models.Document.select().count() + 1, self.clock.now()
        usual = {
            "owner_key": f"o{number}",
            "sha256": f"{number:064x}",
            "sender": f"+{cast.GHARBI}",
            "name": name,
            "mime_type": "application/pdf",
            "size": 10,
            "reason": "only_active_dossier",
            "status": "filed",
            "dossier": self.dossier.id,
            "received_at": now,
            "stored_at": now,
        }
        return self.made(models.Document, **(usual | values))

    def message(self, **values: object) -> int:
        """One that a client has sent, just now."""
        now, sender = self.clock.now(), f"+{cast.GHARBI}"
        knows = People(self.store, self.clock).correspondent_of
        person = self.store.write(lambda: knows(sender, None, sent_at=now)).id
        usual = {
            "wamid": f"wamid.{models.Message.select().count()}",
            "sender": sender,
            "type": "document",
            "raw": "{}",
            "received_at": now,
            "sent_at": now,
            "correspondent": person,
        }
        return self.made(models.Message, **(usual | values))

    def failed(self, kind: chores.Kind) -> int:
        """Work on a document that was given up."""
        at, subject = self.clock.now(), self.document("a.pdf")
        values = {"kind": kind.value, "subject_id": subject, "created_at": at, "done_at": at}
        known = models.Chore.get_or_none(kind=kind.value, subject_id=subject)
        assert known is None
        return self.made(models.Chore, **values, status=ChoreStatus.FAILED, error="x")

    @property
    def dossier(self) -> models.Dossier:
        found: models.Dossier = models.Dossier.get(
            models.Dossier.reference_key == names.key(REFERENCE)
        )
        return found

    def piece(self) -> int:
        made = self.desk.papers.pieces.add(self.dossier.id, Draft("Bail", "bail"), "x")
        assert made is not None
        return made

    def exhibits(self) -> list[int]:
        """Two pieces are chosen to be communicated, in this order."""
        ids = [self.document("a.pdf"), self.document("b.pdf")]
        self.desk.papers.exhibits.choose(self.dossier.id, ids)
        return [each.id for each in models.Exhibit.select().order_by(models.Exhibit.position)]


@pytest.fixture
def house(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    more = {
        "GREFFIER_WEBHOOK_PORT": "0",
        "GREFFIER_DASHBOARD_PORT": "0",
        "GREFFIER_DRIVE_ENABLED": "yes",
        "GREFFIER_DRIVE_CREDENTIALS": str(a_key_file(tmp_path)),
    }
    built = build(read(None, environment(meta, mailbox) | more, tmp_path / "data"), clock)
    doors = (built.public, built.dashboard)
    for door in doors:
        door.open()
    try:
        yield House(built, clock)
    finally:
        for door in doors:
            door.close()
        built.jobs.drain()
        built.store.close()


def a_key_file(folder: Path) -> Path:
    """As Google gives them; nobody is asked with it."""
    ours = {
        "client_id": "1.apps.googleusercontent.com",
        "client_secret": "x",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "redirect_uris": ["http://localhost"],
    }
    path = folder / "client.json"
    path.write_text(json.dumps({"installed": ours}))
    return path


@dataclass(frozen=True)
class Act:
    """How one is done: by whom, where, with which form; and what the log calls it.

    `ready`: makes what is there before, and says what is filled into address and form.
    """

    role: str
    action: str
    ready: Ready


def _plain(**form: object) -> Ready:
    return lambda _: ({}, form)


def _limit(house: House) -> Filled:
    house.desk.limits.change("whatsapp_send", Rate(9, timedelta(days=1)), "x", by_nobody)
    return {"name": "whatsapp_send"}, {"count": "7"}


def _failed_message(house: House) -> Filled:
    return {"row_id": house.message(status=MessageStatus.ERROR, error="x")}, {}


def _news(house: House) -> Filled:
    values = {"field": "security", "event": "x", "severity": "warning"}
    at = house.clock.now()
    return {"row_id": house.made(models.AccountEvent, **values, received_at=at)}, {}


def _doubt(house: House) -> Filled:
    people, number = People(house.store, house.clock), f"+{cast.BEN_YOUSSEF}"
    change = IdentityChange(EventKind.NUMBER_CHANGED, old_number=number, new_number="+21655444333")
    house.store.write(lambda: people.change(change, "wamid.c", house.clock.now()))
    return {"event_id": people.open_events()[-1].id}, {}


def _text(**form: object) -> Ready:
    return lambda _: ({"trigger": "unknown_number", "language": "fr"}, form)


def _question(house: House) -> Filled:
    return {"entry_id": models.FaqEntry.get().id}, QUESTION


def _lost_file(house: House) -> Filled:
    raw = {"type": "document", "document": {"id": "1", "mime_type": "application/pdf"}}
    return {"message_id": house.message(raw=json.dumps(raw), client=_karim())}, {}


def _karim() -> int:
    return int(models.Client.get(models.Client.name == "Karim Gharbi").id)


def _waiting(house: House) -> Filled:
    about = {"status": "pending", "reason": "several_dossiers", "dossier": None}
    row_id = house.document("a.pdf", **about, client=_karim())
    house.message(document=row_id, client=_karim())
    return {}, {"document": row_id, "at": row_id}


def _unlooked(house: House) -> Filled:
    return {"chore_id": house.failed(chores.Kind.EXAMINE)}, {}


def _not_on_drive(house: House) -> Filled:
    return {"chore_id": house.failed(chores.Kind.MIRROR)}, {}


def _dossier(**form: object) -> Ready:
    return lambda house: ({"dossier_id": house.dossier.id}, form)


def _piece(**form: object) -> Ready:
    return lambda house: ({"dossier_id": house.dossier.id, "piece_id": house.piece()}, form)


def _tick(house: House) -> Filled:
    house.desk.papers.pieces.tick(house.dossier.id, house.piece(), None, "x")
    return {"dossier_id": house.dossier.id, "tick_id": models.PieceTick.get().id}, {}


def _list(house: House) -> Filled:
    wanted = models.PieceList.get(models.PieceList.language == "fr")
    return {"dossier_id": house.dossier.id}, {"list": wanted.id}


def _documents(house: House) -> Filled:
    return {"dossier_id": house.dossier.id}, {"document": house.document("a.pdf")}


def _exhibit(at: int = 0, **form: object) -> Ready:
    return lambda house: (
        {"dossier_id": house.dossier.id, "exhibit_id": house.exhibits()[at]},
        form,
    )


def _chosen(house: House) -> Filled:
    seen = ",".join(str(each) for each in house.exhibits())
    return {"dossier_id": house.dossier.id}, {"seen": seen, "language": "fr"}


def _user(**form: object) -> Ready:
    return lambda house: ({"user_id": house.user("Sonia", "assistant").id}, form)


def _disabled(house: House) -> Filled:
    sonia = house.user("Sonia", "assistant")
    house.desk.users.disable("Sonia", "x")
    return {"user_id": sonia.id}, {}


def _in_elsewhere(house: House) -> Filled:
    sonia = house.user("Sonia", "assistant")
    house.browser_of("Sonia")
    return {"user_id": sonia.id}, {}


def _lawyer(house: House) -> Filled:
    lawyer = house.user("Salma", "avocat").id
    return {"user_id": house.user("Sonia", "assistant").id}, {"lawyer": lawyer}


def _client(**form: object) -> Ready:
    return lambda _: ({"client_id": _karim()}, {"name": "Karim Gharbi", **form})


def _number(_: House) -> Filled:
    contact = models.Contact.get(models.Contact.client == _karim())
    return {"client_id": _karim(), "contact_id": contact.id}, {}


def _opponent(house: House) -> Filled:
    Register(house.store, house.clock).add_party(REFERENCE, "opponent", "Société du Lac")
    return {"dossier_id": house.dossier.id, "party_id": models.Party.get().id}, {}


def _named(house: House) -> Filled:
    person = house.user("Salma", "avocat").id
    return {"dossier_id": house.dossier.id}, {"person": person, "how": "out"}


def _talk(**form: object) -> Ready:
    def ready(house: House) -> Filled:
        house.message(type="text", body="Bonjour", client=_karim())
        return {"person_id": models.Correspondent.get().id}, form

    return ready


def _assigned(house: House) -> Filled:
    address, _ = _talk()(house)
    return address, {"to": house.user("Sonia", "assistant").id}


def _answer(house: House) -> Filled:
    """Somebody has written one that has not left yet."""
    person = _talk()(house)[0]["person_id"]
    browser = house.browser("avocat")
    form = {"text": "Bonjour", "csrf_token": token_of(browser, "/")}
    assert browser.post(f"/conversations/{person}/answer", data=form).status_code == 302
    return {"person_id": person, "row_id": models.Outgoing.get().id}, {}


def _handed(house: House) -> Filled:
    return {}, {"dossier": house.dossier.id, "lawyer": house.user("Salma", "avocat").id}


def _doubted(house: House) -> Filled:
    return {"document_id": house.document("a.docm", safety=Safety.TO_CHECK)}, {}


def _closed(house: House) -> Filled:
    house.desk.keeping.terms.close(house.dossier.id, "x")
    return {"dossier_id": house.dossier.id}, {}


def _held(house: House) -> Filled:
    house.desk.keeping.holds.begin(house.dossier.id, "litige", "x")
    return {"dossier_id": house.dossier.id}, {}


def _over(house: House) -> Filled:
    """Its years have passed."""
    house.desk.keeping.terms.close(house.dossier.id, "x")
    house.clock.pass_(40 * YEAR)
    return {"dossier_id": house.dossier.id}, {"reason": "échu"}


def _proposed(house: House) -> Filled:
    _over(house)
    assert house.desk.keeping.decisions.propose(house.dossier.id, "échu", "x") == "done"
    house.clock.pass_(YEAR)
    return {"dossier_id": house.dossier.id, "number": models.Destruction.get().id}, {}


def _job(act: str) -> Ready:
    def ready(house: House) -> Filled:
        row_id = house.message(status=MessageStatus.ERROR, error="x")
        address = {"job_name": "message", "row_id": row_id, "act": act}
        return address, {"sure": "1", "why": "en double"}

    return ready


def _paused(house: House) -> Filled:
    house.desk.queues.ask.pause("message", "x")
    return {"lane": "message"}, {}


def _listed(house: House) -> int:
    data = "client;téléphone;dossier\nAli Ben Salah;+21620999888;2026-0900\n".encode()
    return house.desk.registry.imports.preview(data, "l.csv", "avocat", EVERYTHING)


def _brought(house: House) -> Filled:
    import_id = _listed(house)
    house.desk.registry.imports.confirm(import_id, "avocat", EVERYTHING)
    return {"import_id": import_id}, {}


def _broken_glass(house: House) -> Filled:
    house.desk.access.break_glass(house.user("admin", "admin"), "une panne à regarder")
    return {}, {}


ADMIN, AVOCAT, ASSISTANT = Role.ADMIN.value, Role.AVOCAT.value, Role.ASSISTANT.value
CHANGED = {"label": "Bail signé", "keywords": "bail"}
ACTS = {
    "limits.change": Act(ADMIN, "limit changed", _limit),
    "limits.configured": Act(ADMIN, "limit changed", _limit),
    "pages.retry": Act(ADMIN, "message tried again", _failed_message),
    "pages.seen": Act(ADMIN, "account event seen", _news),
    "people.same": Act(AVOCAT, "identity confirmed", _doubt),
    "people.other": Act(AVOCAT, "identity rejected", _doubt),
    "people.add_party": Act(
        AVOCAT, "opposing party added", _plain(dossier=REFERENCE, name="Société du Lac")
    ),
    "answers.save_text": Act(AVOCAT, "automatic message changed", _text(text="Qui êtes-vous ?")),
    "answers.switch": Act(AVOCAT, "automatic message switched off", _text(to="off")),
    "answers.add_question": Act(AVOCAT, "question changed", _plain(**QUESTION)),
    "answers.save_question": Act(AVOCAT, "question changed", _question),
    "answers.delete_question": Act(AVOCAT, "question deleted", _question),
    "keeping.ask_again": Act(AVOCAT, "asked to send again", _lost_file),
    "triage.ask": Act(AVOCAT, "client asked which dossier", _waiting),
    "safety.again": Act(ADMIN, "document looked into again", _unlooked),
    "drive.retry": Act(ADMIN, "copy tried again", _not_on_drive),
    "papers.add": Act(ASSISTANT, "expected piece added", _dossier(**CHANGED)),
    "papers.change": Act(ASSISTANT, "expected piece changed", _piece(**CHANGED)),
    "papers.remove": Act(ASSISTANT, "expected piece removed", _piece()),
    "papers.tick": Act(ASSISTANT, "expected piece ticked", _piece(document="elsewhere")),
    "papers.undo": Act(ASSISTANT, "expected piece unticked", _tick),
    "papers.copy_list": Act(ASSISTANT, "list of pieces copied", _list),
    "papers.save_list": Act(
        ASSISTANT, "list of pieces changed", _plain(name="Pénal", language="fr", lines="PV : pv")
    ),
    "exhibits.choose": Act(ASSISTANT, "exhibits chosen", _documents),
    "exhibits.change": Act(
        ASSISTANT, "exhibit changed", _exhibit(title="Bail", pages="3", position="2")
    ),
    "exhibits.up": Act(ASSISTANT, "exhibit changed", _exhibit(1)),
    "exhibits.down": Act(ASSISTANT, "exhibit changed", _exhibit(0)),
    "exhibits.drop": Act(ASSISTANT, "exhibit dropped", _exhibit()),
    "exhibits.issue": Act(ASSISTANT, "bordereau 1 issued", _chosen),
    "users.add": Act(
        ADMIN, "user added", _plain(name="Sonia", role="assistant", password=PASSWORD)
    ),
    "users.role": Act(ADMIN, "role changed", _user(role="avocat")),
    "users.email": Act(ADMIN, "e-mail changed", _user(email="sonia@cabinet.example")),
    "users.disable": Act(ADMIN, "user disabled", _user()),
    "users.enable": Act(ADMIN, "user enabled", _disabled),
    "users.password": Act(ADMIN, "password changed", _user(password=f"{PASSWORD} 2")),
    "users.invite": Act(ADMIN, "invitation made", _user()),
    "users.lawyers": Act(ADMIN, "assistant's lawyers changed", _lawyer),
    "users.end_sessions": Act(ADMIN, "sessions ended", _in_elsewhere),
    "account.password": Act(
        AVOCAT,
        "own password changed",
        _plain(old=PASSWORD, new=f"{PASSWORD} 2", again=f"{PASSWORD} 2"),
    ),
    "glass.break_it": Act(ADMIN, "glass broken", _plain(reason="une panne à regarder")),
    "glass.mend": Act(ADMIN, "glass mended", _broken_glass),
    "clients.add": Act(AVOCAT, "client added", _plain(name="Ali Ben Salah")),
    "clients.save": Act(AVOCAT, "client changed", _client(email="karim@exemple.tn")),
    "clients.add_number": Act(AVOCAT, "number added", _client(number="+21620999888")),
    "clients.remove_number": Act(AVOCAT, "number removed", _number),
    "matters.add": Act(
        AVOCAT, "dossier added", _plain(client="Karim Gharbi", reference="2026-0900")
    ),
    "matters.save": Act(AVOCAT, "dossier changed", _dossier(court="Tunis")),
    "matters.add_party": Act(AVOCAT, "party added", _dossier(name="Ali", role="opponent")),
    "matters.remove_party": Act(AVOCAT, "party removed", _opponent),
    "matters.set_access": Act(AVOCAT, "access changed", _dossier(access="walled")),
    "matters.name_person": Act(AVOCAT, "kept out of dossier", _named),
    "conversations.note": Act(AVOCAT, "note written", _talk(note="À rappeler")),
    "conversations.done": Act(AVOCAT, "conversation done", _talk(count="1")),
    "conversations.reopen": Act(AVOCAT, "conversation reopened", _talk()),
    "conversations.assign": Act(AVOCAT, "conversation assigned", _assigned),
    "answering.answer": Act(AVOCAT, "answered", _talk(text="Bonjour")),
    "answering.take_back": Act(AVOCAT, "answer taken back", _answer),
    "board.assign": Act(AVOCAT, "dossier changed", _handed),
    "safety.checked": Act(AVOCAT, "document checked", _doubted),
    "keeping.close": Act(AVOCAT, "dossier closed", _dossier()),
    "keeping.reopen": Act(AVOCAT, "dossier opened again", _closed),
    "keeping.years": Act(AVOCAT, "retention set", _dossier(years="3")),
    "keeping.hold": Act(AVOCAT, "legal hold begun", _dossier(reason="litige")),
    "keeping.release": Act(AVOCAT, "legal hold ended", _held),
    "keeping.propose": Act(AVOCAT, "destruction proposed", _over),
    "keeping.confirm": Act(AVOCAT, "destruction confirmed", _proposed),
    "keeping.withdraw": Act(AVOCAT, "destruction withdrawn", _proposed),
    "queues.act_on_one": Act(ADMIN, "job tried again", _job("retry")),
    "queues.pause": Act(ADMIN, "work paused", lambda _: ({"lane": "message"}, {})),
    "queues.resume": Act(ADMIN, "work resumed", _paused),
    "imports.confirm": Act(
        AVOCAT, "list brought in", lambda house: ({"import_id": _listed(house)}, {})
    ),
    "imports.undo": Act(AVOCAT, "list taken back", _brought),
}


@pytest.mark.parametrize("endpoint", ACTS)
def test_an_act_and_its_line_of_the_log_are_one_commit(house: House, endpoint: str) -> None:
    act = ACTS[endpoint]
    arguments, given = act.ready(house)
    browser = house.browser(act.role)
    form = {**given, "csrf_token": token_of(browser, "/")}
    address, before = house.address(endpoint, **arguments), house.kept()

    with no_line(house.store):
        assert browser.post(address, data=form).status_code == 500
    assert house.kept() == before, "without its line nothing is done"

    assert browser.post(address, data=form).status_code in (200, 302)
    changed = {table for table, rows in house.kept().items() if rows != before[table]}
    assert changed - {"audit_log"}, "this is no act: the form asks for nothing"
    lines = list(AuditEntry.select().order_by(AuditEntry.id.desc()))
    assert (lines[0].actor, lines[0].action) == (act.role, act.action)
    assert len(lines) == len(before["audit_log"]) + 1
