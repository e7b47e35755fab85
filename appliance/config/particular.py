"""Kinds of value that one setting only has. Each raises UnfitError with our sentence."""

import re
from email.utils import parseaddr

from appliance.config.values import UnfitError, is_host, quoted
from appliance.errors import mark

_OLDEST_GRAPH = 23
NO_META_ID = mark(
    "%(value)s is not an id of Meta's, which has digits only (it is not the phone number either)"
)
NO_SENDER = mark(
    "%(value)s is not an e-mail address; write greffier@example.org or Cabinet "
    "<greffier@example.org>"
)


def graph_version(text: str) -> str:
    """A version of Meta's API, not too old."""
    found = re.fullmatch(r"v([0-9]{1,3})\.[0-9]", text)
    if found and int(found[1]) >= _OLDEST_GRAPH:
        return text
    what = mark("%(value)s is not v%(oldest)s.0 or a newer version of Meta's API")
    raise UnfitError(what, value=quoted(text), oldest=_OLDEST_GRAPH)


def meta_id(text: str) -> str:
    """An id of Meta's."""
    if re.fullmatch(r"[0-9]{1,30}", text):
        return text
    raise UnfitError(NO_META_ID, value=quoted(text))


def sender(text: str) -> str:
    """An e-mail address, with a name or without."""
    name, _, domain = parseaddr(text)[1].rpartition("@")
    if name and is_host(domain.lower()) and re.search(r"\s", name + domain) is None:
        return text
    raise UnfitError(NO_SENDER, value=quoted(text))


def antivirus(text: str) -> str | None:
    """Where the scanner is; None for "none"."""
    if text.lower() == "none":
        return None
    if re.fullmatch(r"clamd://[^\s/]+:[0-9]{1,5}", text):
        return text
    what = mark("%(value)s is neither none nor like clamd://127.0.0.1:3310")
    raise UnfitError(what, value=quoted(text))


def word(text: str) -> str:
    """A secret without a space in it."""
    if re.search(r"\s", text):
        raise UnfitError(mark("the secret holds a space or a line break; copy it again"))
    return text
