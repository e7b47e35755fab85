"""Keys, and the part of a page that renews itself, in a real browser against a real door."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.clock import SystemClock
from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.firm.users import Users
from appliance.listening import Door
from appliance.store import models
from appliance.store.database import Store
from tests.browser.conftest import a_context, sign_in
from tests.integration.conftest import a_desk

PASSWORD = "un mot de passe long"
SOON = 12_000  # milliseconds: two askings of the live part
LIVE = "#live"


@dataclass
class House:
    """A dashboard that listens, and what came in."""

    store: Store
    users: Users
    door: Door

    def message(self, body: str, sender: str = "+21620111222") -> int:
        values = {"wamid": f"w{models.Message.select().count()}", "sender": sender, "raw": "{}"}
        values |= {"type": "text", "body": body, "status": "processed"}
        now = SystemClock().now()
        row = self.store.write(lambda: models.Message.create(received_at=now, **values))
        return int(row.id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = SystemClock()
    with closing(Store.open(tmp_path, clock)) as store:
        users = Users(store, clock, session_hours=12)
        users.add("Salma", "avocat", None, PASSWORD)
        app = dashboard_door(a_desk(store, clock, users=users), Dashboard(), b"k" * 32)
        door = Door("dashboard", app, "127.0.0.1", 0, threads=4, max_body=65536)
        door.open()
        house = House(store, users, door)
        for number in range(3):
            house.message(f"Bonjour {number}", f"+2162011122{number}")
        yield house
        door.close()


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    """Salma's, in French, on the page of today."""
    state = sign_in(browser, house.door.url, "Salma", PASSWORD)
    context = a_context(browser, house.door.url, "fr", state)
    page = context.new_page()
    page.goto(house.door.url)
    yield page
    context.close()


def marked(page: Page) -> str:
    return page.locator('[data-rows] [aria-current="true"]').inner_text()


def test_j_and_k_walk_the_rows_and_stop_at_the_ends(page: Page) -> None:
    page.keyboard.press("j")
    assert "Bonjour 2" in marked(page)
    for _ in range(5):
        page.keyboard.press("j")
    assert "Bonjour 0" in marked(page)

    page.keyboard.press("k")
    assert "Bonjour 1" in marked(page)


def test_e_marks_the_row_as_seen_and_goes_on_without_leaving_the_page(page: Page) -> None:
    page.evaluate("window.same = true")
    page.keyboard.press("j")
    page.keyboard.press("e")

    expect(page.locator("li.seen")).to_have_count(1)
    assert "Bonjour 1" in marked(page), "the mark outlives the renewal"
    assert page.evaluate("window.same")
    assert models.Look.select().count() == 1


def test_no_key_counts_in_a_field_nor_with_control(page: Page) -> None:
    page.evaluate("document.querySelector('main').prepend(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.type("je")
    assert page.locator("textarea").input_value() == "je"
    assert page.locator('[data-rows] [aria-current="true"]').count() == 0

    page.locator("textarea").blur()
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
    assert page.locator('[data-rows] [aria-current="true"]').count() == 0


def test_two_strokes_lead_to_a_place(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("d")

    page.wait_for_url("**/dossiers")


def test_the_question_mark_lists_the_keys_and_escape_closes(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")

    expect(dialog).to_be_visible()
    for words in ("vu, et ligne suivante", "ligne suivante, ligne précédente", "Dossiers"):
        assert words in dialog.inner_text(), words
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.locator('[data-rows] [aria-current="true"]').count() == 0


def test_letters_are_found_by_their_place_on_an_arabic_keyboard(page: Page) -> None:
    page.evaluate(
        """document.body.dispatchEvent(new KeyboardEvent(
          "keydown", { key: "ت", code: "KeyJ", bubbles: true, cancelable: true }))"""
    )

    assert "Bonjour 2" in marked(page)


def test_a_letter_that_is_being_composed_is_no_key(page: Page) -> None:
    page.evaluate(
        """document.body.dispatchEvent(new KeyboardEvent(
          "keydown", { key: "j", code: "KeyJ", isComposing: true, bubbles: true }))"""
    )

    assert page.locator('[data-rows] [aria-current="true"]').count() == 0


def test_what_comes_appears_by_itself_and_nothing_is_sent_twice(house: House, page: Page) -> None:
    codes: list[int] = []
    page.on("response", lambda answer: codes.append(answer.status) if "part=1" in answer.url else 0)
    house.message("Et voici la suite", "+21620111229")

    expect(page.locator(LIVE)).to_contain_text("Et voici la suite", timeout=SOON)
    page.wait_for_event("response", lambda answer: "part=1" in answer.url, timeout=SOON)
    assert codes[0] == 200
    assert codes[-1] == 304


def test_nothing_is_swapped_while_somebody_has_the_focus_inside(house: House, page: Page) -> None:
    button = page.locator(f"{LIVE} li button").first
    button.focus()
    house.message("Et voici la suite", "+21620111229")
    page.wait_for_event("response", lambda answer: "part=1" in answer.url, timeout=SOON)
    assert "Et voici la suite" not in page.locator(LIVE).inner_text()

    button.evaluate("(one) => one.blur()")
    expect(page.locator(LIVE)).to_contain_text("Et voici la suite", timeout=SOON)


def test_nothing_is_swapped_while_somebody_selects(house: House, page: Page) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#live li .words'))")
    house.message("Et voici la suite", "+21620111229")
    page.wait_for_event("response", lambda answer: "part=1" in answer.url, timeout=SOON)

    assert "Et voici la suite" not in page.locator(LIVE).inner_text()


def test_what_somebody_unfolded_stays_so(house: House, page: Page) -> None:
    page.locator("#sent summary").click()
    page.evaluate("document.activeElement.blur()")
    house.message("Et voici la suite", "+21620111229")

    expect(page.locator(LIVE)).to_contain_text("Et voici la suite", timeout=SOON)
    expect(page.locator("#sent")).to_have_attribute("open", "")


def test_silence_is_told_and_taken_back(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.locator("#silence")).to_be_visible(timeout=SOON)

    page.context.set_offline(False)
    expect(page.locator("#silence")).to_be_hidden(timeout=SOON)


def test_a_session_that_ended_leads_to_the_form(house: House, page: Page) -> None:
    house.store.write(lambda: models.Session.delete().execute())

    page.wait_for_url("**/login", timeout=SOON)


def test_a_menu_closes_when_one_turns_away(page: Page) -> None:
    menu = page.locator("details.menu").first
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")

    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_on_a_phone_the_place_that_is_open_is_in_sight_though_the_places_are_wider(
    page: Page, house: House
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{house.door.url}/clients")

    here = page.locator(".places [aria-current]").bounding_box()
    assert here is not None
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= 390
