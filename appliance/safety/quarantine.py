"""Where infected files are: out of the dossiers, unreadable to a double click, and not lost.

The row rules. A document whose row says `quarantined` has its bytes in the quarantine and nowhere
else of ours; any other has them on the shelf and in its folder. Each step leaves the bytes in at
least one place; whatever a crash cuts, `settle` finishes as the row says.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from appliance import disk, names
from appliance.errors import PermanentError
from appliance.filing.folders import TO_FILE
from appliance.filing.placing import GONE, Cabinet
from appliance.store.models import Document, Safety

ENDING = ".quarantined"
MAGIC = b"GREFFIER QUARANTINE 1: see the page Safety\n"
_STEP = 64 * 1024  # bytes that are turned at once


@dataclass(frozen=True)
class Shelves:
    """Where bytes are kept: originals by their hash, the firm's folders, the quarantine."""

    media: Path
    root: Path
    quarantine: Path

    def original(self, sha256: str) -> Path:
        """Where the bytes with this hash are, as they came."""
        return self.media / sha256[:2] / sha256


def quarantine_of(document: Document, folder: Path) -> Path:
    """Where this document's bytes are while it is in quarantine."""
    return folder / f"{document.id}-{document.sha256}{ENDING}"


class Quarantine:
    """Puts documents' bytes away and brings them back. Every method may be repeated."""

    def __init__(self, shelves: Shelves, cabinet: Cabinet) -> None:
        self._shelves = shelves
        self._cabinet = cabinet

    def source(self, document: Document) -> Path:
        """The document's bytes as they came: on the shelf, else in its folder.

        Raises PermanentError when they are in neither.
        """
        original = self._shelves.original(document.sha256)
        if original.is_file():
            return original
        filed = self._filed(document)
        if filed is not None and _is(filed, document.sha256):
            return filed
        raise PermanentError(GONE)

    def hold(self, document: Document) -> None:
        """An unreadable copy is in the quarantine, durably. Nothing is removed yet.

        Raises PermanentError (no bytes are left to keep), TemporaryError (the disk).
        """
        target = quarantine_of(document, self._shelves.quarantine)
        if target.is_file() and _digest(_turned_back(target, document.sha256)) == document.sha256:
            return
        source = self.source(document)
        folder = self._shelves.quarantine
        with disk.translated(folder):
            disk.make_private_folder(folder)
            kept = _turned(source, document.sha256)
            temporary, _ = disk.write_temporary(folder, kept, disk.READ_ONLY)
            if not disk.publish(temporary, target):
                disk.supersede(temporary, target)  # cut short by a disk that failed
            disk.fsync_folder(folder)

    def leave(self, document: Document) -> None:
        """Its former place, of a move whose old file is still there, holds these bytes no more.

        The row has room for one old place, and is about to remember another. Raises TemporaryError
        while another program has the file open.
        """
        if document.local_path is not None and document.old_path is not None:
            self._discard(self._shelves.root / document.old_path, document.sha256)

    def settle(self, document: Document) -> Document:
        """Bring the bytes where the row says that they are; the document, with its new place."""
        if document.safety == Safety.QUARANTINED:
            self._clear(document)
            return document
        return self._restore(document)

    def end(self, document: Document) -> None:
        """The document is back in its folder, and its row says where: the copy here goes."""
        target = quarantine_of(document, self._shelves.quarantine)
        with disk.translated(target.parent):
            disk.discard(target)

    def left(self) -> Iterator[int]:
        """The ids of the documents of which a copy is here; none of what nobody knows."""
        disk.sweep_temporary(self._shelves.quarantine)
        for path in self._shelves.quarantine.glob(f"*{ENDING}"):
            number = path.name.partition("-")[0]
            if number.isdecimal():
                yield int(number)

    def _clear(self, document: Document) -> None:
        """Remove the bytes from folder and shelf: those very bytes, as a person may have changed
        what bears the name, and only once the copy here is sure."""
        self.hold(document)
        places = [self._shelves.original(document.sha256)]
        filed = self._filed(document)
        if filed is not None:
            places.append(filed)
        for place in places:
            self._discard(place, document.sha256)

    def _discard(self, place: Path, sha256: str) -> None:
        with disk.translated(place.parent):
            if place.is_file() and _is(place, sha256):
                disk.discard(place)
                disk.fsync_folder(place.parent)

    def _restore(self, document: Document) -> Document:
        held = quarantine_of(document, self._shelves.quarantine)
        if not held.is_file():
            return document
        original = self._shelves.original(document.sha256)
        with disk.translated(original.parent):
            disk.make_folder(original.parent)
            bytes_ = _turned_back(held, document.sha256)
            temporary, digest = disk.write_temporary(original.parent, bytes_, disk.READ_ONLY)
            try:
                if digest != document.sha256:
                    raise PermanentError(GONE)
                disk.publish(temporary, original)
            finally:
                disk.discard(temporary)
        folder, name, sha256 = self._folder_of(document), document.name, document.sha256
        self._cabinet.forget(folder)  # names may be free again since
        path = self._cabinet.put(original, folder, name, sha256)
        document.name = path.name
        document.local_path = path.relative_to(self._shelves.root).as_posix()
        return document

    def _filed(self, document: Document) -> Path | None:
        path = document.local_path or document.old_path
        return self._shelves.root / path if path else None

    def _folder_of(self, document: Document) -> Path:
        dossier = document.dossier
        if dossier is not None:
            return self._shelves.root.joinpath(dossier.client.folder, dossier.folder)
        return self._shelves.root.joinpath(TO_FILE, names.sender_folder_name(document.sender))


def forget(document: Document, folder: Path) -> None:
    """This document is destroyed on purpose: its copy that was put away goes, too."""
    disk.discard(quarantine_of(document, folder))


def _is(path: Path, sha256: str) -> bool:
    with suppress(OSError):
        return disk.sha256_of(path) == sha256
    return False


def _turned(source: Path, sha256: str) -> Iterator[bytes]:
    yield MAGIC
    yield from _mixed(source, sha256, 0)


def _turned_back(held: Path, sha256: str) -> Iterator[bytes]:
    yield from _mixed(held, sha256, len(MAGIC))


def _mixed(path: Path, sha256: str, start: int) -> Iterator[bytes]:
    """Each byte with one of a key that comes from the hash: nothing knows it, nothing runs it.

    It keeps nothing secret; who has the hash turns it back. Done twice, it is undone.
    """
    key = int.from_bytes(hashlib.shake_256(sha256.encode()).digest(_STEP))
    with path.open("rb") as file:
        file.seek(start)
        while step := file.read(_STEP):
            length = len(step)
            mixed = int.from_bytes(step) ^ (key >> 8 * (_STEP - length))
            yield mixed.to_bytes(length)


def _digest(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
