"""The dashboard door: who gets in, what they see, and what no other site can do."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.config import Limits as LimitsConfig
from appliance.dashboard.door import OPEN, dashboard_door
from appliance.dashboard.entrance_page import OPEN as ENTRANCE
from appliance.dashboard.limits_board import LimitsBoard
from appliance.dashboard.overview import overview
from appliance.disk import UNWRITABLE
from appliance.errors import PermanentError, TemporaryError
from appliance.firm.users import Users
from appliance.fittings import rates
from appliance.gateways import refusals
from appliance.inbox.media import OTHER_LENGTH
from appliance.limits import Limits
from appliance.store import models
from appliance.store.database import Note, Store
from appliance.telling import columns
from appliance.upkeep.account import settle
from tests.integration.conftest import (
    a_desk,
)
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
TOKEN = "token-of-this-pc"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
WELL = {"status": "ok", "sentence": "fine"}


class House:
    """A dashboard over a real store, and what the stations behind it were asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Hands()
        self.users = Users(store, self.clock, session_hours=12)
        self.retried: list[int] = []
        self.components: dict[str, dict[str, str]] = {"store": WELL}
        self.fault: Exception | None = None
        self.limits = Limits(store, self.clock, rates(LimitsConfig()))
        self.app = self._door()

    def _door(self) -> Flask:
        zone = ZoneInfo("Africa/Tunis")
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            overview=lambda scope: overview(self.clock.now(), zone, scope),
            retry=self._retry,
            settle_event=partial(settle, self.store, self.clock),
            health=self._health,
            limits=LimitsBoard(self.limits, self.clock, zone),
            language="fr",
            firm_name="Cabinet <b>Trabelsi</b>",
            local_token=TOKEN,
        )
        return dashboard_door(desk, Dashboard(), b"k" * 32)

    def _retry(self, row_id: int, note: Note) -> bool:
        if self.fault:
            raise self.fault
        self.retried.append(row_id)
        self.store.write(note)
        return True

    def _health(self) -> dict[str, Any]:
        if self.fault:
            raise self.fault
        return {"status": "ok", "components": self.components}

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def keep(self, table: type[models.Row], **values: Any) -> int:
        row: models.Row = self.store.write(lambda: table.create(**values))
        return int(row.id)

    def message(self, **values: Any) -> int:
        defaults = {"wamid": f"w{models.Message.select().count()}", "sender": "+21620111222"}
        defaults |= {"type": "document", "raw": "{}", "received_at": self.clock.now()}
        return self.keep(models.Message, **(defaults | values))

    def document(self, **values: Any) -> int:
        number = models.Document.select().count()
        defaults = {"owner_key": "o", "sha256": str(number), "sender": "+21620111222"}
        defaults |= {"name": "bail.pdf", "mime_type": "application/pdf", "size": 1_240_000}
        defaults |= {"reason": "unknown_number", "received_at": self.clock.now()}
        return self.keep(models.Document, **(defaults | values))

    def outgoing(self, **values: Any) -> int:
        number = str(models.Outgoing.select().count())
        defaults = {"channel": "whatsapp", "kind": "confirmation", "recipient": "+21620111222"}
        defaults |= {"dedupe_key": number, "callback": number, "created_at": self.clock.now()}
        return self.keep(models.Outgoing, **(defaults | values))

    def client(self, name: str) -> int:
        keys = {"name_key": name, "folder": name, "folder_key": name}
        return self.keep(models.Client, name=name, created_at=self.clock.now(), **keys)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


@pytest.fixture
def stranger(house: House) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return house.browser()


@pytest.fixture
def browser(house: House) -> FlaskClient:
    """A browser in which Nour, an assistant, is signed in."""
    house.users.add("Nour", "assistant", None, PASSWORD)
    house.message(id=7, wamid="old", direction="history", received_at=LONG_AGO)
    browser = house.browser()
    assert signed_in(browser).location == "/"
    return browser


def signed_in(browser: FlaskClient, password: str = PASSWORD, **extra: Any) -> TestResponse:
    form = {"name": "Nour", "password": password, "csrf_token": token_of(browser)}
    return browser.post("/login", data=form, **extra)


