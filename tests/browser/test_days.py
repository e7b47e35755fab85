"""The days of the assistant, the lawyer and the administrator, in French, as they live them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.demo import cast
from tests.browser.conftest import a_context
from tests.browser.eyes import Eyes
from tests.browser.firm import ROLES, Firm, furnished
from tests.support import until

TUNIS = ZoneInfo("Africa/Tunis")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_WAITS = "SELECT count(*) FROM documents WHERE status = 'pending' AND rejected_at IS NULL"
# The box is empty, has the focus, and belongs to a page that was made anew.
_IS_WAITING = """(id) => document.activeElement?.id === id && !document.activeElement.value
  && document.querySelector(".flash") !== null"""
_SEEN = "SELECT count(*) FROM sights"


@pytest.fixture(scope="module")
def firm(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm of their own: what they do there stays there."""
    with furnished(tmp_path_factory.mktemp("days") / "data") as made:
        yield made


@pytest.fixture
def eyes(browser: Browser, firm: Firm) -> Iterator[Eyes]:
    """A browser in which nobody is signed in; at its end nothing went wrong on the last page."""
    context = a_context(browser, firm.url, "fr")
    seeing = Eyes.of(context, firm.url)
    yield seeing
    context.close()
    assert seeing.faults == []


def come_in(eyes: Eyes, role: str) -> Page:
    """By keyboard: the name has the focus already."""
    eyes.open("/login")
    keyboard = eyes.page.keyboard
    keyboard.type(ROLES[role])
    keyboard.press("Tab")
    keyboard.type(cast.PASSWORD)
    keyboard.press("Enter")
    expect(eyes.page.get_by_role("heading", level=1, name="Aujourd’hui")).to_be_visible()
    return eyes.page


def press(page: Page, *keys: str) -> None:
    """Once the page listens."""
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)


def waiting(firm: Firm) -> int:
    return firm.id_of(_WAITS)


def lines(page: Page) -> int:
    """How many documents the pile shows."""
    return page.locator("#pile .line").count()


def send_ten(firm: Firm) -> None:
    """Ten photos of a client who has two dossiers, and their pictures made."""
    phone, known = firm.meta.phone(cast.GHARBI, "Karim Gharbi"), firm.id_of(_SEEN)
    for number in range(10):
        phone.sends(cast.photo(f"Pièce {number}"), mime_type="image/jpeg")
    firm.meta.settle()
    firm.rests()
    until(lambda: firm.id_of(_SEEN) >= known + 10, 30, "the pictures were not made")


def test_the_assistant_empties_the_pile_by_keyboard_alone(firm: Firm, eyes: Eyes) -> None:
    send_ten(firm)
    page = come_in(eyes, "assistant")
    press(page, "g", "p")
    expect(page.get_by_role("heading", level=1, name="À classer")).to_be_visible()
    page.get_by_role("link", name=re.compile("plusieurs dossiers", re.IGNORECASE)).focus()
    press(page, "Enter")
    expect(page.locator(".filters [aria-current]")).to_contain_text("plusieurs dossiers")
    before = lines(page)
    assert before >= 10

    began = monotonic()
    for left in range(before - 1, before - 11, -1):
        press(page, "1")
        expect(page.locator("#pile .line")).to_have_count(left)
    taken = monotonic() - began

    assert taken < MINUTE.total_seconds(), f"ten documents took {taken:.0f} s"
    filed = firm.office.rows("SELECT count(*) FROM documents WHERE filed_by = ?", cast.ASSISTANT)
    assert filed == [(10,)]
    press(page, "z")
    expect(page.locator("#pile .line")).to_have_count(before - 9)


def test_the_assistant_is_shown_nothing_of_the_administration(firm: Firm, eyes: Eyes) -> None:
    page = come_in(eyes, "assistant")

    refused = page.goto(f"{firm.url}/glass")

    assert refused is not None
    assert refused.status == 403
    expect(page.get_by_text("Vous n’êtes pas autorisé")).to_be_visible()
    eyes.faults.clear()  # the browser says that it was refused, too


