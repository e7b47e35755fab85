"""Who a message is from, or for: numbers may be missing, and stand in several places. Pure.

Source: Meta, business-scoped-user-ids (a sender may have no number).
"""

from appliance.inbox.fields import Json, first_text, number_of, object_at, objects_at, scalar
from appliance.phones import is_user_id, variants


def recipient_of(raw: Json) -> str | None:
    """To whom a message went that the firm wrote on its phone: number, else user id."""
    return number_of(raw.get("to")) or first_text(raw.get("to_user_id"), raw.get("to"))


_JOINS = (  # a message's field, the contact's field, and how the two name the same person
    ("from", "wa_id"),
    ("from_user_id", "user_id"),
    ("from_parent_user_id", "parent_user_id"),
    ("from", "user_id"),  # some say that a user id may stand in the place of the number
)


def profile_of(item: Json, value: Json) -> Json:
    """The contact that this message is from. Order is not promised: joined on the id.

    A contact that stands alone is believed if nothing in it says another person.
    """
    contacts = objects_at(value, "contacts")
    for mine, theirs in _JOINS:
        for contact in contacts:
            if item.get(mine) and item.get(mine) == contact.get(theirs):
                return contact
    if len(contacts) != 1:
        return {}
    differs = any(_differ(item.get(mine), contacts[0].get(theirs)) for mine, theirs in _JOINS[:2])
    return {} if differs else contacts[0]


def _differ(mine: object, theirs: object) -> bool:
    """Whether two names given for one person are two people's; a missing one contradicts none."""
    if not mine or not theirs:
        return False
    number = number_of(theirs)
    return number is None or number not in variants(number_of(mine) or "")


def sender_of(item: Json, profile: Json) -> str:
    """A number where there is one; Meta says `from` is omitted, others put the user id there."""
    for candidate in (item.get("from"), profile.get("wa_id")):
        given = scalar(candidate)
        if given and not is_user_id(given):
            return number_of(given) or given
    system = object_at(item, "system")  # who changed without a number: known by the old id
    named = (item.get("from_user_id"), profile.get("user_id"), item.get("from"))
    return first_text(*named, system.get("previous_user_id"), system.get("user_id")) or ""


def user_id_of(item: Json, profile: Json) -> str | None:
    """The business-scoped id, wherever it stands; None when the message holds none."""
    found = first_text(item.get("from_user_id"), profile.get("user_id"))
    instead = item.get("from")
    return found or (instead if isinstance(instead, str) and is_user_id(instead) else None)


def parent_user_id_of(raw: Json) -> str | None:
    """The sender's id across the firm's portfolios (managed businesses only)."""
    contact = object_at(raw, "_contact")
    return first_text(raw.get("from_parent_user_id"), contact.get("parent_user_id"))
