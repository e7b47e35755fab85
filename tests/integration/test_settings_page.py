"""The settings: every key on a page, judged whole, written whole; secrets only ever written."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import SECTIONS, Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.firm.users import Users
from appliance.simulator.google_drive import Drive
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.database import Store
from appliance.store.models import AuditEntry, User
from appliance.upkeep.proposal import Given
from appliance.vault import SECRETS
from tests.integration.conftest import TOKEN, a_desk, environment
from tests.integration.reading import token_of
from tests.integration.refusing import no_line
from tests.integration.upkeep_rig import Rig
from tests.listener import Listener
from tests.support import Hands

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
CLOSED = "json://127.0.0.1:9/Niemand-9999"
SELECT = re.compile(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', re.DOTALL)
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")


class House:
    """The dashboard over a real store, a real config.ini and a real secrets.ini."""

    def __init__(self, store: Store, environ: dict[str, str]) -> None:
        self.store = store
        self.clock = Hands()
        self.rig = Rig(store, self.clock, environ)
        self.users = Users(store, self.clock, 12)

    def browser(self, role: str = "admin", email: str | None = None, name: str = "") -> FlaskClient:
        desk = a_desk(self.store, self.clock, users=self.users, **self.rig.boards())
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        self.users.add(name or role, role, email, PASSWORD)
        form = {
            "name": name or role,
            "password": PASSWORD,
            "csrf_token": token_of(browser, "/login"),
        }
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def journal(self) -> list[tuple[str, str, str | None]]:
        rows = AuditEntry.select().where(AuditEntry.actor == "admin").order_by(AuditEntry.id)
        return [(row.action, row.subject, row.detail) for row in rows if row.action != "signed in"]


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form as it is shown."""
    form = page[page.index('<form method="post" class="settings"') :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and "disabled" not in tag and "checkbox" not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
    for name, options in SELECT.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def save(browser: FlaskClient, section: str, what: str = "", **changes: str) -> TestResponse:
    address = f"/settings/config/{section}"
    form = fields_of(browser.get(address).text) | changes
    return browser.post(f"{address}{what}", data=form)


@pytest.fixture
def environ() -> dict[str, str]:
    return {}


@pytest.fixture
def house(tmp_path: Path, environ: dict[str, str]) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store, environ)


@pytest.fixture
def connected(tmp_path: Path, meta: Meta, mailbox: Mailbox) -> Iterator[House]:
    """A firm whose settings come from config.ini and secrets.ini, and would start."""
    known = environment(meta, mailbox)
    lines: dict[str, list[str]] = {}
    with closing(Store.open(tmp_path, Hands())) as store:
        house = House(store, {})
        for name, value in known.items():
            section, _, key = name.removeprefix("GREFFIER_").lower().partition("_")
            if f"{section}.{key}" in SECRETS:
                house.rig.vault.set(section, key, value)
            elif section in SECTIONS:
                lines.setdefault(section, []).append(f"{key} = {value}")
        text = "\n".join(f"# ours\n[{name}]\n" + "\n".join(of) for name, of in lines.items())
        house.rig.file.write_text(text + "\n")
        house.rig.__post_init__()
        yield house


def test_every_setting_is_on_the_page_of_its_section(house: House) -> None:
    browser = house.browser()
    overview = browser.get("/settings").text
    for section, model in SECTIONS.items():
        assert f"/settings/config/{section}" in overview
        page = browser.get(f"/settings/config/{section}")
        assert page.status_code == 200
        assert not INLINE.search(page.text)
        for key in model.model_fields:
            assert f'id="f-{key}"' in page.text, (section, key)


def test_a_form_sent_as_it_is_shown_changes_nothing(connected: House) -> None:
    browser, before = connected.browser(), connected.rig.file.read_bytes()
    for section in SECTIONS:
        answer = save(browser, section)
        assert answer.status_code == 302, (section, answer.text[-3000:])
    assert connected.rig.file.read_bytes() == before
    assert not (connected.rig.file.with_name("config.ini.bak")).exists()
    assert connected.journal() == []


