"""The files of a destruction in the firm's folders: which are ours, and their removal.

Ours is what has the very bytes of a document that is to go, under whatever name a person gave it.
Anything else in the folder is theirs: it is left, and named in the report.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from appliance import disk
from appliance.errors import TemporaryError
from appliance.keeping.outcomes import Outcome
from appliance.store.models import DestructionItem, Document, Dossier
from appliance.wording import mark

AWAY = mark("The documents folder %(folder)s is not there: connect its disk, then try again.")


@dataclass(frozen=True)
class Sorted:
    """Paths below the root: those with a document's bytes, by its hash, and those left."""

    ours: dict[str, list[str]]
    left: list[str]


class DossierFolders:
    """Below `root`, as on disk now. Raises TemporaryError when the disk does not let us."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def sort(self, dossier: Dossier, items: Sequence[DestructionItem]) -> Sorted:
        """Look at every file of the dossier's folder, and where a row says that one is."""
        if not self._root.is_dir():
            raise TemporaryError(AWAY, counts=False, folder=str(self._root))
        sizes = {item.size for item in items}
        hashes = {item.sha256 for item in items}
        ours: defaultdict[str, list[str]] = defaultdict(list)
        left: list[str] = []
        named = {path for item in items for path in _named(item)}
        with disk.translated(self._root):
            inside = {self._relative(path) for path in _files(self._folder(dossier))}
            for relative in sorted(inside | named):
                sha256 = self._hash(relative, sizes)
                if sha256 is not None and sha256 in hashes:
                    ours[sha256].append(relative)
                elif relative in inside:
                    left.append(relative)
        return Sorted(dict(ours), left)

    def now(self, dossier: Dossier, item: DestructionItem) -> list[str]:
        """Where this document's files are now: where they were found before, and where its row
        says; in the whole folder if one of those was moved since."""
        before = {*json.loads(item.found or "[]"), *_named(item)}
        if all(_is_plain(self._root.joinpath(relative)) for relative in before):
            return sorted(before)
        return sorted(before.union(self.sort(dossier, [item]).ours.get(item.sha256, ())))

    def remove(self, item: DestructionItem, paths: Iterable[str]) -> Outcome:
        """Remove these files; each only if it is still the same, and no other document's."""
        is_removed, is_changed, is_shared = False, False, False
        for relative in paths:
            path = self._root.joinpath(relative)
            with disk.translated(path.parent):
                if not _is_plain(path):
                    continue  # gone: by us before a crash, or by a person
                if disk.sha256_of(path) != item.sha256:
                    is_changed = True
                elif _is_of_another(relative, item):
                    is_shared = True
                else:
                    disk.discard(path)
                    disk.fsync_folder(path.parent)
                    is_removed = True
        if is_changed:
            return Outcome.CHANGED
        if is_removed:
            return Outcome.REMOVED
        return Outcome.SHARED if is_shared else Outcome.ABSENT

    def remove_if_empty(self, dossier: Dossier) -> None:
        """Nothing is left in it: the folder goes, too."""
        folder = self._folder(dossier)
        for path, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):  # not empty
                Path(path).rmdir()

    def _folder(self, dossier: Dossier) -> Path:
        return self._root.joinpath(dossier.client.folder, dossier.folder)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _hash(self, relative: str, sizes: set[int]) -> str | None:
        path = self._root.joinpath(relative)
        if not _is_plain(path) or path.stat().st_size not in sizes:
            return None
        return disk.sha256_of(path)


def _named(item: DestructionItem) -> Iterator[str]:
    document = item.document
    return (path for path in (document.local_path, document.old_path) if path)


def _is_of_another(relative: str, item: DestructionItem) -> bool:
    """Whether a document that is not destroyed here says that its file is this one."""
    table = DestructionItem
    listed = table.select(table.document).where(table.destruction == item.destruction_id)
    stays = (Document.destroyed_at.is_null(), Document.id.not_in(listed))
    return bool(Document.select().where(Document.local_path == relative, *stays).exists())


def _files(folder: Path) -> Iterable[Path]:
    """Every file below it; a link is listed, and never followed."""
    for path, _, names in os.walk(folder, onerror=_refuse):
        yield from (Path(path) / name for name in names)


def _refuse(error: OSError) -> None:
    """A folder that is not there holds nothing; one that cannot be read stops the work."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
