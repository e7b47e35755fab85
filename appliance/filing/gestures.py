"""What a person does in one go to documents that wait: done one by one, undone as one.

Each document is an act of its own, committed before the next is touched: cut anywhere, what is
done is done and the rest waits as before. The acts of one go share a `gesture`; undoing it undoes
each of them, the last first, and a PDF that it bound is set aside, its bytes kept.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from appliance.errors import GreffierError, PermanentError, TemporaryError, mark
from appliance.filing import aside
from appliance.filing.acts import BLOCKED, UNDOABLE, Done
from appliance.filing.binding import NOT_A_PICTURE, TOO_FEW, Binder
from appliance.filing.matching import Reason
from appliance.filing.moving import Mover
from appliance.firm.blocking import Blocking
from appliance.firm.scope import EVERYTHING, Scope
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Act, Document, DocumentPart

NOT_ALL = mark("Not all of the photos could be filed, so they were not bound into one PDF.")


class Rejection(StrEnum):
    """Why a document is set aside, where it is not said in words of one's own."""

    NOT_OURS = "not_ours"  # meant for somebody else
    ILLEGIBLE = "illegible"  # a better picture is needed
    DUPLICATE = "duplicate"  # the firm has it already
    USELESS = "useless"  # advertising, greetings, a finger on the lens
    UNDONE = "undone"  # Greffier's: a PDF whose photos were taken back
    BLOCKED = BLOCKED  # its sender is blocked


# Those of which people choose one.
CHOSEN = (Rejection.NOT_OURS, Rejection.ILLEGIBLE, Rejection.DUPLICATE, Rejection.USELESS)


@dataclass
class Outcome:
    """What became of each document; `error`: why it went no further, if it did not.

    `person`: the correspondent who is blocked by it, or was until it was undone.
    """

    gesture: str
    done: list[int] = field(default_factory=list)
    others: list[tuple[int, Done]] = field(default_factory=list)
    error: GreffierError | None = None
    person: int | None = None


Deed = Callable[[int], Done]


class Gestures:
    """Files, sets aside and brings back, several at a time; undoes what it did."""

    def __init__(self, store: Store, mover: Mover, binder: Binder, blocking: Blocking) -> None:
        self._store = store
        self._mover = mover
        self._binder = binder
        self.blocking = blocking

    def file(self, document_ids: Sequence[int], dossier_id: int, by: str) -> Outcome:
        """Put each of those that still wait into the dossier."""
        gesture = _new()
        return _each(
            document_ids,
            gesture,
            lambda row_id: self._mover.file_waiting(row_id, dossier_id, by, gesture),
        )

    def file_bound(self, document_ids: Sequence[int], dossier_id: int, by: str) -> Outcome:
        """The same for photos, which then become one PDF beside them, in this order.

        Nothing is done unless all of them are photos; nothing is bound unless all were filed.
        """
        fault = _not_photos(document_ids)
        if fault is not None:
            return Outcome("", error=fault)
        outcome = self.file(document_ids, dossier_id, by)
        if outcome.error is not None or any(done != Done.SAME for _, done in outcome.others):
            outcome.error = outcome.error or PermanentError(NOT_ALL)
            return outcome
        try:
            bound = self._binder.bind(document_ids, by)
            if bound.dossier_id != dossier_id:  # bound before, and taken back since
                self._mover.move(bound.id, dossier_id, by, outcome.gesture)
        except (TemporaryError, PermanentError) as error:
            outcome.error = error
        return outcome

    def reject(self, document_ids: Sequence[int], by: str, reason: str) -> Outcome:
        """Set each of those that still wait aside."""
        gesture = _new()
        return _each(
            document_ids, gesture, lambda row_id: self._mover.reject(row_id, by, reason, gesture)
        )

    def block(self, person_id: int, why: str, by: str, scope: Scope) -> Outcome:
        """Hear nothing of this sender any more, and set aside all that waits from them.

        They are blocked first: what comes meanwhile is set aside by itself. Cut anywhere, the rest
        waits as before, and goes when they are blocked again. A client's number is refused.
        """
        try:
            gesture = self.blocking.block(person_id, why, by, _new(), scope)
        except PermanentError as error:
            return Outcome("", error=error)
        if gesture is None:
            return Outcome("")
        outcome = _each(
            aside.waiting(person_id, scope),
            gesture,
            lambda row_id: self._mover.reject(row_id, by, Rejection.BLOCKED, gesture),
        )
        outcome.person = person_id
        return outcome

    def bring_back(self, document_ids: Sequence[int], by: str) -> Outcome:
        """Let each of those that were set aside wait again."""
        gesture = _new()
        return _each(
            document_ids, gesture, lambda row_id: self._mover.bring_back(row_id, by, gesture)
        )

    def last(self, by: str, since: datetime) -> str | None:
        """The last gesture of theirs since then that stands."""
        found = (
            Act.select(Act.gesture)
            .where(
                Act.by == by,
                Act.gesture.is_null(False),
                Act.kind.in_(UNDOABLE),
                Act.done_at >= since,
                Act.undone_at.is_null(),
            )
            .order_by(Act.id.desc())
            .first()
        )
        return found.gesture if found is not None else None

    def touched(self, gesture: str) -> list[int]:
        """The documents of a gesture that stands, in the order in which it took them."""
        stands = (Act.gesture == gesture, Act.undone_at.is_null(), Act.done_at.is_null(False))
        query = Act.select(Act.document).where(*stands).order_by(Act.id).tuples()
        return list(dict.fromkeys(document_id for (document_id,) in query))

    def undo(self, gesture: str, by: str) -> Outcome:
        """As before it: each document for itself, what was done to one since stays.

        Who was blocked by it is heard again, first of all: cut after that, it may be undone again,
        and nobody is muted of whom the firm believes that they are heard.
        """
        person = self.blocking.undo(gesture, by)
        outcome = Outcome(gesture, person=person.id if person is not None else None)
        try:
            for bound in _bound_by(gesture):
                self._mover.withdraw(bound.id, by, Rejection.UNDONE)
            for batch, document_id in _batches(gesture):
                _note(outcome, document_id, self._mover.undo(batch, by))
        except (TemporaryError, PermanentError) as error:
            outcome.error = error
        return outcome

    def recognise(
        self, sender: str, client_id: int, scope: Scope = EVERYTHING, note: Note = by_nobody
    ) -> int:
        """A number is a client's from now on: what waits from it is theirs. How many documents.

        Only what waited because nobody knew the number: a doubt or an opponent stays one. Only what
        they see (`scope`): the number may be another's, too.
        """

        def unit() -> int:
            query = Document.update(client=client_id, reason=Reason.KNOWN_SINCE.value).where(
                Document.sender == sender,
                Document.waits(),
                Document.client.is_null(),
                Document.reason == Reason.UNKNOWN_NUMBER.value,
                scope.documents(),
            )
            return int(query.execute())

        return self._store.act(unit, note)


