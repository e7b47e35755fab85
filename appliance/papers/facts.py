"""What a receipt says of a document, read in the commit that files it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from appliance.store import rows
from appliance.store.models import Client, Document, DocumentStatus, Dossier, Message


class Firm(NamedTuple):
    """Who makes the receipts, and by which hours its people live."""

    name: str
    timezone: str


def facts_of(document: Document) -> dict[str, Any]:
    """The document as it is now: whose, from where, what bytes, since when, by whom and why."""
    brought = list(
        Message.select().where(Message.document == document.id).order_by(Message.id).limit(20)
    )
    first = brought[0] if brought else None
    client = rows.find(Client, id=document.client_id) if document.client_id else None
    dossier = rows.find(Dossier, id=document.dossier_id) if document.dossier_id else None
    is_filed = document.status == DocumentStatus.FILED
    return {
        "sender": {
            "id": document.sender,
            "name": first.profile_name if first else None,
            "channel": "WhatsApp",
        },
        "client": client.name if client is not None else None,
        "dossier": place_of(dossier) if is_filed else None,
        "document": {
            "id": document.id,
            "name": document.original_name,
            "filed_as": document.name,
            "mime_type": document.mime_type,
            "size": document.size,
            "sha256": document.sha256,
            "wamids": [message.wamid for message in brought],
            "sent_at": stamp(first.sent_at) if first else None,
            "received_at": stamp(document.received_at),
            "filed_at": stamp(document.filed_at),
            "filed_by": document.filed_by,
            "reason": document.reason,
        },
    }


def place_of(dossier: Dossier | None) -> dict[str, Any] | None:
    """The dossier as people name it."""
    return {"reference": dossier.reference, "title": dossier.title} if dossier else None


def stamp(instant: datetime | None) -> str | None:
    """An instant in UTC, to the second: `2026-11-25T08:14:03Z`."""
    if instant is None:
        return None
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_of(stamped: str | None) -> datetime | None:
    """What `stamp` wrote down."""
    return datetime.fromisoformat(stamped) if stamped else None
