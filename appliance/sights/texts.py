"""The words of documents, found again however they are spelt. Owns document_texts, document_words.

A word is kept folded and with what it may be a form of (replies.folding), so that "facture" finds
« Factures », "عقد" finds "والعقد", and accents, vowel marks and the ways of Arabic writing do not
matter. What is shown is the text as it is written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appliance.replies import folding
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import DocumentText

LONGEST_QUERY = 200  # characters
MOST_WORDS = 12  # of a query
AROUND = 80  # characters of a snippet, on each side of what was found
_TOKEN = re.compile(r"\S{1,60}")
_PIECE = folding.LONGEST - 100  # characters folded at once

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
    """What a document says. `words`: the same as it is searched, made by `indexed`."""

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
        asked = folding.words(words[:LONGEST_QUERY])[:MOST_WORDS]
        if not asked:
            return []
        found = self._store.execute(_FIND, (_query(asked), limit)).fetchall()
        return [_hit(document_id, asked) for (document_id,) in found]


def indexed(text: str) -> str:
    """A text as it is searched: each word folded, and beside it what it may be a form of."""
    forms: dict[str, str] = {}
    said: list[str] = []
    for word in _words(text):
        if word not in forms:
            forms[word] = " ".join(sorted(folding.stems(word)))
        said.append(forms[word])
    return " ".join(said)


def _words(text: str) -> Iterator[str]:
    """Folded piece by piece: folding takes the square of a text that is made to hurt."""
    piece: list[str] = []
    length = 0
    for token in _TOKEN.findall(text):
        piece.append(token)
        length += len(token) + 1
        if length > _PIECE:
            yield from folding.words(" ".join(piece))
            piece, length = [], 0
    yield from folding.words(" ".join(piece))


def _query(asked: list[str]) -> str:
    """Each word in any of its forms; of the last, also what it begins."""
    groups = [[f'"{form}"' for form in sorted(folding.stems(word))] for word in asked]
    groups[-1].append(f'"{asked[-1]}"*')
    return " AND ".join(f"({' OR '.join(group)})" for group in groups)


def _hit(document_id: int, asked: list[str]) -> Hit:
    row = rows.find(DocumentText, document=document_id)
    text: str = row.text if row is not None else ""
    start, end = _first(text, asked)
    before, after = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
    return Hit(document_id, _in_line(before), text[start:end], _in_line(after))


def _first(text: str, asked: list[str]) -> tuple[int, int]:
    """Where the first word stands that was asked for."""
    known: dict[str, bool] = {}
    for token in _TOKEN.finditer(text):
        said = token[0]
        if said not in known:
            known[said] = _is_asked(folding.words(said), asked)
        if known[said]:
            return token.span()
    return 0, 0


def _is_asked(words: Iterable[str], asked: list[str]) -> bool:
    return any(
        folding.same(word, one) or (one is asked[-1] and word.startswith(one))
        for word in words
        for one in asked
    )


def _in_line(text: str) -> str:
    """In one line, with a space kept where it touches what was found."""
    return re.sub(r"\s+", " ", text)