def _new() -> str:
    return secrets.token_hex(8)


def _each(document_ids: Iterable[int], gesture: str, deed: Deed) -> Outcome:
    """One after the other; a fault of the disk ends it, and what is done stays done."""
    outcome = Outcome(gesture)
    for document_id in dict.fromkeys(document_ids):
        try:
            _note(outcome, document_id, deed(document_id))
        except (TemporaryError, PermanentError) as error:
            outcome.error = error
            break
    return outcome


def _note(outcome: Outcome, document_id: int, done: Done) -> None:
    if done == Done.DONE:
        outcome.done.append(document_id)
    else:
        outcome.others.append((document_id, done))


def _not_photos(document_ids: Sequence[int]) -> PermanentError | None:
    if len(set(document_ids)) < 2:
        return PermanentError(TOO_FEW)
    for document_id in document_ids:
        document = rows.find(Document, id=document_id)
        if document is not None and not document.mime_type.startswith("image/"):
            return PermanentError(NOT_A_PICTURE, name=document.name)
    return None


def _batches(gesture: str) -> list[tuple[int, int]]:
    """Its acts that stand, one for each file, the last first: (batch, document)."""
    stands = (Act.gesture == gesture, Act.undone_at.is_null(), Act.id == Act.batch)
    return list(Act.select(Act.batch, Act.document).where(*stands).order_by(Act.id.desc()).tuples())


def _bound_by(gesture: str) -> list[Document]:
    """The PDFs that were made by it and lie where it put their photos."""
    acts = list(Act.select().where(Act.gesture == gesture, Act.undone_at.is_null()))
    if not acts:
        return []
    parts = {act.document_id for act in acts}
    begun = min(act.begun_at for act in acts)
    wholes = (
        Document.select()
        .join(DocumentPart, on=(DocumentPart.document == Document.id))
        .where(
            DocumentPart.part.in_(parts),
            Document.reason == Reason.BOUND,
            Document.filed_at >= begun,
            Document.dossier == acts[0].to_dossier,
            Document.id.not_in(parts),
        )
        .distinct()
    )
    return [each for each in wholes if _is_made_of(each, parts)]


def _is_made_of(whole: Document, parts: set[int]) -> bool:
    query = DocumentPart.select(DocumentPart.part).where(DocumentPart.document == whole.id)
    return {part_id for (part_id,) in query.tuples()} <= parts
