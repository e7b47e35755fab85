"""Where the firm's folders are, and whose turn it is to move something in them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance import names
from appliance.filing.folders import TO_FILE
from appliance.filing.placing import Cabinet
from appliance.store import rows
from appliance.store.models import Document, Dossier


def is_put_away(document: Document) -> bool:
    """Whether its file is not to be in the folders: its row moves, and no bytes."""
    return document.local_path is None


@dataclass(frozen=True)
class Premises:
    """The folders on disk. `original`: where the bytes with a hash are, as they came.

    `turn`: whoever moves a document or a folder holds it, from the first look to the last commit.
    """

    root: Path
    cabinet: Cabinet
    original: Callable[[str], Path]
    turn: threading.RLock = field(default_factory=threading.RLock)

    def folder_of(self, dossier_id: object, sender: str) -> Path:
        """The folder of the dossier; without one, the sender's among those that wait."""
        dossier = rows.find(Dossier, id=dossier_id) if dossier_id is not None else None
        if dossier is None:
            return self.root.joinpath(TO_FILE, names.sender_folder_name(sender))
        return self.root.joinpath(dossier.client.folder, dossier.folder)

    def path(self, local_path: str) -> Path:
        return self.root.joinpath(local_path)

    def local(self, path: Path) -> str:
        """As a row says it: below the root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def source(self, document: Document) -> Path:
        """Where its bytes are to be had: as they came, else in its folder."""
        original = self.original(document.sha256)
        if not original.is_file() and document.local_path is not None:
            return self.path(document.local_path)
        return original
