"""What came in, when it is old: its words go, that it came stays. Everything runs inside a unit.

The row of a message stays for ever, so that one which Meta repeats is known, and a receipt can say
who sent what and when. A body is emptied only once the inventory has compared it with the
messages: its sum stays true. The queries are those of one look: they say what may go.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from peewee import fn

from appliance.inbox import envelope
from appliance.store import models
from appliance.store.models import (
    Media,
    Message,
    MessageStatus,
    Notice,
    Receipt,
    WebhookBody,
)

FINISHED = (MessageStatus.PROCESSED, MessageStatus.DOCUMENT_CREATED)
_UNDER_WAY = ("queued", "sending")  # states of what may still be written about a message


def old_messages(before: datetime) -> Any:
    """Finished, seen to the end by everybody, and not emptied yet.

    Of a document that waits for a person, what was said with it is what they decide by.
    """
    item, outgoing = models.OutgoingItem, models.Outgoing
    spoken_of = (
        item.select(item.message)
        .join(outgoing)
        .where(outgoing.status.in_(_UNDER_WAY), item.message == Message.id)
    )
    waiting = models.Document.select(models.Document.id).where(
        models.Document.id == Message.document,
        models.Document.waits(),
    )
    return Message.select(
        Message.id, Message.client, Message.sender, Message.user_id, Message.correspondent
    ).where(
        Message.status.in_(FINISHED),
        Message.received_at < before,
        Message.emptied_at.is_null(),
        Message.due_at.is_null(),
        Message.leased_until.is_null(),
        ~fn.EXISTS(spoken_of),
        ~fn.EXISTS(waiting),
    )


def empty_messages(ids: Sequence[int], now: datetime) -> int:
    """What they said, and how, is gone; who sent them, when and which document stays."""
    gone = {"body": None, "raw": "{}", "reason": None, "emptied_at": now}
    named = Message.update(**gone).where(Message.id.in_(ids))
    Message.update(profile_name=None).where(
        Message.id.in_(ids), Message.document.is_null()
    ).execute()
    return int(named.execute())


def old_bodies(before: datetime, compared: int) -> Any:
    """Understood, compared by an inventory (up to the id `compared`), and not emptied yet."""
    return WebhookBody.select(WebhookBody.id).where(
        WebhookBody.received_at < before,
        WebhookBody.id <= compared,
        WebhookBody.error.is_null(),
        fn.length(WebhookBody.body) > 0,
    )


def empty_bodies(ids: Sequence[int]) -> int:
    """Those go whose every message is empty, and whose every piece of news has been read."""
    bodies = WebhookBody.select().where(WebhookBody.id.in_(ids))
    settled = [body.id for body in bodies if _is_settled(body)]
    if not settled:
        return 0
    return int(WebhookBody.update(body=b"").where(WebhookBody.id.in_(settled)).execute())


def _is_settled(body: WebhookBody) -> bool:
    unread = (Notice.received_at == body.received_at, Notice.webhook_body == body)
    if Notice.select().where(*unread, Notice.read_at.is_null()).exists():
        return False
    updates = envelope.read(envelope.parse(bytes(body.body)))
    wamids = [each.wamid for each in updates if isinstance(each, envelope.Incoming)]
    full = Message.select().where(Message.wamid.in_(wamids), Message.emptied_at.is_null())
    return not (wamids and full.exists())


def old_receipts(before: datetime) -> Any:
    """Applied, and what they speak of is gone from the outbox (or never was there)."""
    outgoing = models.Outgoing
    ours = outgoing.select(outgoing.id).where(outgoing.remote_id == Receipt.wamid)
    return Receipt.select(Receipt.id).where(
        Receipt.received_at < before,
        Receipt.due_at.is_null(),
        Receipt.leased_until.is_null(),
        ~fn.EXISTS(ours),
    )


def delete_receipts(ids: Sequence[int]) -> int:
    return int(Receipt.delete().where(Receipt.id.in_(ids)).execute())


def old_notices(before: datetime) -> Any:
    """Read and understood; what they said of the account is an event of its own."""
    return Notice.select(Notice.id).where(
        Notice.received_at < before,
        Notice.read_at.is_null(False),
        Notice.error.is_null(),
        Notice.raw != "{}",
    )


def empty_notices(ids: Sequence[int]) -> int:
    return int(Notice.update(raw="{}").where(Notice.id.in_(ids)).execute())


def old_media(before: datetime) -> Any:
    """What is known of files at Meta, long after Meta has them no more."""
    return Media.select(Media.id, Media.media_id, Media.sha256).where(Media.seen_at < before)


def delete_media(ids: Sequence[int], needed: Collection[str]) -> tuple[int, list[str]]:
    """Forget these but for the `needed` media ids; how many, and the hashes nobody has a row of.

    Bytes that belong to a document, filed or waiting, are not among those.
    """
    found = [row for row in Media.select().where(Media.id.in_(ids)) if row.media_id not in needed]
    Media.delete().where(Media.id.in_([row.id for row in found])).execute()
    hashes = {row.sha256 for row in found if row.sha256}
    return len(found), sorted(one for one in hashes if not is_anybodys(one))


def is_anybodys(sha256: str) -> bool:
    """Whether a document that was not destroyed, or a file at Meta, has these bytes."""
    document = models.Document
    owned = document.select().where(document.sha256 == sha256, document.destroyed_at.is_null())
    return bool(owned.exists() or Media.select().where(Media.sha256 == sha256).exists())