def test_a_change_is_written_with_every_comment_kept_and_stands_in_the_journal(
    connected: House,
) -> None:
    browser, before = connected.browser(), connected.rig.file.read_text()
    answer = save(browser, "whatsapp", **{"confirm_after:count": "2", "confirm_after:unit": "m"})
    assert answer.status_code == 302
    assert connected.rig.file.read_text() == before.replace("= 1s", "= 2m")
    assert connected.rig.file.with_name("config.ini.bak").read_text() == before
    assert connected.journal() == [("setting changed", "whatsapp.confirm_after", "1s → 2m")]
    shown = browser.get("/settings/config/whatsapp").text
    assert "Counts after a new start" in shown
    assert "1 change counts after a new start" in browser.get("/settings").text


def test_without_a_file_one_is_made_in_the_data_folder(house: House) -> None:
    house.rig.vault.set("whatsapp", "access_token", "t" * 20)
    answer = save(house.browser(), "firm", name="Cabinet Trabelsi & Associés")
    assert answer.status_code == 302, "what was incomplete before keeps nobody from a change"
    assert house.rig.file == house.rig.data / "config.ini"
    assert "name = Cabinet Trabelsi & Associés" in house.rig.file.read_text()


def test_all_faults_are_said_at_once_beside_their_fields_and_nothing_is_written(
    connected: House,
) -> None:
    browser, before = connected.browser(), connected.rig.file.read_bytes()
    answer = save(
        browser,
        "dashboard",
        host="http://x",
        session_hours="0",
        allowed_hosts=HOSTILE,
        port="8080",
    )
    assert answer.status_code == 422
    assert "Nothing was saved: 3 things are to be corrected" in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert "is not a host; write a name or an IP address" in answer.text
    assert "is not a whole number from 1 to 720" in answer.text
    assert 'value="http://x"' in answer.text, "what was typed is still there"
    assert "<img" not in answer.text.partition("<main")[2]
    assert "<script>alert" not in answer.text
    assert connected.rig.file.read_bytes() == before
    assert connected.journal() == []


@pytest.mark.parametrize("who", ["admins", "lawyers", "everyone"])
def test_who_has_no_second_factor_cannot_ask_others_for_one(connected: House, who: str) -> None:
    browser, before = connected.browser(), connected.rig.file.read_bytes()

    refused = save(browser, "dashboard", second_factor=who)

    assert refused.status_code == 422
    assert "set one up under My account first, then ask others for theirs" in refused.text
    assert connected.rig.file.read_bytes() == before
    assert connected.journal() == []
    assert save(browser, "dashboard", session_hours="8").status_code == 302, "the rest is free"

    admin, factors = User.get(User.name == "admin"), connected.users.factors
    factors.begin(admin)
    waiting = factors.waiting(admin, "x")
    assert waiting is not None
    code = pyotp.TOTP(waiting.secret).at(int(connected.clock.now().timestamp()))
    connected.store.write(lambda: factors.confirm(admin, code, []))
    assert save(browser, "dashboard", second_factor=who).status_code == 302
    assert f"second_factor = {who}" in connected.rig.file.read_text()
    told = ("setting changed", "dashboard.second_factor", f"optional → {who}")
    assert told in connected.journal()

    connected.users.reset_factor("admin", "x")
    again = connected.browser(name="Sami")
    assert save(again, "dashboard", second_factor="optional").status_code == 302, "a way back"


def test_a_fault_between_two_settings_is_said_before_it_is_saved(connected: House) -> None:
    answer = save(connected.browser(), "dashboard", port="8080")
    assert answer.status_code == 422
    assert "cannot share an address" in answer.text


