"""What a browser calls itself, as people call it. Pure.

What it says may be anything: only the names below are ever shown.
"""

from typing import NamedTuple

# In this order: nearly all of them also say "Safari", most "Chrome".
_BROWSERS = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("crios", "Chrome"),
    ("safari", "Safari"),
)
_SYSTEMS = (
    ("windows", "Windows"),
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("mac os", "macOS"),
    ("macintosh", "macOS"),
    ("cros", "ChromeOS"),
    ("linux", "Linux"),
)


class Browser(NamedTuple):
    """Its name and its system, where they are known."""

    name: str | None
    system: str | None


def browser_of(says: str | None) -> Browser:
    """Which browser it is, by what it says of itself."""
    said = (says or "").casefold()
    name = next((name for sign, name in _BROWSERS if sign in said), None)
    system = next((name for sign, name in _SYSTEMS if sign in said), None)
    return Browser(name, system)
