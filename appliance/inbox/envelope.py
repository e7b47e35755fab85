"""Meta's JSON → what it says. Pure; keeps what it does not know.

Source: Meta, WhatsApp Cloud API, webhooks/reference/messages (entry[] × changes[] × messages[],
statuses[]), business-scoped-user-ids (a sender may have no number).
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from appliance.phones import is_user_id

KEPT_AS_FILES = frozenset(
    {"image", "video", "audio", "voice", "document"}
)  # a sticker is no document
MEDIA_LOST_AT_META = 131052  # error code: Meta could not fetch the user's file

Json = dict[str, Any]


class NotJsonError(ValueError):
    """The body is no JSON at all."""


class NotUnderstoodError(ValueError):
    """JSON, but nothing that Meta's documents describe."""


@dataclass(frozen=True)
class Media:
    """A file that waits at Meta's. `sha256` is hex, or None when not announced."""

    media_id: str
    mime_type: str | None
    sha256: str | None
    filename: str | None


@dataclass(frozen=True)
class Incoming:
    """One message. `sender` is "+" and digits as Meta gave them, or a business-scoped user id."""

    wamid: str
    sender: str
    user_id: str | None
    profile_name: str | None
    type: str
    text: str | None
    sent_at: datetime | None
    direction: str
    raw: Json

    @property
    def media(self) -> Media | None:
        """The file it carries, if it is one that we keep."""
        return media_of(self.raw)


@dataclass(frozen=True)
class Receipt:
    """What became of something we sent. `callback` is ours (biz_opaque_callback_data)."""

    wamid: str
    status: str
    happened_at: datetime | None
    callback: str | None
    raw: Json


@dataclass(frozen=True)
class Notice:
    """Anything else: an account event, or with `error` an update that could not be understood."""

    field: str
    raw: Any
    error: str | None = None


Update = Incoming | Receipt | Notice


def parse(body: bytes) -> Any:
    """The body's JSON. Raises NotJsonError, or NotUnderstoodError for JSON made to hurt (bombs)."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise NotUnderstoodError("nested too deeply to be one of Meta's messages") from error
    except UnicodeDecodeError as error:
        raise NotJsonError("the body is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"the body is not JSON: {error}") from error
    except ValueError as error:  # an integer of thousands of digits
        raise NotUnderstoodError(f"holds a value no message of Meta's holds: {error}") from error


def read(payload: Any) -> list[Update]:
    """Every update of a webhook body, in order. One that can't be read is a Notice with an error.

    Raises NotUnderstoodError when the body as a whole has no shape of Meta's.
    """
    entries = payload.get("entry") if isinstance(payload, dict) else None
    if not isinstance(entries, list) or not entries:
        raise NotUnderstoodError("no list `entry`: not a webhook body of Meta's")
    return [update for entry in entries for update in _of_entry(entry)]


def _of_entry(entry: Any) -> Iterator[Update]:
    changes = entry.get("changes") if isinstance(entry, dict) else None
    if not isinstance(changes, list):
        yield Notice("entry", entry, "this entry has no list `changes`")
        return
    for change in changes:
        if isinstance(change, dict) and "value" in change:
            yield from _of_change(clean(str(change.get("field", "unknown"))), change["value"])
        else:
            yield Notice("change", change, "this change has no `value`")


def _of_change(field: str, value: Any) -> Iterator[Update]:
    if not isinstance(value, dict):
        yield Notice(field, value, "the value of this change is not an object")
        return
    known: dict[str, Callable[[Json], Update]] = {
        "messages": lambda item: _incoming(item, value, "in"),
        "message_echoes": lambda item: _incoming(item, value, "out"),
        "statuses": _receipt,
    }
    yield from _history(value)
    if not known.keys() & value.keys() or value.get("errors"):
        yield Notice(field, value)  # an account event, or errors that concern no message
    for key, reader in known.items():
        items = value.get(key, [])
        if not isinstance(items, list):
            yield Notice(field, items, f"`{key}` is not a list")
            continue
        for item in items:
            yield _one(field, item, reader)


def _history(value: Json) -> Iterator[Update]:
    """Messages from before the number was connected (Coexistence): kept, not worked on."""
    try:
        threads = [t for part in value.get("history") or [] for t in part.get("threads") or []]
        items = [item for thread in threads for item in thread.get("messages") or []]
    except (AttributeError, TypeError) as error:
        yield Notice("history", value.get("history"), f"could not be read: {error}")
        return
    for item in items:
        yield _one("history", item, lambda one: _incoming(one, value, "history"))


def _one(field: str, item: Any, reader: Callable[[Json], Update]) -> Update:
    """One update by itself: its faults are not its neighbours'."""
    try:
        return reader(item)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        return Notice(field, item, f"could not be read: {type(error).__name__} {error}")


