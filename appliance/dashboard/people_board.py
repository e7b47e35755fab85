"""Of whom it is not certain who they are, and who stands on the other side: read for one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from appliance import names
from appliance.firm.parties import folded
from appliance.firm.people import People, may_disclose
from appliance.firm.register import OPPONENT, Register
from appliance.firm.scope import Scope
from appliance.phones import from_wa_id, variants
from appliance.store.database import Note
from appliance.store.models import (
    Client,
    Contact,
    Correspondent,
    Dossier,
    DossierStatus,
    IdentityEvent,
    Party,
)

SHOWN = 100  # opposing parties
DOUBTS = 50  # events at once
OFFERED = 300  # dossiers that the form proposes


class Settled(StrEnum):
    """What came of saying who somebody is."""

    GONE = "gone"  # somebody else had said it before: nothing was done
    IN_DOUBT = "in_doubt"  # done; another doubt about the same person is open
    CLEAR = "clear"


@dataclass(frozen=True)
class Who:
    """Somebody: the clients whom the firm's list has under their numbers, and their own name."""

    clients: Sequence[str]
    profile_name: str
    numbers: Sequence[str]


@dataclass(frozen=True)
class Doubt:
    """One event that waits for somebody, and about whom it is."""

    event: IdentityEvent
    who: Who
    other: Who | None


@dataclass(frozen=True)
class Opposed:
    """A dossier and those who stand on its other side."""

    dossier: Dossier
    parties: Sequence[Party]


@dataclass(frozen=True)
class PeopleSeen:
    """The page of the people.

    `waiting`, `found`: how many doubts and opposing parties there are, shown or not.
    """

    doubts: Sequence[Doubt]
    waiting: int
    opposed: Sequence[Opposed]
    found: int
    dossiers: Sequence[Dossier]


class PeopleBoard:
    """The people as the dashboard sees them, and what it may say of them."""

    def __init__(self, people: People, register: Register, country: str) -> None:
        self.country = country
        self._people = people
        self._register = register

    def settle(self, event_id: int, by: str, note: Note, *, is_same: bool) -> Settled:
        """A person of the firm says whether that is still the same person."""
        verdict = self._people.confirm if is_same else self._people.reject
        if not verdict(event_id, by, note):
            return Settled.GONE
        person = IdentityEvent.get_by_id(event_id).correspondent
        return Settled.CLEAR if may_disclose(person) else Settled.IN_DOUBT

    def has_dossier(self, reference: str, scope: Scope) -> bool:
        """Whether they see a dossier of this reference, however it is spelt."""
        is_meant = Dossier.reference_key == names.key(reference)
        return bool(Dossier.select().where(is_meant, scope.dossiers()).exists())

    def sees_event(self, event_id: int, scope: Scope) -> bool:
        """Whether it is about somebody whom they see."""
        event = IdentityEvent.get_or_none(IdentityEvent.id == event_id)
        return event is not None and _is_seen(event, scope)

    def oppose(self, reference: str, name: str, number: str | None, note: Note) -> bool:
        """Somebody is the opponent in this dossier; True if that is new. `number` is E.164.

        Raises PermanentError when the firm has no such dossier.
        """
        return self._register.add_party(reference, OPPONENT, name, number, note)

    def seen(self, scope: Scope, sought: str = "") -> PeopleSeen:
        """Read it all; of the opposing parties, those whose dossier or name is sought."""
        events = [each for each in self._people.open_events() if _is_seen(each, scope)]
        doubts = [_doubt(event, self._people, scope) for event in events[:DOUBTS]]
        query = _parties(sought).where(scope.dossiers())
        shown = query.order_by(Dossier.reference_key, Party.name_key, Party.id).limit(SHOWN)
        groups = groupby(shown, key=lambda party: party.dossier)
        opposed = [Opposed(dossier, list(parties)) for dossier, parties in groups]
        return PeopleSeen(doubts, len(events), opposed, query.count(), _dossiers(scope))


def _is_seen(event: IdentityEvent, scope: Scope) -> bool:
    """Of two people, both: each is told who the other may be."""
    people = (event.correspondent_id, event.other_id)
    return all(scope.sees_correspondent(each) for each in people if each is not None)


def _doubt(event: IdentityEvent, people: People, scope: Scope) -> Doubt:
    other = event.other
    who = _who(event.correspondent, people, scope, event.new_value)
    return Doubt(event, who, _who(other, people, scope) if other else None)


def _who(person: Correspondent, people: People, scope: Scope, new: str | None = None) -> Who:
    """By what they were ever known under; what is `new` may be another client's number. Clients
    whom the reader does not see are not named.
    """
    ever = [row.value for row in person.identifiers]
    had = [value for value in ever if value != new] or ever
    forms = {form for value in had for form in (*variants(value), from_wa_id(value))}
    has_one = Contact.value.in_(sorted(forms))
    query = Client.select(Client.name).join(Contact).where(has_one, scope.clients())
    query = query.where(Contact.claimed_by.is_null())
    clients = sorted({client.name for client in query})
    return Who(clients, person.profile_name or "", people.numbers_of(person))


def _parties(sought: str) -> Any:
    query = Party.select(Party, Dossier, Client).join(Dossier).join(Client)
    query = query.where(Party.role == OPPONENT)
    if not sought:
        return query
    is_found = Dossier.reference_key.contains(names.key(sought))
    words = folded(sought).split()
    if words:
        has_all = Party.name_key.contains(words[0])
        for word in words[1:]:
            has_all &= Party.name_key.contains(word)
        is_found |= has_all
    return query.where(is_found)


def _dossiers(scope: Scope) -> list[Dossier]:
    """Those that somebody is likely to mean: the newest active ones."""
    query = Dossier.select(Dossier, Client).join(Client).where(scope.dossiers())
    active = query.where(Dossier.status == DossierStatus.ACTIVE)
    return list(active.order_by(Dossier.id.desc()).limit(OFFERED))
