"""A number is blocked and heard again by keyboard alone, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from appliance.demo import cast
from appliance.simulator.whatsapp import Meta
from tests.browser.conftest import a_context
from tests.e2e.office import Office, Running
from tests.support import until

NOUR, PASSWORD = "Nour", "un mot de passe long"
SPAM, OTHER = "21699000111", "21655000222"
BLOCKED = "SELECT count(*) FROM correspondents WHERE blocked_at IS NOT NULL"
WAITING = "SELECT count(*) FROM documents WHERE status = 'pending' AND rejected_at IS NULL"


@pytest.fixture
def page(office: Office, greffier: Running, browser: Browser) -> Iterator[Page]:
    """The assistant's screen; no fault of a script is overheard."""
    if NOUR not in office.greffier_here("user", "list").stdout:
        command = ("user", "add", NOUR, "--role", "assistant", "--password-stdin")
        assert office.greffier_here(*command, typed=PASSWORD).returncode == 0
    context = a_context(browser, greffier.dashboard, "fr")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.goto(f"{greffier.dashboard}/login")
    opened.fill("[name=name]", NOUR)
    opened.fill("[name=password]", PASSWORD)
    opened.press("[name=password]", "Enter")
    opened.wait_for_url(f"{greffier.dashboard}/")
    yield opened
    context.close()
    assert not faults, faults


def count(office: Office, sql: str) -> int:
    ((found,),) = office.rows(sql)
    return int(found)


def left(page: Page, many: int) -> None:
    """Wait until the pile says so."""
    page.wait_for_function(
        "count => document.querySelectorAll('#pile .line').length === count", arg=many
    )


def asks(page: Page) -> None:
    """Press the key: whether to block is the question now."""
    page.keyboard.press("l")
    page.wait_for_selector("#blocking[open] button:focus")


def test_a_number_is_blocked_in_the_pile_and_taken_back_by_keys(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    spammer = meta.phone(SPAM, "Gagnez vite")
    for number in (1, 2):
        spammer.sends(cast.photo(f"OFFRE {number}"), mime_type="image/jpeg")
    meta.phone(OTHER, "Un autre").sends(cast.photo("CIN"), mime_type="image/jpeg")
    meta.settle()
    office.rests()
    page.goto(f"{greffier.dashboard}/pending")
    left(page, 3)
    asks(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#blocking:not([open])")
    page.locator("h1").click()  # the focus is nobody's
    asks(page)
    page.keyboard.press("Enter")
    left(page, 1)
    assert (count(office, BLOCKED), count(office, WAITING)) == (1, 1)
    assert "est bloqué" in page.locator("#said").inner_text()
    page.wait_for_selector("#looked-at:focus")

    page.keyboard.press("z")
    left(page, 3)
    assert (count(office, BLOCKED), count(office, WAITING)) == (0, 3)
    assert "n’est plus bloqué" in page.locator("#said").inner_text()

    asks(page)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("publicité")
    page.keyboard.press("Enter")
    left(page, 1)
    assert office.rows("SELECT blocked_why FROM correspondents WHERE blocked_at IS NOT NULL") == [
        ("publicité",)
    ]
    page.keyboard.press("?")
    page.wait_for_selector("dialog#keys[open]")
    assert "bloquer ce numéro" in page.locator("dialog#keys").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    left(page, 3)


def blocks(office: Office, greffier: Running, meta: Meta, page: Page) -> int:
    """Once what was sent is here, its sender is blocked in their conversation; who they are."""
    meta.settle()
    office.rests()
    sql = "SELECT correspondent_id FROM whatsapp_messages WHERE sender = ?"
    person = int(office.rows(sql, f"+{SPAM}")[0][0])
    page.goto(f"{greffier.dashboard}/conversations/{person}")
    asks(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".blocked")
    return person


def test_a_conversation_is_blocked_and_heard_again_by_keys(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    meta.phone(SPAM, "Gagnez vite").sends(cast.photo("OFFRE 3"), mime_type="image/jpeg")
    blocks(office, greffier, meta, page)
    assert count(office, BLOCKED) == 1
    theirs = f"{WAITING} AND sender = '+{SPAM}'"
    assert count(office, theirs) == 0, "what waited went with it"
    page.keyboard.press("l")
    page.wait_for_selector("#blocking")
    until(lambda: count(office, BLOCKED) == 0)


def test_the_list_of_blocked_numbers_is_gone_through_by_keyboard(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    spammer = meta.phone(SPAM, "Gagnez vite")
    spammer.writes("Une offre pour vous")
    person = blocks(office, greffier, meta, page)
    spammer.writes("Encore")
    meta.settle()
    office.rests()
    page.goto(f"{greffier.dashboard}/people")
    row = page.locator("tr", has=page.locator(f"#blocked-{person}"))
    assert f"+{SPAM}" in row.inner_text()
    assert "1 message" in row.inner_text()
    row.get_by_role("button", name="Débloquer").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#blocked-{person}", state="detached")
    assert "Aucun numéro n’est bloqué" in page.locator("main").inner_text()
    assert count(office, BLOCKED) == 0
