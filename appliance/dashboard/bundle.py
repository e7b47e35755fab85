"""A dossier as one ZIP, made while it is sent: never more than a few chunks of it in memory.

Names in it are safe on every disk and none is there twice. What is in quarantine, or cannot be had,
is not in it, and a note inside says so. At the end stands a list with the SHA-256 of each file as
it was put in, beside the one that was known of it.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from appliance import names
from appliance.disk import chunks_of
from appliance.errors import GreffierError
from appliance.store.models import Document

MANIFEST = "SHA256.csv"
_ZIP64 = 2**31 - 1  # a larger file needs it; a stream cannot be put right afterwards

FileOf = Callable[[Document], Path]
"""Where the bytes as they came are. Raises GreffierError when they are nowhere."""


@dataclass(frozen=True)
class Words:
    """What is written inside, in the language of whoever asks. `note`: the name of that file."""

    note: str
    left_out: str
    why: Callable[[GreffierError], str]
    quarantined: str
    changed: str


@dataclass
class _Spout:
    """What zipfile writes into: it cannot be turned back, and is emptied after each chunk."""

    parts: list[bytes] = field(default_factory=list)
    place: int = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self.place += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def poured(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def bundle(
    folder: str, documents: Iterable[tuple[Document, bool]], file_of: FileOf, words: Words
) -> Iterator[bytes]:
    """The bytes of the ZIP, chunk by chunk. Each document with whether it is withheld.

    `folder` is made safe. A document whose file fails halfway ends the stream: who saves it sees a
    broken ZIP, not a short one.
    """
    spout = _Spout()
    with zipfile.ZipFile(spout, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        packing = _Packing(archive, spout, words, names.folder_name(folder, "dossier"))
        for document, is_withheld in documents:
            if is_withheld:
                packing.left_out.append((document.name, words.quarantined))
                continue
            try:
                path = file_of(document)
            except GreffierError as error:
                packing.left_out.append((document.name, words.why(error)))
                continue
            yield from packing.put(document, path)
        packing.close()
        yield spout.poured()
    yield spout.poured()


class _Packing:
    """One ZIP that is being made: what is in it, and what is not."""

    def __init__(self, archive: zipfile.ZipFile, spout: _Spout, words: Words, root: str) -> None:
        self._archive = archive
        self._spout = spout
        self._words = words
        self._root = root
        self._taken = {names.key(MANIFEST), names.key(words.note)}
        self._lines: list[tuple[str, str, int, str]] = []
        self.left_out: list[tuple[str, str]] = []

    def put(self, document: Document, path: Path) -> Iterator[bytes]:
        """The file, as it is read."""
        name = _free(names.safe_name(document.name), self._taken)
        entry = _entry(f"{self._root}/{name}", document.received_at)
        size, digest = path.stat().st_size, hashlib.sha256()
        with self._archive.open(entry, "w", force_zip64=size > _ZIP64) as target:
            for chunk in chunks_of(path):
                digest.update(chunk)
                target.write(chunk)
                yield self._spout.poured()
        found = digest.hexdigest()
        remark = "" if found == document.sha256 else self._words.changed
        self._lines.append((name, found, size, remark))

    def close(self) -> None:
        """The list, and the note if something is missing."""
        self._archive.writestr(f"{self._root}/{MANIFEST}", _manifest(self._lines))
        if self.left_out:
            note = _note(self.left_out, self._words)
            self._archive.writestr(f"{self._root}/{self._words.note}", note)


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(max(at.year, 1980), *at.timetuple()[1:6]))
    entry.external_attr = 0o600 << 16
    return entry


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it."""
    number = 1
    while names.key(names.numbered(name, number)) in taken:
        number += 1
    free = names.numbered(name, number)
    taken.add(names.key(free))
    return free


def _manifest(lines: Sequence[tuple[str, str, int, str]]) -> str:
    """For a spreadsheet: with a mark of its encoding, and no cell that is taken for a formula."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(("file", "sha256", "bytes", "remark"))
    sheet.writerows((_plain(name), *rest) for name, *rest in lines)
    return "\ufeff" + text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell


def _note(left_out: Sequence[tuple[str, str]], words: Words) -> str:
    lines = [f"{names.in_one_line(name)}: {why}" for name, why in left_out]
    return "\ufeff" + "\r\n".join([words.left_out, "", *lines, ""])
