"""What another site can make the browser of somebody who is signed in do: nothing that counts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, StorageState

from tests.browser.conftest import a_context
from tests.browser.firm import Firm

ELSEWHERE = "http://elsewhere.example/"
WAYS = {
    "link": '<a id="go" href="{address}">your parcel</a><script>go.click()</script>',
    "script": '<script>location = "{address}"</script>',
    "refresh": '<meta http-equiv="refresh" content="0; url={address}">',
    "window": '<a id="go" target="_top" rel="noreferrer" href="{address}">x</a>'
    "<script>go.click()</script>",
}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_page_of_another_site_cannot_have_a_document_opened(
    browser: Browser, firm: Firm, signed_in: Callable[[str], StorageState | None], way: str
) -> None:
    document = firm.id_of(
        "SELECT documents.id FROM documents JOIN dossiers ON dossiers.id = documents.dossier_id "
        "WHERE documents.stored_at IS NOT NULL AND dossiers.lawyer = 'Salma Trabelsi' "
        "AND documents.destroyed_at IS NULL AND documents.safety != 'quarantined'"
    )
    address = f"{firm.url}/documents/{document}"

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=WAYS[way].format(address=address))

    def opened() -> int:
        return firm.id_of("SELECT count(*) FROM audit_log WHERE action = 'document opened'")

    with a_context(browser, firm.url, "en", signed_in("avocat")) as context:
        page = context.new_page()
        page.route(f"{ELSEWHERE}**", answer)
        before = opened()
        page.goto(ELSEWHERE)
        page.wait_for_url(address)
        assert page.inner_text("h1") == "From another site"
        assert opened() == before, "the audit log says what they did, not what was done to them"
        page.click("text=Open it")
        page.wait_for_selector("h1:not(:text('From another site'))")
