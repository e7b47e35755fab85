"""A firm whose people answer on the dashboard: the whole office, and browsers at its desk."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.clock import SystemClock
from appliance.config import Dashboard
from appliance.dashboard.conversations import conversations
from appliance.dashboard.door import dashboard_door
from appliance.demo import cast
from appliance.firm.users import Users
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.upkeep.approved import Approved
from tests.integration import reading
from tests.integration.conftest import Office, a_desk
from tests.integration.reading import token_of
from tests.support import until

PASSWORD = "un mot de passe long"
FORM = re.compile(r'name="form" value="([^"]+)"')
LAST = re.compile(r'name="last" value="([^"]+)"')


@dataclass
class Talker:
    """The office, the outside, and the desk."""

    office: Office
    meta: Meta
    users: Users
    approved: Approved
    app: Any

    def browser(self, name: str = cast.LAWYER, role: str = "avocat") -> FlaskClient:
        """Somebody of the firm, signed in."""
        if not models.User.select().where(models.User.name == name).exists():
            self.users.add(name, role, None, PASSWORD)
        browser: FlaskClient = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def hears(self, phone: Phone, words: str) -> int:
        """They write; whose conversation that is, once it is here."""
        wamid = phone.writes(words)
        self.meta.settle()
        self.office.rests()
        return int(models.Message.get(wamid=wamid).correspondent_id)

    def settles(self) -> None:
        """Everything has gone where it goes."""
        self.office.rests()
        self.meta.settle()
        self.office.rests()

    def row(self) -> models.Outgoing:
        """What somebody of the firm wrote last."""
        table = models.Outgoing
        query = table.select().where(table.author.is_null(False)).order_by(table.id.desc())
        found: models.Outgoing = query.get()
        return found

    def comes_to(self, status: str) -> None:
        until(lambda: self.row().status == status, 20, f"it is {self.row().status}")


def talker_of(office: Office, meta: Meta) -> Talker:
    clock, approved = SystemClock(), Approved.of(office.config)
    users = Users(office.store, clock, 12)
    desk = a_desk(
        office.store,
        clock,
        users=users,
        conversations=conversations(
            office.config, office.store, office.jobs, clock, users, approved
        ),
    )
    return Talker(office, meta, users, approved, dashboard_door(desk, Dashboard(), b"k" * 32))


def form_of(browser: FlaskClient, person_id: int) -> dict[str, str]:
    """The form to answer with, as the page of this conversation gives it now."""
    page = browser.get(f"/conversations/{person_id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    form, last = FORM.search(page), LAST.search(page)
    assert token
    assert form
    return {"csrf_token": token[1], "form": form[1], "last": last[1] if last else "0"}


def answer(browser: FlaskClient, person_id: int, text: str, **fields: str) -> TestResponse:
    """Open the conversation, write, send."""
    form = form_of(browser, person_id) | {"text": text} | fields
    return browser.post(f"/conversations/{person_id}/answer", data=form)


def press(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/"), **fields})


def words(page: str) -> str:
    """What a page says, without its markup."""
    return reading.words(page, " ")


def audited() -> list[tuple[str, str, str | None, str | None]]:
    rows = models.AuditEntry.select().order_by(models.AuditEntry.id)
    kept = [(row.actor, row.action, row.subject, row.detail) for row in rows]
    return [each for each in kept if each[1] not in {"user added", "signed in"}]
