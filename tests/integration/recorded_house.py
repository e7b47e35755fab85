"""The whole office with its doors shut and nobody at work, for tests of what is on record."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
from flask import url_for
from flask.testing import FlaskClient

from appliance import chores, names
from appliance.assembly import Appliance, build
from appliance.config import Dashboard, read
from appliance.dashboard.door import dashboard_door
from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.papers.expected import Draft
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.models import ChoreStatus
from tests.integration.conftest import environment
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "clé très secrète"
REFERENCE = "2026-0042"


@contextmanager
def a_house(meta: Meta, mailbox: Mailbox, folder: Path) -> Iterator["House"]:
    """The house, its files in this folder."""
    clock = Hands()
    more = {
        "GREFFIER_WEBHOOK_PORT": "0",
        "GREFFIER_DASHBOARD_PORT": "0",
        "GREFFIER_WHATSAPP_TEMPLATE_CONFIRMATION": "bonjour",
        "GREFFIER_WHATSAPP_TEMPLATE_LANGUAGE": "fr",
        "GREFFIER_DRIVE_ENABLED": "yes",
        "GREFFIER_DRIVE_CREDENTIALS": str(a_key_file(folder)),
    }
    built = build(read(None, environment(meta, mailbox) | more, folder / "data"), clock)
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


@dataclass
class House:
    """The whole office, and somebody of every role."""

    office: Appliance
    clock: Hands

    def __post_init__(self) -> None:
        self.desk, self.store = self.office.desk, self.office.store
        self.folder = self.store.path.parent / "Dossiers"
        self._telephones: dict[str, str] = {}
        self._secrets: dict[str, str] = {}  # of second factors that are in force
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
        """They sign in; with the code of their telephone where one is asked for."""
        browser = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        answer = browser.post("/login", data=form)
        assert answer.status_code == 302
        if name in self._secrets:
            assert answer.location == "/login/code"
            form = {"code": self.code(name), "csrf_token": token_of(browser, "/login/code")}
            assert browser.post("/login/code", data=form).status_code == 302
        return browser

    def begin_factor(self, user: models.User) -> str:
        """The secret of a second factor that waits to be confirmed."""
        factors = self.desk.users.factors
        factors.begin(user)
        waiting = factors.waiting(user, "x")
        assert waiting is not None
        self._telephones[user.name] = waiting.secret
        return waiting.secret

    def factor(self, name: str) -> None:
        """They have a second factor."""
        user = models.User.get(models.User.name == name)
        self._secrets[name] = self.begin_factor(user)
        confirm = self.desk.users.factors.confirm
        self.store.write(lambda: confirm(user, self.code(name), ["RECO-VERY"]))

    def code(self, name: str) -> str:
        """What their telephone shows, a code that was not used yet."""
        self.clock.pass_(timedelta(seconds=30))
        return pyotp.TOTP(self._telephones[name]).at(int(self.clock.now().timestamp()))

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

    def kept_document(self, content: bytes, name: str = "a.pdf", **values: object) -> int:
        """A document, and its bytes on the shelf."""
        digest = hashlib.sha256(content).hexdigest()
        shelf = self.store.path.parent / "media" / digest[:2]
        shelf.mkdir(parents=True, exist_ok=True)
        (shelf / digest).write_bytes(content)
        return self.document(name, sha256=digest, size=len(content), **values)

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

    def receipt(self) -> int:
        """The receipt of a document that was filed."""
        return self.proven(self.document("a.pdf"))

    def proven(self, document: int) -> int:
        """The receipt of what has just become of a document."""
        proofs = self.desk.papers.proofs
        self.store.write(lambda: proofs.filed(document))
        (delivery,) = models.Delivery.select().where(models.Delivery.proof.is_null())
        finish = proofs.prove(delivery.id)
        assert finish is not None
        self.store.write(finish)
        return int(models.Delivery.get_by_id(delivery.id).proof.number)

    def piece(self) -> int:
        made = self.desk.papers.pieces.add(self.dossier.id, Draft("Bail", "bail"), "x")
        assert made is not None
        return made

    def exhibits(self) -> list[int]:
        """Two pieces are chosen to be communicated, in this order."""
        ids = [self.document("a.pdf"), self.document("b.pdf")]
        self.desk.papers.exhibits.choose(self.dossier.id, ids)
        return [each.id for each in models.Exhibit.select().order_by(models.Exhibit.position)]
