"""All that the played Drive keeps: who sees a file, who may change it, what changed when."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.simulator.bell import Bell
from appliance.simulator.drive_accounts import Account, Caller, SharedDrive, may_write
from appliance.simulator.drive_files import FOLDER, File, Seen
from appliance.simulator.drive_refusals import RefusedError, forbidden, not_found


@dataclass(frozen=True)
class Change:
    """The file changed, was deleted, or somebody's access to it did."""

    file: File
    drive_id: str | None
    at: float


class Tree:
    """Every file ever, by id. Changes happen with the bell's lock held, and ring it."""

    def __init__(self, bell: Bell, clock: Callable[[], float]) -> None:
        self.bell, self.clock = bell, clock
        self.files: dict[str, File] = {}
        self.drives: dict[str, SharedDrive] = {}
        self.changes: list[Change] = []
        self._roots: dict[str, str] = {}

    # -- places

    def root_of(self, account: Account) -> str:
        """The id behind the alias "root": this person's My Drive."""
        with self.bell:
            if account.email not in self._roots:
                root = self._folder(f"0A{secrets.token_urlsafe(11)}PVA", "My Drive")
                root.owner = account.email
                self._roots[account.email] = root.id
            return self._roots[account.email]

    def add_drive(self, name: str) -> SharedDrive:
        with self.bell:
            drive = SharedDrive(f"0A{secrets.token_urlsafe(11)}PVA", name, {}, self.clock())
            self.drives[drive.id] = drive
            self._folder(drive.id, name).drive_id = drive.id
            return drive

    def _folder(self, identity: str, name: str) -> File:
        now = self.clock()
        folder = File(identity, name, FOLDER, None, None, created_at=now, modified_at=now)
        self.files[identity] = folder
        return folder

    def is_root(self, file: File) -> bool:
        return file.parent is None

    # -- who sees what

    def lineage(self, file: File) -> Iterator[File]:
        """The file, its folder, that one's folder..."""
        here: File | None = file
        while here is not None:
            yield here
            here = self.files.get(here.parent) if here.parent else None

    def role(self, account: Account, file: File) -> str | None:
        """What a person may do with a file. Access taken away from a folder holds for all in it."""
        said = [
            place.role_of[account.email]
            for place in self.lineage(file)
            if account.email in place.role_of
        ]
        if said:
            return None if None in said else said[0]
        if file.owner == account.email:
            return "owner"
        drive = self.drives.get(file.drive_id or "")
        return drive.members.get(account.email) if drive else None

    def is_trashed(self, file: File) -> bool:
        """Itself, or a folder above it (File.trashed)."""
        return any(place.trashed for place in self.lineage(file))

    def may_see(self, caller: Caller, file: File) -> bool:
        """Access, and under drive.file only what this app made (guides/api-specific-auth).

        So the app does not see My Drive itself, nor a shared drive's top.
        """
        if file.gone or not self.is_of(caller, file):
            return False
        return self.role(caller.account, file) is not None

    def is_of(self, caller: Caller, file: File) -> bool:
        """Whether the scope reaches the file at all, be it there or gone."""
        return caller.sees_all or file.app == caller.client_id

    def seen(self, caller: Caller, file: File) -> Seen:
        mine = file.owner == caller.account.email
        root = self.root_of(caller.account)
        return Seen(file, caller.client_id, self.is_trashed(file), root, mine)

    def find(self, caller: Caller, identity: str, all_drives: bool) -> File:
        """Raises RefusedError 404 for what this app does not see.

        A shared drive's file is "not found" too, unless the request says that it knows of shared
        drives (guides/enable-shareddrives: `supportsAllDrives=true`).
        """
        file = self.files.get(self.root_of(caller.account) if identity == "root" else identity)
        if file is None or not self.may_see(caller, file):
            raise not_found(identity)
        if file.drive_id and not all_drives:
            raise not_found(identity)
        return file

    def find_drive(self, caller: Caller, identity: str) -> SharedDrive:
        """Raises RefusedError 404 for one that the caller is no member of, or may not see.

        That drive.file hides shared drives themselves is our reading of its page: it opens what
        the app made or was shown, and a shared drive's top is neither.
        """
        drive = self.drives.get(identity)
        if drive is None or caller.account.email not in drive.members or not caller.sees_all:
            message = f"Shared drive not found: {identity}"
            raise RefusedError(404, "notFound", message, location="driveId")
        return drive

    def find_to_change(self, caller: Caller, identity: str, all_drives: bool) -> File:
        """Raises RefusedError 404 as `find`, or 403 for somebody who may only read."""
        file = self.find(caller, identity, all_drives)
        if not may_write(self.role(caller.account, file)):
            raise forbidden("insufficientFilePermissions")
        return file

    # -- what is there

    def children(self, identity: str) -> list[File]:
        return [file for file in self.files.values() if file.parent == identity and not file.gone]

    def below(self, file: File) -> Iterator[File]:
        """All that lies in a folder, at any depth."""
        for child in self.children(file.id):
            yield child
            yield from self.below(child)

    def used_by(self, account: Account, only_trash: bool = False) -> int:
        """Bytes that count against a person's quota; the trash counts too."""
        owned = (f for f in self.files.values() if f.owner == account.email and not f.gone)
        return sum(file.size for file in owned if not only_trash or self.is_trashed(file))

    def path_of(self, file: File) -> str:
        """`Folder/Folder/name`, without the root's name."""
        names = [place.name for place in self.lineage(file) if not self.is_root(place)]
        return "/".join(reversed(names))

    # -- what changed

    def note(self, file: File) -> None:
        """The file, or access to it, changed just now."""
        with self.bell:
            file.version += 1
            file.known_to |= self._who_sees(file)
            self.changes.append(Change(file, file.drive_id, self.clock()))

    def _who_sees(self, file: File) -> set[str]:
        drive = self.drives.get(file.drive_id or "")
        roles: dict[str, str | None] = {}
        for place in self.lineage(file):
            roles.update({**place.role_of, **roles})
        found = {address for address, role in roles.items() if role is not None}
        found |= set(drive.members if drive else {})
        return found | {file.owner} if file.owner else found
