"""Legal holds: of these dossiers nothing may be destroyed, nor forgotten. Owns legal_holds."""

from dataclasses import dataclass
from typing import Any

from appliance import phones
from appliance.clock import Clock
from appliance.firm.users import Users
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Contact, Dossier, LegalHold, Message


@dataclass(frozen=True)
class Spared:
    """Whose words stay, whatever their age: of each client who has a dossier under hold, all.

    Which of a client's words are about the dossier nobody can tell: so they all count.
    """

    dossiers: frozenset[int]
    clients: frozenset[int]
    senders: frozenset[str]
    people: frozenset[int]

    def has_message(self, message: Message) -> bool:
        names = {message.sender, message.user_id}
        return (
            message.client_id in self.clients
            or message.correspondent_id in self.people
            or not names.isdisjoint(self.senders)
        )

    def has_outgoing(self, row: Any) -> bool:
        return (
            row.dossier_id in self.dossiers
            or row.client_id in self.clients
            or row.correspondent_id in self.people
            or row.recipient in self.senders
        )


NOBODY = Spared(frozenset(), frozenset(), frozenset(), frozenset())


class LegalHolds:
    """Who holds which dossier, why, and since when."""

    def __init__(self, store: Store, clock: Clock, users: Users) -> None:
        self._store = store
        self._clock = clock
        self._users = users

    def begin(self, dossier_id: int, reason: str, by: str) -> bool:
        """From now on nothing of it may be destroyed. False if it is held already."""

        def unit() -> bool:
            if open_hold(dossier_id) is not None:
                return False
            now = self._clock.now()
            rows.insert(LegalHold, dossier=dossier_id, reason=reason, since_at=now, since_by=by)
            self._users.audit(by, "legal hold begun", f"dossier:{dossier_id}", reason)
            return True

        return self._store.write(unit)

    def end(self, dossier_id: int, by: str) -> bool:
        """It may be destroyed again, when its time has come. False if nothing held it."""

        def unit() -> bool:
            held = open_hold(dossier_id)
            if held is None:
                return False
            rows.update(LegalHold, held.id, ended_at=self._clock.now(), ended_by=by)
            self._users.audit(by, "legal hold ended", f"dossier:{dossier_id}", held.reason)
            return True

        return self._store.write(unit)


def open_hold(dossier_id: int) -> LegalHold | None:
    """The hold that is in force on this dossier."""
    return rows.find(LegalHold, dossier=dossier_id, ended_at=None)


def spared() -> Spared:
    """What every hold in force keeps, read now."""
    query = LegalHold.select(Dossier.id, Dossier.client).join(Dossier)
    held = list(query.where(LegalHold.ended_at.is_null()).tuples())
    if not held:
        return NOBODY  # nearly always
    clients = frozenset(client for _, client in held)
    contacts = Contact.select(Contact.value).where(Contact.client.in_(clients)).tuples()
    wrote = Message.select(Message.correspondent).distinct()
    people = wrote.where(Message.client.in_(clients), Message.correspondent.is_null(False))
    return Spared(
        dossiers=frozenset(dossier for dossier, _ in held),
        clients=clients,
        senders=frozenset(form for (value,) in contacts for form in phones.variants(value)),
        people=frozenset(person for (person,) in people.tuples()),
    )
