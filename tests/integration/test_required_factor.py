"""A second factor that the firm asks for: whoever has none sets it up, and reaches nothing else.

Over real HTTP: a door that listens, and browsers that follow no redirect by themselves.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from appliance.config import Dashboard
from appliance.dashboard.door import OPEN, WITHOUT_FACTOR, dashboard_door
from appliance.firm.rights import ASKED
from appliance.firm.users import Users
from appliance.listening import Door
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Role, SecondFactor, User
from tests.integration.conftest import a_desk
from tests.support import Hands

PASSWORD = "un mot de passe long"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
KEY = re.compile(r'<code dir="ltr">([A-Z2-7]{32})</code>')
CODES = re.compile(r"<li><code>([A-Z2-9-]+)</code></li>")
TO_SET_UP = "Set up your second factor"


class Browser:
    """One of a person of the firm."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def get(self, path: str, **more: Any) -> requests.Response:
        return self._session.get(self.url + path, allow_redirects=False, timeout=20, **more)

    def post(self, path: str, token_at: str = "/account", **form: str) -> requests.Response:
        token = TOKEN.search(self.get(token_at).text)
        assert token is not None, token_at
        given = {"csrf_token": unescape(token[1]), **form}
        where = self.url + path
        return self._session.post(where, data=given, allow_redirects=False, timeout=20)

    def signs_in(self, name: str) -> requests.Response:
        return self.post("/login", "/login", name=name, password=PASSWORD)


