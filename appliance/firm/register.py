"""Clients, contacts, dossiers and the other parties in them. Owns these tables."""

from dataclasses import dataclass
from typing import Any

from appliance import names
from appliance.clock import Clock
from appliance.errors import Fault, PermanentError, mark
from appliance.firm import recognition
from appliance.firm.csv_import import ImportFile, Opponent, Row
from appliance.firm.parties import Candidate, folded
from appliance.phones import is_user_id
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    Client,
    Contact,
    Destruction,
    DestructionStatus,
    Dossier,
    DossierStatus,
    Party,
)

OPPONENT = recognition.OPPONENT
CLOSED = DossierStatus.CLOSED.value
NO_SUCH_DOSSIER = mark("there is no dossier %(reference)s")


@dataclass(frozen=True)
class Change:
    """What an import did with one line: created, changed, unchanged or refused, and with what."""

    line: int
    verdict: str
    what: str


class _DryRunError(Exception):
    """Carries the report out of a unit whose changes must not be kept."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes


class Register:
    """Whom the firm works for, and how they write to it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

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
        self, dossier_reference: str, role: str, name: str, number: str | None = None
    ) -> bool:
        """Somebody else in a dossier, above all the opponent (`role` "opponent"). True if new.

        `number` is E.164. Raises PermanentError when the firm has no such dossier.
        """

        def unit() -> bool:
            dossier = rows.find(Dossier, reference_key=names.key(dossier_reference))
            if dossier is None:
                raise PermanentError(NO_SUCH_DOSSIER, reference=dossier_reference)
            return _add_party(dossier.id, role, Opponent(name, number))

        return self._store.write(unit)

    def learn(self, client_id: int, user_id: str | None) -> None:
        """Inside a unit: this client also writes under that user id.

        Meta gives it with each message; once known, it finds them when their number is withheld.
        """
        if user_id and is_user_id(user_id):
            _add_contact(client_id, user_id, self._clock)

    def rename_client(self, client_id: int, name: str, folder: str) -> None:
        """Inside a unit: what the client is called, and their folder on disk."""
        keys = {"name_key": names.key(name), "folder_key": names.key(folder)}
        rows.update(Client, client_id, name=name, folder=folder, **keys)

    def rehouse(self, dossier_id: int, client_id: int, title: str, folder: str) -> None:
        """Inside a unit: whose dossier it is, its title, and its folder in that client's."""
        rows.update(Dossier, dossier_id, client=client_id, title=title, folder=folder)

    def import_file(self, file: ImportFile, *, dry_run: bool = False) -> list[Change]:
        """Create or change clients and dossiers from a parsed file, all in one commit.

        Idempotent: the same file again changes nothing. Rows it refuses are reported with the
        reason; nothing is ever removed by an import.
        """

        def unit() -> list[Change]:
            changes = [self._import(row) for row in file.rows]
            if dry_run:
                raise _DryRunError(changes)
            return changes

        try:
            return self._store.write(unit)
        except _DryRunError as dry:
            return dry.changes

    def _import(self, row: Row) -> Change:
        fault = _conflict(row)
        if fault is not None:
            return Change(row.line, "refused", fault.what)
        done: list[str] = []
        client = self._client(row, done)
        new_phones = [p for p in row.phones if _add_contact(client.id, p, self._clock)]
        done += [f"phone {phone}" for phone in new_phones]
        if row.dossier:
            self._dossier(client, row, row.dossier, done)
        is_new = any(step.startswith("new ") for step in done)
        verdict = "created" if is_new else "changed" if done else "unchanged"
        return Change(row.line, verdict, ", ".join(done) or f"client {client.name}")

    def _client(self, row: Row, done: list[str]) -> Client:
        key = names.key(row.client)
        client: Client | None = Client.get_or_none(Client.name_key == key)
        if client is None:
            done.append(f"new client {row.client}")
            return self._new_client(row, key)
        wanted = {"email": row.email, "vip": row.vip or None}
        done += _change(client, {name: value for name, value in wanted.items() if value})
        return client

    def _new_client(self, row: Row, key: str) -> Client:
        taken = {name for (name,) in Client.select(Client.folder_key).tuples()}
        taken.add(names.key(names.TO_FILE))
        folder = _free_folder(names.folder_name(row.client, "Client"), taken)
        made: Client = Client.create(
            name=row.client,
            name_key=key,
            email=row.email,
            vip=row.vip,
            folder=folder,
            folder_key=names.key(folder),
            created_at=self._clock.now(),
        )
        return made

    def _dossier(self, client: Client, row: Row, reference: str, done: list[str]) -> None:
        dossier = Dossier.get_or_none(Dossier.reference_key == names.key(reference))
        if dossier is None:
            done.append(f"new dossier {reference}")
            dossier = self._new_dossier(client, row, reference)
        else:
            self._change_dossier(dossier, row, done)
        new = [one for one in row.opponents if _add_party(dossier.id, OPPONENT, one)]
        done += [f"opponent {opponent.name}" for opponent in new]

    def _change_dossier(self, dossier: Dossier, row: Row, done: list[str]) -> None:
        wanted: dict[str, Any] = {"status": row.status} if row.status else {}
        wanted |= {"title": row.title} if row.title else {}
        wanted |= {"lawyer": row.lawyer} if row.lawyer else {}
        wanted |= {"label": row.label} if row.label else {}
        if row.status and row.status != dossier.status:
            is_closed = row.status == CLOSED
            wanted["closed_at"] = self._clock.now() if is_closed else None
        done += _change(dossier, wanted)

    def _new_dossier(self, client: Client, row: Row, reference: str) -> Dossier:
        siblings = Dossier.select(Dossier.folder).where(Dossier.client == client)
        taken = {names.key(dossier.folder) for dossier in siblings}
        now = self._clock.now()
        made: Dossier = Dossier.create(
            client=client,
            reference=reference,
            reference_key=names.key(reference),
            title=row.title or reference,
            status=row.status or DossierStatus.ACTIVE.value,
            lawyer=row.lawyer,
            label=row.label,
            folder=_free_folder(names.dossier_folder_name(reference, row.title or ""), taken),
            opened_at=now,
            closed_at=now if row.status == CLOSED else None,
        )
        return made


