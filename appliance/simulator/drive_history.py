"""The lists of changes (developers.google.com/workspace/drive/api/guides/about-changes).

A file appears once, at its latest change. One that is deleted, or that the caller lost, is
`removed`; one in the trash is not: its `file.trashed` says so. A person and each shared drive have
lists of their own with numbers of their own. What no page says is chosen the stricter way: what
lies in a trashed folder has no change of its own, and a person's list tells of shared drives
nothing that the drive's own list tells.
"""

from dataclasses import dataclass
from typing import Any

from appliance.simulator.drive_accounts import Caller
from appliance.simulator.drive_files import rfc3339
from appliance.simulator.drive_refusals import RefusedError, bad_value
from appliance.simulator.drive_tree import Change, Tree


@dataclass(frozen=True)
class Scope:
    """Which list: a shared drive's, or without `drive_id` the person's."""

    drive_id: str | None
    knows_drives: bool
    with_removed: bool = True

    def judge(self, tree: Tree, caller: Caller) -> None:
        """Raises RefusedError for a shared drive that the caller, or the request, does not know."""
        if self.drive_id is None:
            return
        tree.find_drive(caller, self.drive_id)
        if not self.knows_drives:
            message = "supportsAllDrives and includeItemsFromAllDrives must be true."
            raise RefusedError(403, "teamDrivesParameterMismatch", message)


class History:
    """Reads the tree's changes for somebody."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._base = 0

    def _log(self, scope: Scope) -> list[Change]:
        return [change for change in self._tree.changes if change.drive_id == scope.drive_id]

    def start(self, caller: Caller, scope: Scope) -> str:
        """Where the next change will be."""
        scope.judge(self._tree, caller)
        with self._tree.bell.lock:
            return self._token(len(self._log(scope)))

    def _token(self, place: int) -> str:
        return str(self._base + place + 1)

    def forget(self) -> None:
        """All tokens given so far serve no more."""
        with self._tree.bell:
            self._base += len(self._tree.changes) + 1000

    def page(self, caller: Caller, token: str, size: int, scope: Scope) -> dict[str, Any]:
        """One answer of changes.list: a nextPageToken, or else a newStartPageToken."""
        scope.judge(self._tree, caller)
        with self._tree.bell.lock:
            log = self._log(scope)
            found = self._since(caller, log, self._place(token, len(log)), scope)
            told = [self._told(caller, log[place]) for place in found[:size]]
            answer: dict[str, Any] = {"kind": "drive#changeList", "changes": told}
            if len(found) > size:
                answer["nextPageToken"] = self._token(found[size])
            else:
                answer["newStartPageToken"] = self._token(len(log))
            return answer

    def _place(self, token: str, end: int) -> int:
        """Raises RefusedError 400 for what never was a token, 410 for one that is too old.

        That 410 is the status for the latter no document says; other Google APIs use it.
        """
        place = int(token) - self._base - 1 if token.isdecimal() else end + 1
        if place > end or token == "0":
            raise bad_value("pageToken")
        if place < 0:
            message = "The page token has expired."
            raise RefusedError(410, "expired", message, location="pageToken")
        return place

    def _since(self, caller: Caller, log: list[Change], place: int, scope: Scope) -> list[int]:
        """The places of each file's latest change, of those that concern the caller."""
        latest = {log[here].file.id: here for here in range(place, len(log))}
        found = [here for here in latest.values() if self._concerns(caller, log[here])]
        if not scope.with_removed:
            found = [here for here in found if self._tree.may_see(caller, log[here].file)]
        return sorted(found)

    def _concerns(self, caller: Caller, change: Change) -> bool:
        """Whether it is about something that the caller sees, or saw before."""
        file = change.file
        if not self._tree.is_of(caller, file):
            return False
        return self._tree.may_see(caller, file) or caller.account.email in file.known_to

    def _told(self, caller: Caller, change: Change) -> dict[str, Any]:
        seen = self._tree.may_see(caller, change.file)
        told: dict[str, Any] = {
            "kind": "drive#change",
            "type": "file",
            "changeType": "file",
            "time": rfc3339(change.at),
            "removed": not seen,
            "fileId": change.file.id,
        }
        if seen:
            told["file"] = self._tree.seen(caller, change.file).resource()
        if change.drive_id:
            told["driveId"] = change.drive_id
        return told
