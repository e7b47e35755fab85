"""Clients, contacts, dossiers and the other parties in them. Owns these tables."""

from collections.abc import Callable
from typing import Any

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError, mark
from appliance.firm import entries, recognition
from appliance.firm.csv_cells import Opponent
from appliance.firm.csv_import import ImportFile
from appliance.firm.importing import Change, bring_in
from appliance.firm.parties import Candidate
from appliance.firm.scope import EVERYTHING, Scope
from appliance.phones import is_user_id
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Client, Dossier, DossierStatus

__all__ = ["NO_SUCH_DOSSIER", "OPPONENT", "Change", "Register"]

OPPONENT = recognition.OPPONENT
NO_SUCH_DOSSIER = mark("there is no dossier %(reference)s")


class _DryRunError(Exception):
    """Carries the report out of a unit whose changes must not be kept."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes


class Register:
    """Whom the firm works for, and how they write to it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def tidy(self) -> int:
        """At start: names are folded as they are today. How many were not."""
        return self._store.write(entries.refold)

    def candidates(self, sender: str, user_id: str | None) -> list[Candidate]:
        """The clients who write from this number or user id, with their active dossiers.

        A number or user id that has passed to somebody else names its former client no more; one
        whose change a person has confirmed names the client as the old one did.
        """
        clients = recognition.clients(self._store, sender, user_id)
        return [Candidate(client_id, _active_dossiers(client_id)) for client_id in clients]

    def opposes(self, sender: str, user_id: str | None, profile_name: str | None) -> list[int]:
        """The dossiers, of any client, in which this number or this name is the opponent's.

        A name is one however it is spelt (capitals, accents, order of its words).
        """
        return recognition.opposed_dossiers(self._store, sender, user_id, profile_name)

    def add_party(
        self,
        dossier_reference: str,
        role: str,
        name: str,
        number: str | None = None,
        note: Note = by_nobody,
    ) -> bool:
        """Somebody else in a dossier, above all the opponent (`role` "opponent"). True if new.

        `number` is E.164. Raises PermanentError when the firm has no such dossier.
        """

        def unit() -> bool:
            dossier = rows.find(Dossier, reference_key=names.key(dossier_reference))
            if dossier is None:
                raise PermanentError(NO_SUCH_DOSSIER, reference=dossier_reference)
            return entries.add_party(dossier.id, role, Opponent(name, number)) is not None

        return self._store.act(unit, note)

    def learn(self, client_id: int, user_id: str | None) -> None:
        """Inside a unit: this client also writes under that user id.

        Meta gives it with each message; once known, it finds them when their number is withheld.
        """
        if user_id and is_user_id(user_id):
            entries.add_contact(client_id, user_id, self._clock.now())

    def rename_client(self, client_id: int, name: str, folder: str) -> None:
        """Inside a unit: what the client is called, and their folder on disk."""
        keys = {"name_key": names.key(name), "folder_key": names.key(folder)}
        rows.update(Client, client_id, name=name, folder=folder, **keys)

    def rehouse(self, dossier_id: int, client_id: int, title: str, folder: str) -> None:
        """Inside a unit: whose dossier it is, its title, and its folder in that client's."""
        rows.update(Dossier, dossier_id, client=client_id, title=title, folder=folder)

    def import_file(
        self,
        file: ImportFile,
        *,
        dry_run: bool = False,
        scope: Scope = EVERYTHING,
        may_assign: bool = True,
        by: str = "",
        then: Callable[[list[Change]], object] | None = None,
    ) -> list[Change]:
        """Create or change clients and dossiers from a parsed file, all in one commit.

        Idempotent: the same file again changes nothing. Rows it refuses are reported with the
        reason; nothing is ever removed by an import. Only what `scope` sees is changed, and whose
        a dossier is and whether it is closed only with `may_assign`. `then` is part of the unit.
        """

        def unit() -> list[Change]:
            now = self._clock.now()
            who: dict[str, Any] = {"may_assign": may_assign, "by": by}
            changes = [bring_in(row, now, scope, **who) for row in file.rows]
            if dry_run:
                raise _DryRunError(changes)
            if then is not None:
                then(changes)
            return changes

        try:
            return self._store.write(unit)
        except _DryRunError as dry:
            return dry.changes


def _active_dossiers(client_id: int) -> tuple[int, ...]:
    query = Dossier.select(Dossier.id).where(
        Dossier.client == client_id, Dossier.status == DossierStatus.ACTIVE
    )
    return tuple(row_id for (row_id,) in query.order_by(Dossier.id).tuples())
