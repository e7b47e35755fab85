"""The words of documents, found again however they are spelt. Owns document_texts, document_words.

How words are kept and asked for: see `seeking`. What is shown is the text as it is written.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appliance import seeking
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import DocumentText

_FIND = """
SELECT rowid FROM document_words WHERE document_words MATCH ? ORDER BY rank, rowid DESC LIMIT ?
"""
_INSERT = "INSERT INTO document_words (rowid, words) VALUES (?, ?)"
_TIDY = "INSERT INTO document_words (document_words) VALUES ('optimize')"


class Source(StrEnum):
    """Where a document's text comes from."""

    WRITTEN = "written"  # it holds text
    OCR = "ocr"  # read by machine from pictures
    NONE = "none"  # there is none
    UNREAD = "unread"  # some of it is only to be seen, and there was no machine to read it


@dataclass(frozen=True)
class Read:
    """What a document says. `words`: the same as it is searched, made by `seeking.indexed`."""

    text: str
    source: Source
    pages: int | None
    words: str


@dataclass(frozen=True)
class Hit:
    """A document that has all the words, and where the first of them stands in it."""

    document_id: int
    before: str
    found: str
    after: str


class Texts:
    """What documents say."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, document_id: int) -> DocumentText | None:
        """The text of a document, if it was read."""
        return rows.find(DocumentText, document=document_id)

    def keep(self, document_id: int, read: Read, at: datetime) -> None:
        """Inside a unit: this is what it says, in place of what was known before."""
        DocumentText.delete().where(DocumentText.document == document_id).execute()
        rows.insert(
            DocumentText,
            document=document_id,
            text=read.text,
            source=read.source,
            pages=read.pages,
            read_at=at,
        )
        self._store.execute(_INSERT, (document_id, read.words))

    def forget(self, document_id: int) -> None:
        """Inside a unit: it was destroyed, and so are its words, also where they were replaced."""
        DocumentText.delete().where(DocumentText.document == document_id).execute()
        self._store.execute(_TIDY)

    def search(self, words: str, limit: int = 20) -> list[Hit]:
        """The documents that have every one of these words, the best first; the last may be begun.

        Nothing is found for a query without a word.
        """
        asked = seeking.asked(words)
        if not asked:
            return []
        found = self._store.execute(_FIND, (seeking.query(asked), limit)).fetchall()
        return [_hit(document_id, asked) for (document_id,) in found]


def _hit(document_id: int, asked: list[str]) -> Hit:
    row = rows.find(DocumentText, document=document_id)
    text: str = row.text if row is not None else ""
    return Hit(document_id, *seeking.snippet(text, asked))