def retry(browser: FlaskClient, path: str = "/messages/7/retry", **extra: Any) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/")}, **extra)


# Who gets in.


def test_every_route_but_the_open_ones_wants_a_signed_in_user(
    house: House, stranger: FlaskClient
) -> None:
    token = token_of(stranger)
    walked = 0
    for rule in house.app.url_map.iter_rules():
        path = str(rule).replace("<path:filename>", "app.css")
        path = re.sub(r"<[^>]+>", "1", path)
        for method in (rule.methods or set()) - {"HEAD"}:
            answer = stranger.open(path, method=method, data={"csrf_token": token})
            walked += 1
            answer.close()
            if rule.endpoint in ENTRANCE:  # nobody was invited, nor typed a password
                where = (answer.status_code, answer.location)
                assert where in {(302, "/login"), (404, None), (200, None)}, path
            elif rule.endpoint in OPEN:
                assert answer.status_code in {200, 403}, path
            elif path.startswith("/api/"):
                assert answer.status_code == 401, path
            else:
                assert (answer.status_code, answer.location) == (302, "/login"), path

    assert walked > 10
    assert house.retried == []


def test_the_open_routes_are_these() -> None:
    steps = {"entrance.code", "entrance.enter", "entrance.invitation", "entrance.accept"}
    assert steps == ENTRANCE
    assert {"pages.login", "pages.sign_in", "pages.healthz", "static"} | steps == OPEN


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/login/", "/static/../door.py"])
def test_anything_else_is_not_there(stranger: FlaskClient, browser: FlaskClient, path: str) -> None:
    assert stranger.get(path).status_code == 404
    assert browser.get(path).status_code == 404


def test_an_api_refusal_is_one_shape_of_json(browser: FlaskClient, stranger: FlaskClient) -> None:
    expected = {
        ("/api/health", 401): "unauthorized",
        ("/api/nothing", 404): "not_found",
    }
    for (path, status), code in expected.items():
        answer = stranger.get(path)
        assert answer.status_code == status
        assert set(answer.json["error"]) == {"code", "message"}
        assert answer.json["error"]["code"] == code
    assert browser.post("/api/health").status_code in {400, 405}


def test_health_is_for_people_and_for_programs_of_this_pc(
    browser: FlaskClient, stranger: FlaskClient
) -> None:
    def asked(authorization: str) -> int:
        headers = {"Authorization": authorization}
        return stranger.get("/api/health", headers=headers).status_code

    assert browser.get("/api/health").json["status"] == "ok"
    assert asked(f"Bearer {TOKEN}") == 200
    assert [asked(other) for other in ("", "Bearer ", "Bearer é", TOKEN)] == [401] * 4