def test_the_lawyer_sees_what_came_and_opens_it(firm: Firm, eyes: Eyes) -> None:
    page = come_in(eyes, "avocat")
    expect(page.get_by_text("Le cabinet reçoit.")).to_be_visible()
    expect(page.get_by_text("promesse de vente")).to_have_count(0)  # it is a colleague's

    page.get_by_role("link", name=re.compile("contrat de bail")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("contrat de bail")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Enregistrer l’original").click()
    bytes_of = saved.value.path().read_bytes()

    assert bytes_of.startswith(b"%PDF")
    said = "SELECT count(*) FROM audit_log WHERE action = 'original opened' AND actor = ?"
    assert firm.id_of(said, cast.LAWYER) == 1


def test_the_lawyer_notes_a_deadline_by_its_key_and_says_that_it_is_done(
    firm: Firm, eyes: Eyes
) -> None:
    page = come_in(eyes, "avocat")
    line = page.locator(".came > li", has_text="Société Carthage")
    while not line.get_attribute("aria-current"):
        press(page, "j")
    press(page, "d")
    expect(page.get_by_label("Dossier", exact=True)).to_have_value(re.compile("2025-0310"))
    expect(page.get_by_label("Dernier jour")).to_be_focused()
    page.get_by_label("Dernier jour").fill(f"{datetime.now(TUNIS).date() + 3 * DAY:%Y-%m-%d}")
    page.get_by_label("Ce qu’il faut faire").focus()  # how many Tab a date takes is the browser's
    page.keyboard.type("Appel du jugement")
    press(page, "Enter")
    expect(page.get_by_text("C’est noté.")).to_be_visible()

    press(page, "g", "t")
    noted = page.locator("[id^=deadline-]", has_text="Appel du jugement").last
    expect(noted).to_contain_text("dans 3 jours")
    while not noted.get_attribute("aria-current"):
        press(page, "j")
    press(page, "e")

    expect(page.get_by_role("status")).to_contain_text(re.compile("Fait.*Appel du jugement"))
    expect(page.locator("[id^=deadline-]", has_text="2025-0310")).to_have_count(0)


def test_the_lawyer_answers_a_client(firm: Firm, eyes: Eyes) -> None:
    phone = firm.meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    phone.writes("Maître, faut-il apporter l'original ?")
    firm.meta.settle()
    firm.rests()
    page = come_in(eyes, "avocat")
    press(page, "g", "v")
    page.get_by_role("link", name=re.compile("Amel Ben Youssef")).first.click()
    expect(page.get_by_text("faut-il apporter l'original").last).to_be_visible()
    expect(page.get_by_text("Réponse libre possible encore")).to_be_visible()

    press(page, "r")
    page.keyboard.type("Oui, l'original, demain à 9 h.")
    page.get_by_role("button", name="Envoyer", exact=True).click()

    until(lambda: any("l'original, demain" in sent.text for sent in phone.received), 20)
    expect(page.get_by_text("demain à 9 h.").last).to_be_visible()


def test_after_sending_one_writes_on(firm: Firm, eyes: Eyes, browser: Browser) -> None:
    phone = firm.meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    phone.writes("Et le bail ?")
    firm.meta.settle()
    firm.rests()
    page = come_in(eyes, "assistant")
    press(page, "g", "v")
    page.get_by_role("link", name=re.compile("Amel Ben Youssef")).first.click()
    press(page, "r")
    for words in ("Une chose.", "Une autre."):
        page.keyboard.type(words)
        page.keyboard.press("Control+Enter")
        page.wait_for_function(_IS_WAITING, arg="text")
        expect(page.locator(".spoken", has_text=words)).to_be_visible()
    page.keyboard.press("Escape")
    press(page, "n")
    for words in ("Rappeler.", "Demain."):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function(_IS_WAITING, arg="note")
    until(lambda: any("Une autre." in sent.text for sent in phone.received), 20)

    state = page.context.storage_state()
    without = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = without.new_page()
    plain.goto(page.url.partition("#")[0])
    for box in ("text", "note"):
        plain.locator(f"#{box}").fill("Encore un mot.")
        plain.keyboard.press("Tab")
        plain.keyboard.press("Enter")
        plain.wait_for_url(f"**#{box}")
        plain.wait_for_selector(f"#{box}:focus")
        assert plain.locator(f"#{box}").input_value() == ""
    without.close()


def test_the_lawyer_moves_what_was_filed_and_takes_it_back(firm: Firm, eyes: Eyes) -> None:
    dossier = firm.id_of("SELECT id FROM dossiers WHERE reference = '2025-0310'")
    page = come_in(eyes, "avocat")
    page.goto(f"{firm.url}/dossiers/{dossier}")
    page.get_by_text("Déplacer, renommer, remettre à classer").first.click()
    page.get_by_role("button", name="Remettre à classer").first.click()

    expect(page.get_by_role("status").first).to_be_visible()
    pile = "SELECT count(*) FROM documents WHERE name LIKE '%facture 118%' AND status = ?"
    assert firm.id_of(pile, "pending") == 1
    page.get_by_role("button", name=re.compile("^Annuler")).first.click()
    expect(page.get_by_text("annulé").first).to_be_visible()
    assert firm.id_of(pile, "filed") == 1


def test_a_colleagues_dossier_is_not_there(firm: Firm, eyes: Eyes) -> None:
    dossier = firm.id_of("SELECT id FROM dossiers WHERE reference = '2026-0070'")
    page = come_in(eyes, "avocat")

    answer = page.goto(f"{firm.url}/dossiers/{dossier}")

    assert answer is not None
    assert answer.status == 404
    eyes.faults.clear()


def test_the_administrator_sees_no_content_until_the_glass_is_broken(
    firm: Firm, eyes: Eyes
) -> None:
    page = come_in(eyes, "admin")
    expect(page.get_by_text("contrat de bail")).to_have_count(0)
    refused = page.goto(f"{firm.url}/dossiers")
    assert refused is not None
    assert refused.status == 403
    eyes.faults.clear()

    page.get_by_role("link", name="Ouvrir l’accès d’urgence").first.click()
    page.get_by_label("Pourquoi vous devez y accéder").fill("Panne : document introuvable")
    page.get_by_role("button", name="Ouvrir l’accès d’urgence").click()
    expect(page.get_by_text("L’accès d’urgence est ouvert").first).to_be_visible()
    page.goto(f"{firm.url}/dossiers")
    expect(page.get_by_text("2026-0042").first).to_be_visible()

    page.goto(f"{firm.url}/glass")
    page.get_by_role("button", name="Fermer l’accès d’urgence maintenant").click()
    again = page.goto(f"{firm.url}/dossiers")
    assert again is not None
    assert again.status == 403
    eyes.faults.clear()
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "greffier_language", "value": "fr", "url": firm.url}])
    come_in(eyes, "avocat")
    expect(page.get_by_text("Panne : document introuvable")).to_be_visible()


