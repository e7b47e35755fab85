"""What was sent long ago is forgotten. Everything runs inside a unit.

What failed or is uncertain stays: a person has to see it. So does what asks a question that may
still be answered, what speaks of a message that is not settled, and which document went to whom,
as long as there is the document.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from peewee import fn

from appliance.store.models import (
    Document,
    Message,
    MessageStatus,
    Outgoing,
    OutgoingItem,
    OutgoingStatus,
    Question,
)

WENT = (OutgoingStatus.SENT, OutgoingStatus.DELIVERED, OutgoingStatus.READ)
_UNSETTLED = (MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED, MessageStatus.ERROR)


def old_rows(before: datetime) -> Any:
    """Sent, and nothing of it is open."""
    return Outgoing.select(
        Outgoing.id, Outgoing.client, Outgoing.dossier, Outgoing.correspondent, Outgoing.recipient
    ).where(
        Outgoing.status.in_(WENT),
        Outgoing.created_at < before,
        Outgoing.due_at.is_null(),
        Outgoing.leased_until.is_null(),
        Outgoing.held.is_null(),
        Outgoing.document.is_null() | ~fn.EXISTS(_document()),
        ~fn.EXISTS(Question.select(Question.id).where(Question.outgoing == Outgoing.id)),
        ~fn.EXISTS(_open_items()),
    )


def _document() -> Any:
    is_kept = (Document.id == Outgoing.document, Document.destroyed_at.is_null())
    return Document.select(Document.id).where(*is_kept)


def _open_items() -> Any:
    is_open = Message.status.in_(_UNSETTLED) | Document.waits()
    return (
        OutgoingItem.select(OutgoingItem.id)
        .join(Message)
        .left_outer_join(Document, on=(Message.document == Document.id))
        .where(OutgoingItem.outgoing == Outgoing.id, is_open)
    )


def delete_rows(ids: Sequence[int]) -> int:
    OutgoingItem.delete().where(OutgoingItem.outgoing.in_(ids)).execute()
    return int(Outgoing.delete().where(Outgoing.id.in_(ids)).execute())


def empty_rows_of(dossier_id: int) -> int:
    """The words of what was said about a dossier are gone; that something was said stays."""
    query = Outgoing.update(subject=None, body=None, content=None).where(
        Outgoing.dossier == dossier_id, Outgoing.status.in_(WENT)
    )
    return int(query.execute())


def empty_rows_with(document_id: int) -> int:
    """What was sent, or was to be, of a document that was destroyed: its name and what was written
    beside it go with it, from whichever dossier that was. What has not left will not: it is gone.
    """
    query = Outgoing.update(subject=None, body=None, content=None)
    return int(query.where(Outgoing.document == document_id).execute())
