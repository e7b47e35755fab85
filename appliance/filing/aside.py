"""What is set aside because its sender is blocked. Of filing.folders: the columns `rejected_…`.

A document that waits when its sender is blocked is set aside by the gesture that blocks them
(filing.gestures). What comes afterwards is so from its first commit on, by nobody's act.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance.filing.acts import BLOCKED, NOT_REJECTED
from appliance.firm.scope import Condition, Scope
from appliance.store.models import Document, Message

GREFFIER = "greffier"  # who sets aside what nobody looks at


def unheard(now: datetime) -> Mapping[str, object]:
    """The columns of a document that comes from a sender who is blocked."""
    return {"rejected_at": now, "rejected_by": GREFFIER, "rejected_reason": BLOCKED}


def is_heard() -> Condition:
    """On `Document`: it is not set aside for its sender's sake."""
    return Document.rejected_reason.is_null() | (Document.rejected_reason != BLOCKED)


def waiting(person_id: int, scope: Scope) -> list[int]:
    """What waits from this sender as nobody's, of what they see, in the order in which it came."""
    waits = (Document.waits(), Document.client.is_null(), Document.stored_at.is_null(False))
    query = Document.select(Document.id).where(*waits, Document.id.in_(_sent_by(person_id)))
    ordered = query.where(scope.documents()).order_by(Document.received_at, Document.id)
    return [row_id for (row_id,) in ordered.tuples()]


def freed(person_id: int) -> int:
    """Inside a unit: what was set aside because they were blocked waits again; how many."""
    is_theirs = Document.id.in_(_sent_by(person_id))
    query = Document.update(**NOT_REJECTED).where(Document.rejected_reason == BLOCKED, is_theirs)
    return int(query.execute())


def left(person_id: int, scope: Scope) -> int:
    """How many of their documents that they see are still set aside because they were blocked."""
    is_theirs = (Document.rejected_reason == BLOCKED, Document.id.in_(_sent_by(person_id)))
    return int(Document.select().where(*is_theirs, scope.documents()).count())


def sender_of(document: Document) -> int | None:
    """The correspondent who sent it, the last if it was sent again; None if no message says so."""
    query = Message.select(Message.correspondent).where(
        Message.document == document.id, Message.correspondent.is_null(False)
    )
    found = query.order_by(Message.id.desc()).tuples().first()
    return found[0] if found else None


def _sent_by(person_id: int) -> Any:
    brought = (Message.correspondent == person_id, Message.document.is_null(False))
    return Message.select(Message.document).where(*brought)
