"""What a browser calls itself, and where somebody may be sent after signing in."""

import pytest

from appliance.dashboard.browsers import browser_of
from appliance.dashboard.coming_back import LONGEST, is_ours

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36"
)
EDGE = f"{CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0')} Edg/140.0.0.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/1"


@pytest.mark.parametrize(
    ("says", "name", "system"),
    [
        (FIREFOX, "Firefox", "Windows"),
        (CHROME, "Chrome", "Linux"),
        (EDGE, "Edge", "Windows"),
        (IPHONE, "Safari", "iPhone"),
        (ANDROID, "Chrome", "Android"),
        ("<script>alert(1)</script>", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_browser_is_called_by_a_name_of_ours(
    says: str | None, name: str | None, system: str | None
) -> None:
    assert browser_of(says) == (name, system)


@pytest.mark.parametrize("address", ["/", "/dossiers/3?page=2", "/audit?actor=Nour%20X", "/é"])
def test_a_page_of_ours_is_ours(address: str) -> None:
    assert is_ours(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        7,
        "dossiers",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "/" + "a" * LONGEST,
    ],
)
def test_a_page_of_another_site_is_not_however_it_is_spelt(address: object) -> None:
    assert not is_ours(address)