def test_the_token_of_this_pc_opens_nothing_else(house: House, stranger: FlaskClient) -> None:
    answer = stranger.get("/", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.location == "/login"


def test_the_first_person_is_told_the_command(house: House, stranger: FlaskClient) -> None:
    command = "greffier user add NOM --role admin"
    assert command in stranger.get("/login").text

    house.users.add("Nour", "assistant", None, PASSWORD)
    assert command not in stranger.get("/login").text


def test_the_session_cookie_is_out_of_reach_of_scripts(house: House, browser: FlaskClient) -> None:
    [cookie] = [
        line
        for line in signed_in(house.browser()).headers.getlist("Set-Cookie")
        if line.startswith("greffier_session=")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_wrong_password_says_no_more_than_that(browser: FlaskClient, house: House) -> None:
    answer = signed_in(house.browser(), "not the password")

    assert answer.status_code == 403
    assert "nom ou mot de passe incorrect" in answer.text
    assert re.search(r'name="name"[^>]* value="Nour"', answer.text)
    assert re.search(r'name="password"[^>]* autofocus', answer.text)


def test_too_many_tries_say_how_long_to_wait(browser: FlaskClient, house: House) -> None:
    other = house.browser()
    for _ in range(5):
        signed_in(other, "not the password")
    answer = signed_in(other)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "patientez 1 seconde" in answer.text
    house.clock.pass_(timedelta(seconds=1))
    assert signed_in(other).location == "/"


def test_a_long_wait_is_told_in_minutes(browser: FlaskClient, house: House) -> None:
    until = house.clock.now() + timedelta(minutes=14, seconds=10)
    house.store.write(models.User.update(locked_until=until).execute)

    assert "patientez 15 minutes" in signed_in(house.browser()).text


def test_signing_out_is_at_once_and_for_good(browser: FlaskClient) -> None:
    stolen = browser.get_cookie("greffier_session")
    assert stolen is not None
    answer = browser.post("/logout", data={"csrf_token": token_of(browser, "/")})
    assert answer.location == "/login"

    browser.set_cookie("greffier_session", stolen.value)
    assert browser.get("/").location == "/login"


def test_a_screen_left_alone_falls_asleep(browser: FlaskClient, house: House) -> None:
    for _ in range(6):
        house.clock.pass_(timedelta(minutes=10))
        answer = browser.get("/?part=1")

    assert answer.location == "/login"
    assert "Votre session a expiré" in browser.get("/login").text


def test_a_button_pressed_after_the_session_ended_says_that_nothing_was_done(
    browser: FlaskClient, house: House
) -> None:
    token = token_of(browser, "/")
    house.clock.pass_(timedelta(hours=13))
    answer = browser.post("/messages/7/retry", data={"csrf_token": token})

    assert (answer.location, house.retried) == ("/login", [])
    assert "reconnectez-vous, puis recommencez" in browser.get("/login").text
    assert "a expiré" not in browser.get("/login").text


def test_whoever_was_never_here_is_told_of_no_session(stranger: FlaskClient) -> None:
    stranger.get("/")

    assert "a expiré" not in stranger.get("/login").text


# What no other site can do.


def test_a_form_without_its_token_does_nothing(browser: FlaskClient, house: House) -> None:
    answer = browser.post("/messages/7/retry")

    assert answer.status_code == 400
    assert "recommencez" in answer.text
    assert house.retried == []


def test_even_the_sign_in_form_wants_its_token(house: House, browser: FlaskClient) -> None:
    form = {"name": "Nour", "password": PASSWORD}

    assert house.browser().post("/login", data=form).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_another_site_is_refused(
    browser: FlaskClient, house: House, headers: dict[str, str]
) -> None:
    answer = retry(browser, headers=headers)

    assert answer.status_code == 403
    assert "un autre site" in answer.text
    assert house.retried == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_ours_is_accepted(
    browser: FlaskClient, house: House, headers: dict[str, str]
) -> None:
    assert retry(browser, headers=headers).location == "/"
    assert house.retried == [7]


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/static/app.css", "/nothing"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8090"])
def test_a_host_that_is_not_ours_is_refused_in_words(
    stranger: FlaskClient, path: str, host: str
) -> None:
    answer = stranger.get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert "allowed_hosts" in answer.text
    assert stranger.post(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8090", "127.0.0.1:8090"])
def test_our_own_hosts_are_known_with_any_port(stranger: FlaskClient, host: str) -> None:
    assert stranger.get("/healthz", headers={"Host": host}).json == {"status": "ok"}


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/api/health", "/static/nothing"])
def test_every_answer_is_hardened(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "private, no-store"


def test_an_assets_address_changes_with_it_and_is_kept(stranger: FlaskClient) -> None:
    page = stranger.get("/login").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    assert len(addresses) == 6
    for address in addresses:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        kept = stranger.get(address)
        assert kept.status_code == 200
        assert "max-age=31536000" in kept.headers["Cache-Control"]
        kept.close()


def test_pages_hold_nothing_that_the_policy_forbids(browser: FlaskClient, house: House) -> None:
    house.document()
    for path in ("/", "/login", "/nothing"):
        page = browser.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|https?://", page), path


# What they see.


def test_the_page_of_an_empty_firm_says_what_to_do_next(browser: FlaskClient) -> None:
    page = browser.get("/").text

    assert "écrivez au numéro WhatsApp" in page
    assert "greffier import FICHIER.csv" in page
    assert "Ce que les clients envoient apparaîtra ici" in page
    assert "Rien ne vous attend." in page


def test_the_page_shows_what_came_and_where_it_is(browser: FlaskClient, house: House) -> None:
    client = house.client("Amel Ben Youssef")
    dossier = house.keep(
        models.Dossier,
        client=client,
        reference="2026-0042",
        reference_key="2026-0042",
        title="Bail rue de Marseille",
        folder="f",
        opened_at=house.clock.now(),
    )
    bail = house.document(
        client=client,
        dossier=dossier,
        status="filed",
        reason="only_active_dossier",
        filed_by="greffier",
        filed_at=house.clock.now(),
    )
    house.message(client=client, document=bail, body="Voici le bail")
    other = house.document(sender="+21699888777", name="CIN.pdf")
    house.message(sender="+21699888777", document=other)
    house.clock.pass_(timedelta(minutes=7))
    page = browser.get("/").text

    for shown in (
        "Dernier message il y a 7 minutes",
        "Amel Ben Youssef",
        "2026-0042",
        "Bail rue de Marseille",
        "bail.pdf",
        "1,2\u202fMo",
        "+21699888777",
        "CIN.pdf",
        "Voici le bail",
        "motif\xa0: seul dossier actif du client",
        "23/11/2026 10:00",
    ):
        assert shown in page, shown
    assert "greffier import" not in page


def test_sends_are_told_in_honest_words(browser: FlaskClient, house: House) -> None:
    for status in ("sent", "delivered", "read", "failed", "unknown", "queued"):
        house.outgoing(status=status)
    house.outgoing(channel="email", kind="filed", status="sent")
    house.outgoing(channel="alert", kind="alert", status="sent", recipient="alerts.critical 1")
    page = browser.get("/").text

    for word in (
        ">accepté par WhatsApp<",
        ">remis<",
        ">lu<",
        ">échec<",
        ">incertain\N{NO-BREAK SPACE}: peut-être envoyé<",
        ">à envoyer<",
        ">accepté par le serveur de messagerie<",
        ">acceptée par le service<",
        ">alerts.critical 1</bdi> <small>Alerte<",
        ">alerte au cabinet<",
    ):
        assert word in page, word


def test_the_figures_count_today_and_all_that_waits(browser: FlaskClient, house: House) -> None:
    yesterday = house.clock.now() - timedelta(days=1)
    just_after_midnight = house.clock.now().replace(hour=23, minute=5) - timedelta(days=1)
    house.message(received_at=yesterday, status="error", error="broken")
    house.message(received_at=just_after_midnight)  # in Tunis
    house.message()
    house.message(direction="out")
    house.document(status="filed", received_at=yesterday)
    house.document(status="filed")
    house.document(received_at=yesterday)
    house.document()
    for status in ("queued", "failed", "unknown", "read"):
        house.outgoing(status=status, error="why" if status in ("failed", "unknown") else None)

    [shown] = re.findall(r'<dl class="figures">(.*?)</dl>', browser.get("/").text, re.DOTALL)
    figures = re.findall(r"<dd>(\d+)</dd>", shown)
    assert figures == ["2", "1", "2", "1", "1", "2"]


def test_a_failed_message_has_a_button_that_tries_again(browser: FlaskClient, house: House) -> None:
    row_id = house.message(status="error", error="the file is gone", profile_name="Amel")
    page = browser.get("/").text
    [action] = re.findall(r'formaction="([^"]+)"', page)
    assert "the file is gone" in page

    assert retry(browser, action).location == "/"
    assert house.retried == [row_id]
    assert "Nouvel essai lancé (23/11/2026 10:00)" in browser.get("/").text
    [entry] = models.AuditEntry.select().where(models.AuditEntry.action == "message tried again")
    assert (entry.actor, entry.subject) == ("Nour", str(row_id))


def test_a_button_says_what_it_tries_again(browser: FlaskClient, house: House) -> None:
    client = house.client("Amel Ben Youssef")
    raw = json.dumps({"document": {"filename": "bail.pdf"}})
    house.message(status="error", error="gone", client=client, raw=raw)

    label = 'aria-label="Réessayer : bail.pdf, Amel Ben Youssef, 23/11/2026 10:00"'
    assert label.replace(" :", "\xa0:") in browser.get("/").text


REASON = TemporaryError(OTHER_LENGTH, came=35, announced=14)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "le fichier n’a pas la longueur annoncée (35 octets au lieu de 14)"),
        ("en", "the file came with another length than announced (35 bytes, 14 announced)"),
        ("ar", "طول الملف غير المعلن (35 بايت بدل 14)"),
    ],
)
def test_a_reason_is_told_in_the_readers_language(
    browser: FlaskClient, house: House, language: str, sentence: str
) -> None:
    house.message(status="error", **columns(REASON))
    house.outgoing(status="failed", **columns(REASON))

    assert browser.get(f"/?lang={language}").text.count(sentence) == 2


