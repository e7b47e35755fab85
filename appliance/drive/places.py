"""Where things stand on Drive: the same folders as on this computer's disk. Pure."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

NAMESPACE = uuid.UUID("6f0e6c1c-7a3f-4d0e-9f5a-2b1f8f0c5d11")
DOCUMENT, DOSSIER, CLIENT, PATH, ROOT = "document", "dossier", "client", "path", "root"

MayLeave = Callable[[Any], bool]  # whether a document may leave this computer


@dataclass(frozen=True)
class Folder:
    """A folder as it should be on Drive. `key`: what it is here."""

    key: str
    name: str
    parent: "Folder | None"

    def chain(self) -> "list[Folder]":
        """It, and the folders above it."""
        return [self, *(self.parent.chain() if self.parent is not None else ())]


@dataclass(frozen=True)
class Place:
    """Where a document should stand."""

    folder: Folder
    name: str


def root(name: str) -> Folder:
    """The one folder in which all the others are."""
    return Folder(ROOT, name, None)


def client_folder(client: Any, top: Folder) -> Folder:
    return Folder(f"{CLIENT}:{client.id}", client.folder, top)


def dossier_folder(dossier: Any, top: Folder) -> Folder:
    return Folder(f"{DOSSIER}:{dossier.id}", dossier.folder, client_folder(dossier.client, top))


def place_of(document: Any, top: Folder) -> Place:
    """As on disk: under its client and dossier, else in the very folders in which it waits."""
    if document.dossier is not None:
        return Place(dossier_folder(document.dossier, top), document.name)
    folder, path = top, PurePosixPath()
    for part in PurePosixPath(document.local_path).parent.parts:
        path /= part
        folder = Folder(f"{PATH}:{path}", part, folder)
    return Place(folder, document.name)


def document_key(document_id: int) -> str:
    return f"{DOCUMENT}:{document_id}"


def part_key(key: str, part: int) -> str:
    """The second folder, when the first is as full as Google lets it be."""
    return key if part == 1 else f"{key}#{part}"


def part_name(name: str, part: int) -> str:
    return name if part == 1 else f"{name} ({part})"


def kind_of(key: str) -> tuple[str, int]:
    """What a key is of, and its id; 0 for what has none."""
    kind, _, rest = key.partition(":")
    number = rest.partition("#")[0]
    return kind, int(number) if kind in {DOCUMENT, DOSSIER, CLIENT} else 0


def mark_of(key: str, sha256: str | None = None) -> str:
    """By what a copy is known again even by a database that has forgotten it.

    The same for the same thing, another for other bytes; it tells nobody anything.
    """
    return str(uuid.uuid5(NAMESPACE, f"{key}|{sha256 or ''}"))
