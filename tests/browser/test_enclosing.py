"""A document of the dossier goes to its client, by keyboard alone and in French; how it looks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.demo import cast
from tests.browser.conftest import a_context, sign_in
from tests.browser.eyes import PHONE, WIDE, Eyes
from tests.browser.firm import Firm, furnished
from tests.support import until

BAIL = "contrat de bail"


@pytest.fixture(scope="module")
def firm(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm of their own: what is sent there stays there."""
    with furnished(tmp_path_factory.mktemp("enclosing") / "data") as made:
        yield made


@pytest.fixture(params=["fr"])
def eyes(browser: Browser, firm: Firm, request: pytest.FixtureRequest) -> Iterator[Eyes]:
    """The assistant's; at its end nothing went wrong on the last page."""
    state = sign_in(browser, firm.url, cast.ASSISTANT)
    context = a_context(browser, firm.url, request.param, state)
    seeing = Eyes.of(context, firm.url)
    yield seeing
    context.close()
    assert seeing.faults == []


def conversation(firm: Firm) -> str:
    sql = "SELECT max(correspondent_id) FROM whatsapp_messages WHERE sender = ?"
    return f"/conversations/{firm.id_of(sql, '+' + cast.BEN_YOUSSEF)}"


def choose(eyes: Eyes, firm: Firm) -> Page:
    """Opens the list, finds the lease by a word of its name, and looks at what would be sent."""
    eyes.open(conversation(firm))
    page = eyes.page
    page.wait_for_load_state()
    page.keyboard.press("d")
    expect(page.locator("#enclosing")).to_have_attribute("open", "")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("CONTRAT")
    expect(page.locator("#papers input[name=document]")).to_have_count(2)
    page.keyboard.press("Tab")  # the button for browsers without scripts
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#papers input:checked + bdi")).to_have_text(re.compile(BAIL))
    page.keyboard.press("Enter")
    return page


def test_the_assistant_sends_a_document_by_keyboard_alone(firm: Firm, eyes: Eyes) -> None:
    amel = firm.meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    page = choose(eyes, firm)
    expect(page.get_by_role("heading", level=1, name="Envoyer ce document")).to_be_visible()
    for told in ("Amel Ben Youssef", f"+{cast.BEN_YOUSSEF}", "2026-0042", BAIL):
        expect(page.locator("dl.facts")).to_contain_text(told)
    assert not [sent for sent in amel.received if sent.type == "document"]

    button = page.get_by_role("button", name=re.compile("L’envoyer à"))
    for _ in range(40):
        if button.evaluate("(one) => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Le document part maintenant")
    until(lambda: [sent for sent in amel.received if sent.type == "document"], 30)
    (sent,) = [sent for sent in amel.received if sent.type == "document"]
    assert BAIL in sent.body["document"]["filename"]
    bubble = page.locator(".talk-bubble.is-said", has_text=BAIL)
    expect(bubble).to_contain_text("remis", timeout=15_000)
    bubble.get_by_role("link", name=re.compile(BAIL)).last.click()
    expect(page.get_by_text(f"par \u2068{cast.ASSISTANT}\u2069")).to_contain_text(
        "Envoyé au client le"
    )
    page.locator("dl.facts").get_by_role("link", name="2026-0042").click()
    page.goto(f"{page.url}/history")
    line = page.locator(".timeline li", has_text="envoyé au client").first
    expect(line).to_contain_text(re.compile(f"{BAIL}.*{cast.BEN_YOUSSEF}.*{cast.ASSISTANT}"))


@pytest.mark.parametrize("eyes", ["fr", "ar"], indirect=True)
def test_the_list_and_the_question_look_right(firm: Firm, eyes: Eyes) -> None:
    page = choose(eyes, firm)
    expect(page.locator("section.enclosing")).to_be_visible()
    language = page.evaluate("document.documentElement.lang")
    assert faults(eyes, f"enclose-{language}") == []
    page.locator("button[name=back]").click()
    expect(page.locator("#enclosing")).to_have_attribute("open", "")
    assert faults(eyes, f"enclosing-{language}") == []


def faults(eyes: Eyes, name: str) -> list[str]:
    """What is wrong with the page that is open; axe itself writes styles, and is told of that."""
    found = list(eyes.faults)
    found += [fault for size in (PHONE, WIDE) if (fault := eyes.too_broad(size))]
    found += eyes.hard_to_use()
    eyes.photograph(name)
    eyes.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    eyes.page.evaluate("() => new Promise(requestAnimationFrame)")  # what axe caused has been said
    eyes.faults.clear()
    return found


def test_without_scripts_it_goes_the_same_way(browser: Browser, firm: Firm, tmp_path: Path) -> None:
    state = sign_in(browser, firm.url, cast.ASSISTANT)
    context = browser.new_context(storage_state=state, java_script_enabled=False, locale="fr")
    page = context.new_page()
    page.goto(f"{firm.url}{conversation(firm)}")
    page.locator("#enclosing summary").click()
    page.locator("#text").fill("Voici votre contrat.")
    page.locator("#find").fill("bail")
    page.locator("#enclosing .find button").click()
    page.locator("#papers label", has_text=BAIL).click()
    page.get_by_role("button", name="Voir ce qui sera envoyé").click()
    expect(page.locator("dl.facts")).to_contain_text("Voici votre contrat.")
    page.get_by_role("button", name="Retour, ne rien envoyer").click()
    expect(page.locator("#text")).to_have_value("Voici votre contrat.")
    context.close()