def test_the_cause_inside_a_reason_is_told_in_the_readers_language(
    browser: FlaskClient, house: House
) -> None:
    full = PermanentError(UNWRITABLE, folder="/Dossiers", why="the disk is full; free some space")
    house.message(status="error", **columns(full))

    page = browser.get("/").text
    assert "Impossible d’écrire dans /Dossiers" in page
    assert "le disque est plein" in page


def test_what_waits_with_a_reason_is_shown_with_its_next_try(
    browser: FlaskClient, house: House
) -> None:
    soon = house.clock.now() + timedelta(minutes=5)
    refused = TemporaryError(refusals.TOKEN, answer="HTTP 401")
    house.message(due_at=soon, profile_name="Amel", **columns(refused))
    house.outgoing(due_at=soon, **columns(refused))
    page = browser.get("/").text

    assert page.count("nouvel essai automatique") == 2
    assert "23/11/2026 10:05" in page
    command = "greffier secret set whatsapp.access_token"
    assert f'<code dir="ltr">{command}</code>' in page
    assert "Réessayer" not in page


def test_words_that_bring_no_document_are_shown(browser: FlaskClient, house: House) -> None:
    client = house.client("Amel Ben Youssef")
    house.message(status="processed", type="text", body="Bonjour Maître", client=client)
    house.message(status="processed", type="location", sender="+21620111223")
    house.message(status="processed", type="something new", sender="+21620111224")
    house.message(status="processed", type="text", body="sent by us", direction="out")
    page = browser.get("/").text

    for shown in ("Bonjour Maître", "lieu sur une carte", "ne sait pas afficher"):
        assert shown in page, shown
    assert "sent by us" not in page