def test_what_would_keep_greffier_from_starting_is_refused(connected: House) -> None:
    browser = connected.browser()
    for section, changes in (
        ("tunnel", {"provider": "cloudflared"}),
        ("whatsapp", {"access_token:forget": "1"}),
        ("whatsapp", {"phone_number_id": ""}),
        ("drive", {"enabled": "yes"}),
        ("sentry", {"dsn:secret": "https://key@sentry.example.org/1"}),
        ("documents", {"folder": "/proc/nowhere"}),
    ):
        assert save(browser, section, **changes).status_code == 422, (section, changes)
    assert connected.journal() == []


def test_two_faults_of_a_file_written_by_hand_are_mended_one_after_the_other(
    connected: House,
) -> None:
    browser = connected.browser()
    text = connected.rig.file.read_text() + "\n[webhook]\nport = many\n[replies]\ntyping = x\n"
    connected.rig.file.write_text(text.replace("confirm_after = 1s", "confirm_after = soon"))
    assert "has faults: Greffier would not start again" in browser.get("/settings").text
    assert save(browser, "webhook", port="8081").status_code == 302
    assert save(browser, "whatsapp", **{"confirm_after:count": "9"}).status_code == 422
    changed = {"confirm_after:count": "9", "confirm_after:unit": "s"}
    assert save(browser, "whatsapp", **changed).status_code == 302
    assert "there is no such key here; it belongs in [whatsapp]" in browser.get("/settings").text


def test_a_form_made_from_an_older_file_is_not_saved(connected: House) -> None:
    browser = connected.browser()
    form = fields_of(browser.get("/settings/config/firm").text)
    assert save(browser, "firm", name="A").status_code == 302
    answer = browser.post("/settings/config/firm", data=form | {"name": "B"})
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert "name = A" in connected.rig.file.read_text()


@pytest.mark.parametrize("environ", [{"GREFFIER_FIRM_NAME": "Of the environment"}])
def test_what_the_environment_says_is_shown_and_not_changed(house: House) -> None:
    browser = house.browser()
    page = browser.get("/settings/config/firm").text
    assert "GREFFIER_FIRM_NAME" in page
    assert re.search(r'name="name" value="Of the environment"[^>]* disabled', page)
    assert save(browser, "firm", name="Mine").status_code == 302
    assert not house.rig.file.exists()


def test_a_secret_is_kept_and_never_shown(connected: House) -> None:
    browser, secret = connected.browser(), "Geheim-Geheim-4711"
    answer = save(browser, "email", **{"password:secret": secret, "username": "nour"})
    assert answer.status_code == 302
    assert connected.rig.vault.get("email", "password") == secret
    pages = [browser.get(path).text for path in ("/settings", "/settings/config/email")]
    assert all(secret not in page for page in pages)
    assert "set, in the file secrets.ini" in pages[1]
    assert connected.journal() == [
        ("setting changed", "email.username", " → nour"),
        ("secret replaced", "email.password", None),
    ]
    stale = {"password:secret": secret, "seen": "another"}
    assert secret not in save(browser, "email", **stale).text
    assert secret not in save(browser, "email", port="0", **{"password:secret": secret}).text
    assert save(browser, "email", **{"password:forget": "1"}).status_code == 302
    assert connected.rig.vault.get("email", "password") is None


def test_a_new_access_token_counts_at_once(connected: House) -> None:
    answer = save(connected.browser(), "whatsapp", **{"access_token:secret": "EAAnew" * 5})
    assert answer.status_code == 302
    assert not connected.rig.whatsapp.use_token("EAAnew" * 5), "it is the one that is used now"


def test_a_kept_password_is_not_carried_to_another_server(connected: House) -> None:
    browser = connected.browser(email="admin@cabinet.example")
    assert save(browser, "email", **{"password:secret": "Geheim-4711"}).status_code == 302
    for what in ("", "/try"):
        answer = save(browser, "email", what, host="evil.example.org")
        assert answer.status_code == 422
        assert "type email.password again" in answer.text
    answer = save(browser, "whatsapp", graph_url="https://evil.example.org")
    assert "type whatsapp.access_token again" in answer.text


