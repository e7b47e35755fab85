"""The pages of keeping: who may decide what, what they say, and what no form can do."""

import re
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.keeping_board import KeepingBoard
from appliance.demo import cast
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.wording import LANGUAGES
from tests.integration.conftest import Office, a_desk
from tests.integration.keeper import DAY, PASSWORD, Keeper, keeper
from tests.integration.reading import token_of

TUNIS = ZoneInfo("Africa/Tunis")
REFERENCE = "2026-0042"
HOSTILE = "<script>alert(1)</script>%(name)s{{7*7}}"
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)")


@dataclass
class House:
    """The dashboard over an office in which one document is filed."""

    kept: Keeper

    def browser(self, name: str, language: str = "en") -> FlaskClient:
        kept = self.kept
        store, clock = kept.office.store, kept.clock
        desk = a_desk(
            store,
            clock,
            users=kept.users,
            keeping=KeepingBoard(kept.care),
            language=language,
        )
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    @property
    def path(self) -> str:
        return f"/dossiers/{self.kept.dossier(REFERENCE).id}/keeping"

    def does(self, browser: FlaskClient, what: str, **form: str) -> TestResponse:
        token = token_of(browser, "/")
        return browser.post(f"{self.path}/{what}", data={**form, "csrf_token": token})

    def said(self, browser: FlaskClient, what: str, **form: str) -> str:
        """What the page says after it was done."""
        assert self.does(browser, what, **form).status_code == 302
        found = re.search(r'class="flash"[^>]*>([^<]+)<', browser.get(self.path).text)
        assert found
        return found[1]


@pytest.fixture
def house(office: Office, meta: Meta) -> House:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    office.rests()
    return House(keeper(office))


def test_a_dossier_is_closed_held_and_destroyed_from_its_page(house: House) -> None:
    salma, admin = house.browser("Salma"), house.browser("Leïla")
    assert "It is kept for as long as it is open" in salma.get(house.path).text

    assert "years of its keeping count from now" in house.said(salma, "close")
    assert "5 years after its closing" in salma.get(house.path).text
    assert "counts from now on" in house.said(salma, "years", years=" 1 ")
    assert "1 year after its closing" in salma.get(house.path).text
    assert "nothing of this dossier" in house.said(salma, "hold", reason="litige")
    assert "litige" in salma.get(house.path).text
    house.kept.clock.pass_(400 * DAY)

    salma, admin = house.browser("Salma"), house.browser("Leïla")
    assert "Not possible now" in house.said(salma, "propose", reason="échu")
    assert "is over" in house.said(salma, "release")
    assert REFERENCE in salma.get("/settings/keeping").text
    assert "Nothing is destroyed until" in house.said(salma, "propose", reason="échu")
    number = models.Destruction.get().id
    assert f'href="{house.path}"' in admin.get("/").text, (
        "who may confirm is told on the first page"
    )
    elsewhere = house.path.replace(str(models.Destruction.get().dossier_id), "2")
    there = {"csrf_token": token_of(admin, "/")}
    assert admin.post(f"{elsewhere}/{number}/confirm", data=there).status_code == 404
    assert "cannot confirm it" in house.said(salma, f"{number}/confirm")
    assert "1 document will be destroyed" in admin.get(house.path).text
    assert "are being destroyed" in house.said(admin, f"{number}/confirm")
    house.kept.office.rests()

    report = admin.get(f"{house.path}/report/{number}").text
    assert all(word in report for word in ("bail.pdf", "Salma", "Leïla", "échu"))
    assert models.Document.get().sha256 in report
    assert house.kept.office.files == set()


def test_a_report_is_one_page_that_can_be_kept(house: House) -> None:
    salma = house.browser("Salma")
    found = house.kept.destroy(house.kept.close_and_wait(REFERENCE))
    salma = house.browser("Salma")

    kept = salma.get(f"{house.path}/report/{found.id}?download=1")

    assert kept.headers["Content-Disposition"] == (
        f'attachment; filename="destruction-{found.id}.html"'
    )
    assert kept.text.startswith("<!doctype html>")
    assert "<nav" not in kept.text
    assert models.Document.get().sha256 in kept.text


