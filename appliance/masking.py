"""What an administrator may read of other people's work: how it fares, not whose it is. Pure.

Numbers are shown to their last two digits; of a reason's values those that name nobody.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "…"
_TECHNICAL = frozenset(
    {"answer", "kind", "limit", "why", "status", "signature", "who", "words", "address", "language"}
)
# Seven digits and more, with what people put between them; Meta's error codes have six.
_NUMBER = re.compile(r"\+?\d(?:[ .\-/()]?\d){6,}")
_ALERT = re.compile(r"alerts\.[a-z]+ \d+")
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{4,}")


def number(text: str) -> str:
    """A phone number or user id, all hidden but its last two characters: "+…22".

    The name of an address of alerts is a setting's: it is nobody's number.
    """
    if _ALERT.fullmatch(text):
        return text
    if len(text) <= 4:
        return HIDDEN if text else ""
    return ("+" if text.startswith("+") else "") + HIDDEN + text[-2:]


def sentence(text: str) -> str:
    """The same words, without whole numbers in them."""
    for pattern in (_USER_ID, _NUMBER):
        text = pattern.sub(lambda found: number(found[0]), text)
    return text


def reason(told: str) -> str:
    """A `reason` (JSON: see telling) whose values name nobody."""
    said = json.loads(told)
    values: dict[str, Any] = {name: _value(name, value) for name, value in said["values"].items()}
    return json.dumps({"text": said["text"], "values": values})


def columns(told: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """`error` and `reason` of a row, so that they name nobody."""
    error, kept = told.get("error"), told.get("reason")
    if not kept:
        return (sentence(error) if error else None), None
    masked = reason(kept)
    said = json.loads(masked)
    text, values = said["text"], said["values"]
    return (text % values if values else text), masked


def _value(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    return sentence(value) if name in _TECHNICAL else HIDDEN
