"""One readable line for a message of any kind: what a person sees of it. Pure, no language."""

from appliance.firm.parties import IdentityChange
from appliance.inbox.details import (
    CallPermission,
    Choice,
    Edit,
    Flow,
    Location,
    Order,
    Reaction,
    SharedContact,
    detail_of,
    form_values,
    kind_of,
    name_on,
)
from appliance.inbox.fields import (
    Json,
    clean,
    first_text,
    joined,
    object_at,
    objects_at,
    scalar,
    text,
)

_HIDDEN = frozenset({"flow_token"})  # of a form: a key of ours, nothing a person wrote
_WORDS = ("body", "caption", "text", "title")


def line_of(item: Json) -> str | None:
    """What the person wrote, touched, shared or pointed at; None where there is nothing to read."""
    match detail := detail_of(item):
        case Choice():
            return first_text(detail.title, detail.id)
        case Reaction():
            return detail.emoji
        case Edit():
            return detail.text
        case Location():
            return _place(detail)
        case SharedContact():
            return _cards(objects_at(item, "contacts"))
        case Order():
            products = [f"{quantity} × {product}" for product, quantity in detail.items]
            return joined([detail.text, clean(", ".join(products))], " — ")
        case Flow() | CallPermission():
            return _form(item)
        case IdentityChange():
            return text(object_at(item, "system").get("body"))
    content = object_at(item, kind_of(item))
    return _words(content) or _words(object_at(content, content.get("type")))


def _words(content: Json) -> str | None:
    return first_text(*(content.get(key) for key in _WORDS))


def _place(place: Location) -> str | None:
    where = joined([place.name, place.address], ", ")
    if place.latitude is None or place.longitude is None:
        return where
    at = f"{place.latitude:.5f}, {place.longitude:.5f}"
    return f"{where} ({at})" if where else at


def _cards(cards: list[Json]) -> str | None:
    return joined(map(_card, cards), "; ")


def _card(card: Json) -> str | None:
    phones = objects_at(card, "phones")
    numbers = [first_text(phone.get("phone"), phone.get("wa_id")) for phone in phones]
    return joined([name_on(card), joined(numbers, ", ")], " ")


def _form(item: Json) -> str | None:
    """The answers of a form, else what stands for it in the chat ("Sent")."""
    interactive = object_at(item, "interactive")
    answer = object_at(interactive, interactive.get("type"))
    shown = [
        clean(f"{key}: {scalar(value) or '…'}")
        for key, value in (form_values(answer) or {}).items()
        if key not in _HIDDEN
    ]
    return joined(shown, ", ") or first_text(answer.get("body"), answer.get("response"))
