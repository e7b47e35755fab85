"""One's own account, and the second step of signing in: attacked as well as used."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.firm.factors import WAITS
from appliance.firm.sign_in import SignInRefusedError, Visit
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.store.models import (
    AuditEntry,
    Pass,
    PassKind,
    RecoveryCode,
    SecondFactor,
    Session,
    User,
)
from tests.integration import reading
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
OTHER = "un autre mot de passe"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
COOKIE, STEP = "greffier_session", "greffier_step"
TLS = {"base_url": "https://localhost/"}


class House:
    """A dashboard over a real store, with Nour."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Hands()
        self.users = Users(store, self.clock, session_hours=12)
        self.users.add("Nour", "assistant", None, PASSWORD)
        desk = a_desk(store, self.clock, users=self.users, language="en")
        self.app: Flask = dashboard_door(desk, Dashboard(), b"k" * 32)

    @property
    def nour(self) -> User:
        return User.get(User.name == "Nour")

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def signed_in(self) -> FlaskClient:
        browser = self.browser()
        assert sign_in(browser).location == "/"
        return browser

    def code(self, *, later: int = 0) -> str:
        """What the telephone shows, so many half minutes from now."""
        secret = self.users.factors._seal.open(SecondFactor.get().secret)
        assert secret
        return pyotp.TOTP(secret).at(int(self.clock.now().timestamp()) + 30 * later)

    def with_factor(self) -> list[str]:
        """Nour has a second factor; the recovery codes. The telephone shows the next code."""
        self.users.factors.begin(self.nour)
        codes = self.users.account.confirm_factor(self.nour, self.code(), "")
        self.clock.pass_(timedelta(seconds=60))
        return codes


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


def sign_in(browser: FlaskClient, password: str = PASSWORD, name: str = "Nour") -> TestResponse:
    form = {"name": name, "password": password, "csrf_token": token_of(browser, "/login")}
    return browser.post("/login", data=form, headers={"User-Agent": FIREFOX})


def type_code(browser: FlaskClient, code: str) -> TestResponse:
    form = {"code": code, "csrf_token": token_of(browser, "/login/code")}
    return browser.post("/login/code", data=form)


def press(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/account"), **form})


def words(answer: TestResponse) -> str:
    return reading.words(answer.text, " ")


def actions() -> list[str]:
    return [row.action for row in AuditEntry.select().order_by(AuditEntry.id)]


# Password.


def test_a_password_is_changed_by_who_knows_it_and_other_browsers_are_out(house: House) -> None:
    here, there = house.signed_in(), house.signed_in()
    form = {"old": PASSWORD, "new": OTHER, "again": OTHER}

    assert press(here, "/account/password", **form).status_code == 302

    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert sign_in(house.browser(), OTHER).location == "/"
    assert sign_in(house.browser(), PASSWORD).status_code == 403
    assert "own password changed" in actions()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "wrong", "new": OTHER, "again": OTHER}, "this is not your password"),
        ({"old": PASSWORD, "new": OTHER, "again": OTHER + "x"}, "The two passwords are not"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
        ({}, "this is not your password"),
    ],
)
def test_a_password_that_may_not_be_is_refused_in_a_sentence(
    house: House, form: dict[str, str], sentence: str
) -> None:
    answer = press(house.signed_in(), "/account/password", **form)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert sign_in(house.browser()).location == "/"


def test_who_finds_a_screen_open_cannot_guess_the_password_there(house: House) -> None:
    browser = house.signed_in()
    for _ in range(5):
        press(browser, "/account/password", old="guess", new=OTHER, again=OTHER)

    answer = press(browser, "/account/password", old=PASSWORD, new=OTHER, again=OTHER)
    assert answer.status_code == 429


# Sessions.


def test_browsers_are_listed_and_this_one_is_marked(house: House) -> None:
    house.signed_in()
    house.clock.pass_(timedelta(minutes=5))
    page = words(house.signed_in().get("/account"))

    assert page.count("Firefox on Windows") == 2
    assert page.count("this one") == 1
    assert page.count("127.0.0.1") == 2


