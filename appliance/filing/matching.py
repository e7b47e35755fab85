"""Sender → client → dossier. Pure. One certain dossier, or a person chooses: never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.firm.parties import Candidate


class Reason(StrEnum):
    """Why a document is where it is; stored with it, shown in words."""

    ONLY_ACTIVE_DOSSIER = "only_active_dossier"
    SEVERAL_DOSSIERS = "several_dossiers"
    NO_ACTIVE_DOSSIER = "no_active_dossier"
    UNKNOWN_NUMBER = "unknown_number"
    SEVERAL_CLIENTS = "several_clients"
    GROUP = "group"
    OPPOSING_PARTY = "opposing_party"
    IDENTITY_CHANGED = "identity_changed"
    CHOSEN_BY_CLIENT = "chosen_by_client"
    CHOSEN_BY_PERSON = "chosen_by_person"
    SENT_BACK = "sent_back"
    BOUND = "bound"
    KNOWN_SINCE = "known_since"


@dataclass(frozen=True)
class OneDossier:
    client_id: int
    dossier_id: int
    reason: Reason = Reason.ONLY_ACTIVE_DOSSIER


@dataclass(frozen=True)
class ClientToAsk:
    """The client is certain, the dossier is not."""

    client_id: int
    reason: Reason


@dataclass(frozen=True)
class UnknownSender:
    """Nobody, or several people: no client may be assumed."""

    reason: Reason


Match = OneDossier | ClientToAsk | UnknownSender


def find_dossier(
    candidates: Sequence[Candidate],
    *,
    is_from_a_group: bool,
    is_opposed: bool = False,
    is_withheld: bool = False,
) -> Match:
    """Whose document this is, as far as it is certain.

    `is_opposed`: its sender, or somebody of that name, is the other side of a dossier.
    `is_withheld`: a number or user id has changed, and nobody has said yet that it is the same
    person. Either way nothing is filed, and nothing said that would show that we know anyone.
    """
    if is_from_a_group:
        return UnknownSender(Reason.GROUP)
    if is_opposed:
        return UnknownSender(Reason.OPPOSING_PARTY)
    if is_withheld:
        return UnknownSender(Reason.IDENTITY_CHANGED)
    if not candidates:
        return UnknownSender(Reason.UNKNOWN_NUMBER)
    if len(candidates) > 1:
        return UnknownSender(Reason.SEVERAL_CLIENTS)
    client = candidates[0]
    match len(client.active_dossiers):
        case 0:
            return ClientToAsk(client.client_id, Reason.NO_ACTIVE_DOSSIER)
        case 1:
            return OneDossier(client.client_id, client.active_dossiers[0])
        case _:
            return ClientToAsk(client.client_id, Reason.SEVERAL_DOSSIERS)