def test_a_refused_token_is_an_alarm_with_the_remedy(browser: FlaskClient, house: House) -> None:
    house.message()
    house.components = {"whatsapp": {"status": "degraded", "sentence": "HTTP 401"}}
    page = browser.get("/").text

    assert "WhatsApp refuse notre jeton d’accès" in page
    assert '<code dir="ltr">greffier secret set whatsapp.access_token</code>' in page
    assert "Le cabinet reçoit" not in page


def test_a_number_that_no_row_can_have_is_not_there(browser: FlaskClient, house: House) -> None:
    assert retry(browser, f"/messages/{2**63}/retry").status_code == 404
    assert retry(browser, f"/messages/{2**63 - 1}/retry").status_code == 404


def test_what_could_not_be_understood_is_shown_newest_first(
    browser: FlaskClient, house: House
) -> None:
    now = house.clock.now()
    for number in range(60):
        at = now - timedelta(hours=1) + timedelta(seconds=number)
        house.keep(models.Notice, field="x", raw="{}", error=f"not read {number}", received_at=at)
    house.keep(models.WebhookBody, sha256="a", body=b"{", error="not JSON", received_at=now)
    page = browser.get("/").text

    assert page.index("not JSON") < page.index("not read 59") < page.index("not read 31")
    assert "not read 30<" not in page


def test_hostile_names_are_only_text(browser: FlaskClient, house: House) -> None:
    client = house.client(HOSTILE)
    document = house.document(name=HOSTILE, client=client, sender=HOSTILE, reason=HOSTILE)
    house.message(client=client, document=document, body=HOSTILE, sender=HOSTILE)
    house.message(type=HOSTILE, sender=f"{HOSTILE}!", profile_name=HOSTILE)
    house.message(status="error", error=HOSTILE, profile_name=HOSTILE, sender=HOSTILE)
    house.outgoing(recipient=HOSTILE, error=HOSTILE, kind=HOSTILE, channel=HOSTILE)
    house.keep(models.Notice, field="x", raw="{}", error=HOSTILE, received_at=house.clock.now())
    page = browser.get("/").text

    assert page.count("&lt;script&gt;alert(1)") >= 15
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page
    assert "<b>" not in page


