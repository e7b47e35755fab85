"""Meta's JSON → what it says. Pure; keeps what it does not know.

Source: Meta, WhatsApp Cloud API, webhooks/reference/messages (entry[] × changes[] × messages[],
statuses[]), business-scoped-user-ids (a sender may have no number).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from appliance.inbox import context, details, fields
from appliance.inbox.context import Context, Fault, Referral, faults_of
from appliance.inbox.details import Detail
from appliance.inbox.fields import clean, hex_digest, instant, object_at, required, text
from appliance.inbox.lines import line_of
from appliance.inbox.senders import profile_of, sender_of, user_id_of

Json = fields.Json
ELSEWHERE = "elsewhere"  # the direction of what came in for another number

KEPT_AS_FILES = frozenset(
    {"image", "video", "audio", "voice", "document"}
)  # a sticker is no document
MEDIA_LOST_AT_META = 131052  # error code: Meta could not fetch the user's file
_LISTS = frozenset({"messages", "message_echoes", "statuses"})


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
    """One message. `sender` is "+" and digits as Meta gave them, or a business-scoped user id.

    Of a message that the firm itself sent (`direction` "out"), `sender` is the firm's number.
    """

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

    @property
    def detail(self) -> Detail | None:
        """What it says beyond its words."""
        return details.detail_of(self.raw)

    @property
    def context(self) -> Context:
        """What it answers, and whether it was forwarded."""
        return context.context_of(self.raw)

    @property
    def referral(self) -> Referral | None:
        """The advertisement behind it."""
        return context.referral_of(self.raw)

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What Meta says went wrong with it."""
        return faults_of(self.raw)


@dataclass(frozen=True)
class Receipt:
    """What became of something we sent. `callback` is ours (biz_opaque_callback_data)."""

    wamid: str
    status: str
    happened_at: datetime | None
    callback: str | None
    raw: Json

    @property
    def errors(self) -> tuple[Fault, ...]:
        """Why it failed, if it did."""
        return faults_of(self.raw)


@dataclass(frozen=True)
class Notice:
    """Anything else: an account event, or with `error` an update that could not be understood."""

    field: str
    raw: Any
    error: str | None = None

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What Meta says went wrong, of a value that may hold no message at all."""
        return faults_of(self.raw)


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
    if field == "calls":  # its `statuses` are of calls, not of anything we sent
        yield Notice(field, value)
        return
    if "history" in value:
        yield from _history(value)
    if not _LISTS & value.keys() or value.get("errors"):
        yield Notice(field, value)  # an account event, or errors that concern no message
    # Of `history` also the files that come after it: months old, nobody is to be answered.
    direction = "history" if field == "history" else "in"
    yield from _items(field, value, "messages", lambda item: _incoming(item, value, direction))
    yield from _items(field, value, "message_echoes", lambda item: _echo(item, value))
    yield from _items(field, value, "statuses", _receipt)


def _items(field: str, value: Json, key: str, reader: Callable[[Json], Update]) -> Iterator[Update]:
    items = value.get(key, [])
    if not isinstance(items, list):
        yield Notice(field, items, f"`{key}` is not a list")
        return
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
    profile = profile_of(item, value)
    return Incoming(
        wamid=required(item["id"]),
        sender=sender_of(item, profile),
        user_id=user_id_of(item, profile),
        profile_name=text(object_at(profile, "profile").get("name")),
        type=clean(details.kind_of(item)),
        text=line_of(item),
        sent_at=instant(item.get("timestamp")),
        direction=direction,
        raw={**item, "_metadata": value.get("metadata") or {}, "_contact": profile},
    )


def _echo(item: Json, value: Json) -> Incoming:
    """What the firm wrote on its phone (Coexistence); `contacts`, if any, is whom it wrote to."""
    to = {"from": item.get("to"), "from_user_id": item.get("to_user_id")}
    sent = _incoming(item, {**value, "contacts": []}, "out")
    return replace(sent, user_id=None, raw={**sent.raw, "_contact": profile_of(to, value)})


def for_number(updates: list[Update], number_id: str | None) -> list[Update]:
    """The same updates; what came in for another number is kept apart, and said.

    Meta's signature proves the app, and one app may serve several numbers, or several firms: what
    their clients write is no work of ours.
    """
    if number_id is None:
        return updates
    kept: list[Update] = []
    for update in updates:
        if not isinstance(update, Incoming) or update.direction == "history":
            kept.append(update)
            continue
        other = number_of(update.raw)
        is_ours = other in {None, number_id}
        kept.append(update if is_ours else replace(update, direction=ELSEWHERE))
        if not is_ours:
            sentence = f"for the number {other}, which is not the one of [whatsapp] phone_number_id"
            kept.append(Notice("messages", {"phone_number_id": other}, sentence))
    return kept


def number_of(raw: Json) -> str | None:
    """Meta's id of the number that a message came in for."""
    named = raw["_metadata"]
    given = named.get("phone_number_id") if isinstance(named, dict) else None
    return clean(str(given)) if given else None


def media_of(raw: Json) -> Media | None:
    """The file in a message as stored, if its type is one that we keep and Meta has it."""
    kind = details.kind_of(raw)
    content = object_at(raw, kind) if kind in KEPT_AS_FILES else {}
    media_id = content.get("id")
    if not isinstance(media_id, str | int) or not media_id or is_lost_at_meta(raw):
        return None
    return Media(
        media_id=clean(str(media_id)),
        mime_type=text(content.get("mime_type")),
        sha256=hex_digest(content.get("sha256")),
        filename=text(content.get("filename")),
    )


def is_lost_at_meta(raw: Json) -> bool:
    """True when Meta says that it could not fetch the file the person sent."""
    return any(fault.code == MEDIA_LOST_AT_META for fault in faults_of(raw))


def brings_a_file(raw: Json) -> bool:
    """True for a message that a person sent as a file, whether or not Meta can hand it over."""
    return details.kind_of(raw) in KEPT_AS_FILES


def is_from_a_group(raw: Json) -> bool:
    """True for a message of a group: its sender is one participant among several."""
    return bool(raw.get("group_id"))


def _receipt(item: Json) -> Receipt:
    return Receipt(
        wamid=required(item["id"]),
        status=required(item["status"]),
        happened_at=instant(item.get("timestamp")),
        callback=text(item.get("biz_opaque_callback_data")),
        raw=item,
    )
