"""What others wrote and we carry with us, unchanged; and that no page asks anybody else."""

import hashlib
import re
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "appliance" / "dashboard"
VENDOR = DASHBOARD / "static" / "vendor"
OURS = sorted(
    path
    for folder in (DASHBOARD / "templates", DASHBOARD / "static")
    for path in folder.rglob("*")
    if path.suffix in {".css", ".html", ".js", ".svg"} and VENDOR not in path.parents
)
NAMESPACE = "http://www.w3.org/2000/svg"  # names a language, fetches nothing
ELSEWHERE = re.compile(
    r"\w+://|(?:src|href|action|url)\s*[=(]\s*[\"']?//|@import[^;]*//", re.IGNORECASE
)
SAVED = "keeping_report_file.html"  # a file that people keep, printed without us
# What our Content-Security-Policy refuses: a page would work in part.
INLINE = re.compile(
    r"<style|\sstyle=|\son\w+=|\shx-on|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE
)


def sums() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def test_every_vendored_file_is_the_one_that_was_published() -> None:
    there = {path.name: path for path in VENDOR.iterdir() if path.name != "SHA256SUMS"}

    assert sums() == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()
    }


@pytest.mark.parametrize("name", ["htmx", "pico"])
def test_every_vendored_library_comes_with_its_licence(name: str) -> None:
    licence = (VENDOR / f"{name}-LICENSE.txt").read_text("utf-8")

    assert re.search("permission is hereby granted|permission to use", licence, re.IGNORECASE)
    assert re.search(rf"^{name}-[\d.]+\.min\.(?:css|js)$", "\n".join(sums()), re.MULTILINE)


def test_what_is_vendored_asks_nobody_else() -> None:
    for path in VENDOR.glob("*.css"):
        text = path.read_text("utf-8")
        addresses = re.findall(r"url\(\s*[\"']?([^\"')]{0,5})", text, re.IGNORECASE)
        assert {address.lower() for address in addresses} == {"data:"}, path.name
        assert "@import" not in text, path.name


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_page_script_or_style_of_ours_asks_anybody_else(path: Path) -> None:
    text = path.read_text("utf-8").replace(NAMESPACE, "")

    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize(
    "path",
    [path for path in OURS if path.suffix == ".html" and path.name != SAVED],
    ids=lambda path: path.name,
)
def test_no_template_writes_what_the_policy_refuses(path: Path) -> None:
    markup = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not INLINE.search(markup)


@pytest.mark.parametrize(
    "written",
    [
        '<script src="https://cdn.example/htmx.js"></script>',
        '<link href="//cdn.example/a.css">',
        '@import url("//cdn.example/a.css");',
        "background: url(http://cdn.example/a.png)",
        'fetch("wss://example")',
    ],
)
def test_an_address_elsewhere_would_be_seen(written: str) -> None:
    assert ELSEWHERE.search(written)


@pytest.mark.parametrize(
    "written",
    ['<p style="color: red">', '<a onclick="x()">', "<script>x()</script>", '<b hx-on:click="x">'],
)
def test_what_the_policy_refuses_would_be_seen(written: str) -> None:
    assert INLINE.search(written)