def test_trouble_is_told_instead_of_all_is_well(browser: FlaskClient, house: House) -> None:
    house.message()
    house.components = {
        "disk": {"status": "degraded", "sentence": "0.4 GB free"},
        "messages": {"status": "degraded", "sentence": "shown as a figure"},
        "tunnel": {"status": "down", "sentence": "token refused"},
    }
    page = browser.get("/").text

    assert "Il reste moins de 1 Go sur le disque" in page
    assert "Quelque chose ne va pas (tunnel)" in page
    assert "Le cabinet reçoit" not in page
    assert "(messages)" not in page


def test_health_is_felt_once_in_ten_seconds(browser: FlaskClient, house: House) -> None:
    assert "sur le disque" not in browser.get("/").text
    house.components = {"disk": {"status": "down", "sentence": ""}}
    assert "sur le disque" not in browser.get("/").text
    house.clock.pass_(timedelta(seconds=10))

    assert "sur le disque" in browser.get("/").text


def test_a_full_disk_hides_no_page(browser: FlaskClient, house: House) -> None:
    house.fault = TemporaryError("the disk is full")
    page = browser.get("/")

    assert page.status_code == 200
    assert "La base de données n’enregistre plus rien" in page.text
    assert browser.get("/api/health").status_code == 503


def test_what_cannot_be_done_now_says_so_and_when(browser: FlaskClient, house: House) -> None:
    house.fault = TemporaryError("the disk is full")
    answer = retry(browser)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "rien n’est perdu" in answer.text


def test_a_bug_is_told_in_words_and_shows_nothing_of_itself(
    browser: FlaskClient, house: House
) -> None:
    token = token_of(browser, "/")
    house.fault = ValueError("secret detail")
    answer = browser.post("/messages/7/retry", data={"csrf_token": token})

    assert answer.status_code == 500
    assert "Greffier a rencontré une erreur" in answer.text
    assert "secret detail" not in answer.text


def test_a_button_opened_as_an_address_leads_back(browser: FlaskClient) -> None:
    answer = browser.get("/messages/7/retry")

    assert answer.status_code == 405
    assert 'href="/"' in answer.text


# Languages, and the part that renews itself.


@pytest.mark.parametrize(
    ("language", "opening", "word"),
    [
        ("fr", '<html lang="fr" dir="ltr">', "Aujourd’hui"),
        ("en", '<html lang="en" dir="ltr">', "Today"),
        ("ar", '<html lang="ar" dir="rtl">', "اليوم"),
    ],
)
def test_the_page_speaks_the_language_asked_for_and_keeps_to_it(
    browser: FlaskClient, language: str, opening: str, word: str
) -> None:
    browser.get(f"/?lang={language}")
    page = browser.get("/").text

    assert opening in page
    assert f"<h1>{word}</h1>" in page


@pytest.mark.parametrize("asked", ["de", "", "../../etc", "<b>"])
def test_an_unknown_language_is_the_firms(browser: FlaskClient, asked: str) -> None:
    browser.set_cookie("greffier_language", "xx")
    answer = browser.get("/", query_string={"lang": asked})

    assert '<html lang="fr"' in answer.text
    assert not any("language" in line for line in answer.headers.getlist("Set-Cookie"))


def test_the_part_that_renews_itself_is_sent_when_it_changed(
    browser: FlaskClient, house: House
) -> None:
    house.message(status="error", error="the file is gone")
    house.clock.pass_(timedelta(minutes=7))
    first = browser.get("/?part=1")
    again = {"If-None-Match": first.headers["ETag"]}
    assert "<html" not in first.text
    assert "csrf" not in first.text
    assert browser.get("/?part=1", headers=again).status_code == 304

    house.clock.pass_(timedelta(seconds=5))
    assert browser.get("/?part=1", headers=again).status_code == 304
    house.document()
    assert browser.get("/?part=1", headers=again).status_code == 200
