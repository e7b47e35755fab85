"""Lists of files, page by page (reference/rest/v3/files/list)."""

import secrets
from dataclasses import dataclass

from appliance.simulator.drive_accounts import Caller
from appliance.simulator.drive_files import File, Seen
from appliance.simulator.drive_queries import Test, read
from appliance.simulator.drive_refusals import RefusedError, bad_value
from appliance.simulator.drive_tree import Tree

MAX_PAGE = 1000
_ORDERS = {
    "name": lambda seen: seen.file.name.casefold(),
    "name_natural": lambda seen: seen.file.name.casefold(),
    "folder": lambda seen: not seen.file.is_folder,
    "createdTime": lambda seen: seen.file.created_at,
    "modifiedTime": lambda seen: seen.file.modified_at,
    "quotaBytesUsed": lambda seen: seen.file.size,
}


@dataclass(frozen=True)
class Search:
    """What is looked for, and where."""

    q: str
    corpora: str = "user"
    drive_id: str | None = None
    all_drives: bool = False
    with_shared: bool = False
    order: str = ""

    def judge(self, tree: Tree, caller: Caller) -> None:
        """guides/enable-shareddrives: a shared drive is searched only when all four agree."""
        if (self.corpora == "drive") != (self.drive_id is not None):
            message = (
                "The driveId parameter must be specified if and only if corpora is set to drive."
            )
            raise RefusedError(403, "teamDrivesParameterMismatch", message, location="driveId")
        if self.corpora in ("drive", "allDrives") and not (self.all_drives and self.with_shared):
            message = (
                "The includeItemsFromAllDrives and supportsAllDrives parameters must be true "
                f"when corpora is {self.corpora}."
            )
            raise RefusedError(403, "teamDrivesParameterMismatch", message)
        if self.drive_id is not None:
            tree.find_drive(caller, self.drive_id)

    def covers(self, file: File) -> bool:
        if self.drive_id is not None:
            return file.drive_id == self.drive_id
        return file.drive_id is None or (self.with_shared and self.all_drives)


class Listing:
    """Searches, and keeps what is left of them under a page token."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._rests: dict[str, list[str]] = {}

    def first(self, caller: Caller, search: Search) -> list[str]:
        """The ids of all that fits, newest first unless ordered otherwise."""
        test, parents = read(search.q) if search.q.strip() else (lambda _: True, [])
        search.judge(self._tree, caller)
        root = self._tree.root_of(caller.account)
        with self._tree.bell.lock:
            for parent in parents:
                if parent not in ("root", root):
                    self._judge_parent(caller, parent)
            found = self._fitting(caller, search, test)
        return [seen.file.id for seen in _ordered(found, search.order)]

    def _judge_parent(self, caller: Caller, identity: str) -> None:
        """A folder that is not seen is "not found", and Drive does not even repeat its id."""
        file = self._tree.files.get(identity)
        is_drive = identity in self._tree.drives
        if file is None or not (is_drive or self._tree.may_see(caller, file)):
            raise RefusedError(404, "notFound", location="fileId")

    def _fitting(self, caller: Caller, search: Search, test: Test) -> list[Seen]:
        found = []
        for file in reversed(self._tree.files.values()):
            if file.parent is None or not search.covers(file):
                continue
            if self._tree.may_see(caller, file):
                seen = self._tree.seen(caller, file)
                if test(seen):
                    found.append(seen)
        return found

    def page(self, ids: list[str], size: int) -> tuple[list[str], str | None]:
        """So many of them, and the token for the rest."""
        size = max(1, min(size, MAX_PAGE))
        if len(ids) <= size:
            return ids, None
        token = "~!!~" + secrets.token_urlsafe(24)
        with self._tree.bell:
            self._rests[token] = ids[size:]
        return ids[:size], token

    def rest(self, token: str) -> list[str]:
        """Raises RefusedError 400 for a token that this Drive never gave."""
        if token not in self._rests:
            raise bad_value("pageToken")
        return self._rests[token]

    def show(self, caller: Caller, ids: list[str]) -> list[Seen]:
        """Those that are still to be seen now."""
        files = [self._tree.files[one] for one in ids]
        return [self._tree.seen(caller, f) for f in files if self._tree.may_see(caller, f)]


def _ordered(found: list[Seen], order: str) -> list[Seen]:
    for part in reversed([one for one in order.split(",") if one.strip()]):
        key, _, direction = part.strip().partition(" ")
        if key not in _ORDERS or direction not in ("", "desc"):
            raise bad_value("orderBy")
        found = sorted(found, key=_ORDERS[key], reverse=direction == "desc")
    return found