@pytest.mark.parametrize(
    "what", ["close", "reopen", "hold", "release", "years", "propose", "1/confirm", "1/withdraw"]
)
def test_an_assistant_looks_and_decides_nothing(house: House, what: str) -> None:
    nour = house.browser("Nour")

    assert house.does(nour, what, reason="x", years="1").status_code == 403
    assert house.kept.dossier(REFERENCE).status == "active"
    assert models.LegalHold.select().count() == 0
    page = nour.get(house.path).text
    assert "<button>" not in page.split("</header>")[1]


@pytest.mark.parametrize("years", ["0", "101", "-1", "cinq", "1e3", "²", "9" * 50])
def test_strange_years_are_refused_beside_the_field(house: House, years: str) -> None:
    answer = house.does(house.browser("Salma"), "years", years=years)

    assert answer.status_code == 422
    assert "Write a whole number of years from 1 to 100" in answer.text
    assert models.DossierKeeping.select().count() == 0


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\n", "x" * 501])
def test_a_hold_without_a_reason_is_refused(house: House, reason: str) -> None:
    answer = house.does(house.browser("Salma"), "hold", reason=reason)

    assert answer.status_code == 422
    assert "Write why" in answer.text
    assert models.LegalHold.select().count() == 0


def test_what_somebody_typed_is_never_markup(house: House) -> None:
    salma = house.browser("Salma")
    house.does(salma, "hold", reason=HOSTILE)

    for page in (salma.get(house.path).text, salma.get("/settings/keeping").text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;%(name)s{{7*7}}" in page
        assert INLINE.search(page) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_stands_in_every_language(house: House, language: str) -> None:
    salma = house.browser("Salma", language)
    house.kept.close_and_wait(REFERENCE)
    salma = house.browser("Salma", language)

    for path in ("/", "/settings/keeping", house.path):
        page = salma.get(path)
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text


@pytest.mark.parametrize("path", ["/dossiers/999/keeping", "/dossiers/1/keeping/report/9"])
def test_what_there_is_not_is_not_found(house: House, path: str) -> None:
    assert house.browser("Salma").get(path).status_code == 404


def test_a_report_is_only_found_under_its_own_dossier(house: House) -> None:
    found = house.kept.destroy(house.kept.close_and_wait(REFERENCE))
    other = house.kept.dossier("2025-0310")

    salma = house.browser("Salma")

    assert salma.get(f"/dossiers/{other.id}/keeping/report/{found.id}").status_code == 404


def test_a_file_at_meta_is_shown_and_asked_for_with_one_click(house: House) -> None:
    store, now = house.kept.office.store, house.kept.clock.now()
    raw = '{"type":"document","document":{"id":"77","filename":"jugement.pdf"}}'
    values = {"wamid": "w", "sender": "+21620111222", "type": "document", "raw": raw}
    state = {"status": "error", "error": "no", "received_at": now, "sent_at": now}
    person = models.Correspondent.get()
    row = models.Message.create
    message = store.write(lambda: row(**values, **state, correspondent=person))
    house.kept.clock.pass_(timedelta(hours=1) + 5 * DAY)
    nour = house.browser("Nour")
    page = nour.get("/?part=1").text
    assert "jugement.pdf" in page
    assert "1 day" in page

    token = token_of(nour, "/")
    answer = nour.post(f"/messages/{message.id}/ask-again", data={"csrf_token": token})

    assert answer.location == "/"
    assert "The client is asked to send it again." in nour.get("/").text
    assert "asked" in nour.get("/?part=1").text
    assert models.Outgoing.select().where(models.Outgoing.kind == "send_again").count() == 1


def test_the_nights_are_listed_with_what_they_removed(house: House) -> None:
    salma = house.browser("Salma")
    assert "The first clean-up is tonight." in salma.get("/settings/keeping").text
    house.kept.clock.pass_(91 * DAY)
    house.kept.night()

    page = house.browser("Salma").get("/settings/keeping").text

    assert "Messages emptied" in page
    assert "cut short" not in page