def test_the_administrator_keeps_the_office_running(firm: Firm, eyes: Eyes) -> None:
    page = come_in(eyes, "admin")
    press(page, "g", "q")
    expect(page.get_by_role("heading", level=1, name="File d’attente")).to_be_visible()
    row = page.locator(".lanes tr", has_text="Envoi des courriels")
    row.get_by_role("button", name="Suspendre").click()
    expect(page.get_by_text("Suspendu, en attente").first).to_be_visible()
    page.locator(".lanes tr.late").get_by_role("button", name="Reprendre").click()
    expect(page.get_by_text("Suspendu, en attente")).to_have_count(0)

    press(page, "g", "h")
    expect(page.get_by_role("heading", level=1, name="Santé")).to_be_visible()
    page.get_by_role("button", name="Tester : Base de données").click()
    expect(page.get_by_role("status").first).to_be_visible()

    press(page, "g", "l")
    expect(page.get_by_role("heading", level=1, name="Limites")).to_be_visible()

    press(page, "g", "r")
    expect(page.get_by_role("heading", level=1, name="Réglages")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Conservation")).click()
    field = page.locator("#f-dossier_years")
    field.fill("0")
    field.press("Enter")
    expect(page.get_by_text("Rien n’a été enregistré")).to_be_visible()
    expect(page.locator("#f-dossier_years[aria-invalid=true]")).to_be_visible()
    eyes.faults.clear()  # the browser says that it was refused, too

    page.goto(f"{firm.url}/settings/users")
    page.get_by_label("Nom", exact=True).fill("Leïla Ayari")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("main")).to_contain_text("Leïla Ayari")
    added = "SELECT count(*) FROM users WHERE name = 'Leïla Ayari'"
    assert firm.id_of(added) == 1
    expect(page.get_by_text("contrat de bail")).to_have_count(0)
