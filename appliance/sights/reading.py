"""The chore "read": what a document says, for search. Scans are read by machine where there is one.

It looks at what the document holds first; only pages without text are given to tesseract, one at a
time and at the lowest priority, and it stops between two pages when the appliance does. Done again
it begins anew: nothing is committed before the end.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance import names, seeking
from appliance.chores import LOW, Chores, Finish, Kind
from appliance.clock import Clock
from appliance.errors import PermanentError, TemporaryError
from appliance.sights.arabic import both_ways, righted
from appliance.sights.cache import MediaCache
from appliance.sights.depicting import PDF, PICTURES, Depictor, Withheld
from appliance.sights.texts import Read, Source, Texts
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, DocumentText
from appliance.workshop.bounds import MAX_CHARACTERS, MAX_PAGES
from appliance.workshop.faults import UndecodableError
from appliance.workshop.foreman import CLOSED, PATIENCE, SOON, Task, Workshop
from appliance.workshop.tesseract import Tesseract

READABLE = frozenset({"docx", "docm", "dotx", "odt", "eml", "txt", "csv", "tsv", "vcf", "ics"})
SCANNED_PAGES = 60  # of a document: more would keep the reader for an hour


class Reader:
    """Takes the text out of documents."""

    def __init__(
        self,
        workshop: Workshop,
        depictor: Depictor,
        cache: MediaCache,
        texts: Texts,
        machine: Tesseract | None,
        scratch: Path,
    ) -> None:
        self._workshop = workshop
        self._depictor = depictor
        self._cache = cache
        self._texts = texts
        self._machine = machine
        self._scratch = scratch

    @property
    def has_machine(self) -> bool:
        """Whether scans can be read here."""
        return self._machine is not None

    def written(self, document: Document) -> tuple[list[str], list[int]]:
        """The text of each page, and which pages (from 1) have none.

        Raises UndecodableError when the file is at fault.
        """
        if document.mime_type in PICTURES:
            return [""], [1]
        kind = names.split_extension(document.name)[1]
        if document.mime_type != PDF and kind not in READABLE:
            return [""], []
        target = self._scratch / f".greffier-{secrets.token_hex(8)}.tmp"
        given: dict[str, Any] = {
            "source": str(self._cache.path(document)),
            "target": str(target),
        }
        try:
            if document.mime_type == PDF:
                came = self._workshop.do(Task.PDF_TEXT, **given)
            else:
                came = self._workshop.do(Task.TEXT, **given, kind=kind)
            said = target.read_text("utf-8", errors="replace")[: 2 * MAX_CHARACTERS]
        finally:
            target.unlink(missing_ok=True)
        pages = said.split("\f")
        bare = [one for one in came.get("bare", []) if one in range(1, MAX_PAGES + 1)]
        return pages + [""] * (max(bare, default=0) - len(pages)), bare

    def seen(self, document: Document, number: int) -> str:
        """What a machine reads on one page; nothing where it fails."""
        if self._machine is None:
            return ""
        target = self._scratch / f".greffier-{secrets.token_hex(8)}.tmp"
        try:
            self._depictor.for_reading(document, number, target, PATIENCE)
            return self._machine.read(target)
        except PermanentError:
            return ""
        finally:
            target.unlink(missing_ok=True)


class Reading:
    """The chore."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        reader: Reader,
        texts: Texts,
        chores: Chores,
        is_withheld: Withheld,
    ) -> None:
        self._store = store
        self._reader = reader
        self._texts = texts
        self._chores = chores
        self._clock = clock
        self._is_withheld = is_withheld

    def read(self, document_id: int) -> Finish | None:
        """Read it, unless it was read before as well as it can be now."""
        document = rows.find(Document, id=document_id)
        if document is None or self._is_withheld(document) or self._is_read(document_id):
            return None
        try:
            pages, bare = self._reader.written(document)
        except UndecodableError:
            return None  # whoever looked at it before has said so
        pages = list(pages)
        was_seen = self._see(document, pages, bare[:SCANNED_PAGES])
        text = "\f".join(pages).replace("\0", "")[:MAX_CHARACTERS]
        source = self._source(text, bare, was_seen=was_seen)
        text, was_turned = righted(text)
        words = seeking.indexed(both_ways(text) if was_turned else text)
        found = Read(text, source, len(pages), words)

        def unit() -> None:
            is_kept = {"id": document_id, "destroyed_at": None}
            if rows.find(Document, **is_kept) is not None:  # else destroyed meanwhile
                self._texts.keep(document_id, found, self._clock.now())

        return unit

    def _is_read(self, document_id: int) -> bool:
        known: DocumentText | None = self._texts.of(document_id)
        if known is None:
            return False
        return known.source != Source.UNREAD or not self._reader.has_machine

    def _source(self, text: str, bare: Sequence[int], *, was_seen: bool) -> Source:
        if bare and not self._reader.has_machine:
            return Source.UNREAD
        if not text.strip():
            return Source.NONE
        return Source.OCR if was_seen else Source.WRITTEN

    def catch_up(self) -> int:
        """At start: what nobody could read is read, now that there is a machine. How many."""
        if not self._reader.has_machine:
            return 0
        table = DocumentText
        query = table.select(table.document).where(table.source == Source.UNREAD)
        unread = [document_id for (document_id,) in query.tuples()]
        again = self._chores.post
        self._store.write(lambda: [again(Kind.READ, one, priority=LOW) for one in unread])
        return len(unread)  # the sweep calls them

    def _see(self, document: Document, pages: list[str], bare: Sequence[int]) -> bool:
        """Have the pages without text read by machine; whether that gave any."""
        if not self._reader.has_machine:
            return False
        was_seen = False
        for number in bare:
            if self._chores.stopping.is_set():
                raise TemporaryError(CLOSED, SOON, counts=False)
            self._chores.prolong(Kind.READ, document.id)
            pages[number - 1] = self._reader.seen(document, number)
            was_seen = was_seen or bool(pages[number - 1].strip())
        return was_seen
