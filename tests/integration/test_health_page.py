"""Health: whether the office receives, each check with its remedy; planned tasks; the log."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.health_page import CHECKS
from appliance.dashboard.help_texts import TOPICS
from appliance.errors import PermanentError, StoppedError, sentence
from appliance.firm.users import Users
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.database import Store
from appliance.store.models import AuditEntry, CheckResult, TaskRun
from appliance.telling import as_json, from_json, said
from appliance.upkeep.checks import Check
from appliance.upkeep.checkup import Checkup, results
from appliance.upkeep.finding import Finding, find
from appliance.upkeep.taskbook import Outcome, TaskBook
from appliance.wording import LANGUAGES, Wording
from tests.integration.conftest import SECRET, TOKEN, VERIFY, a_desk, environment
from tests.integration.reading import token_of, words
from tests.integration.upkeep_rig import Rig
from tests.support import Hands, until

PASSWORD = "un mot de passe long"
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")


class House:
    """The dashboard over a real store, with checks that ask the simulated Meta."""

    def __init__(self, store: Store, environ: dict[str, str]) -> None:
        self.store = store
        self.clock = Hands()
        self.rig = Rig(store, self.clock, environ)
        self.users = Users(store, self.clock, 12)

    def browser(self, role: str = "admin") -> FlaskClient:
        desk = a_desk(self.store, self.clock, users=self.users, **self.rig.boards())
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        self.users.add(role, role, None, PASSWORD)
        form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser


def press(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/help"), **form})


@pytest.fixture
def house(tmp_path: Path, meta: Meta, mailbox: Mailbox) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store, environment(meta, mailbox))


def test_the_page_asks_nobody_outside(house: House, meta: Meta) -> None:
    meta.faults.always("account", Refuse(500, 2))
    page = house.browser().get("/admin/health")
    assert page.status_code == 200
    assert "the first look is under way" in page.text
    assert CheckResult.select().count() == 0


def test_when_all_is_well_the_office_receives(house: House) -> None:
    house.rig.checkup.look()
    browser = house.browser()
    shown = words(browser.get("/admin/health").text)
    assert "The office receives. 1 thing wants your attention" in shown
    assert "let this PC set its time" in shown, "the test's clock is not Meta's"
    seen = {row.name: row.state for row in results()}
    assert seen["whatsapp token"] == "ok"
    assert seen["workers"] == "ok"
    assert seen["app secret"] == "ok"
    assert seen["database"] == "ok"
    assert seen["email"] == "ok"
    assert set(seen) <= set(CHECKS)


def test_a_dead_token_is_red_with_the_way_to_mend_it_and_is_tried_again(
    house: House, meta: Meta
) -> None:
    meta.faults.always("account", Refuse(401, 190))
    house.rig.checkup.look()
    browser = house.browser()
    page = browser.get("/admin/health").text
    assert "verdict bad" in page
    assert "/settings/config/whatsapp#f-access_token" in page
    assert "renew it" in words(page)

    meta.faults.clear()
    assert press(browser, "/admin/health/check", name="whatsapp token").status_code == 302
    assert "being checked…" in browser.get("/admin/health").text
    house.rig.checkup.look()
    after = {row.name: row.state for row in results()}
    assert after["whatsapp token"] == "ok"
    assert AuditEntry.select().where(AuditEntry.action == "check run").count() == 1


def test_good_news_that_is_old_is_no_news(house: House) -> None:
    now = house.clock.now()
    told = as_json(sentence("whole"))

    def unit() -> None:
        CheckResult.insert(name="database", state="ok", told=told, checked_at=now).execute()

    house.store.write(unit)
    browser = house.browser()
    assert "verdict good" in browser.get("/admin/health").text
    for _ in range(4):  # somebody is there: the session does not fall asleep
        house.clock.pass_(timedelta(minutes=50))
        page = browser.get("/admin/health").text
    assert "verdict todo" in page
    assert "nobody has looked for hours" in page


def test_one_check_is_run_and_the_others_keep_their_age(house: House) -> None:
    house.rig.checkup.look()
    before = {row.name: row.checked_at for row in results()}
    house.clock.pass_(timedelta(minutes=5))
    house.rig.checkup.ask("disk")
    assert house.rig.checkup.look() == 1
    after = {row.name: row.checked_at for row in results()}
    assert [name for name in after if after[name] != before[name]] == ["disk"]


def test_an_answer_grows_old_by_the_hour_and_a_heavy_one_by_the_day(house: House) -> None:
    house.rig.checkup.look()
    assert house.rig.checkup.look() == 0
    house.clock.pass_(timedelta(hours=1))
    again = house.rig.checkup.look()
    house.clock.pass_(timedelta(hours=23))
    assert again < house.rig.checkup.look()


def test_a_check_that_breaks_is_a_finding_and_keeps_no_other_from_its_turn(
    house: House,
) -> None:
    def broken() -> list[Finding]:
        raise RuntimeError("the secret is hunter2")

    checks = [
        Check(("first",), broken),
        Check(("second",), lambda: find("second", lambda: sentence("fine"))),
    ]
    checkup = Checkup(house.store, house.clock, checks, house.rig.book)
    checkup.look()
    assert [(row.name, row.state) for row in results()] == [("first", "broken"), ("second", "ok")]
    assert "hunter2" not in str(from_json(results()[0].told))


def test_the_thread_looks_by_itself_and_ends_at_once(house: House) -> None:
    called: list[int] = []

    def look() -> list[Finding]:
        called.append(1)
        return []

    checkup = Checkup(house.store, house.clock, [Check(("one",), look)], house.rig.book)
    checkup.start()
    try:
        until(lambda: called)
        checkup.ask_all()
        until(lambda: len(called) > 1)
    finally:
        checkup.stop()


def test_the_live_part_is_not_sent_twice(house: House) -> None:
    house.rig.checkup.look()
    browser = house.browser()
    part = browser.get("/admin/health?part=1")
    assert "<html" not in part.text
    again = browser.get("/admin/health?part=1", headers={"If-None-Match": part.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_is_said_in_every_language(house: House, language: str) -> None:
    house.rig.checkup.look()
    page = house.browser().get(f"/admin/health?lang={language}").text
    assert not INLINE.search(page)
    wording = Wording(language, "Africa/Tunis")
    for row in results():
        shown = said(from_json(row.told), wording)
        assert shown
        if language != "en" and row.name in {"workers", "sending", "disk", "whatsapp token"}:
            assert shown != str(from_json(row.told)), row.name


def test_a_sentence_is_kept_with_all_that_is_in_it(house: House) -> None:
    inner = sentence("%(name)s is not a host", name="x")
    told = sentence("%(fault)s since %(at)s", fault=inner, at=house.clock.now())
    assert from_json(as_json(told)) == told
    assert str(told).endswith("UTC")


# Planned tasks.


def test_tasks_show_how_they_went_and_can_be_asked_for(house: House) -> None:
    book = house.rig.book
    asked: list[str] = []
    book.plan("inventory", None, next_at=house.clock.now, wake=lambda: asked.append("now"))
    book.plan("sweep", timedelta(seconds=30))
    book.run("inventory", lambda: house.clock.pass_(timedelta(seconds=3)))
    with pytest.raises(PermanentError):
        book.run("sweep", lambda: _raise(PermanentError("of M. Gharbi")))
    with pytest.raises(StoppedError):
        book.run("clean-up", lambda: _raise(StoppedError()))
    browser = house.browser()
    page = browser.get("/admin/tasks").text
    assert "3.0 s" in page
    assert "PermanentError" in page
    assert "Gharbi" not in page, "the kind of an error, never its words"
    assert press(browser, "/admin/tasks/inventory/run").status_code == 302
    assert asked == ["now"]
    assert "is next" in browser.get("/admin/tasks").text
    assert press(browser, "/admin/tasks/nonsense/run").status_code == 404
    kept = {row.name: row.outcome for row in TaskRun.select()}
    assert kept == {"inventory": Outcome.DONE, "clean-up": Outcome.STOPPED}, "by the hour or more"


def test_what_a_task_did_is_known_after_a_restart(house: House) -> None:
    house.rig.book.plan("inventory", None)
    house.rig.book.run("inventory", lambda: None)
    after = TaskBook(house.store, house.clock)
    after.plan("inventory", None)
    (task,) = after.tasks()
    assert task.last is not None
    assert task.last.outcome == Outcome.DONE


def _raise(error: Exception) -> None:
    raise error


# The log and the file for support.


def plant(house: House) -> list[str]:
    """Secrets of every kind, in a log as careless as a library could make it."""
    secrets = [TOKEN, SECRET, VERIFY, "EAAG" + "a1" * 20, "Bearer qwertyuiop", "hunter2-password"]
    house.rig.vault.set("email", "password", "hunter2-password")
    folder = house.rig.data / "logs"
    folder.mkdir()
    lines = [
        {"level": "error", "event": f"failed with {secret}", "url": f"https://x/?t={secret}"}
        for secret in secrets
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (folder / "greffier.log").write_text(f"{text}\nnot json +21620111222 {TOKEN}\n")
    return [*secrets, "+21620111222", "20111222"]


def test_no_secret_is_on_the_page_of_the_log(house: House) -> None:
    planted = plant(house)
    page = house.browser().get("/admin/logs?level=debug").text
    assert "failed with" in page
    for secret in planted:
        assert secret not in page


def test_the_file_for_support_holds_no_secret_and_no_name(house: House) -> None:
    planted = plant(house)
    house.rig.checkup.look()
    answer = press(house.browser(), "/admin/logs/bundle")
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(parts) == {"versions.json", "checks.txt", "settings.ini", "greffier.log"}
    assert json.loads(parts["versions.json"])["greffier"]
    assert "# access_token (environment)" in parts["settings.ini"]
    assert "workers = 5" in parts["settings.ini"]
    whole = "\n".join(parts.values())
    for secret in planted:
        assert secret not in whole
    assert f"name = {house.rig.config.firm.name}" not in whole


def test_hostile_words_in_the_filter_are_only_words(house: House) -> None:
    plant(house)
    page = house.browser().get("/admin/logs", query_string={"words": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text
    assert "No line fits" in page.text
    assert house.browser("assistant").get("/admin/logs").status_code == 403


# Help.


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_has_help_in_every_language(house: House, language: str) -> None:
    browser = house.browser("assistant")
    page = browser.get(f"/help?lang={language}").text
    for name in TOPICS:
        assert f"/help/{name}" in page
        topic = browser.get(f"/help/{name}?lang={language}")
        assert topic.status_code == 200
        assert topic.text.partition("<ol>")[2].partition("</ol>")[0].count("<li>") == 3
    assert browser.get("/help/nonsense").status_code == 404


def test_every_page_leads_to_its_help(house: House) -> None:
    browser = house.browser("avocat")
    for address, topic in (("/", "today"), ("/limits", "limits"), ("/settings/answers", "answers")):
        assert f'href="/help/{topic}"' in browser.get(address).text, address


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("fr", {"Entrée", "Échap", "Maj", "Espace"}),
        ("en", {"Enter", "Esc", "Shift", "Space"}),
        ("ar", {"إدخال\u00a0(Enter)", "خروج\u00a0(Esc)", "العالي\u00a0(Shift)", "المسافة"}),
    ],
)
def test_keys_that_bear_a_word_are_called_as_peoples_keyboards_call_them(
    house: House, language: str, names: set[str]
) -> None:
    browser = house.browser()
    pages = [browser.get(f"/help/{topic}?lang={language}").text for topic in TOPICS]
    keys = {key for page in pages for key in re.findall(r"<kbd[^>]*>([^<]+)</kbd>", page)}
    assert {key for key in keys if len(key) > 1} == names | {"1…9"}
