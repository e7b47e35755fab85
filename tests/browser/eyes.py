"""What a browser sees of a page: errors, refused and failed requests, weight, width, access."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Playwright,
    Request,
    Response,
)

CHROMIUM = Path("/usr/bin/chromium")
WIDE, PHONE = (1366, 768), (390, 844)  # pixels: the smallest office screen, and a phone
HEAVIEST = 300_000  # bytes of a page with all that it needs, nothing of it known before
# Not counted: the document itself that somebody wants to look at.
_LOOKED_AT = re.compile(r"/documents/\d+/(?:view|page/\d+)$")
SHOTS = Path(__file__).with_name("shots")
PATIENCE = 10_000  # milliseconds
_AXE = Path(__file__).parents[1] / "fixtures" / "axe" / "axe.min.js"

# Refusals of the policy become errors in the console, whatever the browser says of them itself.
_TELL = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# What is broader than the screen, unless it stands in something that is itself scrolled. That the
# page hides what is too broad does not help who wants to read it.
_BROAD = """() => {
  const wide = document.documentElement.clientWidth;
  const isLeftward = document.documentElement.dir === "rtl";
  const scrolls = (one) => {
    for (let at = one.parentElement; at && at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  const names = [];
  for (const one of document.body.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    const over = Math.round(isLeftward ? -box.left : box.right - wide);
    if (over > 1 && box.width > 1 && box.height > 1 && !scrolls(one))
      names.push(`${one.tagName.toLowerCase()}.${one.className} by ${over} px`);
  }
  const over = document.documentElement.scrollWidth - wide;
  if (over > 0) names.push(`the page by ${over} px`);
  return names.length ? names.slice(-6).join(", ") : null;
}"""
_LOOK = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.impact} ${one.id}: ${one.help}; ` +
      one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "));
}"""


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's, without a screen; it never fetches anything for itself."""
    arguments = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    try:
        yield started
    finally:
        started.close()


LEFT = "net::ERR_ABORTED"  # the page was left before it came


@dataclass
class Eyes:
    """One tab that notes whatever goes wrong in it."""

    page: Page
    home: str  # the dashboard's address
    faults: list[str] = field(default_factory=list)
    weight: int = 0  # bytes that came over the wire for the page that is open
    _asked: set[Request] = field(default_factory=set)
    _looked_at: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, context: BrowserContext, home: str) -> "Eyes":
        """A new tab. Nothing is ever taken from the browser's cache."""
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.add_init_script(_TELL)
        eyes = cls(page, home)
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        wire.on("Network.requestWillBeSent", eyes._know)
        wire.on("Network.loadingFinished", eyes._weigh)
        page.on("console", eyes._hear)
        page.on("pageerror", lambda error: eyes.faults.append(f"script failed: {error}"))
        page.on("request", eyes._see)
        page.on("requestfailed", eyes._miss)
        page.on("response", eyes._receive)
        page.on("dialog", eyes._meet)
        return eyes

    def open(self, path: str) -> Response:
        """Go there; what was noted of the page before is forgotten."""
        self.page.goto("about:blank")  # what the page before was still asking for is over
        self.faults.clear()
        self._asked.clear()
        self._looked_at.clear()
        self.weight = 0
        answer = self.page.goto(f"{self.home}{path}", wait_until="load")
        assert answer is not None
        return answer

    def too_broad(self, size: tuple[int, int]) -> str | None:
        """What does not fit into a screen of that size, if anything."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        found: str | None = self.page.evaluate(_BROAD)
        return f"{size[0]}x{size[1]}: too broad: {found}" if found else None

    def hard_to_use(self) -> list[str]:
        """What axe-core calls serious or critical."""
        self.page.evaluate(_AXE.read_text("utf-8"))
        found: list[str] = self.page.evaluate(_LOOK)
        return found

    def photograph(self, name: str) -> None:
        """Keep a picture of the whole page, on a wide screen and on a phone, when asked to."""
        if os.environ.get("GREFFIER_TEST_SHOTS") != "1":
            return
        for width, height in (WIDE, PHONE):
            self.page.set_viewport_size({"width": width, "height": height})
            # Without `caret` Playwright hides it by an inline style, which our policy forbids.
            self.page.screenshot(
                path=SHOTS / f"{name}-{width}.png", full_page=True, caret="initial"
            )

    def _know(self, told: dict[str, Any]) -> None:
        if _LOOKED_AT.search(_path(told["request"]["url"])):
            self._looked_at.add(told["requestId"])

    def _weigh(self, told: dict[str, Any]) -> None:
        if told["requestId"] not in self._looked_at:
            self.weight += int(told["encodedDataLength"])

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.faults.append(f"console {said.type}: {said.text}")

    def _see(self, request: Request) -> None:
        self._asked.add(request)
        if not request.url.startswith((f"{self.home}/", "data:", "blob:")):
            self.faults.append(f"asks elsewhere: {request.url}")

    def _miss(self, request: Request) -> None:
        if request in self._asked and request.failure != LEFT:
            self.faults.append(f"failed: {_path(request.url)} {request.failure}")

    def _receive(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.request.is_navigation_request():
            self.faults.append(f"{answer.status}: {_path(answer.url)}")

    def _meet(self, dialog: Dialog) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        try:
            dialog.dismiss()
        except Error as error:
            self.faults.append(str(error))


def _path(url: str) -> str:
    return urlsplit(url).path
