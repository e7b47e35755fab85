"""A PDF that somebody shows: anybody may have made it, so the workshop's child opens it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appliance.errors import PermanentError
from appliance.papers.drawing import ATTACHMENT
from appliance.workshop.faults import UndecodableError
from appliance.workshop.foreman import Task, Workshop

LARGEST = 5_000_000  # bytes of a receipt; ours have some thirty thousand
MOST_READ = 2_000_000  # bytes of what the child wrote


class Reader:
    """Reads what it brings along, and what is read on its pages. `scratch`: a folder of our own."""

    def __init__(self, workshop: Workshop, scratch: Path) -> None:
        self._workshop = workshop
        self._scratch = scratch

    def attached(self, pdf: Path) -> bytes:
        """What a receipt of ours brings along; nothing if it brings none.

        Raises PermanentError: it is no PDF, or too large for a receipt.
        """
        if pdf.stat().st_size > LARGEST:
            raise PermanentError(f"{pdf} is no receipt of Greffier's: it is too large")
        return self._asked(pdf, Task.ATTACHED, name=ATTACHMENT)

    def words(self, pdf: Path) -> str:
        """The words of its pages, whatever stands between them. Raises PermanentError."""
        return " ".join(self._asked(pdf, Task.PDF_TEXT).decode(errors="replace").split())

    def words_of(self, pdf: bytes) -> str:
        """The same of one that we have just made."""
        with self._temporary() as path:
            path.write_bytes(pdf)
            return self.words(path)

    def _asked(self, pdf: Path, task: Task, **given: Any) -> bytes:
        with self._temporary() as target:
            try:
                source = str(pdf.resolve())  # the child stands elsewhere
                self._workshop.do(task, source=source, target=str(target), **given)
            except UndecodableError as error:
                raise PermanentError(f"{pdf} cannot be read as a PDF ({error})") from error
            if not target.is_file():
                return b""
            with target.open("rb") as written:
                return written.read(MOST_READ)

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        path = self._scratch / secrets.token_hex(8)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def child_reader() -> Iterator[Reader]:
    """One reader, with a child in a folder of its own; both are gone afterwards."""
    with TemporaryDirectory(prefix="greffier-") as scratch:
        workshop = Workshop(Path(scratch))
        try:
            yield Reader(workshop, Path(scratch))
        finally:
            workshop.close()
