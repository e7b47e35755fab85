"""The eyes see: what is wrong on purpose is noticed."""

import pytest

from tests.browser.conftest import NOBODY, Look
from tests.browser.eyes import PHONE, WIDE, Eyes
from tests.support import until

WRONGS = {
    "console": ("console.error('broken')", "console error: broken"),
    "policy": (
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')",
        "policy: style-src",
    ),
    "handler": (
        "document.body.insertAdjacentHTML('beforeend', '<img src=/static/icon.svg onload=x()>')",
        "policy: script-src",
    ),
    "elsewhere": ("fetch('http://127.0.0.1:9/').catch(() => {})", "policy: connect-src"),
    "missing": ("fetch('/static/missing.css')", "404: /static/missing.css"),
    "script": ("setTimeout(() => { throw new Error('mistake') })", "script failed: mistake"),
    "dialog": ("setTimeout(() => alert('alive'))", "a dialog: alive"),
}


@pytest.fixture
def eyes(look: Look) -> Eyes:
    seeing = look(NOBODY, "fr")
    seeing.open("/login")
    assert seeing.faults == []
    return seeing


@pytest.mark.parametrize(("wrong", "told"), WRONGS.values(), ids=WRONGS)
def test_a_wrong_is_noted(eyes: Eyes, wrong: str, told: str) -> None:
    eyes.page.evaluate(f"() => {{ {wrong} }}")

    def is_noted() -> bool:
        eyes.page.evaluate("0")  # what the browser has to tell is heard while it is asked
        return any(told in fault for fault in eyes.faults)

    until(is_noted, what=f"nothing was noted of {wrong}: {eyes.faults}")


def test_what_is_broader_than_a_phone_is_named(eyes: Eyes) -> None:
    wide = "const wide = document.createElement('p'); wide.textContent = 'large';"
    eyes.page.evaluate(
        f"() => {{ {wide} wide.style.width = '900px'; document.body.append(wide); }}"
    )

    assert "too broad" in (eyes.too_broad(PHONE) or "")
    assert eyes.too_broad(WIDE) is None


def test_what_cannot_be_used_by_everybody_is_named(eyes: Eyes) -> None:
    eyes.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input id=unnamed>')")

    assert any("critical label" in found for found in eyes.hard_to_use())


def test_a_page_weighs_what_came_over_the_wire_even_the_second_time(eyes: Eyes) -> None:
    first = eyes.weight

    eyes.open("/login")

    assert first > 5_000
    assert eyes.weight == pytest.approx(first, rel=0.1)
