"""Every route with every role: nobody passes where they may not, nor to what they do not see."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard.door import OPEN, dashboard_door
from appliance.dashboard.visitor import Needs
from appliance.firm.access import AccessBook
from appliance.firm.rights import RIGHTS, UNDER_GLASS, May, rights
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.store.models import Role
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "clé très secrète"
KEPT = {
    "pages.logout",
    "account.end_all",
    "glass.break_it",
    "glass.mend",
}  # they would change who asks
ABSENT = 98765  # of nothing that there is


class House:
    """An empty firm with its dashboard, and somebody of every role."""

    def __init__(self, store: Store) -> None:
        self.clock = Hands()
        self.users = Users(store, self.clock, 12)
        self.book = AccessBook(store, self.clock, self.users.audit)
        desk = a_desk(store, self.clock, users=self.users, access=self.book)
        self.app: Flask = dashboard_door(desk, Dashboard(), b"k" * 32)
        for role in Role:
            self.users.add(role.value, role.value, None, PASSWORD)

    def browser(self, role: str) -> tuple[FlaskClient, str]:
        """Signed in, with the token of its forms."""
        browser = self.app.test_client()
        form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser, token_of(browser, "/")

    def routes(self) -> Iterator[tuple[str, str, str, Needs | None]]:
        """Endpoint, method and a sample address of each, with what it says that it needs."""
        for rule in self.app.url_map.iter_rules():
            sample = {name: _sample(rule, name) for name in rule.arguments}
            with self.app.test_request_context():
                address = rule.build(sample, append_unknown=False)
            assert address, rule
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                wanted = getattr(self.app.view_functions[rule.endpoint], "needs", None)
                yield rule.endpoint, method, address[1], wanted


def _sample(rule: Any, name: str) -> Any:
    converter = rule._converters[name]
    return ABSENT if hasattr(converter, "num_convert") else "sample"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


def test_every_route_says_what_it_needs(house: House) -> None:
    unsaid = {name for name, _, _, wanted in house.routes() if wanted is None}
    assert unsaid == OPEN, "a view of which nothing is said is closed to everybody"


def test_a_route_of_which_nothing_is_said_is_closed_to_everybody(house: House) -> None:
    house.app.add_url_rule("/unheard-of", "unheard_of", lambda: "secret")
    for role in Role:
        assert house.browser(role)[0].get("/unheard-of").status_code == 403


@pytest.mark.parametrize("role", [*Role, None])
def test_nobody_passes_where_they_may_not(house: House, role: Role | None) -> None:
    browser, token = house.browser(role) if role else (house.app.test_client(), "")
    held = RIGHTS[role] if role else frozenset()
    for endpoint, method, address, wanted in house.routes():
        if wanted is None or endpoint in KEPT:
            continue
        answer = browser.open(address, method=method, data={"csrf_token": token})
        where = f"{method} {address} as {role}"
        if role is None:  # to the form to sign in, or not even that far
            assert answer.status_code in (302, 400, 401), where
            assert answer.status_code != 302 or answer.location.startswith("/login"), where
        elif wanted.rights and not held & set(wanted.rights):
            assert answer.status_code == 403, where
        elif wanted.things and May.ADMINISTER not in held & set(wanted.rights):
            assert answer.status_code == 404, where
        else:
            assert answer.status_code != 403, where


def test_content_is_open_to_an_administrator_only_while_the_glass_is_broken(house: House) -> None:
    browser, token = house.browser("admin")
    refused = browser.get("/dossiers")
    assert refused.status_code == 403
    assert "Break the glass" in refused.text, "the remedy"
    assert browser.post("/glass", data={"csrf_token": token}).status_code == 422
    form = {"csrf_token": token, "reason": "<b>a fault</b>"}
    assert browser.post("/glass", data=form).status_code == 302
    shown = browser.get("/dossiers")
    assert shown.status_code == 200
    assert "The glass is broken" in shown.text
    assert "&lt;b&gt;a fault" in browser.get("/glass").text
    assert browser.post("/dossiers/1/title", data=form).status_code == 403, "to look, not to decide"
    lawyer = house.browser("avocat")[0].get("/").text
    assert "broke the glass" in lawyer
    assert "&lt;b&gt;a fault" in lawyer
    assert "broke the glass" not in house.browser("assistant")[0].get("/").text
    assert browser.post("/glass/mend", data=form).status_code == 302
    assert browser.get("/dossiers").status_code == 403


def test_only_who_administers_can_break_the_glass() -> None:
    assert [role for role in Role if May.GLASS in rights(role)] == [Role.ADMIN]
    for role in Role:
        broken = rights(role, is_glass_broken=True)
        assert broken == RIGHTS[role] | (UNDER_GLASS if role == Role.ADMIN else frozenset())
    assert rights("visitor", is_glass_broken=True) == frozenset()


NUMBERS = ("9" * 19, "9" * 25, "²", "-1")
FIELDS = ("after", "at", "before", "client", "from", "number", "of", "page")


@pytest.mark.parametrize("number", NUMBERS)
def test_no_page_breaks_over_a_number_that_no_row_has(house: House, number: str) -> None:
    browser, _ = house.browser("avocat")
    wanted = "&".join(f"{field}={number}" for field in FIELDS)
    for address in ("/clients", "/dossiers", "/dossiers/new", "/search?q=a&kind=message", "/board"):
        answer = browser.get(f"{address}{'&' if '?' in address else '?'}{wanted}")
        assert answer.status_code == 200, (address, answer.status_code)


def test_no_number_in_an_address_or_a_form_is_too_large(house: House) -> None:
    browser, token = house.browser("avocat")
    for number in ("9" * 19, "9" * 25, "9" * 5000, "-1", "\u00b2", "\u0663"):
        for address in ("/board", "/clients", "/dossiers", "/search?q=bail&kind=document"):
            mark = "&" if "?" in address else "?"
            shown = browser.get(f"{address}{mark}after={number}&before={number}")
            assert shown.status_code == 200, (address, number)
        assert browser.get(f"/dossiers/new?client={number}").status_code == 200
        form = {"csrf_token": token, "dossier": number, "lawyer": "-"}
        assert browser.post("/board", data=form).status_code == 302
