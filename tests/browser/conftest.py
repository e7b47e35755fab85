"""One furnished firm and one Chromium for all that is looked at; a sign-in for each person."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from appliance.demo import cast
from tests.browser.eyes import CHROMIUM, WIDE, Eyes, chromium
from tests.browser.firm import ROLES, Firm, furnished
from tests.e2e.conftest import greffier, mailbox, meta, office, outside

__all__ = ["greffier", "mailbox", "meta", "office", "outside"]  # an office by itself, as e2e has it

Look = Callable[[str, str], Eyes]
NOBODY = "nobody"  # of the roles: not signed in


@pytest.fixture(scope="session")
def firm(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    with furnished(tmp_path_factory.mktemp("browser") / "data") as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright, chromium(playwright) as started:
        yield started


@pytest.fixture(scope="session")
def signed_in(browser: Browser, firm: Firm) -> Callable[[str], StorageState | None]:
    """What the browser of somebody with this role keeps: they have signed in by the form, once."""
    known: dict[str, StorageState] = {}

    def state(role: str) -> StorageState | None:
        if role == NOBODY:
            return None
        if role not in known:
            known[role] = sign_in(browser, firm.url, ROLES[role])
        return known[role]

    return state


@pytest.fixture(scope="session")
def look(
    browser: Browser, firm: Firm, signed_in: Callable[[str], StorageState | None]
) -> Iterator[Look]:
    """The tab of somebody with this role who reads this language; Arabic readers like it dark."""
    tabs: dict[tuple[str, str], Eyes] = {}

    def tab(role: str, language: str) -> Eyes:
        if (role, language) not in tabs:
            context = a_context(browser, firm.url, language, signed_in(role))
            tabs[role, language] = Eyes.of(context, firm.url)
        return tabs[role, language]

    yield tab
    for eyes in tabs.values():
        eyes.page.context.close()


def a_context(
    browser: Browser, home: str, language: str, state: StorageState | None = None
) -> BrowserContext:
    """A browser of its own, in that language. Without a state nobody is signed in."""
    context = browser.new_context(
        storage_state=state,
        viewport={"width": WIDE[0], "height": WIDE[1]},
        color_scheme="dark" if language == "ar" else "light",
        reduced_motion="reduce",
        locale=language,
    )
    context.add_cookies([{"name": "greffier_language", "value": language, "url": home}])
    return context


def sign_in(browser: Browser, home: str, name: str, password: str = cast.PASSWORD) -> StorageState:
    """Through the form, as people do."""
    context = a_context(browser, home, "fr")
    page = context.new_page()
    page.goto(f"{home}/login")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{home}/")
    state = context.storage_state()
    context.close()
    return state


def is_whole() -> bool:
    """Whether every page is walked by everybody in every language: GREFFIER_TEST_PAGES=all."""
    return os.environ.get("GREFFIER_TEST_PAGES") == "all"