def test_one_browser_is_signed_out_and_nobody_elses(house: House) -> None:
    here, there = house.signed_in(), house.signed_in()
    house.users.add("Ali", "avocat", None, PASSWORD)
    other = house.browser()
    assert sign_in(other, name="Ali").location == "/"
    mine, theirs = Session.select().where(Session.user == house.nour).order_by(Session.id)
    alis = Session.get(Session.user == User.get(User.name == "Ali"))

    for session in (theirs, alis):
        assert press(here, f"/account/sessions/{session.id}/end").status_code == 302

    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert other.get("/account").status_code == 200
    assert Session.select().count() == 2
    assert mine.id != alis.id


def test_signing_out_everywhere_is_here_too(house: House) -> None:
    here, there = house.signed_in(), house.signed_in()

    assert press(here, "/account/sessions/end").location == "/login"
    assert "signed out everywhere" in words(here.get("/login"))
    for browser in (here, there):
        assert browser.get("/account").status_code == 302
    assert Session.select().count() == 0


def test_what_a_browser_calls_itself_cannot_harm(house: House) -> None:
    browser = house.browser()
    form = {"name": "Nour", "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
    agent = "<script>alert(1)</script>" + "x" * 5000
    assert browser.post("/login", data=form, headers={"User-Agent": agent}).status_code == 302

    assert "<script>alert" not in browser.get("/account").text
    assert len(Session.get().browser) == 300


# The second factor.


def test_a_second_factor_is_switched_on_with_one_code_and_asked_for_from_then_on(
    house: House,
) -> None:
    browser = house.signed_in()
    assert browser.get("/account/factor.svg").status_code == 404
    assert press(browser, "/account/factor", password=PASSWORD).status_code == 302
    picture = browser.get("/account/factor.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "no-store" in picture.headers["Cache-Control"]
    assert sign_in(house.browser()).location == "/", "not before it is confirmed"
    assert "This code is not right" in words(press(browser, "/account/factor/confirm", code="1"))

    shown = press(browser, "/account/factor/confirm", code=house.code())

    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", shown.text)
    assert len(set(codes)) == 10
    assert browser.get("/account/factor.svg").status_code == 404, "nobody shows it again"
    house.clock.pass_(timedelta(seconds=60))
    other = house.browser()
    assert sign_in(other).location == "/login/code"
    assert other.get("/account").status_code == 302, "there is no session yet"
    assert type_code(other, house.code()).location == "/account"
    assert other.get("/account").status_code == 200


def test_what_was_begun_and_left_is_nobody_elses_to_confirm(house: House) -> None:
    """The password was asked for when it began: who finds the screen later does not know it."""
    browser = house.signed_in()
    press(browser, "/account/factor", password=PASSWORD)
    house.clock.pass_(WAITS + timedelta(seconds=1))

    assert browser.get("/account/factor.svg").status_code == 404
    assert "or type this key" not in words(browser.get("/account"))
    late = press(browser, "/account/factor/confirm", code=house.code())
    assert late.status_code == 422
    assert "Begin again" in words(late)

    press(browser, "/account/factor", password=PASSWORD)
    shown = press(browser, "/account/factor/confirm", code=house.code())
    assert shown.status_code == 200
    assert house.users.factors.is_on(house.nour)


def test_whoever_finds_a_screen_open_changes_nothing_of_the_second_factor(house: House) -> None:
    browser = house.signed_in()
    for path in ("factor", "factor/codes", "factor/off"):
        answer = press(browser, f"/account/{path}", password="guess")
        assert answer.status_code in (422, 429), path

    assert not SecondFactor.select().exists()


def test_a_code_is_never_accepted_twice(house: House) -> None:
    house.with_factor()
    code = house.code()
    first, second = house.browser(), house.browser()
    sign_in(first), sign_in(second)

    assert type_code(first, code).location == "/"
    assert type_code(second, code).status_code == 403
    assert type_code(second, house.code(later=-1)).status_code == 403, "nor an earlier one"
    assert type_code(second, house.code(later=1)).location == "/", "a telephone may be early"


def test_a_telephone_may_be_half_a_minute_wrong_and_no_more(house: House) -> None:
    house.with_factor()
    house.clock.pass_(timedelta(minutes=5))
    browser = house.browser()
    sign_in(browser)

    for later in (-2, 2, 20):
        assert type_code(browser, house.code(later=later)).status_code == 403
    assert type_code(browser, house.code(later=-1)).location == "/"


def test_two_at_once_with_the_same_code_are_one(house: House) -> None:
    codes = house.with_factor()
    for code in (house.code(), codes[0]):
        assert _race(house, code) == 1
        house.clock.pass_(timedelta(minutes=15))  # those who came too late wait


def _race(house: House, code: str) -> int:
    """How many of six get in."""
    steps = []
    for number in range(6):
        steps.append(f"step of {code} {number}")
        user, step = house.nour, steps[-1]
        house.store.write(
            lambda user=user, step=step: house.users._passes.make(  # type: ignore[misc]
                PassKind.CODE, user, "Nour", step
            )
        )
    opened: list[str] = []
    barrier = threading.Barrier(6)

    def enter(step: str) -> None:
        barrier.wait()
        with suppress(SignInRefusedError):
            opened.append(house.users.entrance.by_code(step, code, Visit(f"10.0.0.{step[-1]}")))

    threads = [threading.Thread(target=enter, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(opened)


def test_a_recovery_code_opens_once_however_it_is_typed(house: House) -> None:
    codes = house.with_factor()
    first, second = house.browser(), house.browser()
    sign_in(first), sign_in(second)

    assert type_code(first, codes[3].lower().replace("-", " ")).location == "/"
    assert type_code(second, codes[3]).status_code == 403
    assert "recovery code used" in actions()
    assert "9 recovery codes are left" in words(first.get("/account"))


def test_new_recovery_codes_take_the_place_of_the_old(house: House) -> None:
    old = house.with_factor()
    browser = house.browser()
    sign_in(browser)
    type_code(browser, house.code())
    shown = press(browser, "/account/factor/codes", password=PASSWORD)
    new = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", shown.text)

    other = house.browser()
    sign_in(other)
    assert type_code(other, old[0]).status_code == 403
    assert type_code(other, new[0]).location == "/"


def test_wrong_codes_make_the_next_one_wait_and_the_password_does_not_forgive_them(
    house: House,
) -> None:
    house.with_factor()
    for _ in range(5):
        browser = house.browser()
        sign_in(browser)  # the right password, every time
        assert type_code(browser, "000000").status_code == 403

    assert sign_in(house.browser()).status_code == 429
    assert type_code(browser, house.code()).status_code == 429, "the right one must wait, too"
    house.clock.pass_(timedelta(seconds=30))
    assert type_code(browser, house.code()).location == "/"
    assert house.nour.failures == 0


def test_codes_that_come_at_once_are_all_counted(house: House) -> None:
    house.with_factor()
    assert _race(house, "000000") == 0

    assert house.nour.failures >= 5
    assert house.nour.locked_until is not None


def test_a_first_step_ends_after_five_minutes_and_opens_nothing_else(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    sign_in(browser)
    step = browser.get_cookie(STEP)
    assert step is not None
    browser.set_cookie(COOKIE, step.value)
    assert browser.get("/account").status_code == 302, "it is no session"
    assert house.browser().get(f"/invitation/{step.value}").status_code == 404
    form_token = token_of(browser, "/login/code")
    house.clock.pass_(timedelta(minutes=5))

    answer = browser.post("/login/code", data={"code": house.code(), "csrf_token": form_token})
    assert answer.location == "/login"
    assert "this took too long" in words(browser.get("/login"))


def test_a_first_step_is_worth_nothing_once_the_password_changed(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    sign_in(browser)
    house.users.set_password("Nour", OTHER)

    assert type_code(browser, house.code()).location == "/login"


def test_the_second_step_without_the_first_leads_back(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    assert browser.get("/login/code").location == "/login"
    token = token_of(browser, "/login")
    answer = browser.post("/login/code", data={"code": house.code(), "csrf_token": token})

    assert answer.location == "/login"


def test_the_second_factor_is_switched_off_with_the_password(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    sign_in(browser)
    type_code(browser, house.code())

    assert press(browser, "/account/factor/off", password=PASSWORD).status_code == 302
    assert sign_in(house.browser()).location == "/"
    assert not RecoveryCode.select().exists()


def test_a_copy_of_the_database_makes_no_code(house: House) -> None:
    house.users.factors.begin(house.nour)
    waiting = house.users.factors.waiting(house.nour, "Cabinet")
    assert waiting is not None
    codes = house.users.account.confirm_factor(house.nour, house.code(), "")
    house.store.close()

    kept = b"".join(path.read_bytes() for path in house.store.path.parent.glob("greffier.db*"))
    assert waiting.secret.encode() not in kept
    assert not [code for code in codes if code.encode() in kept]
    assert not [code for code in codes if code.replace("-", "").encode() in kept]


# Cookies, and where one comes back to.


def test_a_session_planted_before_signing_in_is_not_the_one_after(house: House) -> None:
    browser = house.browser()
    browser.set_cookie(COOKIE, "planted")
    sign_in(browser)
    cookie = browser.get_cookie(COOKIE)

    assert cookie is not None
    assert cookie.value != "planted"
    other = house.browser()
    other.set_cookie(COOKIE, "planted")
    assert other.get("/account").status_code == 302


def test_behind_tls_no_other_host_can_set_or_read_the_cookies(house: House) -> None:
    browser = house.browser()
    page = browser.get("/login", **TLS)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    form = {"name": "Nour", "password": PASSWORD, "csrf_token": token[1]}
    answer = browser.post("/login", data=form, **TLS)

    set_cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    kept = [each for each in set_cookies if "greffier_s" in each or "greffier_form" in each]
    assert len(kept) >= 2
    for each in kept:
        assert each.startswith("__Host-"), each
        assert "Secure" in each, each
        assert "HttpOnly" in each, each
        assert "Path=/" in each, each
        assert "Domain" not in each, each
    assert browser.get("/account", **TLS).status_code == 200
    plain = browser.get_cookie("__Host-greffier_session")
    assert plain is not None
    other = house.browser()
    other.set_cookie(COOKIE, plain.value)
    assert other.get("/account", **TLS).status_code == 302, "without the prefix it is nobody's"


def test_who_must_sign_in_first_comes_back_to_where_they_were(house: House) -> None:
    browser = house.browser()
    assert browser.get("/account?lang=en&x=1").location == "/login"

    assert sign_in(browser).location == "/account?lang=en&x=1"


def test_who_needs_a_code_comes_back_too(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    browser.get("/dossiers")
    sign_in(browser)

    assert type_code(browser, house.code()).location == "/dossiers"


def test_nobody_comes_back_to_a_picture_a_part_or_a_button(house: House) -> None:
    browser = house.browser()
    browser.get("/?part=1")
    browser.get("/documents/1/view", headers={"Sec-Fetch-Dest": "image"})
    browser.post("/logout", data={"csrf_token": token_of(browser, "/login")})

    assert sign_in(browser).location == "/"


@pytest.mark.parametrize("address", ["//evil.example/", "/%5cevil.example/", "/%09/evil.example/"])
def test_nobody_is_sent_to_another_site(house: House, address: str) -> None:
    browser = house.browser()
    browser.get(address)

    assert sign_in(browser).location == "/"


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_the_address_that_means_every_address_is_no_name_of_ours(house: House, host: str) -> None:
    desk = a_desk(house.store, house.clock, users=house.users)
    app = dashboard_door(desk, Dashboard(host=host), b"k" * 32)

    assert app.test_client().get("/login", headers={"Host": "0.0.0.0:8090"}).status_code == 400
    assert app.test_client().get("/login", headers={"Host": "localhost:8090"}).status_code == 200


def test_a_used_or_ended_pass_is_not_kept(house: House) -> None:
    house.with_factor()
    browser = house.browser()
    sign_in(browser)
    type_code(browser, house.code())

    assert not Pass.select().exists()
