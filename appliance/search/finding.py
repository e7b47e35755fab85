"""What somebody looks for, in groups, and only what they see.

The index gives ids, the newest (or the nearest) first; then, page by page, the scope decides which
of them exist for this person. Nothing of the others is counted or said.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import JOIN, SQL, fn

from appliance import phones, seeking
from appliance.firm.scope import Scope
from appliance.search.subjects import Kind
from appliance.seeking import Snippet
from appliance.store.database import Store
from appliance.store.models import Client, Contact, Document, DocumentText, Dossier, Message, Party

FEW, MANY = 6, 50  # hits of a group beside others, and of one that is looked at alone
LEAST_DIGITS = 4  # of a phone number, to look for it
_FIRST, _GROWS, _MOST = 200, 8, 20_000  # candidates of a page
_LOOKED_INTO = 60_000  # characters of a document in which the snippet is looked for
_NUMBER = re.compile(r"[\d\s+().\u00a0\u202f\u200e\u200f\u202a-\u202e/-]+")
_NEAREST = "SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank, rowid DESC"
_NEWEST = (
    "SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"
)
_DOCUMENTS = """
SELECT rowid FROM document_name_words WHERE document_name_words MATCH ?1 AND rowid < ?2
UNION SELECT rowid FROM document_words WHERE document_words MATCH ?1 AND rowid < ?2
ORDER BY 1 DESC LIMIT ?3
"""
_END = 2**63 - 1


@dataclass(frozen=True)
class Hit:
    """One thing that was found: its row, and where it says so if that is more than its name."""

    row: Any
    snippet: Snippet | None = None


@dataclass(frozen=True)
class Group:
    """What was found of one kind. `before`: where to go on, if there is more."""

    kind: Kind
    hits: Sequence[Hit]
    before: int | None = None


@dataclass(frozen=True)
class Asked:
    """A query as it is looked for: its words, FTS5's way to say them, the digits of a number."""

    words: Sequence[str]
    match: str
    digits: str
    numbers: Sequence[str]