def test_a_letter_is_really_sent_before_anything_is_saved(
    connected: House, mailbox: Mailbox
) -> None:
    browser, before = (
        connected.browser(email="admin@cabinet.example"),
        connected.rig.file.read_text(),
    )
    answer = save(browser, "email", "/try", sender="Neu <neu@cabinet.example>")
    assert answer.status_code == 200
    assert "It works:" in answer.text
    (letter,) = mailbox.received
    assert letter.recipients == ("admin@cabinet.example",)
    assert letter.sender == "neu@cabinet.example"
    assert connected.rig.file.read_text() == before
    assert 'value="Neu &lt;neu@cabinet.example&gt;"' in answer.text, "the form is still there"


def test_a_mail_server_that_is_not_there_is_said_with_the_remedy(connected: House) -> None:
    rig, browser = connected.rig, connected.browser(email="admin@cabinet.example")
    other = save(browser, "email", "/try", port="22")
    assert "is not one of a mail server" in other.text
    closed = save(browser, "email", "/try", host="127.0.0.1", port="2525")
    assert "It does not work yet:" in closed.text
    assert "check [email] host and the network" in closed.text
    assert rig.file.read_text().count("2525") == 0


def test_without_an_address_of_their_own_nobody_gets_a_letter(
    connected: House, mailbox: Mailbox
) -> None:
    answer = save(connected.browser(), "email", "/try")
    assert "your own account has no e-mail address" in answer.text
    assert not mailbox.received


def test_meta_is_really_asked_with_what_is_in_the_form(connected: House, meta: Meta) -> None:
    browser = connected.browser()
    good = save(browser, "whatsapp", "/try")
    assert "It works:" in good.text, good.text[-4000:]
    assert TOKEN not in good.text
    wrong = save(browser, "whatsapp", "/try", **{"access_token:secret": "EAAwrong" * 4})
    assert "It does not work yet:" in wrong.text
    assert "EAAwrong" not in wrong.text
    assert connected.rig.vault.get("whatsapp", "access_token") == TOKEN


def test_nobody_elses_address_is_asked_in_metas_name(connected: House) -> None:
    browser, token = connected.browser(), {"access_token:secret": "EAAnew" * 5}
    for address in (
        "http://127.0.0.1:9",
        "https://facebook.com.evil.example",
        "http://facebook.com",
    ):
        answer = save(browser, "whatsapp", "/try", graph_url=address, **token)
        assert "only Meta&#39;s own address" in answer.text, address


def test_google_is_really_asked_with_what_is_in_the_form(connected: House) -> None:
    browser, rig = connected.browser(), connected.rig
    with Drive() as drive:
        drive.auto_approve = True
        key = rig.data / "google.json"
        key.write_text(json.dumps(drive.client_config))
        rig.vault.set("drive", "token", drive.signed_in()["refresh_token"])
        form = {"enabled": "yes", "credentials": str(key), "api_url": drive.url}
        elsewhere = save(browser, "drive", "/try", **form)
        assert "only Google&#39;s own address" in elsewhere.text
        assert save(browser, "drive", **form).status_code == 302
        rig.__post_init__()  # a new start
        other = connected.browser(name="second")
        good = save(other, "drive", "/try")
        assert "It works:" in good.text, good.text[-3000:]
        assert "Google lets us in as" in good.text
        wrong = save(other, "drive", "/try", credentials=str(rig.file))
        assert "is not Google&#39;s JSON file" in wrong.text
    away = save(other, "drive", "/try")
    assert "It does not work yet:" in away.text


