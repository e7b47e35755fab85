"""The list of changes (developers.google.com/workspace/drive/api/guides/manage-changes).

A file appears once, at its latest change. One that is deleted, or that the caller lost, is
`removed`; one in the trash is not: its `file.trashed` says so. What lies in a trashed folder has no
change of its own.
"""

from dataclasses import dataclass
from typing import Any

from appliance.simulator.drive_accounts import Caller
from appliance.simulator.drive_files import rfc3339
from appliance.simulator.drive_refusals import RefusedError, bad_value
from appliance.simulator.drive_tree import Change, Tree


@dataclass(frozen=True)
class Scope:
    """Which changes: the person's, with or without shared drives, or one shared drive's."""

    drive_id: str | None
    with_shared: bool
    my_drive_only: bool
    with_removed: bool

    def covers(self, change: Change) -> bool:
        drive_id = change.file.drive_id
        if self.drive_id is not None:
            return drive_id == self.drive_id
        return drive_id is None or (self.with_shared and not self.my_drive_only)


class History:
    """Reads the tree's changes for somebody."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._base = 0

    def start(self) -> str:
        """Where the next change will be."""
        return self._token(len(self._tree.changes) + 1)

    def _token(self, number: int) -> str:
        return str(self._base + number)

    def forget(self) -> None:
        """All tokens given so far serve no more."""
        with self._tree.bell:
            self._base += len(self._tree.changes) + 1000

    def page(self, caller: Caller, token: str, size: int, scope: Scope) -> dict[str, Any]:
        """One answer of changes.list: a nextPageToken, or else a newStartPageToken."""
        with self._tree.bell.lock:
            found = self._since(caller, self._place(token), scope)
            answer: dict[str, Any] = {
                "kind": "drive#changeList",
                "changes": [self._told(caller, change) for change in found[:size]],
            }
            if len(found) > size:
                answer["nextPageToken"] = self._token(found[size].number)
            else:
                answer["newStartPageToken"] = self.start()
            return answer

    def _place(self, token: str) -> int:
        """Raises RefusedError 400 for what never was a token, 410 for one that is too old.

        That 410 is the status for the latter no document says; other Google APIs use it.
        """
        place = int(token) - self._base if token.isdecimal() else len(self._tree.changes) + 2
        if place > len(self._tree.changes) + 1 or token == "0":
            raise bad_value("pageToken")
        if place < 1:
            message = "The page token has expired."
            raise RefusedError(410, "expired", message, location="pageToken")
        return place

    def _since(self, caller: Caller, place: int, scope: Scope) -> list[Change]:
        latest = {change.file.id: change for change in self._tree.changes[place - 1 :]}
        found = [
            change
            for change in latest.values()
            if scope.covers(change) and self._concerns(caller, change)
        ]
        if not scope.with_removed:
            found = [one for one in found if self._tree.may_see(caller, one.file)]
        return sorted(found, key=lambda change: change.number)

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
        if change.file.drive_id:
            told["driveId"] = change.file.drive_id
        return told
