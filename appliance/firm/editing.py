"""Clients, their numbers, dossiers and parties, as people write them down. Of firm.register.

Each act is one commit together with its entry in the audit log. Names and titles are changed by
filing.rehousing, since folders follow; a dossier is closed and opened by keeping.
"""

from collections.abc import Sequence

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.firm import claims, drafts, entries, handover
from appliance.firm.blocking import Blocking
from appliance.firm.csv_cells import Opponent
from appliance.firm.drafts import ClientDraft, DossierDraft
from appliance.firm.importing import NOT_YOURS
from appliance.firm.register import NO_SUCH_DOSSIER
from appliance.firm.scope import Scope
from appliance.firm.users import Users
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Client, Contact, Dossier, Party


class Editor:
    """Writes into the register what somebody of the firm decides."""

    def __init__(self, store: Store, clock: Clock, users: Users, blocking: Blocking) -> None:
        self._store = store
        self._clock = clock
        self._users = users
        self._blocking = blocking

    def add_client(self, draft: ClientDraft, number: str | None, scope: Scope, by: str) -> int:
        """A new client, by a first number if there is one (E.164); the id.

        `scope`: what `by` sees; a number may be another's (firm.claims). Raises PermanentError when
        the name is another's: somebody was quicker.
        """

        def unit() -> int:
            if rows.find(Client, name_key=names.key(draft.name)) is not None:
                raise PermanentError(drafts.NAME_TAKEN)
            now = self._clock.now()
            made = entries.add_client(draft.name, now, **draft.values)
            if number:
                self._add_number(made.id, number, scope, by)
            self._users.audit(by, "client added", f"client:{made.id}", draft.name)
            return int(made.id)

        return self._store.write(unit)

    def change_client(self, client_id: int, draft: ClientDraft, by: str) -> list[str]:
        """E-mail address, VIP and language; which of them changed."""

        def unit() -> list[str]:
            client = rows.find(Client, id=client_id)
            return [] if client is None else self._change(client, draft.values, "client", by)

        return self._store.write(unit)

    def add_number(self, client_id: int, number: str, scope: Scope, by: str) -> bool:
        """They write from this number (E.164) too. False if that was known, or they are gone.

        `scope`: what `by` sees; it may be another's (firm.claims).
        """

        def unit() -> bool:
            is_there = rows.find(Client, id=client_id) is not None
            is_new = is_there and self._add_number(client_id, number, scope, by)
            if is_new:
                self._users.audit(by, "number added", f"client:{client_id}", number)
            return is_new

        return self._store.write(unit)

    def remove_number(self, client_id: int, contact_id: int, by: str) -> str | None:
        """What comes from it is no longer theirs; what came stays. The number; None if gone."""

        def unit() -> str | None:
            contact = rows.find(Contact, id=contact_id, client=client_id)
            if contact is None:
                return None
            Contact.delete().where(Contact.id == contact_id).execute()
            self._users.audit(by, "number removed", f"client:{client_id}", contact.value)
            return str(contact.value)

        return self._store.write(unit)

    def add_dossier(self, client_id: int, draft: DossierDraft, by: str) -> int:
        """A new dossier of this client; the id.

        Raises PermanentError when the reference is another's: somebody was quicker.
        """

        def unit() -> int:
            return int(self._new_dossier(client_id, draft, "dossier added", by).id)

        return self._store.write(unit)

    def open_dossier(
        self, draft: DossierDraft, number: str | None, scope: Scope, by: str
    ) -> Dossier:
        """A new dossier while filing, of a client whom the firm has or gets by it.

        `number`: a number or user id that is this client's from now on. Raises PermanentError when
        the client is not theirs to see (`scope`), or the reference is another's.
        """

        def unit() -> Dossier:
            client, now = rows.find(Client, name_key=names.key(draft.client)), self._clock.now()
            if client is None:
                client = entries.add_client(draft.client, now)
                self._users.audit(by, "client added", f"client:{client.id}", draft.client)
            elif not scope.sees_client(client.id):
                raise PermanentError(NOT_YOURS, name=draft.client)
            if number and self._add_number(client.id, number, scope, by):
                self._users.audit(by, "number added", f"client:{client.id}", number)
            return self._new_dossier(client.id, draft, "dossier opened", by)

        return self._store.write(unit)

    def change_dossier(
        self, dossier_id: int, draft: DossierDraft, by: str, *, may_assign: bool
    ) -> list[str]:
        """Label, court, its number, and (who may) the lawyer; which of them changed."""

        def unit() -> list[str]:
            dossier = rows.find(Dossier, id=dossier_id)
            if dossier is None:
                return []
            values = dict(draft.values)
            if not may_assign:
                values.pop("lawyer")
            return self._change(dossier, values, "dossier", by)

        return self._store.write(unit)

    def assign(self, dossier_ids: Sequence[int], lawyer: str | None, by: str) -> int:
        """These dossiers are this lawyer's from now on, or nobody's; how many were not.

        Taken from somebody else, they stay visible to them: see firm.handover.
        """

        def unit() -> int:
            moved = 0
            for dossier_id in dossier_ids:
                dossier = rows.find(Dossier, id=dossier_id)
                if dossier is not None:
                    moved += bool(self._change(dossier, {"lawyer": lawyer}, "dossier", by))
            return moved

        return self._store.write(unit)

    def add_party(self, dossier_id: int, role: str, name: str, number: str | None, by: str) -> bool:
        """Somebody in a dossier (`number`: E.164). False if that was known.

        Raises PermanentError when there is no such dossier.
        """

        def unit() -> bool:
            if rows.find(Dossier, id=dossier_id) is None:
                raise PermanentError(NO_SUCH_DOSSIER, reference=str(dossier_id))
            added = entries.add_party(dossier_id, role, Opponent(name, number))
            if added is not None:
                self._users.audit(by, "party added", f"dossier:{dossier_id}", f"{role}: {name}")
            return added is not None

        return self._store.write(unit)

    def remove_party(self, dossier_id: int, party_id: int, by: str) -> str | None:
        """They have nothing to do with it any more. Their name; None if they are gone already."""

        def unit() -> str | None:
            party = rows.find(Party, id=party_id, dossier=dossier_id)
            if party is None:
                return None
            Party.delete().where(Party.id == party_id).execute()
            told = f"{party.role}: {party.name}"
            self._users.audit(by, "party removed", f"dossier:{dossier_id}", told)
            return str(party.name)

        return self._store.write(unit)

    def note_saved(self, dossier_id: int, document_ids: Sequence[int], by: str) -> None:
        """Before it leaves: that somebody saves the whole dossier, and which documents that is."""
        told = f"documents {', '.join(map(str, document_ids))}"
        self._store.write(
            lambda: self._users.audit(by, "dossier saved as a file", f"dossier:{dossier_id}", told)
        )

    def _add_number(self, client_id: int, number: str, scope: Scope, by: str) -> bool:
        """Inside a unit. False if it was theirs already. It is blocked no more."""
        self._blocking.gained(number, by)
        claimed_by = claims.claimed_by(client_id, number, scope, by)
        return entries.add_contact(client_id, number, self._clock.now(), claimed_by) is not None

    def _new_dossier(self, client_id: int, draft: DossierDraft, action: str, by: str) -> Dossier:
        """Inside a unit. Raises PermanentError when the reference is another's."""
        if rows.find(Dossier, reference_key=names.key(draft.reference)) is not None:
            raise PermanentError(drafts.REFERENCE_TAKEN)
        title, now = draft.title or None, self._clock.now()
        made = entries.add_dossier(client_id, draft.reference, title, now, **draft.values)
        self._users.audit(by, action, f"dossier:{made.id}", draft.reference)
        return made

    def _change(
        self, row: Client | Dossier, wanted: dict[str, object], kind: str, by: str
    ) -> list[str]:
        """Inside a unit: set what differs, and write down what it was."""
        differing = {name: new for name, new in wanted.items() if getattr(row, name) != new}
        if differing:
            told = [f"{name}: {getattr(row, name)} -> {new}" for name, new in differing.items()]
            rows.update(type(row), row.id, **differing)
            self._users.audit(by, f"{kind} changed", f"{kind}:{row.id}", "; ".join(told))
        if "lawyer" in differing:
            now = self._clock.now()
            handover.passed(row.id, row.lawyer, by, now, self._users.audit)
        return list(differing)
