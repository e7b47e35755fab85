"""A firm begins to ask for a second factor, in French: the administrator first, then everybody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect

from appliance.demo import cast
from tests.browser.conftest import a_context
from tests.browser.eyes import PHONE, WIDE, Eyes
from tests.e2e.office import Office, Running

TO_SET_UP = "Configurez votre second facteur"
REFUSED = "vous n’avez pas vous-même de second facteur"


@contextmanager
def a_tab(browser: Browser, running: Running, language: str = "fr") -> Iterator[Eyes]:
    context = a_context(browser, running.dashboard, language)
    yield Eyes.of(context, running.dashboard)
    context.close()


def come_in(eyes: Eyes, name: str) -> Page:
    eyes.open("/login")
    eyes.page.fill("input[name=name]", name)
    eyes.page.fill("input[name=password]", cast.PASSWORD)
    eyes.page.keyboard.press("Enter")
    return eyes.page


def set_up(page: Page) -> list[str]:
    """As the page says it, with the key typed into an app; the recovery codes."""
    section = page.locator("#factor")
    section.get_by_label("Votre mot de passe").fill(cast.PASSWORD)
    section.get_by_role("button", name="Commencer").click()
    expect(section.get_by_alt_text("L’image pour votre application")).to_be_visible()
    secret = section.locator("code").inner_text()
    section.get_by_label("Code").fill(pyotp.TOTP(secret).at(int(time.time())))
    section.get_by_role("button", name="Activer le second facteur").click()
    expect(page.get_by_role("heading", level=1, name="Codes de secours")).to_be_visible()
    return page.locator(".codes code").all_inner_texts()


def looks_right(eyes: Eyes, name: str) -> None:
    eyes.photograph(name)
    for size in (PHONE, WIDE):
        assert eyes.too_broad(size) is None
    assert eyes.faults == []
    assert eyes.hard_to_use() == []
    eyes.faults.clear()  # axe itself writes a style, which our policy refuses


def who_must(page: Page) -> Locator:
    return page.get_by_label("Qui doit avoir un second facteur")


def asks_everyone(browser: Browser, running: Running) -> list[str]:
    """The administrator tries it without one, sets up their own, and asks; the recovery codes."""
    with a_tab(browser, running) as eyes:
        page = come_in(eyes, cast.ADMIN)
        expect(page.get_by_role("heading", level=1, name="Aujourd’hui")).to_be_visible()
        eyes.open("/settings/config/dashboard")
        who_must(page).select_option("everyone")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text(REFUSED)).to_be_visible()
        eyes.faults.clear()  # the browser's own word of the answer 422
        looks_right(eyes, "second-facteur-refus-fr")
        eyes.open("/account")
        codes = set_up(page)
        page.get_by_role("link", name="Je les ai conservés : retour à mon compte").click()
        eyes.open("/settings/config/dashboard")
        assert who_must(page).input_value() == "optional", "nothing was saved before"
        who_must(page).select_option("everyone")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.locator(".flash")).to_contain_text("Enregistré")
        assert eyes.faults == []
        return codes


def test_a_firm_begins_to_ask_for_a_second_factor(browser: Browser, office: Office) -> None:
    admin = ("user", "add", cast.ADMIN, "--role", "admin", "--password-stdin")
    assert office.greffier_here(*admin, typed=cast.PASSWORD).returncode == 0
    with office.open() as running:
        codes = asks_everyone(browser, running)
    assert "second_factor = everyone" in (office.data / "config.ini").read_text("utf-8")

    with office.open() as running:
        with a_tab(browser, running) as eyes:
            page = come_in(eyes, cast.LAWYER)
            expect(page.get_by_role("heading", level=1, name=TO_SET_UP)).to_be_visible()
            looks_right(eyes, "second-facteur-fr")
            eyes.open("/dossiers")
            expect(page.get_by_role("heading", level=1, name=TO_SET_UP)).to_be_visible()
            assert page.locator("header nav.places").count() == 0
            section = page.locator("#factor")
            section.get_by_label("Votre mot de passe").fill(cast.PASSWORD)
            section.get_by_role("button", name="Commencer").click()
            looks_right(eyes, "second-facteur-image-fr")
            eyes.open("/account?lang=ar")
            expect(page.locator("html")).to_have_attribute("dir", "rtl")
            looks_right(eyes, "second-facteur-image-ar")
            eyes.open("/account?lang=fr")
            secret = page.locator("#factor code").inner_text()
            page.get_by_label("Code").fill(pyotp.TOTP(secret).at(int(time.time())))
            page.get_by_role("button", name="Activer le second facteur").click()
            looks_right(eyes, "second-facteur-codes-fr")
            page.get_by_role("link", name="Je les ai conservés : continuer").click()
            expect(page).to_have_url(f"{running.dashboard}/dossiers")
        with a_tab(browser, running) as eyes:
            page = come_in(eyes, cast.ADMIN)
            page.get_by_label("Code").fill(codes[0])
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", level=1, name="Aujourd’hui")).to_be_visible()
        with a_tab(browser, running, "ar") as eyes:
            assert office.greffier_here("user", "reset-factor", cast.ADMIN).returncode == 0
            page = come_in(eyes, cast.ADMIN)
            expect(page.get_by_role("heading", level=1, name="هيّئوا عاملكم الثاني")).to_be_visible()
            looks_right(eyes, "second-facteur-ar")
