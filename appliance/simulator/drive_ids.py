"""Ids of files: made by Drive, or reserved by files.generateIds and used once."""

import secrets

from appliance.simulator.drive_files import FOLDER, GOOGLE_TYPE
from appliance.simulator.drive_refusals import RefusedError, bad_value, forbidden
from appliance.simulator.drive_tree import Tree

_SHORTCUT = GOOGLE_TYPE + "shortcut"


class Ids:
    """Reserved ids last for ever and serve one file, even after that file's deletion."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._reserved: set[str] = set()

    def generate(self, count: int) -> list[str]:
        """At most 1000 (reference/rest/v3/files/generateIds)."""
        if not 1 <= count <= 1000:
            raise bad_value("count", "Values must be within the range: [1, 1000]")
        made = [_new() for _ in range(count)]
        with self._tree.bell:
            self._reserved.update(made)
        return made

    def judge(self, wanted: str | None, mime_type: str) -> None:
        """Raises RefusedError 400 for an id that Drive never made, 409 for one in use.

        Only folders and files with bytes take one: seen at the real Drive, with these words, are
        the refusals for shortcuts and for Docs editors' formats.
        """
        if wanted is None:
            return
        if mime_type.startswith(GOOGLE_TYPE) and mime_type not in (FOLDER, _SHORTCUT):
            message = "Generated IDs are not supported for Docs Editors formats."
            raise forbidden("insufficientFilePermissions", message)
        if mime_type == _SHORTCUT or not (wanted in self._reserved or wanted in self._tree.files):
            raise bad_value("file.id", "The provided file ID is not usable.")
        if wanted in self._tree.files:
            raise RefusedError(409, "fileIdInUse")

    def new(self) -> str:
        return _new()


def _new() -> str:
    return "1" + secrets.token_urlsafe(24)