def test_a_test_alert_is_really_sent_to_every_address_of_the_form(connected: House) -> None:
    """The kept one and the typed ones; in French, and nothing is saved."""
    browser = connected.browser()
    with Listener() as listener:
        connected.rig.vault.set("alerts", "warning", listener.address("gardé-4711"))
        typed = f"{listener.address('neuf-0815')} {listener.address('zwei-0815')}"
        browser.set_cookie("greffier_language", "fr")
        good = save(browser, "alerts", "/try", **{"critical:secret": typed})
        assert "Cela marche" in good.text, good.text[-3000:]
        assert "toutes les adresses (3) ont accepté l’essai" in good.text
        assert len(listener.heard) == 3
        (said,) = listener.said("neuf-0815")
        assert said["title"] == "[Greffier] Un essai"
        assert "alerts.critical 1" in said["message"]

        listener.refused.add("/zwei-0815")
        wrong = save(browser, "alerts", "/try", **{"critical:secret": f"{typed} {CLOSED}"})
        assert "l’essai a été accepté par 2 des 4 adresses" in wrong.text
        assert "alerts.critical 2, alerts.critical 3" in wrong.text
    for page in (good, wrong):
        assert not any(secret in page.text for secret in ("4711", "0815", "9999"))
    assert connected.rig.vault.get("alerts", "critical") is None
    assert connected.journal() == [("settings tried", "alerts", None)] * 2


def test_without_an_address_the_trial_of_alerts_says_what_to_write(connected: House) -> None:
    answer = save(connected.browser(), "alerts", "/try")
    assert "no alert has an address yet: write one, such as slack://" in unescape(answer.text)


def test_addresses_of_alerts_are_saved_or_refused_by_name_never_shown(connected: House) -> None:
    browser = connected.browser()
    secret = "json://127.0.0.1/Geheim-4711 json://127.0.0.1/Geheim-0815"
    assert save(browser, "alerts", **{"error:secret": secret}).status_code == 302
    assert connected.rig.vault.get("alerts", "error") == secret
    wrong = {
        "error:secret": "json://127.0.0.1/x nonsense://Geheim",
        "critical:secret": "slack://Geheim",
    }
    for what in ("", "/try"):
        answer = save(browser, "alerts", what, **wrong)
        assert answer.status_code == 422
        assert "understand the address alerts.error 2" in unescape(answer.text)
        assert "understand the address alerts.critical 1" in unescape(answer.text)
        assert "Geheim" not in answer.text
    connected.rig.vault.set("alerts", "critical", "slack://Geheim")  # by the command
    again = save(browser, "alerts", **{"critical:secret": "slack://Geheim2"})
    assert again.status_code == 422, "as wrong as before is no better"
    good = {"error:secret": "json://127.0.0.1/y"}
    assert save(browser, "alerts", **good).status_code == 302, "one is mended after the other"
    connected.rig.vault.set("alerts", "error", secret)
    watcher = save(browser, "alerts", **{"heartbeat_url:secret": "https://watch.example.org/1"})
    assert watcher.status_code == 422
    assert "the outside watcher is not in this version yet" in watcher.text
    assert connected.rig.vault.get("alerts", "error") == secret


def test_hours_and_holidays_are_edited_day_by_day(connected: House) -> None:
    browser = connected.browser()
    changes = {"hours:fri:0:from": "9", "hours:fri:0:to": "13h", "hours:sat:0:from": ""}
    changes |= {"holidays:0": "2026-12-25", "holidays:1": "2026-07-14"}
    assert save(browser, "firm", **changes).status_code == 302
    text = connected.rig.file.read_text()
    assert "fri 9:00-13:00" in text
    assert "holidays = 2026-12-25, 2026-07-14" in text
    assert len(connected.rig.settings.judged().config.firm.hours) == 5
    overlap = {"hours:mon:1:from": "17:00", "hours:mon:1:to": "19:00"}
    assert "the hours of mon overlap" in save(browser, "firm", **overlap).text
    fields = fields_of(browser.get("/settings/config/firm").text)
    closed = {name: "" for name in fields if name.startswith("hours:")}
    answer = save(browser, "firm", **closed)
    assert answer.status_code == 422
    assert "the hours of one day at least" in answer.text


def test_keeping_is_edited_in_numbers(connected: House) -> None:
    browser = connected.browser()
    changes = {"jobs_completed:count": "2", "jobs_completed:most": "500", "messages_days": "365"}
    assert save(browser, "retention", **changes).status_code == 302
    text = connected.rig.file.read_text()
    assert "jobs_completed = 2d/500" in text
    assert "messages_days = 365" in text


