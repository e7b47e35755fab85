"""Documents as people look at them: read for one page, and the little that may be asked of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from peewee import Expression, fn

from appliance.errors import GreffierError, PermanentError
from appliance.filing.binding import Binder
from appliance.firm.scope import Scope
from appliance.sights.depicting import PDF, PICTURES, quietly
from appliance.sights.fitting import Sights
from appliance.store import rows
from appliance.store.models import (
    Client,
    Document,
    DocumentPart,
    Dossier,
    Message,
    Outgoing,
    Sight,
)

PATIENCE = 10.0  # seconds that a page waits for the workshop
GIVEN = 20  # times that a document was sent, of which its page tells
PHOTOS = 200  # of a dossier that are offered to be bound


@dataclass(frozen=True)
class Seen:
    """A document, how it looks, what stands beside it, of what it is made, and to whom it went.

    `flaw`: why it cannot be shown. `page`: the one that is looked at, where there are several.
    """

    document: Document
    sight: Sight | None
    flaw: GreffierError | None
    page: int
    before: Document | None
    after: Document | None
    parts: Sequence[Document]
    wholes: Sequence[Document]
    given: Sequence[Outgoing]

    @property
    def pages(self) -> int:
        """How many pages can be turned."""
        return self.sight.pages or 0 if self.sight is not None else 0

    @property
    def is_photo(self) -> bool:
        """Whether it can be bound with others."""
        return self.document.mime_type in PICTURES and self.document.dossier_id is not None


class FilesBoard:
    """What the dashboard shows of documents."""

    def __init__(self, sights: Sights, binder: Binder) -> None:
        self._sights = sights
        self._binder = binder

    def document(self, document_id: int) -> Document | None:
        """The document, if its file is kept."""
        found = rows.find(Document, id=document_id)
        return found if found is not None and found.stored_at is not None else None

    def is_withheld(self, document: Document) -> bool:
        """Whether it is in quarantine: nobody opens it here, nor a picture of it."""
        return self._sights.is_withheld(document)

    def seen(self, document: Document, page: int, scope: Scope) -> Seen:
        """Everything for its own page; what stands beside it, as far as they see it."""
        sight, flaw = None, None
        if not self.is_withheld(document):
            try:
                self._sights.depictor.thumbnail(document, PATIENCE)
            except PermanentError as error:
                flaw = error
            sight = self._sights.depictor.facts(document)
        return Seen(
            document,
            sight,
            flaw,
            page,
            _beside(document, scope, is_after=False),
            _beside(document, scope, is_after=True),
            _parts(document, scope),
            _wholes(document, scope),
            _given(document, scope),
        )

    def view(self, document: Document) -> bytes | None:
        """Its copy, or its first page; None for what cannot be looked at."""
        depictor = self._sights.depictor
        found = depictor.copy(document, PATIENCE)
        if found is None and document.mime_type in PICTURES | {PDF}:
            found = depictor.page(document, 1, PATIENCE)
        return self._picture(found)

    def thumbnail(self, document: Document) -> bytes | None:
        """The small picture; None for what has none, or not now."""
        return self._picture(
            quietly(lambda: self._sights.depictor.thumbnail(document, PATIENCE)),
        )

    def page(self, document: Document, number: int) -> bytes | None:
        """One page as a picture. Raises PermanentError when there is no such page."""
        return self._picture(self._sights.depictor.page(document, number, PATIENCE))

    def _picture(self, path: Path | None) -> bytes | None:
        return self._sights.cache.picture(path) if path is not None else None

    def original(self, document: Document) -> bytes | Path:
        """The bytes as they came. Raises PermanentError when they are nowhere."""
        return self._sights.cache.original(document)

    def file(self, document: Document) -> Path:
        """A file with the bytes as they came. Raises PermanentError when they are nowhere."""
        return self._sights.cache.path(document)

    def cache_counts(self) -> Mapping[str, int]:
        """How often the media cache had what was asked for, and where."""
        return self._sights.cache.counts()

    def dossier(self, dossier_id: int) -> Dossier | None:
        """The dossier, with its client."""
        query = Dossier.select(Dossier, Client).join(Client).where(Dossier.id == dossier_id)
        found: Dossier | None = query.first()
        return found

    def photos(self, dossier_id: int) -> list[Document]:
        """Those of a dossier that can be bound, in the order in which they came."""
        flawed = Sight.select(Sight.sha256).where(Sight.error.is_null(False))
        is_photo = Document.mime_type.in_(sorted(PICTURES)) & Document.sha256.not_in(flawed)
        query = Document.select().where(Document.dossier == dossier_id, is_photo, _IS_KEPT)
        # Photos of one burst have one time, and are filed in any order: their messages have theirs.
        first = Message.select(fn.MIN(Message.id)).where(Message.document == Document.id)
        came = fn.COALESCE(first, 0)
        order = (Document.received_at.desc(), came.desc(), Document.id.desc())
        found = list(query.order_by(*order).limit(PHOTOS))
        return [one for one in reversed(found) if not self.is_withheld(one)]

    def bind(self, document_ids: Sequence[int], by: str) -> Document:
        """One PDF of these photos. Raises PermanentError with what to do."""
        return self._binder.bind(document_ids, by)


_IS_KEPT = Document.stored_at.is_null(False)


def _neighbours(document: Document) -> Expression:
    """What stands in the same folder."""
    if document.dossier_id is not None:
        return Document.dossier == document.dossier_id
    return Document.dossier.is_null() & (Document.sender == document.sender)


def _beside(document: Document, scope: Scope, *, is_after: bool) -> Document | None:
    """The next one, in the order in which they came."""
    at, row_id = Document.received_at, Document.id
    same = at == document.received_at
    if is_after:
        is_there = (at > document.received_at) | (same & (row_id > document.id))
        order = (at, row_id)
    else:
        is_there = (at < document.received_at) | (same & (row_id < document.id))
        order = (at.desc(), row_id.desc())
    query = Document.select().where(_neighbours(document), is_there, _IS_KEPT, scope.documents())
    found: Document | None = query.order_by(*order).first()
    return found


def _parts(document: Document, scope: Scope) -> list[Document]:
    on = DocumentPart.part == Document.id
    query = Document.select().join(DocumentPart, on=on).where(scope.documents())
    return list(query.where(DocumentPart.document == document.id).order_by(DocumentPart.position))


def _wholes(document: Document, scope: Scope) -> list[Document]:
    on = DocumentPart.document == Document.id
    query = Document.select().join(DocumentPart, on=on).where(scope.documents())
    return list(query.where(DocumentPart.part == document.id, _IS_KEPT).order_by(Document.id))


def _given(document: Document, scope: Scope) -> list[Outgoing]:
    """When people of the firm sent it to its client, the last time first; from another dossier, in
    which it stood then, only if they see that."""
    is_seen = scope.dossiers(Outgoing.dossier)
    query = Outgoing.select().where(Outgoing.document == document.id, is_seen)
    return list(query.order_by(Outgoing.created_at.desc()).limit(GIVEN))
