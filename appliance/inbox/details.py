"""What a message says beyond its words, typed so that code can match on it. Pure.

Computed from the message as stored (`raw`), whenever it is wanted; a shape that Meta does not
document gives None. Source: Meta, webhooks/reference/messages/<type>.
"""

import json
from dataclasses import dataclass

from appliance.firm.parties import EventKind, IdentityChange
from appliance.inbox.context import context_of
from appliance.inbox.fields import (
    Json,
    decimal,
    first_text,
    number_of,
    object_at,
    objects_at,
    scalar,
    text,
)
from appliance.phones import is_user_id

# fmt: off
_CONTENTS = (  # the types whose content stands under their own name
    "text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts",
    "reaction", "interactive", "button", "order", "system", "unsupported", "edit", "revoke",
    "request_welcome",
)
# fmt: on
_CHANGES: dict[object, EventKind] = {
    "user_changed_number": EventKind.NUMBER_CHANGED,
    "customer_changed_number": EventKind.NUMBER_CHANGED,  # before Graph v12
    "user_changed_user_id": EventKind.USER_ID_CHANGED,
    "customer_identity_changed": EventKind.IDENTITY_CHANGED,
}


@dataclass(frozen=True)
class Choice:
    """A button or a line of a list that was touched; `id` is what we (or the template) gave it."""

    id: str | None
    title: str | None
    context_wamid: str | None


@dataclass(frozen=True)
class Reaction:
    """`emoji` None: the reaction was taken back."""

    target: str
    emoji: str | None


@dataclass(frozen=True)
class Edit:
    """Another text for a message (Coexistence only)."""

    target: str
    text: str | None


@dataclass(frozen=True)
class Revoke:
    """A message was deleted by its sender (Coexistence only)."""

    target: str


@dataclass(frozen=True)
class Location:
    latitude: float | None
    longitude: float | None
    name: str | None
    address: str | None


@dataclass(frozen=True)
class SharedContact:
    """Cards of people. `is_own`: the sender's own number, vouched for by Meta (contact_request).

    Any other card is a claim: whoever forwards a card may have written it.
    """

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    user_id: str | None
    is_own: bool


@dataclass(frozen=True)
class Flow:
    """A form that was filled in; None when its answers cannot be read."""

    values: Json | None


@dataclass(frozen=True)
class CallPermission:
    is_granted: bool


@dataclass(frozen=True)
class Order:
    catalog_id: str | None
    text: str | None
    items: tuple[tuple[str, str], ...]  # (product, quantity), both as written


@dataclass(frozen=True)
class Unsupported:
    """WhatsApp does not hand it over. `kind`: what it was ("edit", "poll"…), where Meta says so."""

    kind: str | None


@dataclass(frozen=True)
class Welcome:
    """Somebody opened the chat for the first time, and has said nothing yet."""


Detail = (
    Choice
    | Reaction
    | Edit
    | Revoke
    | Location
    | SharedContact
    | Flow
    | CallPermission
    | Order
    | Unsupported
    | Welcome
    | IdentityChange
)


def kind_of(item: Json) -> str:
    """The message's type; where it is missing, the one whose content is there."""
    given = text(item.get("type"))
    if given is not None:
        return given
    held = [kind for kind in _CONTENTS if isinstance(item.get(kind), dict | list)]
    return held[0] if len(held) == 1 else "unknown"


def detail_of(raw: Json) -> Detail | None:
    """What this message says beyond its words; None for mere words and files."""
    match kind := kind_of(raw):
        case "button" | "interactive":
            return _touched(raw)
        case "reaction" | "edit" | "revoke":
            return _about_another(raw, kind)
        case "location":
            return _location(object_at(raw, kind))
        case "contacts":
            return _shared(objects_at(raw, kind))
        case "order":
            return _order(object_at(raw, kind))
        case "unsupported" | "unknown":
            return Unsupported(text(object_at(raw, "unsupported").get("type")))
        case "system":
            return _identity_change(raw, object_at(raw, kind))
        case "request_welcome":
            return Welcome()
    return None


