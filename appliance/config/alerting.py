"""How urgent an alert is, and whom settings name for it."""

import re
from enum import StrEnum

from appliance.config.values import UnfitError
from appliance.errors import mark

NO_ALERT_ADDRESS = mark("the secret is not an Apprise address, such as mailto://…")
_BEGINS = re.compile(r"[a-z0-9]{1,32}://", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;]+(?=[a-z0-9]{1,32}://)", re.IGNORECASE)  # as Apprise parts them


class Urgency(StrEnum):
    """How urgent it is, from the least on."""

    WARNING = "warning"  # good to know
    ERROR = "error"  # somebody has to act, some time today
    CRITICAL = "critical"  # clients are not answered any more: at once


def split(text: str) -> list[str]:
    """The addresses of one setting: a space, a comma or a semicolon stands between two."""
    return [each for each in _BETWEEN.split(text.strip(" \t\r\n,;")) if each]


def alert_addresses(text: str) -> str:
    """The same text, if each address in it begins as one. Errors do not quote it."""
    found = split(text)
    if found and all(_BEGINS.match(each) for each in found):
        return text
    raise UnfitError(NO_ALERT_ADDRESS)