class Finder:
    """Looks for words and numbers. `country`: where a number without prefix is at home."""

    def __init__(self, store: Store, country: str) -> None:
        self._store = store
        self._country = country

    def find(self, text: str, scope: Scope) -> list[Group]:
        """A few of each kind; kinds of which nothing is found are left out."""
        asked = self._asked(text)
        found = [self._of(kind, asked, scope, FEW, None) for kind in Kind] if asked else []
        return [group for group in found if group.hits]

    def more(self, kind: Kind, text: str, scope: Scope, before: int | None = None) -> Group:
        """Many of one kind; of documents and messages those older than the id `before`."""
        asked = self._asked(text)
        return self._of(kind, asked, scope, MANY, before) if asked else Group(kind, [])

    def words(self, text: str) -> Sequence[str]:
        """The words that are looked for, to mark them where they are shown."""
        return seeking.asked(text)

    def _asked(self, text: str) -> Asked | None:
        written = text[: seeking.LONGEST_QUERY].strip()
        words = seeking.asked(written)
        if not words:
            return None
        digits = ""
        if _NUMBER.fullmatch(written):
            digits = "".join(str(int(each)) for each in written if each.isdecimal())
        is_number = len(digits) >= LEAST_DIGITS
        number = phones.normalise(written, self._country) if is_number else None
        numbers = sorted(phones.variants(number)) if number else []
        return Asked(words, seeking.query(words), digits if is_number else "", numbers)

    def _of(self, kind: Kind, asked: Asked, scope: Scope, most: int, before: int | None) -> Group:
        look = {
            Kind.CLIENT: self._clients,
            Kind.DOSSIER: self._dossiers,
            Kind.DOCUMENT: self._documents,
            Kind.MESSAGE: self._messages,
        }[kind]
        hits = look(asked, scope, most + 1, before or _END)
        shown = hits[:most]
        has_more = len(hits) > most
        return Group(kind, shown, shown[-1].row.id if has_more else None)

    # -- clients and dossiers: the nearest first, all of them, since there are few

    def _clients(self, asked: Asked, scope: Scope, most: int, _: int) -> list[Hit]:
        ids = [*self._by_number(asked), *self._nearest("client_words", asked.match)]
        query = Client.select().where(scope.clients())
        return [Hit(row) for row in _seen(query, Client, ids, most)]

    def _dossiers(self, asked: Asked, scope: Scope, most: int, _: int) -> list[Hit]:
        match = _with_court_numbers(asked)
        ids = [*self._opposed(asked), *self._nearest("dossier_words", match)]
        query = Dossier.select(Dossier, Client).join(Client).where(scope.dossiers())
        return [Hit(row) for row in _seen(query, Dossier, ids, most)]

    def _nearest(self, table: str, match: str) -> list[int]:
        found = self._store.execute(_NEAREST.format(table=table), (match,)).fetchall()
        return [row_id for (row_id,) in found]

    @staticmethod
    def _by_number(asked: Asked) -> list[int]:
        """Clients whose number this is, however it is written, or whose number has these digits."""
        if not asked.digits:
            return []
        is_it = Contact.value.in_(asked.numbers)
        has = Contact.value.contains(asked.digits.removeprefix("00"))
        query = Contact.select(Contact.client, is_it.alias("is_it")).where(is_it | has)
        found = query.order_by(SQL("is_it").desc(), Contact.client).tuples()
        return list(dict.fromkeys(client_id for client_id, _ in found))

    @staticmethod
    def _opposed(asked: Asked) -> list[int]:
        if not asked.digits:
            return []
        is_it = Party.number.in_(asked.numbers) | Party.number.contains(
            asked.digits.removeprefix("00")
        )
        return [row_id for (row_id,) in Party.select(Party.dossier).where(is_it).tuples()]

    # -- documents and messages: the newest first, page by page

    def _documents(self, asked: Asked, scope: Scope, most: int, before: int) -> list[Hit]:
        is_there = Document.stored_at.is_null(False) & Document.destroyed_at.is_null()
        query = Document.select(Document, Dossier).join(Dossier, JOIN.LEFT_OUTER)
        query = query.where(is_there, scope.documents())
        pages = self._pages(_DOCUMENTS, asked.match, before)
        found = _first(query, Document, pages, most)
        texts = _texts([row.id for row in found])
        return [Hit(row, _found_in(texts.get(row.id), asked.words)) for row in found]

    def _messages(self, asked: Asked, scope: Scope, most: int, before: int) -> list[Hit]:
        query = Message.select(Message, Client).join(Client, JOIN.LEFT_OUTER)
        query = query.where(Message.direction != "elsewhere", scope.messages())
        if asked.numbers:
            written = query.where(Message.sender.in_(asked.numbers), Message.id < before)
            found = list(written.order_by(Message.id.desc()).limit(most))
        else:
            pages = self._pages(_NEWEST.format(table="message_words"), asked.match, before)
            found = _first(query, Message, pages, most)
        return [Hit(row, seeking.snippet(row.body or "", asked.words)) for row in found]

    def _pages(self, sql: str, match: str, before: int) -> Iterator[list[int]]:
        size = _FIRST
        while True:
            found = self._store.execute(sql, (match, before, size)).fetchall()
            ids = [row_id for (row_id,) in found]
            if ids:
                yield ids
            if len(ids) < size:
                return
            before, size = ids[-1], min(size * _GROWS, _MOST)


def _with_court_numbers(asked: Asked) -> str:
    """A court's number finds its dossier however it is spelt."""
    numbers = seeking.numbered(" ".join(asked.words).replace(" ", "/"))
    return " OR ".join([f"({asked.match})", *(f'"{number}"' for number in numbers)])


def _seen(query: Any, table: Any, ids: Sequence[int], most: int) -> list[Any]:
    """Those of these rows that are seen, in this order."""
    ids = list(dict.fromkeys(ids))
    if not ids:
        return []
    order = {row_id: place for place, row_id in enumerate(ids)}
    found: list[Any] = []
    for start in range(0, len(ids), _MOST):
        among = SQL("(SELECT value FROM json_each(?))", [json.dumps(ids[start : start + _MOST])])
        found.extend(query.where(table.id.in_(among)))
    return sorted(found, key=lambda row: order[row.id])[:most]


def _first(query: Any, table: Any, pages: Iterator[list[int]], most: int) -> list[Any]:
    """The newest that are seen."""
    found: list[Any] = []
    for ids in pages:
        among = SQL("(SELECT value FROM json_each(?))", [json.dumps(ids)])
        page = query.where(table.id.in_(among)).order_by(table.id.desc())
        found.extend(page.limit(most - len(found)))
        if len(found) >= most:
            break
    return found


def _texts(document_ids: Sequence[int]) -> dict[int, str]:
    text = fn.SUBSTR(DocumentText.text, 1, _LOOKED_INTO)
    query = DocumentText.select(DocumentText.document, text)
    return dict(query.where(DocumentText.document.in_(list(document_ids))).tuples())


def _found_in(text: str | None, words: Sequence[str]) -> Snippet | None:
    """Where a document says it, if it does within its first pages."""
    snippet = seeking.snippet(text, words) if text else None
    return snippet if snippet is not None and snippet.found else None
