"""A folder that a person renamed on disk, all of it, is from then on the client's or dossier's."""

from collections.abc import Iterable
from typing import Any

from appliance import chores, names
from appliance.filing.acts import Told
from appliance.filing.folders import TO_FILE
from appliance.filing.premises import Premises
from appliance.firm.register import Register
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Client, Document, Dossier


class Adopting:
    """Lets the register follow, once every document's row does. Else what comes next would lie in
    a folder of the old name, made anew."""

    def __init__(self, store: Store, premises: Premises, register: Register, told: Told) -> None:
        self._store = store
        self._premises = premises
        self._register = register
        self._told = told

    def follow(self, dossier_id: int, by: str) -> None:
        """If the folder in which the dossier should be is gone, and all it held is in another one
        that is nobody's: that one. First the client's, then the dossier's own."""
        with self._premises.turn:
            dossier = rows.find(Dossier, id=dossier_id)
            if dossier is not None:
                self._follow_client(dossier.client, by)
                self._follow_dossier(rows.find(Dossier, id=dossier_id), by)

    def _follow_client(self, client: Client, by: str) -> None:
        folder = _only(path.split("/")[0] for path in _places(Document.client == client.id))
        if folder is None or self._is_there(client.folder):
            return
        is_taken = rows.find(Client, folder_key=names.key(folder)) is not None
        if is_taken or names.same_name(folder, TO_FILE):
            return

        def unit() -> list[chores.Posted]:
            self._register.rename_client(client.id, client.name, folder)
            self._note(by, f"client {client.id}", f"{client.folder} -> {folder}")
            return self._told.mirror_folder(chores.Kind.MIRROR_CLIENT, client.id)

        self._told.wake(self._store.write(unit))

    def _follow_dossier(self, dossier: Dossier | None, by: str) -> None:
        if dossier is None:
            return
        client = dossier.client
        place = _only(
            "/".join(path.split("/")[:-1]) for path in _places(Document.dossier == dossier.id)
        )
        parent, _, folder = (place or "").partition("/")
        if parent != client.folder or not folder or "/" in folder:
            return
        others = Dossier.select().where(Dossier.client == client.id, Dossier.id != dossier.id)
        is_taken = any(names.same_name(other.folder, folder) for other in others)
        if is_taken or self._is_there(f"{client.folder}/{dossier.folder}"):
            return

        def unit() -> list[chores.Posted]:
            self._register.rehouse(dossier.id, client.id, dossier.title, folder)
            self._note(by, f"dossier {dossier.id}", f"{dossier.folder} -> {folder}")
            return self._told.mirror_folder(chores.Kind.MIRROR_DOSSIER, dossier.id)

        self._told.wake(self._store.write(unit))

    def _is_there(self, folder: str) -> bool:
        return self._premises.path(folder).is_dir()

    def _note(self, by: str, subject: str, detail: str) -> None:
        self._told.audit(by, "folder taken as renamed", subject, detail)


def _places(which: Any) -> list[str]:
    """Where the filed ones of these documents are."""
    filed = (Document.local_path.is_null(False), Document.dossier.is_null(False))
    return [path for (path,) in Document.select(Document.local_path).where(which, *filed).tuples()]


def _only(folders: Iterable[str]) -> str | None:
    """The one folder that they all are; None if they are several, or none."""
    found = set(folders)
    return found.pop() if len(found) == 1 else None
