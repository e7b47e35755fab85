"""What apps do to files: create, change, move, trash, delete; each within Drive's rules."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.simulator.drive_accounts import Account, Caller, may_write
from appliance.simulator.drive_bytes import Blob, Store
from appliance.simulator.drive_files import BINARY, GOOGLE_TYPE, File
from appliance.simulator.drive_ids import Ids
from appliance.simulator.drive_properties import merged
from appliance.simulator.drive_refusals import bad_value, forbidden
from appliance.simulator.drive_tree import Tree

MAX_CHILDREN = 500_000  # of a folder that is not My Drive's root (guides/handle-errors)
_NO_STORAGE = (
    "Service Accounts do not have storage quota. Leverage shared drives "
    "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth "
    "delegation (http://support.google.com/a/answer/7281227) instead."
)
_UNCHANGEABLE = ("id", "parents", "driveId", "md5Checksum", "size", "version")


@dataclass(frozen=True)
class Wish:
    """What a request wants: the metadata it carries, and whether it knows of shared drives."""

    caller: Caller
    metadata: dict[str, Any]
    all_drives: bool
    media_type: str | None = None


class Filing:
    """Applies what apps ask, all or nothing."""

    def __init__(self, tree: Tree, ids: Ids, store: Store) -> None:
        self._tree, self._ids, self._store = tree, ids, store
        self.max_children = MAX_CHILDREN

    # -- new

    def judge_new(self, wish: Wish, size: int) -> None:
        """What is refused before a byte is sent, and again when the file would be there."""
        with self._tree.bell.lock:
            self._ids.judge(wish.metadata.get("id"), _mime_type(wish))
            parent = self._parent_for(wish)
            self._judge_room(wish.caller, parent, size)
            merged({}, wish.metadata.get("appProperties"))
            merged({}, wish.metadata.get("properties"))

    def create(self, wish: Wish, blob: Blob | None) -> File:
        """A file or folder; several of the same name may lie together."""
        with self._tree.bell:
            self.judge_new(wish, blob.size if blob else 0)
            file = self._new_file(wish, self._parent_for(wish))
            if blob is None and not file.mime_type.startswith(GOOGLE_TYPE):
                blob = self._store.keep(b"")
            self.put(file, blob)
            self._tree.files[file.id] = file
            self._tree.note(file)
            return file

    def _new_file(self, wish: Wish, parent: File) -> File:
        told, now = wish.metadata, self._tree.clock()
        name = str(told.get("name") or "Untitled")
        return File(
            id=told.get("id") or self._ids.new(),
            name=name,
            mime_type=_mime_type(wish),
            parent=parent.id,
            owner=None if parent.drive_id else wish.caller.account.email,
            drive_id=parent.drive_id,
            app=wish.caller.client_id,
            version=0,
            created_at=_instant(told, "createdTime", now),
            modified_at=_instant(told, "modifiedTime", now),
            original_name=str(told.get("originalFilename") or name),
            description=told.get("description"),
            starred=bool(told.get("starred")),
            properties=merged({}, told.get("properties")),
            app_properties={wish.caller.client_id: merged({}, told.get("appProperties"))},
        )

    def _parent_for(self, wish: Wish) -> File:
        """Without parents, My Drive's root. A trashed folder still takes files."""
        parents = wish.metadata.get("parents") or ["root"]
        if not isinstance(parents, list) or len(parents) != 1:
            raise bad_value("file.parents", "A file must have exactly one parent.")
        return self._folder(wish.caller, str(parents[0]), wish.all_drives)

    def _folder(self, caller: Caller, identity: str, all_drives: bool) -> File:
        """Where something is to go. An app may use the root that it cannot see."""
        root = self._tree.root_of(caller.account)
        if identity in ("root", root):
            return self._tree.files[root]
        folder = self._tree.find(caller, identity, all_drives)
        if not folder.is_folder:
            raise forbidden("parentNotAFolder", "The specified parent is not a folder.")
        if not may_write(self._tree.role(caller.account, folder)):
            raise forbidden("insufficientParentPermissions")
        return folder

    def _judge_room(self, caller: Caller, parent: File, size: int) -> None:
        account = caller.account
        if not self._tree.is_root(parent) and self._is_full(parent):
            raise forbidden("numChildrenInNonRootLimitExceeded")
        if parent.drive_id:
            return
        if account.is_service:
            raise forbidden("storageQuotaExceeded", _NO_STORAGE)
        self._judge_quota(account, size)

    # -- changes

    def update(
        self, wish: Wish, identity: str, moves: tuple[list[str], list[str]], blob: Blob | None
    ) -> File:
        """Change what is named and nothing else; with a blob, new content too.

        `moves`: the folders to come to, and those to leave.
        """
        with self._tree.bell:
            file = self._tree.find_to_change(wish.caller, identity, wish.all_drives)
            self.judge_update(wish, file, blob.size if blob else 0)
            self._move(wish, file, *moves)
            self._change(wish, file)
            if blob is not None:
                self.put(file, blob)
                file.mime_type = wish.metadata.get("mimeType") or wish.media_type or file.mime_type
                file.modified_at = _instant(wish.metadata, "modifiedTime", self._tree.clock())
            self._tree.note(file)
            return file

    def judge_update(self, wish: Wish, file: File, size: int) -> None:
        for field in _UNCHANGEABLE:
            if field in wish.metadata:
                message = (
                    f"The resource body includes fields which are not directly writable: {field}"
                )
                raise forbidden("fieldNotWritable", message)
        if self._tree.is_root(file):
            raise forbidden("insufficientFilePermissions")
        merged(self._private(wish, file), wish.metadata.get("appProperties"))
        merged(file.properties, wish.metadata.get("properties"))
        if size and file.owner == wish.caller.account.email:
            self._judge_quota(wish.caller.account, size - file.size)

    def _is_full(self, folder: File) -> bool:
        """Only a Drive with that many files can have such a folder."""
        most = self.max_children
        return len(self._tree.files) > most and len(self._tree.children(folder.id)) >= most

    def _judge_quota(self, account: Account, more: int) -> None:
        if more > 0 and self._tree.used_by(account) + more > account.quota_limit:
            raise forbidden("storageQuotaExceeded")

    def _private(self, wish: Wish, file: File) -> dict[str, str]:
        return file.app_properties.get(wish.caller.client_id, {})

    def _move(self, wish: Wish, file: File, to: list[str], away: list[str]) -> None:
        """One parent, always (guides/ref-single-parent): coming to one means leaving the other.

        A move that is asked again after it was done changes nothing.
        """
        root = self._tree.root_of(wish.caller.account)
        leaves = file.parent in [root if one == "root" else one for one in away]
        if not to:
            if leaves:
                raise forbidden("cannotRemoveLastParent", "A file must have a parent.")
            return
        target = self._folder(wish.caller, to[0], wish.all_drives)
        if target.id == file.parent:
            return
        if len(to) > 1 or not leaves:
            raise forbidden("cannotAddParent", "Increasing the number of parents is not allowed")
        if any(place is file for place in self._tree.lineage(target)):
            raise forbidden("cyclicFolder", "A folder cannot be put into itself.")
        if file.is_folder and file.drive_id is None and target.drive_id:
            message = "Moving folders into shared drives is not supported."
            raise forbidden("teamDrivesFolderMoveInNotSupported", message)
        self._judge_room(wish.caller, target, 0)
        self.carry(file, target)

    def carry(self, file: File, target: File) -> None:
        """A file that leaves a shared drive, or comes to one, changes hands with all below it."""
        if target.drive_id != file.drive_id:
            for one in [file, *self._tree.below(file)]:
                one.drive_id = target.drive_id
                one.owner = None if target.drive_id else target.owner
        file.parent = target.id

    def _change(self, wish: Wish, file: File) -> None:
        told = wish.metadata
        if "name" in told and told["name"] != file.name:
            file.name, file.modified_at = str(told["name"]), self._tree.clock()
        if "trashed" in told:
            file.trashed = bool(told["trashed"])
        if "mimeType" in told:
            file.mime_type = str(told["mimeType"])
        if "description" in told:
            file.description = told["description"]
        if "starred" in told:
            file.starred = bool(told["starred"])
        file.modified_at = _instant(told, "modifiedTime", file.modified_at)
        private = merged(self._private(wish, file), told.get("appProperties"))
        file.app_properties[wish.caller.client_id] = private
        file.properties = merged(file.properties, told.get("properties"))

    def delete(self, caller: Caller, identity: str, all_drives: bool) -> None:
        """For ever, past the trash, with all that lies below (reference/rest/v3/files/delete).

        Its owner may; in a shared drive only an organizer.
        """
        with self._tree.bell:
            file = self._tree.find(caller, identity, all_drives)
            role = self._tree.role(caller.account, file)
            if role not in ("owner", "organizer") or self._tree.is_root(file):
                raise forbidden("insufficientFilePermissions")
            self.forget(file)

    def forget(self, file: File) -> None:
        """The file is gone, and everything in it."""
        for one in [*self._tree.below(file), file]:
            one.gone = True
            self._tree.note(one)

    @staticmethod
    def put(file: File, blob: Blob | None) -> None:
        """Other content is another revision."""
        file.blob = blob
        file.revision = "0B" + secrets.token_urlsafe(36) if blob else None


def _mime_type(wish: Wish) -> str:
    """What the metadata says, else the header of the content, else bytes."""
    return str(wish.metadata.get("mimeType") or wish.media_type or BINARY)


def _instant(told: dict[str, Any], name: str, otherwise: float) -> float:
    """RFC 3339, as Drive takes it; a time without a zone is refused."""
    if told.get(name) is None:
        return otherwise
    try:
        moment = datetime.fromisoformat(str(told[name]))
    except ValueError:
        raise bad_value(f"file.{name}") from None
    if moment.tzinfo is None:
        raise bad_value(f"file.{name}")
    return moment.timestamp()
