"""The pile by keyboard alone, in a real browser, against the real process and the simulator."""

import io
import time
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Response

from appliance.demo import cast
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Office, Running
from tests.support import until

MINUTE = 60.0  # seconds, for ten documents
NOUR, PASSWORD = "Nour", "un mot de passe long"


def photo(number: int) -> bytes:
    """A photo like no other."""
    out = io.BytesIO()
    Image.new("RGB", (900, 600), (20 * number % 255, 120, 200 - number)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def page(office: Office, greffier: Running, browser: Browser) -> Iterator[Page]:
    """The assistant's screen, on the pile; no fault of a script is overheard."""
    if "Nour" not in office.greffier_here("user", "list").stdout:
        command = ("user", "add", NOUR, "--role", "assistant", "--password-stdin")
        assert office.greffier_here(*command, typed=PASSWORD).returncode == 0
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="fr-FR")
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


def arrive(office: Office, meta: Meta, count: int, first: int = 0) -> None:
    """So many photos of the client with two dossiers."""
    phone = meta.phone(cast.GHARBI, "Karim")
    for number in range(first, first + count):
        phone.sends(photo(number), mime_type="image/jpeg")
    meta.settle()
    office.rests()
    until(lambda: seen(office) >= count, 30, "the pictures were not made")


def seen(office: Office) -> int:
    ((count,),) = office.rows("SELECT count(*) FROM sights")
    return int(count)


def waiting(office: Office) -> int:
    sql = "SELECT count(*) FROM documents WHERE status = 'pending' AND rejected_at IS NULL"
    ((count,),) = office.rows(sql)
    return int(count)


def left(page: Page, count: int) -> None:
    """Wait until the pile says so."""
    page.wait_for_function(
        "count => document.querySelectorAll('#pile .line').length === count", arg=count
    )


