"""Who may sign in, changed by administrators: and nobody locks the firm out."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.errors import PermanentError
from appliance.firm.access import AccessBook
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Role, User
from tests.integration import reading
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
OTHER = "un autre mot de passe"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"


class House:
    """A dashboard over a real store, with an administrator."""

    def __init__(self, store: Store) -> None:
        self.clock = Hands()
        self.store = store
        self.users = Users(store, self.clock, session_hours=12)
        self.users.add("Admin", "admin", None, PASSWORD)
        self.book = AccessBook(store, self.clock, self.users.audit)
        desk = a_desk(store, self.clock, users=self.users, access=self.book, language="en")
        self.app: Flask = dashboard_door(desk, Dashboard(), b"k" * 32)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def signed_in(self, name: str = "Admin", password: str = PASSWORD) -> FlaskClient:
        browser = self.browser()
        assert sign_in(browser, name, password).status_code == 302
        return browser

    def add(self, name: str, role: str) -> int:
        self.users.add(name, role, None, PASSWORD)
        return int(User.get(User.name == name).id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return house.signed_in()


def sign_in(browser: FlaskClient, name: str, password: str = PASSWORD) -> TestResponse:
    form = {"name": name, "password": password, "csrf_token": token_of(browser, "/login")}
    return browser.post("/login", data=form)


def press(browser: FlaskClient, path: str, **form: object) -> TestResponse:
    token = token_of(browser, "/account")
    return browser.post(f"/settings/users{path}", data={"csrf_token": token, **form})


def words(answer: TestResponse) -> str:
    return reading.words(answer.text, " ")


def last_act() -> tuple[str, str, str | None]:
    row = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    return row.actor, row.action, row.subject


def test_everybody_is_listed_with_what_matters(house: House, admin: FlaskClient) -> None:
    house.users.add("Me Salma", "avocat", "salma@cabinet.example", PASSWORD)
    house.users.add("Nour", "assistant", None, PASSWORD)
    house.signed_in("Me Salma")
    house.users.disable("Nour")
    page = words(admin.get("/settings/users"))

    factor = "Second factor no Open sessions"
    assert re.search(rf"Admin administrator — Last sign-in \S+ \S+ {factor} 1", page)
    who = "Me Salma lawyer salma@cabinet.example Last sign-in"
    assert re.search(rf"{who} \S+ \S+ {factor} 1", page)
    assert f"Nour disabled assistant — Last sign-in never {factor} 0" in page


def test_who_is_added_is_an_assistant_unless_somebody_says_more(admin: FlaskClient) -> None:
    page = admin.get("/settings/users").text
    assert re.findall(r'<option value="(\w+)" selected', page) == ["assistant"]


def test_who_runs_the_system_has_its_pages_always_in_sight(admin: FlaskClient) -> None:
    bar = re.search(r'<nav class="places".*?</nav>', admin.get("/settings/users").text, re.DOTALL)
    assert bar is not None
    links = re.findall(r">([A-Z]\w+)<", bar[0])
    assert links == ["Today", "Health", "Queue", "Limits", "Settings", "Users"]


def test_somebody_with_a_typed_password_signs_in(house: House, admin: FlaskClient) -> None:
    form = {"name": " Nour ", "role": "assistant", "email": "n@x.tn", "password": PASSWORD}
    assert press(admin, "", **form).status_code == 302

    assert last_act() == ("Admin", "user added", "Nour")
    assert sign_in(house.browser(), "Nour").location == "/"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "admin", "role": "admin"}, "exists already"),
        ({"name": "", "role": "admin"}, "needs a name"),
        ({"name": "x" * 101, "role": "admin"}, "at most 100 characters"),
        ({"name": "Ali", "role": "chief"}, "no role is called chief"),
        ({"name": "Ali", "role": "admin", "password": "short"}, "at least 12 characters"),
        ({"name": "Ali", "role": "admin", "email": "a@b\r\nBcc: c@d"}, "is not an e-mail address"),
    ],
)
def test_who_cannot_be_is_refused_in_a_sentence(
    admin: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    answer = press(admin, "", **form)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert User.select().count() == 1


def test_an_invitation_lets_them_choose_a_password_once(house: House, admin: FlaskClient) -> None:
    answer = press(admin, "", name="Nour", role="assistant")
    (path,) = set(re.findall(r"http://localhost(/invitation/[\w-]{43})", answer.text))
    guest = house.browser()
    assert "Nour" in guest.get(path).text
    assert guest.get(path).status_code == 200, "looking at it does not use it up"
    form = {"csrf_token": token_of(guest, path), "password": OTHER, "again": OTHER}

    assert guest.post(path, data={**form, "again": "x"}).status_code == 422
    assert guest.post(path, data={**form, "password": "x", "again": "x"}).status_code == 422
    assert guest.post(path, data=form).location == "/login"
    assert sign_in(house.browser(), "Nour", OTHER).location == "/"
    assert guest.get(path).status_code == 404
    form["csrf_token"] = token_of(guest, "/login")
    assert guest.post(path, data=form).status_code == 404
    stored = b"".join(each.read_bytes() for each in house.store.path.parent.glob("greffier.db*"))
    assert path.rpartition("/")[2].encode() not in stored


def test_an_invitation_ends_with_its_days_a_newer_one_or_the_account(
    house: House, admin: FlaskClient
) -> None:
    nour = house.add("Nour", "assistant")
    browser = house.browser()

    def invited() -> str:
        answer = press(admin, f"/{nour}/invite")
        return re.findall(r"http://localhost(/invitation/[\w-]+)", answer.text)[0]

    older, newer = invited(), invited()
    assert browser.get(older).status_code == 404
    assert browser.get(newer).status_code == 200
    assert sign_in(house.browser(), "Nour").location == "/", "the password until now still opens"
    house.users.disable("Nour")
    assert browser.get(newer).status_code == 404
    assert press(admin, f"/{nour}/invite").status_code == 404
    house.users.enable("Nour", "Admin")
    assert browser.get(newer).status_code == 404, "it was taken back with the account"
    third = invited()
    house.clock.pass_(timedelta(days=3))
    assert browser.get(third).status_code == 404


def test_two_who_use_an_invitation_at_once_are_one(house: House) -> None:
    token = house.users.invite_new("Nour", "assistant", None, "Admin")
    done: list[str] = []

    def accept(password: str) -> None:
        with suppress(PermanentError):
            house.users.account.accept(token, password)
            done.append(password)

    threads = [
        threading.Thread(target=accept, args=(f"mot de passe {number}",)) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (password,) = done
    assert sign_in(house.browser(), "Nour", password).location == "/"


def test_role_and_address_are_changed_and_who_lost_something_is_out(
    house: House, admin: FlaskClient
) -> None:
    nour = house.add("Nour", "avocat")
    browser = house.signed_in("Nour")

    assert press(admin, f"/{nour}/email", email="nour@cabinet.example").status_code == 302
    assert browser.get("/account").status_code == 200
    assert press(admin, f"/{nour}/email", email="none of ours").status_code == 422
    assert press(admin, f"/{nour}/role", role="assistant").status_code == 302
    assert last_act() == ("Admin", "role changed", "Nour")
    assert browser.get("/account").status_code == 302
    assert press(admin, f"/{nour}/role", role="god").status_code == 422
    user = User.get_by_id(nour)
    assert (user.role, user.email) == ("assistant", "nour@cabinet.example")


def test_who_is_disabled_is_out_and_may_come_back(house: House, admin: FlaskClient) -> None:
    nour = house.add("Nour", "assistant")
    browser = house.signed_in("Nour")

    press(admin, f"/{nour}/disable")
    assert browser.get("/account").status_code == 302
    assert sign_in(house.browser(), "Nour").status_code == 403
    press(admin, f"/{nour}/enable")
    assert sign_in(house.browser(), "Nour").location == "/"
    assert browser.get("/account").status_code == 302, "the old session stays ended"


def test_the_last_administrator_can_neither_go_nor_be_something_else(
    house: House, admin: FlaskClient
) -> None:
    me = User.get(User.name == "Admin").id
    for path, form in (("disable", {}), ("role", {"role": "avocat"})):
        answer = press(admin, f"/{me}/{path}", **form)
        assert answer.status_code == 422
        assert "is the only administrator" in words(answer)
    with pytest.raises(PermanentError, match="only administrator"):
        house.users.disable("Admin")
    gone = house.add("Gone", "admin")
    house.users.disable("Gone")
    assert press(admin, f"/{me}/disable").status_code == 422, "who is disabled does not count"
    house.users.enable("Gone", "Admin")

    assert press(admin, f"/{me}/role", role="avocat").status_code == 302
    assert User.get_by_id(me).role == Role.AVOCAT
    with pytest.raises(PermanentError, match="only administrator"):
        house.users.disable("Gone")
    assert User.get_by_id(gone).disabled_at is None


def test_two_administrators_who_disable_each_other_at_once_leave_one(house: House) -> None:
    house.add("Other", "admin")
    refused: list[str] = []

    def disable(name: str) -> None:
        try:
            house.users.disable(name)
        except PermanentError:
            refused.append(name)

    threads = [threading.Thread(target=disable, args=(name,)) for name in ("Admin", "Other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1


def test_a_password_set_by_an_administrator_ends_every_session(
    house: House, admin: FlaskClient
) -> None:
    nour = house.add("Nour", "assistant")
    browser = house.signed_in("Nour")

    assert press(admin, f"/{nour}/password", password="short").status_code == 422
    assert press(admin, f"/{nour}/password", password=OTHER).status_code == 302
    assert browser.get("/account").status_code == 302
    assert sign_in(house.browser(), "Nour", OTHER).location == "/"


def test_sessions_are_ended_and_a_lost_second_factor_is_reset(
    house: House, admin: FlaskClient
) -> None:
    nour = house.add("Nour", "assistant")
    browser = house.signed_in("Nour")
    assert "had no second factor" in words(
        admin.post(
            f"/settings/users/{nour}/factor/reset",
            data={"csrf_token": token_of(admin, "/account")},
            follow_redirects=True,
        )
    )
    assert browser.get("/account").status_code == 200
    press(admin, f"/{nour}/sessions/end")
    assert browser.get("/account").status_code == 302
    assert last_act() == ("Admin", "sessions ended", "Nour")


def test_an_assistant_works_for_the_lawyers_who_are_ticked(
    house: House, admin: FlaskClient
) -> None:
    nour, salma = house.add("Nour", "assistant"), house.add("Me Salma", "avocat")
    assert "Me Salma" in admin.get(f"/settings/users/{nour}").text

    press(admin, f"/{nour}/lawyers", lawyer=[str(salma), "999", "x", str(nour)])
    assert [each.id for each in house.book.lawyers_of(nour)] == [salma]
    assert re.search(rf'value="{salma}" checked', admin.get(f"/settings/users/{nour}").text)
    press(admin, f"/{nour}/lawyers")
    assert house.book.lawyers_of(nour) == []
    assert press(admin, f"/{salma}/lawyers", lawyer=str(nour)).status_code == 404


def test_only_administrators_change_users(house: House) -> None:
    nour = house.add("Nour", "assistant")
    house.add("Me Salma", "avocat")
    for name in ("Nour", "Me Salma"):
        browser = house.signed_in(name)
        assert browser.get("/settings/users").status_code == 403
        assert press(browser, f"/{nour}/role", role="admin").status_code == 403
        assert press(browser, "", name="Eve", role="admin", password=PASSWORD).status_code == 403
    assert User.get_by_id(nour).role == Role.ASSISTANT


def test_a_form_of_another_site_changes_nobody(house: House, admin: FlaskClient) -> None:
    nour = house.add("Nour", "assistant")
    path = f"/settings/users/{nour}/disable"

    assert admin.post(path).status_code == 400
    form = {"csrf_token": token_of(admin, "/account")}
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert admin.post(path, data=form, headers=headers).status_code == 403
    assert User.get_by_id(nour).disabled_at is None


def test_who_is_not_there_is_not_found(admin: FlaskClient) -> None:
    assert admin.get("/settings/users/999").status_code == 404
    for path in ("role", "disable", "invite", "factor/reset", "lawyers"):
        assert press(admin, f"/999/{path}").status_code == 404


def test_hostile_names_are_words_and_nothing_else(house: House, admin: FlaskClient) -> None:
    hostile = house.add(HOSTILE, "assistant")
    pages = [admin.get("/settings/users"), admin.get(f"/settings/users/{hostile}")]
    pages.append(press(admin, f"/{hostile}/invite"))
    pages.append(press(admin, f"/{hostile}/role", role="god"))
    pages.append(press(admin, "", name=HOSTILE, role=HOSTILE, email=HOSTILE))
    pages.append(house.signed_in(HOSTILE).get("/account"))

    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
