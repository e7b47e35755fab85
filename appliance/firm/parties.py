"""Who might be writing, and what Meta says of who they are. Pure values for others to decide on."""

from dataclasses import dataclass
from enum import StrEnum

from appliance import folding


@dataclass(frozen=True)
class Candidate:
    """A client who writes from this number or user id, and their active dossiers."""

    client_id: int
    active_dossiers: tuple[int, ...]


class EventKind(StrEnum):
    """Why it is no longer certain who somebody is. The first three are Meta's own words.

    Meta, webhooks/reference/messages/system; business-scoped-user-ids (a user id belongs to one
    person and number: another one beside the same number is another person, or a new SIM's owner).
    """

    NUMBER_CHANGED = "user_changed_number"
    USER_ID_CHANGED = "user_changed_user_id"
    IDENTITY_CHANGED = "customer_identity_changed"
    OTHER_USER_ID = "other_user_id"  # a known number writes under another user id
    OTHER_NUMBER = "other_number"  # a known user id writes from another number
    CONFLICT = "conflict"  # the number is one person's, the user id another's


@dataclass(frozen=True)
class IdentityChange:
    """Meta says that a person has other identifiers now. Numbers are "+" and Meta's digits."""

    kind: EventKind
    old_number: str | None = None
    new_number: str | None = None
    old_user_id: str | None = None
    new_user_id: str | None = None
    old_parent_user_id: str | None = None
    new_parent_user_id: str | None = None


def folded(name: str) -> str:
    """What two spellings of one name share: capitals, accents, hyphens and order do not count."""
    return " ".join(sorted(folding.words(name)))
