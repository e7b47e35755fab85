"""New rows of the register: clients, their contacts, dossiers, parties. Of firm.register.

Everything runs inside a unit. Folders are named here, and made on disk when the first document
comes.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from appliance import names
from appliance.firm.csv_cells import Opponent
from appliance.firm.parties import folded
from appliance.store import rows
from appliance.store.models import Client, Contact, Dossier, DossierStatus, Party

CLOSED = DossierStatus.CLOSED.value


def add_client(name: str, at: datetime, **values: object) -> Client:
    """A client of a name that no other has. `values`: email, vip, language."""
    folder = _free(names.folder_name(name, "Client"), _is_clients)
    keys = {"name_key": names.key(name), "folder_key": names.key(folder)}
    return rows.insert(Client, name=name, folder=folder, **keys, created_at=at, **values)


def add_dossier(
    client_id: int, reference: str, title: str | None, at: datetime, **values: object
) -> Dossier:
    """A dossier of a reference that no other has. `values`: status, lawyer, label, court…"""
    siblings = Dossier.select(Dossier.folder).where(Dossier.client == client_id)
    taken = {names.key(folder) for (folder,) in siblings.tuples()}
    wanted = names.dossier_folder_name(reference, title or "")
    folder = _free(wanted, lambda key: key in taken)
    closed_at = at if values.get("status") == CLOSED else None
    return rows.insert(
        Dossier,
        client=client_id,
        reference=reference,
        reference_key=names.key(reference),
        title=title or reference,
        folder=folder,
        opened_at=at,
        closed_at=closed_at,
        **values,
    )


def add_contact(
    client_id: int, value: str, at: datetime, claimed_by: str | None = None
) -> Contact | None:
    """A number (E.164) or user id by which this client writes; None if it was known.

    `claimed_by`: it does not count (firm.claims); given without, it does from now on.
    """
    known = rows.find(Contact, client=client_id, value=value)
    if known is not None and (known.claimed_by is None or claimed_by is not None):
        return None
    if known is not None:
        rows.update(Contact, known.id, claimed_by=None)
        return known
    kind = "phone" if value.startswith("+") else "user_id"
    values = {"kind": kind, "claimed_by": claimed_by, "created_at": at}
    return rows.insert(Contact, client=client_id, value=value, **values)


def add_party(dossier_id: int, role: str, party: Opponent) -> tuple[Party, str | None] | None:
    """Somebody in a dossier, and the number they had before; None if nothing of it is new.

    Known by the name, however it is spelt, they only get the number.
    """
    name_key = folded(party.name)
    known = rows.find(Party, dossier=dossier_id, role=role, name_key=name_key)
    if known is None:
        told = {"name": party.name, "name_key": name_key, "number": party.number}
        return rows.insert(Party, dossier=dossier_id, role=role, **told), None
    if party.number is None or known.number == party.number:
        return None
    rows.update(Party, known.id, number=party.number)
    return known, known.number or ""


def refold() -> int:
    """Names are folded otherwise than when they were written down: they are so anew; how many.

    What becomes the same as another of its dossier and role stays: both are found.
    """
    count = 0
    for party in Party.select():
        name_key = folded(party.name)
        if name_key == party.name_key:
            continue
        same = {"dossier": party.dossier_id, "role": party.role, "name_key": name_key}
        if rows.find(Party, **same) is None:
            rows.update(Party, party.id, name_key=name_key)
            count += 1
    return count


def _is_clients(folder_key: str) -> bool:
    is_taken: Any = rows.find(Client, folder_key=folder_key)
    return folder_key == names.key(names.TO_FILE) or is_taken is not None


def _free(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """A folder is one's own: a namesake gets "Name (2)"."""
    folder, number = wanted, 1
    while is_taken(names.key(folder)):
        number += 1
        folder = f"{wanted} ({number})"
    return folder
