"""Whoever must sign in first comes back to where they were. Only ever to a page of ours."""

from flask import request, session, url_for

LONGEST = 500  # characters of an address
_NEXT = "next"


def note_place() -> None:
    """Remember the page that was asked for, in the cookie that we sign; no part of a page, no
    picture, and nothing that does something."""
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    if request.method != "GET" or not is_page or "part" in request.args:
        return
    asked = asked_place()
    if is_ours(asked):
        session[_NEXT] = asked


def asked_place() -> str:
    """What this very request asks for, as an address of this site."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path


def place() -> str:
    """Where to go after signing in."""
    noted = session.get(_NEXT, "")
    return noted if is_ours(noted) else url_for("pages.today")


def is_ours(address: object) -> bool:
    """Whether an address stays on this site, however a browser reads it.

    "//other.example" and "/\\other.example" are other sites to a browser; it drops tabs and line
    breaks before it looks.
    """
    if not isinstance(address, str) or len(address) > LONGEST or not address.isprintable():
        return False
    return address.startswith("/") and not address.startswith("//") and "\\" not in address