def test_ten_documents_are_filed_by_keyboard_alone_in_under_a_minute(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    arrive(office, meta, 10)
    page.goto(f"{greffier.dashboard}/pending")
    whole_pages: list[Response] = []
    page.on("response", lambda each: whole_pages.append(each) if is_page(each) else None)
    begun = time.monotonic()
    for done in range(1, 11):
        page.wait_for_function("() => document.querySelector('#sheet')?.complete")
        page.keyboard.press("1")
        left(page, 10 - done)
    taken = time.monotonic() - begun
    assert taken < MINUTE
    assert waiting(office) == 0
    assert not whole_pages, "a document was shown by a whole reload"

    page.reload()
    for back in range(1, 4):  # after leaving, one by one
        page.keyboard.press("z")
        left(page, back)
    assert waiting(office) == 3
    page.keyboard.press("Shift+2")
    left(page, 0)
    page.keyboard.press("z")
    left(page, 3)
    assert waiting(office) == 3


def test_ticks_scroll_search_and_setting_aside_by_keys(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    arrive(office, meta, max(0, 5 - waiting(office)), first=20)
    page.goto(f"{greffier.dashboard}/pending")
    before = waiting(office)
    page.keyboard.press("Space")
    page.keyboard.press("s")
    page.wait_for_selector("#pile .here input:not(:checked)")
    page.keyboard.press("Space")
    assert page.locator("#pile [name=ticked]:checked").count() == 2  # one stayed ticked
    page.keyboard.press("1")
    left(page, before - 2)
    page.keyboard.press("d")
    page.keyboard.type("succession ghar", delay=15)
    page.wait_for_selector("#found[data-for='succession ghar'] button")
    page.keyboard.press("Enter")
    left(page, before - 3)
    assert filed_last(office) == "2026-0031"
    page.keyboard.press("x")
    page.wait_for_selector("#rejecting[open] button:focus")
    page.keyboard.press("2")
    left(page, before - 4)
    ((reason,),) = office.rows("SELECT rejected_reason FROM documents WHERE rejected_at NOT NULL")
    assert reason == "illegible"


def test_the_next_picture_is_there_already(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    arrive(office, meta, 3, first=40)
    fetched: list[str] = []
    page.on("request", lambda each: fetched.append(each.url) if "/view" in each.url else None)
    page.goto(f"{greffier.dashboard}/pending")
    page.wait_for_load_state("networkidle")
    before = len(fetched)
    assert before == 2  # the one that is shown, and the next
    shown = page.locator("#sheet").get_attribute("src")
    page.keyboard.press("1")
    page.wait_for_function(
        "old => document.querySelector('#sheet').getAttribute('src') !== old", arg=shown
    )
    page.wait_for_load_state("networkidle")
    assert fetched.count(fetched[1]) == 1, "the next picture was fetched twice"


def is_page(response: Response) -> bool:
    return response.request.resource_type == "document"


def filed_last(office: Office) -> str:
    """The reference of the dossier under which something was filed last."""
    sql = (
        "SELECT dossiers.reference FROM documents JOIN dossiers ON dossier_id = dossiers.id "
        "ORDER BY filed_at DESC LIMIT 1"
    )
    ((reference,),) = office.rows(sql)
    return str(reference)


def test_a_key_that_leads_to_another_client_is_asked_about_once(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    arrive(office, meta, max(0, 4 - waiting(office)), first=80)
    page.goto(f"{greffier.dashboard}/pending")
    before = waiting(office)
    others = page.locator("ol.others button").first
    key, client = others.get_attribute("data-key"), others.locator("small bdi").first.inner_text()
    assert key is not None
    assert int(key) > 2, "both of the sender's own come first"

    page.keyboard.press(key)
    page.wait_for_selector("#sure button:focus")
    assert client in page.locator("#sure h2").inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector("#sure", state="detached")
    assert waiting(office) == before

    page.keyboard.press("Space")
    page.keyboard.press("s")
    page.wait_for_selector("#pile .here input:not(:checked)")
    page.keyboard.press(key)
    page.wait_for_selector("#sure button:focus")
    page.keyboard.press("Enter")
    left(page, before - 1)
    assert waiting(office) == before - 1, "what was ticked, and not what is looked at"
    page.keyboard.press("z")
    left(page, before)

    page.keyboard.press("d")
    page.keyboard.type("2026-0042", delay=15)
    page.wait_for_selector("#found[data-for='2026-0042'] .others button")
    page.keyboard.down("Enter")
    page.wait_for_selector("#sure button:focus")
    page.keyboard.down("Enter")  # held: it repeats, and is no answer
    page.keyboard.up("Enter")
    assert page.locator("#sure").count() == 1
    assert waiting(office) == before
    page.keyboard.press("Enter")
    left(page, before - 1)
    assert filed_last(office) == "2026-0042"
    page.keyboard.press("z")
    left(page, before)


def test_on_a_phone_the_document_and_the_first_offers_are_seen_at_once(
    office: Office, greffier: Running, meta: Meta, page: Page
) -> None:
    arrive(office, meta, max(0, 2 - waiting(office)), first=90)
    page.set_viewport_size({"width": 390, "height": 700})
    for language in ("fr", "en", "ar"):
        page.goto(f"{greffier.dashboard}/pending?lang={language}")
        page.wait_for_function("() => document.querySelector('#sheet')?.complete")
        sheet = page.locator("#sheet").bounding_box()
        offers = [each.bounding_box() for each in page.locator("ol.offers button").all()[:2]]
        assert sheet is not None
        assert sheet["height"] > 120, "it must still be told what it is"
        for box in (sheet, *offers):
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 700, language
    page.goto(f"{greffier.dashboard}/pending?lang=fr")


def test_without_scripts_each_button_is_a_form(
    office: Office, greffier: Running, meta: Meta, browser: Browser, page: Page
) -> None:
    arrive(office, meta, max(0, 3 - waiting(office)), first=60)
    before = waiting(office)
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state(), locale="fr-FR"
    ).new_page()
    plain.goto(f"{greffier.dashboard}/pending")
    plain.locator(".offers button").first.click()
    assert waiting(office) == before - 1
    plain.locator("#pile [name=ticked]").last.check()
    plain.locator("#rejecting summary").click()
    plain.fill("#words", "pas pour nous")
    plain.press("#words", "Enter")
    assert waiting(office) == before - 2
    plain.fill("#asked", "gharbi")
    plain.press("#asked", "Enter")
    assert plain.locator("#found button").count() == 2  # both are shown, and nothing was done
    assert waiting(office) == before - 2
    plain.locator(".undo button").click()
    assert waiting(office) == before - 1
    plain.locator("ol.others button").first.click()
    assert waiting(office) == before - 1  # a page that asks, and "yes" has the focus
    plain.press("#sure button:focus", "Enter")
    assert waiting(office) == before - 2
    plain.context.close()
