"""Meta's fields, read so that no value is too strange: what is not as documented is None. Pure."""

import base64
import binascii
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def clean(text: str) -> str:
    """The same text, storable: half a surrogate pair or a NUL becomes U+FFFD."""
    if text.isascii() and "\0" not in text:  # nearly all of Meta's fields, at no cost
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")


def required(value: object) -> str:
    """An id that must be there. Raises ValueError when it is not."""
    if not isinstance(value, str) or not value:
        raise ValueError("an id is missing")
    return clean(value)


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return clean(value) if isinstance(value, str) and value else None


def first_text(*values: object) -> str | None:
    """The first of them that is a text and not empty."""
    return next((found for found in map(text, values) if found), None)


def joined(parts: Iterable[str | None], separator: str) -> str | None:
    """Those that say something, in one text; None when none does."""
    return separator.join(part for part in parts if part) or None


def object_at(item: object, key: object) -> Json:
    """The object under this key; an empty one when there is none."""
    found = item.get(key) if isinstance(item, dict) and isinstance(key, str) else None
    return found if isinstance(found, dict) else {}


def objects_at(item: object, key: object) -> list[Json]:
    """The objects in the list under this key; whatever else stands in it is passed over."""
    found = item.get(key) if isinstance(item, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def decimal(value: object) -> float | None:
    """A number, also one written as text (some senders do); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def instant(timestamp: object) -> datetime | None:
    """Unix seconds, as text (Meta) or as a number (some senders). None when it is neither.

    A time that cannot be read is no reason to lose what it stands on.
    """
    try:
        return datetime.fromtimestamp(int(str(timestamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def hex_digest(declared: object) -> str | None:
    """Meta writes SHA-256 in base64 in webhooks, in hex elsewhere; hex here, None if neither."""
    if not isinstance(declared, str):
        return None
    if len(declared) == 64 and all(c in "0123456789abcdefABCDEF" for c in declared):
        return declared.lower()
    try:
        decoded = base64.b64decode(declared, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded.hex() if len(decoded) == 32 else None


def scalar(value: object) -> str | None:
    """A text or a number, as text; None for anything that holds other things."""
    return clean(str(value)) if isinstance(value, str | int | float) and value != "" else None


def number_of(wa_id: object) -> str | None:
    """A number of Meta's, as "+" and the digits it gave; None for a user id or anything else."""
    digits = wa_id.strip().removeprefix("+") if isinstance(wa_id, str) else ""
    return f"+{digits}" if digits.isascii() and digits.isdigit() else None