def _active_dossiers(client_id: int) -> tuple[int, ...]:
    query = Dossier.select(Dossier.id).where(
        Dossier.client == client_id, Dossier.status == DossierStatus.ACTIVE
    )
    return tuple(row_id for (row_id,) in query.order_by(Dossier.id).tuples())


def _add_contact(client_id: int, value: str, clock: Clock) -> bool:
    """True if it is new for this client."""
    if rows.find(Contact, client=client_id, value=value) is not None:
        return False
    kind = "phone" if value.startswith("+") else "user_id"
    rows.insert(Contact, client=client_id, value=value, kind=kind, created_at=clock.now())
    return True


def _add_party(dossier_id: int, role: str, party: Opponent) -> bool:
    """Inside a unit: True if it is new there, or its number is."""
    name_key = folded(party.name)
    known = rows.find(Party, dossier=dossier_id, role=role, name_key=name_key)
    if known is None:
        rows.insert(
            Party,
            dossier=dossier_id,
            role=role,
            name=party.name,
            name_key=name_key,
            number=party.number,
        )
        return True
    if party.number is None or known.number == party.number:
        return False
    rows.update(Party, known.id, number=party.number)
    return True


def _conflict(row: Row) -> Fault | None:
    """A reference belongs to one client: the row that says otherwise is not believed."""
    if row.dossier is None:
        return None
    dossier = Dossier.get_or_none(Dossier.reference_key == names.key(row.dossier))
    if dossier is not None and dossier.client.name_key != names.key(row.client):
        what = (
            f"dossier {row.dossier} belongs to the client {dossier.client.name}, not {row.client}"
        )
        return Fault(f"line {row.line}", what)
    is_opened = row.status == DossierStatus.ACTIVE.value and dossier is not None
    under_way = {"dossier": dossier, "status": DestructionStatus.CONFIRMED.value}
    if is_opened and dossier is not None and rows.find(Destruction, **under_way) is not None:
        what = f"dossier {row.dossier} is being destroyed: it cannot be opened again"
        return Fault(f"line {row.line}", what)
    return None


def _change(row: Any, wanted: dict[str, Any]) -> list[str]:
    """Set what differs; say what was set."""
    differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    if differing:
        row.save()
    return [f"{name} = {value}" for name, value in differing.items() if name != "closed_at"]


def _free_folder(wanted: str, taken: set[str]) -> str:
    """A folder is one client's: a namesake gets "Name (2)"."""
    folder, number = wanted, 1
    while names.key(folder) in taken:
        number += 1
        folder = f"{wanted} ({number})"
    return folder