class House:
    """An empty firm, and somebody of every role, who bears its name."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Hands()
        self.users = Users(store, self.clock, 12)
        for role in Role:
            self.users.add(role.value, role.value, None, PASSWORD)

    @contextmanager
    def open(self, who: str) -> Iterator[str]:
        """The dashboard, as it is set; its address."""
        desk = a_desk(self.store, self.clock, users=self.users)
        self.app = dashboard_door(desk, Dashboard(second_factor=who), b"k" * 32)  # type: ignore[arg-type]
        door = Door("dashboard", self.app, "127.0.0.1", 0, threads=4, max_body=100_000)
        door.open()
        try:
            yield door.url
        finally:
            door.close()

    def code(self, secret: str) -> str:
        """What a telephone shows that knows this secret: one that was not used yet."""
        self.clock.pass_(timedelta(seconds=60))
        return pyotp.TOTP(secret).at(int(self.clock.now().timestamp()))

    def sets_up(self, browser: Browser) -> tuple[str, requests.Response]:
        """As the pages say it; the secret, and the page of the recovery codes."""
        begun = browser.post("/account/factor", password=PASSWORD)
        assert begun.headers["Location"] == "/account#factor"
        assert browser.get("/account/factor.svg").headers["Content-Type"].startswith("image/svg")
        key = KEY.search(browser.get("/account").text)
        assert key is not None
        return key[1], browser.post("/account/factor/confirm", code=self.code(key[1]))

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """Endpoint, method and a sample address of every route."""
        for rule in self.app.url_map.iter_rules():
            numbers = (name for name in rule.arguments if _is_number(rule, name))
            sample = dict.fromkeys(rule.arguments, "sample") | dict.fromkeys(numbers, 1)
            with self.app.test_request_context():
                built = rule.build(sample, append_unknown=False)
            assert built, rule
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule.endpoint, method, built[1]


def _is_number(rule: Any, name: str) -> bool:
    return hasattr(rule._converters[name], "num_convert")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("who", ASKED)
def test_whom_the_firm_asks_sets_it_up_right_after_signing_in(
    house: House, who: str, role: Role
) -> None:
    with house.open(who) as url:
        browser = Browser(url)
        assert browser.signs_in(role).headers["Location"] == "/"
        today = browser.get("/")
        if role not in ASKED[who]:
            assert today.status_code == 200
            assert TO_SET_UP not in browser.get("/account").text
            return
        assert (today.status_code, today.headers["Location"]) == (302, "/account")
        shown = browser.get("/account").text
        assert TO_SET_UP in shown
        assert 'id="sessions"' not in shown
        assert '<nav class="places"' not in shown, "nothing else is open: nothing is offered"

        _, codes = house.sets_up(browser)

        assert len(CODES.findall(codes.text)) == 10
        assert '<a href="/">I have kept them: go on</a>' in codes.text
        assert browser.get("/").status_code == 200
        assert TO_SET_UP not in browser.get("/account").text
        last = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
        assert (last.actor, last.action) == (role, "second factor switched on")


def test_the_levels_ask_more_and_more_people_and_administrators_first() -> None:
    asked = list(ASKED.values())
    assert all(less <= more for less, more in pairwise(asked))
    assert [len(each) for each in asked] == [0, 1, 2, 3]
    assert asked[1] == {Role.ADMIN}


@pytest.mark.parametrize("role", Role)
def test_nothing_else_is_reached_before_it_is_set_up(house: House, role: Role) -> None:
    with house.open("everyone") as url:
        browser = Browser(url)
        browser.signs_in(role)
        before = AuditEntry.select().count()
        led = 0
        for endpoint, method, address in house.addresses():
            if endpoint in OPEN | WITHOUT_FACTOR:
                continue
            answer = browser.get(address) if method == "GET" else browser.post(address)
            where = f"{method} {address}"
            if address.startswith("/api/"):
                assert answer.status_code == 403, where
                assert "second factor" in answer.json()["error"]["message"], where
            else:
                assert (answer.status_code, answer.headers["Location"]) == (302, "/account"), where
            led += 1
        assert led > 100
        assert AuditEntry.select().count() == before, "nothing was done or opened"
        assert not SecondFactor.select().exists()


def test_what_is_open_to_all_stays_so_and_who_must_set_it_up_can_leave(house: House) -> None:
    with house.open("everyone") as url:
        browser = Browser(url)
        browser.signs_in("avocat")
        for path in ("/healthz", "/api/health", "/static/app.css", "/login"):
            assert browser.get(path).status_code == 200, path
        assert 'lang="ar" dir="rtl"' in browser.get("/account?lang=ar").text
        assert 'lang="ar" dir="rtl"' in browser.get("/account").text, "and it is kept"
        of_this_pc = {"Authorization": "Bearer token"}
        assert Browser(url).get("/api/health", headers=of_this_pc).status_code == 200
        assert browser.post("/logout").headers["Location"] == "/login"
        assert browser.get("/account").headers["Location"] == "/login"


def test_a_session_that_was_open_when_the_firm_began_to_ask_is_led_too(house: House) -> None:
    with house.open("optional") as url:
        browser = Browser(url)
        browser.signs_in("assistant")
        assert browser.get("/").status_code == 200
    with house.open("everyone") as url:
        browser.url = url
        assert browser.get("/conversations").headers["Location"] == "/account"
        done = browser.post("/clients/new", name="Ali")
        assert done.headers["Location"] == "/account"
        assert "Nothing was done: set up your second factor first." in browser.get("/account").text
        _, codes = house.sets_up(browser)
        assert '<a href="/conversations">I have kept them: go on</a>' in codes.text


def test_who_has_one_signs_in_by_code_or_recovery_code_and_is_led_nowhere(house: House) -> None:
    with house.open("everyone") as url:
        browser = Browser(url)
        browser.signs_in("admin")
        secret, page = house.sets_up(browser)
        for code in (house.code(secret), CODES.findall(page.text)[0]):
            other = Browser(url)
            assert other.signs_in("admin").headers["Location"] == "/login/code"
            assert other.get("/").headers["Location"] == "/login", "the password is not enough"
            entered = other.post("/login/code", "/login/code", code=code)
            assert entered.headers["Location"] == "/"
            assert other.get("/").status_code == 200


def test_a_lost_factor_is_reset_and_another_is_set_up_at_the_next_sign_in(house: House) -> None:
    """By an administrator's page or by `greffier user reset-factor`, which call the same."""
    with house.open("everyone") as url:
        browser = Browser(url)
        browser.signs_in("admin")
        first, _ = house.sets_up(browser)
        assert house.users.reset_factor("admin")
        assert browser.get("/").headers["Location"] == "/login", "every session has ended"
        again = Browser(url)
        assert again.signs_in("admin").headers["Location"] == "/"
        assert again.get("/settings/users").headers["Location"] == "/account"
        second, _ = house.sets_up(again)
        assert second != first
        assert again.get("/settings/users").status_code == 200


def test_who_switches_theirs_off_sets_up_another_at_once(house: House) -> None:
    with house.open("lawyers") as url:
        browser = Browser(url)
        browser.signs_in("avocat")
        house.sets_up(browser)
        assert "Your firm asks for one" in browser.get("/account").text
        browser.post("/account/factor/off", password=PASSWORD)
        shown = browser.get("/account").text
        assert "set up another one now" in shown
        assert TO_SET_UP in shown
        assert browser.get("/dossiers").headers["Location"] == "/account"


def test_an_administrator_reads_who_still_has_to_set_one_up(house: House) -> None:
    with house.open("lawyers") as url:
        browser = Browser(url)
        browser.signs_in("admin")
        house.sets_up(browser)
        shown = browser.get("/settings/users").text
        assert shown.count("not yet: asked for at the next sign-in") == 1
        lawyer = User.get(User.name == "avocat").id
        assert "They have none yet." in browser.get(f"/settings/users/{lawyer}").text
