"""Which documents wait for somebody because of their safety. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL

from appliance.chores import Kind
from appliance.filing.aside import is_heard
from appliance.firm.scope import EVERYTHING, Scope
from appliance.store.models import Chore, ChoreStatus, Client, Document, Dossier, Safety

LOOKS = (Kind.EXAMINE.value, Kind.SCAN.value)


@dataclass(frozen=True)
class Counts:
    """How many wait: to be checked, in quarantine, still to be scanned, that could not be."""

    to_check: int
    quarantined: int
    unscanned: int
    failed: int


@dataclass(frozen=True)
class Unlooked:
    """A document that was not examined or scanned yet, and the work that is to do so."""

    document: Document
    chore: Chore


def counts(scope: Scope = EVERYTHING) -> Counts:
    """How many wait, by their small indexes; of the work, in all."""
    return Counts(
        _doubted(Safety.TO_CHECK, scope).count(),
        _doubted(Safety.QUARANTINED, scope).count(),
        _open_scans().count(),
        _failed().count(),
    )


def to_check(scope: Scope = EVERYTHING) -> int:
    """How many wait to be checked."""
    found: int = _doubted(Safety.TO_CHECK, scope).count()
    return found


def doubted(safety: Safety, most: int, scope: Scope) -> Sequence[Document]:
    """The newest documents of this class, with dossier and client."""
    query = _doubted(safety, scope).select(Document, Dossier, Client).left_outer_join(Dossier)
    query = query.switch(Document).left_outer_join(Client, on=(Document.client == Client.id))
    return list(query.order_by(Document.id.desc()).limit(most))


def unlooked(most: int, scope: Scope) -> Sequence[Unlooked]:
    """What could not be looked into, then what waits for the scanner; oldest first."""
    chores = [
        *_failed().order_by(Chore.id).limit(most),
        *_open_scans().order_by(Chore.id).limit(most),
    ]
    known = Document.select(Document, Dossier, Client).left_outer_join(Dossier).switch(Document)
    known = known.left_outer_join(Client, on=(Document.client == Client.id))
    ids = [chore.subject_id for chore in chores]
    documents = {each.id: each for each in known.where(Document.id.in_(ids), scope.documents())}
    found = [(documents.get(chore.subject_id), chore) for chore in chores]
    return [Unlooked(document, chore) for document, chore in found if document is not None][:most]


def _doubted(safety: Safety, scope: Scope) -> Any:
    is_kept = Document.destroyed_at.is_null()
    has_reason = Document.safety_reason.is_null(False)
    # Nobody has to check what is out of sight; of what may do harm, all is shown.
    is_wanted = is_heard() if safety == Safety.TO_CHECK else SQL("1")
    return Document.select().where(
        has_reason, Document.safety == safety, is_kept, is_wanted, scope.documents()
    )


def _open_scans() -> Any:
    is_open = Chore.due_at.is_null(False)
    return Chore.select().where(is_open, Chore.kind == Kind.SCAN.value)


def _failed() -> Any:
    is_failed = (Chore.error.is_null(False), Chore.status == ChoreStatus.FAILED)
    return Chore.select().where(Chore.kind.in_(LOOKS), *is_failed)
