"""What people do by hand in Google's own pages, behind the app's back."""

from collections.abc import Iterable

from appliance.simulator.drive_accounts import Account
from appliance.simulator.drive_bytes import Store
from appliance.simulator.drive_files import BINARY, FOLDER, File
from appliance.simulator.drive_filing import Filing
from appliance.simulator.drive_ids import Ids
from appliance.simulator.drive_tree import Tree


class Person:
    """The owner of the account, or a colleague in the shared drive. May do anything."""

    def __init__(
        self, account: Account, tree: Tree, filing: Filing, ids: Ids, store: Store
    ) -> None:
        self.account = account
        self._tree, self._filing, self._ids, self._store = tree, filing, ids, store
        self._accounts: list[Account] = [account]

    def also_against(self, account: Account) -> None:
        """Permissions are taken from this account as well."""
        self._accounts.append(account)

    # -- new things, which an app under drive.file does not see

    def makes_folder(self, name: str, parent: str | None = None) -> str:
        return self._new(name, FOLDER, None, parent)

    def puts(self, name: str, data: bytes, parent: str | None = None) -> str:
        """The new file's id."""
        return self._new(name, BINARY, data, parent)

    def _new(self, name: str, kind: str, data: bytes | None, parent: str | None) -> str:
        with self._tree.bell:
            place = self._tree.files[parent or self._tree.root_of(self.account)]
            now = self._tree.clock()
            file = File(
                self._ids.new(),
                name,
                kind,
                place.id,
                None if place.drive_id else self.account.email,
                drive_id=place.drive_id,
                created_at=now,
                modified_at=now,
                original_name=name,
            )
            self._filing.put(file, None if data is None else self._store.keep(data))
            self._tree.files[file.id] = file
            self._tree.note(file)
            return file.id

    # -- with what is there

    def renames(self, identity: str, name: str) -> None:
        file = self._file(identity)
        with self._tree.bell:
            file.name, file.modified_at = name, self._tree.clock()
            self._tree.note(file)

    def moves(self, identity: str, parent: str | None) -> None:
        """To another folder; None is My Drive's root."""
        file = self._file(identity)
        with self._tree.bell:
            root = self._tree.root_of(self.account)
            self._filing.carry(file, self._tree.files[parent or root])
            self._tree.note(file)

    def edits(self, identity: str, data: bytes) -> None:
        """Another content: a new revision."""
        file = self._file(identity)
        with self._tree.bell:
            self._filing.put(file, self._store.keep(data))
            file.modified_at = self._tree.clock()
            self._tree.note(file)

    def trashes(self, identity: str) -> None:
        self._set_trashed(identity, trashed=True)

    def restores(self, identity: str) -> None:
        self._set_trashed(identity, trashed=False)

    def _set_trashed(self, identity: str, *, trashed: bool) -> None:
        file = self._file(identity)
        with self._tree.bell:
            file.trashed = trashed
            self._tree.note(file)

    def deletes(self, identity: str) -> None:
        """For ever, with all that lies in it."""
        file = self._file(identity)
        with self._tree.bell:
            self._filing.forget(file)

    # -- who may

    def takes_permission_away(self, identity: str) -> None:
        """The app's accounts find it no more, nor what lies in it: 404, `removed` in changes."""
        self._allow(identity, dict.fromkeys(self._addresses(), None))

    def makes_read_only(self, identity: str) -> None:
        """The app's accounts may look and not touch: 403 insufficientFilePermissions."""
        self._allow(identity, dict.fromkeys(self._addresses(), "reader"))

    def gives_permission_back(self, identity: str) -> None:
        file = self._file(identity)
        with self._tree.bell:
            file.role_of.clear()
            self._note_with_all_below(file)

    def shares(self, identity: str, account: Account, role: str = "writer") -> None:
        """Another account may use it, and what lies in it."""
        self._allow(identity, {account.email: role})

    def _allow(self, identity: str, roles: dict[str, str | None]) -> None:
        file = self._file(identity)
        with self._tree.bell:
            file.role_of.update(roles)
            self._note_with_all_below(file)

    def _note_with_all_below(self, file: File) -> None:
        """Access changes for each file of a folder, so each has its change."""
        for one in [file, *self._tree.below(file)]:
            self._tree.note(one)

    def _addresses(self) -> Iterable[str]:
        return [account.email for account in self._accounts]

    def _file(self, identity: str) -> File:
        file = self._tree.files[identity]
        if file.gone:
            raise KeyError(identity)
        return file
