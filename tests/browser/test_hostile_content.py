"""Whatever somebody writes, sends or is called is shown as it is, and does nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import a_context, is_whole, sign_in
from tests.browser.eyes import Eyes
from tests.browser.firm import ROLES, Firm
from tests.browser.hostile import ALIVE, LAWYER, PLANTS, hostile_firm
from tests.browser.places import Place, endpoint_at, places

MOST_OF_A_KIND = 8 if is_whole() else 1  # pages of one kind that are looked at
WALKERS = {"lawyer": LAWYER, "admin": ROLES["admin"]}
_CANARY = "window.canary = (n) => { window.rang = n; console.error(`the canary rang: ${n}`); };"
# What of the plants is more than text.
_LIVING = """(alive) => {
  const found = [];
  if (window.rang !== undefined) found.push(`the canary rang: ${window.rang}`);
  for (const one of document.querySelectorAll("*")) {
    if (/planted/.test(one.id)) found.push(`lives: ${one.outerHTML.slice(0, 120)}`);
    for (const { name, value } of one.attributes) {
      if (/^on/.test(name)) found.push(`listens: ${one.outerHTML.slice(0, 120)}`);
      const isText = /^(value|title|alt|content|aria-|data-|placeholder)/.test(name);
      if (!isText && /^\\s*(javascript|data:text|vbscript)/i.test(value))
        found.push(`leads to a script: ${one.outerHTML.slice(0, 120)}`);
    }
  }
  if (document.documentElement.outerHTML.includes(alive)) found.push("a template was worked out");
  return [...new Set(found)];
}"""
_SHOWN = """() => {
  const said = document.body.innerText +
    [...document.querySelectorAll("input, textarea, option")].map((one) => one.value).join(" ");
  return said.split("planted").length - 1;
}"""
# A name that turns the direction of writing turns nothing beyond itself.
_LOOSE = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const kept = "bdi, option, textarea, script, [dir]:not(html)"; // what has a direction is apart
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent, at = text.indexOf("\\u202e");
    const before = text.slice(0, at);
    const apart = before.split("\\u2068").length > before.split("\\u2069").length;
    if (at >= 0 && !apart && !walk.currentNode.parentElement.closest(kept))
      found.push(`not set apart: ${walk.currentNode.parentElement.outerHTML.slice(0, 160)}`);
  }
  return found;
}"""
_LINKS = (
    """() => [...document.querySelectorAll("a[href]:not([download])")].map((one) => one.href)"""
)


@dataclass
class Walk:
    """Every page that can be reached by links, and then those that cannot."""

    eyes: Eyes
    firm: Firm
    kinds: list[Place]
    faults: list[str] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def go(self) -> None:
        """Begin at the first page."""
        ways = ["/", *(place.path(self.firm) for place in self.kinds if not place.rule.arguments)]
        while ways:
            path = ways.pop(0)
            if path in self.seen:
                continue
            self.seen.add(path)
            ways += self._look(path)

    def _look(self, path: str) -> list[str]:
        kind = self._kind(path)
        if kind is None or self.counts[kind] >= MOST_OF_A_KIND:
            return []
        self.counts[kind] += 1
        answer = self.eyes.page.context.request.get(f"{self.eyes.home}{path}", max_redirects=0)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            self._judge_file(path, answer.status, answer.headers)
            return []
        self.eyes.open(path)
        page = self.eyes.page
        page.mouse.move(300, 300)
        found = page.evaluate(_LIVING, ALIVE) + page.evaluate(_LOOSE) + self.eyes.faults
        self.faults += [f"{path}: {fault}" for fault in found if not _is_no_picture(fault)]
        self.shown[kind] += page.evaluate(_SHOWN)
        return [self._own(link) for link in page.evaluate(_LINKS) if self._own(link)]

    def _judge_file(self, path: str, status: int, headers: dict[str, str]) -> None:
        """A file is given away to be kept, never to be shown by the browser; else it is ours."""
        if status >= 500:
            self.faults.append(f"{path}: answered {status}")
        if status != 200:
            return
        kind = headers["content-type"].partition(";")[0]
        harmless = {"application/json", "image/jpeg", "image/png", "text/plain", "text/csv"}
        is_saved = headers.get("content-disposition", "").startswith("attachment")
        if headers.get("x-content-type-options") != "nosniff":
            self.faults.append(f"{path}: may be taken for something else")
        if kind not in harmless and not is_saved and kind != "application/pdf":
            self.faults.append(f"{path}: {kind} is shown by the browser")

    def _own(self, link: str) -> str:
        split = urlsplit(link)
        if not link.startswith(f"{self.eyes.home}/") or "lang=" in split.query:
            return ""
        return f"{split.path}?{split.query}" if split.query else split.path

    def _kind(self, path: str) -> str | None:
        return endpoint_at(path, self.kinds)


def _is_no_picture(fault: str) -> bool:
    """Of a damaged file there is no picture: the page says so in words, the console in its own."""
    return "/thumbnail" in fault or fault.endswith("/view") or "status of 404 (NOT FOUND)" in fault


@pytest.fixture(scope="module")
def firm(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The same page of another firm: here every word is hostile."""
    with hostile_firm(tmp_path_factory.mktemp("hostile") / "data") as made:
        yield made


@pytest.mark.parametrize("role", WALKERS)
def test_no_word_of_anybodys_comes_alive_on_any_page(
    role: str, browser: Browser, firm: Firm
) -> None:
    if role == "admin":
        with firm.browsed_by(WALKERS[role]) as admin:
            assert admin.submits("/glass", "/glass", reason=PLANTS[0]).status_code == 200
    context = a_context(browser, firm.url, "fr", sign_in(browser, firm.url, WALKERS[role]))
    context.add_init_script(_CANARY)
    walk = Walk(Eyes.of(context, firm.url), firm, places())

    walk.go()
    context.close()

    print(role, dict(walk.shown))
    assert not walk.faults, "\n".join(walk.faults)
    if role == "lawyer":
        assert walk.shown["dossiers.page"] > 5, "the plants are not to be seen"


def test_a_plant_that_lives_is_noticed(browser: Browser, firm: Firm) -> None:
    eyes = Eyes.of(a_context(browser, firm.url, "fr"), firm.url)
    eyes.open("/login")
    grown = "<b id='planted' onclick='1'>62615533 \u202e</b><a href='javascript:1'>x</a>"
    eyes.page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", grown)

    found = " ".join(eyes.page.evaluate(_LIVING, ALIVE) + eyes.page.evaluate(_LOOSE))
    eyes.page.context.close()

    for told in ("lives", "listens", "leads to a script", "template", "not set apart"):
        assert told in found