def _touched(raw: Json) -> Detail | None:
    target = context_of(raw).reply_to
    if kind_of(raw) == "button":
        button = object_at(raw, "button")
        return Choice(text(button.get("payload")), text(button.get("text")), target)
    interactive = object_at(raw, "interactive")
    kind = interactive.get("type")
    answer = object_at(interactive, kind)
    match kind:
        case "button_reply" | "list_reply":
            return Choice(text(answer.get("id")), text(answer.get("title")), target)
        case "nfm_reply":
            return Flow(form_values(answer))
        case "call_permission_reply":
            return CallPermission(answer.get("response") == "accept")
    return None


def form_values(answer: Json) -> Json | None:
    """The answers of a form: Meta sends them as JSON within a text, which may be broken or null."""
    written = answer.get("response_json")
    try:
        values = json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _about_another(raw: Json, kind: str) -> Detail | None:
    content = object_at(raw, kind)
    target = first_text(content.get("message_id"), content.get("original_message_id"))
    if target is None:
        return None
    if kind == "reaction":
        return Reaction(target, text(content.get("emoji")))
    if kind == "revoke":
        return Revoke(target)
    inner = object_at(content, "message")
    held = object_at(inner, inner.get("type"))
    return Edit(target, first_text(held.get("body"), held.get("caption")))


def _location(content: Json) -> Location:
    latitude, longitude = decimal(content.get("latitude")), decimal(content.get("longitude"))
    return Location(latitude, longitude, text(content.get("name")), text(content.get("address")))


def _shared(cards: list[Json]) -> SharedContact | None:
    if not cards:
        return None
    own = [card for card in cards if card.get("origin") == "contact_request"]
    told = own or cards
    numbers = [_number(phone) for card in told for phone in objects_at(card, "phones")]
    ids = [card.get("user_id") for card in told]
    return SharedContact(
        names=tuple(name for name in map(name_on, told) if name),
        numbers=tuple(dict.fromkeys(number for number in numbers if number)),
        user_id=next((one for one in ids if isinstance(one, str) and is_user_id(one)), None),
        is_own=len(own) == 1,
    )


def name_on(card: Json) -> str | None:
    """The name on a card; it may have none."""
    name, company = object_at(card, "name"), object_at(card, "org").get("company")
    return first_text(name.get("formatted_name"), name.get("first_name"), company)


def _number(phone: Json) -> str | None:
    """Meta's own digits where it knows the number, else what is written if it is whole."""
    written = text(phone.get("phone")) or ""
    digits = "".join(letter for letter in written if letter not in " ()-./\u00a0")
    return number_of(phone.get("wa_id")) or (number_of(digits) if digits[:1] == "+" else None)


def _order(content: Json) -> Order:
    items = [
        (text(item.get("product_retailer_id")) or "?", scalar(item.get("quantity")) or "1")
        for item in objects_at(content, "product_items")
    ]
    return Order(text(content.get("catalog_id")), text(content.get("text")), tuple(items))


def _identity_change(raw: Json, system: Json) -> IdentityChange | None:
    """`wa_id` is the new number, `new_wa_id` in older versions; `from` the old one."""
    kind = _CHANGES.get(text(system.get("type")))
    if kind is None:
        return None
    number, old = number_of(raw.get("from")), number_of(system.get("customer"))
    new = number_of(system.get("wa_id")) or number_of(system.get("new_wa_id"))
    return IdentityChange(
        kind=kind,
        old_number=old if number is None or number == new else number,
        new_number=new,
        old_user_id=_old_user_id(raw, system, kind),
        new_user_id=text(system.get("user_id")),
        old_parent_user_id=text(system.get("previous_parent_user_id")),
        new_parent_user_id=text(system.get("parent_user_id")),
    )


def _old_user_id(raw: Json, system: Json, kind: EventKind) -> str | None:
    """The id that was; with a new number, whether `from_user_id` is the old or new one is not said.

    Otherwise who the event is about may be named nowhere else.
    """
    previous = text(system.get("previous_user_id"))
    if previous is not None or kind is EventKind.NUMBER_CHANGED:
        return previous
    given = first_text(raw.get("from_user_id"), object_at(raw, "_contact").get("user_id"))
    return None if given == text(system.get("user_id")) else given
