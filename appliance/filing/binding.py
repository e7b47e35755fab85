"""Photos that belong together become one PDF, in order, filed beside them. Owns document_parts.

The photos stay what and where they are. The PDF is kept like what comes in (`media/`, by its hash),
then its row says whose it is and of what it is made, then it is put into the folder, then the row
says that it is there. Cut anywhere, it goes on from there: at start, or when it is asked for again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from appliance import disk, names
from appliance.chores import Chores, Kind, Posted
from appliance.clock import Clock, day_of
from appliance.errors import PermanentError, mark
from appliance.filing.folders import Place
from appliance.filing.matching import Reason
from appliance.filing.placing import Cabinet
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, DocumentPart, DocumentStatus
from appliance.wording import Wording
from appliance.workshop.foreman import Task, Workshop

log = structlog.get_logger()

MOST_PARTS = 100
PDF = "application/pdf"
TOO_FEW = mark("Choose two photos at least.")
TOO_MANY = mark("Choose %(most)d photos at most: bind the others into a second PDF.")
NOT_TOGETHER = mark("Only photos that are filed in one dossier can be bound: file them first.")
NOT_A_PICTURE = mark("%(name)s is no photo: choose photos only.")
NOT_SHOWN = mark("%(name)s cannot be shown, so it cannot be bound: leave it out.")
NAME = mark("Photos")


@dataclass(frozen=True)
class Bindery:
    """What binding is done with.

    `sheet`: the JPEG of a photo as people see it. `media`: where bytes with this hash are kept.
    `audit`: inside a unit, who did what.
    """

    workshop: Workshop
    sheet: Callable[[Document], Path]
    media: Callable[[str], Path]
    chores: Chores
    wording: Wording
    audit: Callable[[str, str, str | None, str | None], None]


class Binder:
    """Binds photos. The same ones in the same order are one document, however often asked for."""

    def __init__(
        self, store: Store, clock: Clock, place: Place, cabinet: Cabinet, bindery: Bindery
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._cabinet = cabinet
        self._with = bindery

    def bind(self, document_ids: Sequence[int], by: str) -> Document:
        """One PDF of these photos, in this order, in their dossier. `by`: who asks.

        Raises PermanentError when they cannot be bound, with what to do; TemporaryError when the
        disk is full or the workshop is busy.
        """
        parts = _chosen(document_ids)
        known = _bound_before(parts)
        if known is None:
            sha256, size = self._made(parts)
            known = self._store.write(lambda: self._reserved(parts, sha256, size, by))
        return self._placed(known, by)

    def sweep(self) -> int:
        """At start: what a crash left without its file is filed now. How many."""
        waiting = Document.select().where(
            Document.reason == Reason.BOUND,
            Document.stored_at.is_null(),
            Document.destroyed_at.is_null(),
        )
        found = list(waiting)
        for document in found:
            self._placed(document, document.filed_by or "greffier")
        return len(found)

    def _made(self, parts: Sequence[Document]) -> tuple[str, int]:
        """The PDF is kept; its hash and size."""
        sheets = [str(self._sheet(part)) for part in parts]
        shelf = self._with.media("00").parent.parent
        with disk.translated(shelf):
            disk.make_folder(shelf)
            temporary, _ = disk.write_temporary(shelf, [])
            try:
                self._with.workshop.do(Task.BIND, sources=sheets, target=str(temporary))
                return self._kept(temporary)
            finally:
                disk.discard(temporary)

    def _sheet(self, part: Document) -> Path:
        try:
            return self._with.sheet(part)
        except PermanentError as error:
            raise PermanentError(NOT_SHOWN, name=part.name) from error

    def _kept(self, made: Path) -> tuple[str, int]:
        """Written anew, so that it is synced and its hash is that of what is on the disk."""
        chunks = disk.chunks_of(made)
        temporary, sha256 = disk.write_temporary(made.parent, chunks, disk.READ_ONLY)
        try:
            target = self._with.media(sha256)
            disk.make_folder(target.parent)
            if not disk.publish(temporary, target) and disk.sha256_of(target) != sha256:
                disk.supersede(temporary, target)  # what was there had been damaged since
                disk.fsync_folder(target.parent)
            return sha256, target.stat().st_size
        finally:
            disk.discard(temporary)

    def _reserved(self, parts: Sequence[Document], sha256: str, size: int, by: str) -> Document:
        """Inside a unit: the row of the PDF, and of what it is made."""
        first = parts[0]
        known = rows.find(Document, owner_key=first.owner_key, sha256=sha256)
        if known is not None:  # somebody was quicker
            return known
        received_at = max(part.received_at for part in parts)
        day = day_of(received_at, self._place.zone)
        document = rows.insert(
            Document,
            owner_key=first.owner_key,
            sha256=sha256,
            client=first.client_id,
            dossier=first.dossier_id,
            sender=first.sender,
            name=names.document_name(None, "pdf", day, self._with.wording.text(NAME)),
            mime_type=PDF,
            size=size,
            reason=Reason.BOUND,
            received_at=received_at,
            filed_by=by,
        )
        for position, part in enumerate(parts, 1):
            rows.insert(DocumentPart, document=document.id, part=part.id, position=position)
        return document

    def _placed(self, document: Document, by: str) -> Document:
        """Its file is in the folder, and its row says so."""
        if document.stored_at is not None:
            return document
        dossier = document.dossier
        folder = self._place.root.joinpath(dossier.client.folder, dossier.folder)
        source = self._with.media(document.sha256)
        path = self._cabinet.put(source, folder, document.name, document.sha256)
        posted = self._store.write(lambda: self._filed(document.id, path, by))
        self._with.chores.wake(posted)
        if posted:
            log.info("photos bound", id=document.id, dossier=dossier.id)
        found: Document = Document.get_by_id(document.id)
        return found

    def _filed(self, document_id: int, path: Path, by: str) -> list[Posted]:
        """Inside a unit: it is there, like a document that came, and is looked into like one."""
        seen = rows.find(Document, id=document_id)
        if seen is None or seen.stored_at is not None or seen.destroyed_at is not None:
            return []
        now = self._clock.now()
        rows.update(
            Document,
            document_id,
            name=path.name,
            local_path=path.relative_to(self._place.root).as_posix(),
            status=DocumentStatus.FILED,
            stored_at=now,
            filed_at=now,
        )
        parts = DocumentPart.select(DocumentPart.part).where(DocumentPart.document == document_id)
        listed = ", ".join(str(part_id) for (part_id,) in parts.order_by(_POSITION).tuples())
        self._with.audit(by, "photos bound", str(document_id), listed)
        return [self._with.chores.post(Kind.EXAMINE, document_id)]


_POSITION = DocumentPart.position


def _chosen(document_ids: Sequence[int]) -> list[Document]:
    """The photos, in this order. Raises PermanentError unless they can be bound."""
    wanted = list(dict.fromkeys(document_ids))
    if len(wanted) < 2:
        raise PermanentError(TOO_FEW)
    if len(wanted) > MOST_PARTS:
        raise PermanentError(TOO_MANY, most=MOST_PARTS)
    found = [rows.find(Document, id=one) for one in wanted]
    parts = [one for one in found if one is not None and one.stored_at is not None]
    places = {part.dossier_id for part in parts}
    if len(parts) != len(wanted) or len(places) != 1 or None in places:
        raise PermanentError(NOT_TOGETHER)
    for part in parts:
        if not part.mime_type.startswith("image/"):
            raise PermanentError(NOT_A_PICTURE, name=part.name)
    return parts


def _bound_before(parts: Sequence[Document]) -> Document | None:
    """The PDF of exactly these, in this order; not one that was destroyed since."""
    firsts = DocumentPart.select().where(
        DocumentPart.part == parts[0].id, DocumentPart.position == 1
    )
    wanted = [part.id for part in parts]
    for first in firsts:
        query = DocumentPart.select(DocumentPart.part)
        query = query.where(DocumentPart.document == first.document_id).order_by(_POSITION)
        found: Document = first.document
        if found.destroyed_at is not None:
            continue
        if [part_id for (part_id,) in query.tuples()] == wanted:
            return found
    return None
