"""What tests read of a page: the token of its forms, its words, what it would run by itself."""

import re
from html import unescape
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

APART = {0x2068: None, 0x2069: None}  # the signs that keep directions apart


class Inline(HTMLParser):
    """What a browser would run or style of a page, by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given) or given.get("src") == "x":
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith("on")]


def token_of(browser: FlaskClient, path: str = "/login", **more: str) -> str:
    """The token without which no form of that page is taken; `more`: how it is asked for."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path, **more).text)
    assert found, path
    return found[1]


def words(page: str, between: str = "") -> str:
    """What a page says; `between`: what stands for its markup."""
    return _in_one_line(_text(page, between))


def plain_words(page: str, between: str = "") -> str:
    """The same without the signs that keep directions apart."""
    return _in_one_line(_text(page, between).translate(APART))


def _text(page: str, between: str) -> str:
    return unescape(re.sub(r"<[^>]+>", between, page))


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def send(browser: FlaskClient, path: str, **form: object) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/dossiers"), **form})


def press(browser: FlaskClient, path: str, **form: object) -> str:
    """Press a button; what the page says then."""
    answer = send(browser, path, **form)
    assert answer.status_code == 302, plain_words(answer.text)
    return plain_words(browser.get(answer.location).text)