def test_only_administrators_see_and_change_settings(connected: House) -> None:
    for role in ("avocat", "assistant"):
        browser = connected.browser(role)
        assert browser.get("/settings").status_code == 403
        form = {"csrf_token": token_of(browser, "/settings/answers"), "name": "X"}
        for path in ("/settings/config/firm", "/settings/config/firm/try", "/settings/restart"):
            assert browser.post(path, data=form).status_code == 403
            assert browser.get("/settings/config/firm").status_code == 403
    assert "name = X" not in connected.rig.file.read_text()


def test_a_section_that_is_not_there_is_not_there(connected: House) -> None:
    browser = connected.browser()
    assert browser.get("/settings/config/nonsense").status_code == 404
    assert save_try(browser, "firm").status_code == 404, "there is nothing to try"


def save_try(browser: FlaskClient, section: str) -> TestResponse:
    return save(browser, section, "/try")


def test_a_new_start_is_refused_while_it_would_fail(connected: House) -> None:
    browser = connected.browser()
    assert save(browser, "firm", name="B").status_code == 302
    connected.rig.file.write_text(connected.rig.file.read_text() + "\n[nonsense]\n")
    form = {"csrf_token": token_of(browser, "/settings/config/firm")}
    refused = browser.post("/settings/restart", data=form)
    assert refused.status_code == 409
    assert "there is no such section" in refused.text
    assert connected.rig.again == []
    connected.rig.file.write_text(connected.rig.file.read_text().replace("\n[nonsense]\n", ""))
    assert "The firm · Name of the firm" in unescape(browser.get("/settings/restart").text)
    assert browser.post("/settings/restart", data=form).status_code == 200
    assert connected.rig.again == ["again"]


def test_a_port_that_another_program_has_keeps_us_from_starting_anew(
    connected: House, meta: Meta
) -> None:
    browser, taken = connected.browser(), meta.url.rpartition(":")[2]
    assert save(browser, "webhook", port=taken).status_code == 302
    assert "is in use by another program" in browser.get("/settings/restart").text


def test_a_file_that_cannot_be_written_is_said_and_stands_in_the_journal(
    connected: House,
) -> None:
    browser = connected.browser()
    form = fields_of(browser.get("/settings/config/firm").text) | {"name": "B"}
    kept = connected.rig.file.with_name(".greffier-config.ini.tmp")
    kept.mkdir()  # in the way of the new file
    answer = browser.post("/settings/config/firm", data=form)
    assert answer.status_code == 409
    assert "could not be written" in answer.text
    assert [entry[0] for entry in connected.journal()] == ["setting changed", "setting not changed"]
    assert "name = B" not in connected.rig.file.read_text()


def test_nothing_is_changed_tried_or_begun_before_it_is_on_record(
    connected: House, mailbox: Mailbox
) -> None:
    rig, browser = connected.rig, connected.browser(email="admin@cabinet.example")
    file, password = rig.file.read_bytes(), rig.vault.find("email", "password")
    secret = {"password:secret": "secret-123", "username": "nour"}
    restart = {"csrf_token": token_of(browser, "/settings/config/firm")}
    with no_line(connected.store):
        assert save(browser, "email", **secret).status_code == 500
        assert save(browser, "email", "/try").status_code == 500
        assert browser.post("/settings/restart", data=restart).status_code == 500
    assert (rig.file.read_bytes(), rig.vault.find("email", "password")) == (file, password)
    assert (mailbox.received, rig.again) == ([], [])
    assert save(browser, "email", "/try").status_code == 200
    assert len(mailbox.received) == 1


def test_a_proposal_never_touches_the_file(connected: House) -> None:
    before = connected.rig.file.read_bytes()
    given = Given("firm", {"name": "B", "language": "xx"})
    proposal = connected.rig.settings.propose(given, "admin")
    assert set(proposal.faults) == {"language"}
    assert connected.rig.file.read_bytes() == before