def _incoming(item: Json, value: Json, direction: str) -> Incoming:
    profile = _profile(item, value)
    user_id = item.get("from_user_id") or profile.get("user_id")
    metadata = value.get("metadata") or {}
    return Incoming(
        wamid=_text(item["id"]),
        sender=_sender(item, profile),
        user_id=_optional(user_id),
        profile_name=_optional((profile.get("profile") or {}).get("name")),
        type=clean(str(item.get("type", "unknown"))),
        text=_words(item),
        sent_at=_instant(item.get("timestamp")),
        direction=direction,
        raw={**item, "_metadata": metadata, "_contact": profile},
    )


def _profile(item: Json, value: Json) -> Json:
    """The contact that this message is from. Order is not promised: joined on the id."""
    contacts = [c for c in value.get("contacts") or [] if isinstance(c, dict)]
    wanted = {item.get("from"), item.get("from_user_id")} - {None}
    for contact in contacts:
        if wanted & {contact.get("wa_id"), contact.get("user_id")}:
            return contact
    return contacts[0] if len(contacts) == 1 and not wanted else {}


def _sender(item: Json, profile: Json) -> str:
    """A number where there is one; Meta says `from` is omitted, others put the user id there."""
    for candidate in (item.get("from"), profile.get("wa_id")):
        if candidate and not is_user_id(str(candidate)):
            digits = str(candidate).lstrip("+")
            return f"+{digits}" if digits.isdigit() else clean(str(candidate))
    return clean(str(item.get("from_user_id") or profile.get("user_id") or item.get("from") or ""))


def _words(item: Json) -> str | None:
    """What the person wrote: the text, a caption, or the label of the button they touched."""
    kind = item.get("type")
    content = item.get(kind) if isinstance(kind, str) else None
    if not isinstance(content, dict):
        return None
    if kind == "interactive":
        content = content.get(str(content.get("type"))) or {}
    for key in ("body", "caption", "text", "title", "emoji"):
        if isinstance(content.get(key), str):
            return clean(content[key])
    return None


def media_of(raw: Json) -> Media | None:
    """The file in a message as stored, if its type is one that we keep."""
    kind = raw.get("type")
    content = raw.get(kind) if kind in KEPT_AS_FILES else None
    if not isinstance(content, dict) or not content.get("id"):
        return None
    return Media(
        media_id=_text(content["id"]),
        mime_type=_optional(content.get("mime_type")),
        sha256=hex_digest(content.get("sha256")),
        filename=_optional(content.get("filename")),
    )


def is_lost_at_meta(raw: Json) -> bool:
    """True when Meta says that it could not fetch the file the person sent."""
    errors = [e for e in raw.get("errors") or [] if isinstance(e, dict)]
    return any(error.get("code") == MEDIA_LOST_AT_META for error in errors)


def is_from_a_group(raw: Json) -> bool:
    """True for a message of a group: its sender is one participant among several."""
    return bool(raw.get("group_id"))


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


def _receipt(item: Json) -> Receipt:
    return Receipt(
        wamid=_text(item["id"]),
        status=_text(item["status"]),
        happened_at=_instant(item.get("timestamp")),
        callback=_optional(item.get("biz_opaque_callback_data")),
        raw=item,
    )


def _instant(timestamp: object) -> datetime | None:
    """Unix seconds, as text (Meta) or as a number (some senders). None when it is neither.

    A time that cannot be read is no reason to lose what it stands on.
    """
    try:
        return datetime.fromtimestamp(int(str(timestamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id is missing")
    return clean(value)


def _optional(value: object) -> str | None:
    return clean(value) if isinstance(value, str) and value else None


def clean(text: str) -> str:
    """The same text, storable: half a surrogate pair or a NUL becomes U+FFFD."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")
