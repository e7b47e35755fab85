"""What came in, and what was kept of it."""

from typing import Any

import peewee
from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Client, Dossier
from appliance.store.models.people import Correspondent
from appliance.store.models.rows import (
    DocumentStatus,
    MediaStatus,
    MessageStatus,
    Row,
    Safety,
    WorkRow,
)


class WebhookBody(Row):
    """One POST of Meta's as it came. Owner: inbox.messages.

    `sha256` only where it is needed to know the body again: not for one that holds messages and
    nothing else, which are known by their own ids. Its index is partial: see the migrations.
    """

    sha256: Any = TextField(null=True)
    body: Any = peewee.BlobField()
    received_at: Any = UtcDateTimeField()
    deliveries: Any = IntegerField(default=1)
    error: Any = TextField(null=True)

    class Meta:
        table_name = "webhook_bodies"


class Media(Row):
    """A file of Meta's, and whether we hold its bytes. Owner: inbox.media."""

    media_id: Any = TextField(unique=True)
    sha256: Any = TextField(null=True)
    mime_type: Any = TextField(null=True)
    size: Any = IntegerField(null=True)
    filename: Any = TextField(null=True)
    declared_sha256: Any = TextField(null=True)
    status: Any = TextField(default=MediaStatus.WAITING)
    error: Any = TextField(null=True)
    seen_at: Any = UtcDateTimeField()
    downloaded_at: Any = UtcDateTimeField(null=True)
    expires_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "whatsapp_media_cache"


class Document(Row):
    """Something filed or to be filed. Owner: filing; of its safety: safety.book; of its
    copy on Drive: drive.

    `owner_key` says whose it is ("client:12", or "sender:+216…" while nobody knows):
    the same bytes from the same owner are one document. Of one that was destroyed on purpose
    (`destroyed_at`) the row stays, with its hash and its dates; it is nobody's and in no place.
    """

    owner_key: Any = TextField()
    sha256: Any = TextField()
    client: Any = ForeignKeyField(Client, null=True, backref="documents")
    dossier: Any = ForeignKeyField(Dossier, null=True, backref="documents")
    sender: Any = TextField()
    name: Any = TextField()
    original_name: Any = TextField(null=True)
    mime_type: Any = TextField()
    size: Any = IntegerField()
    status: Any = TextField(default=DocumentStatus.PENDING)
    reason: Any = TextField()
    local_path: Any = TextField(null=True)
    old_path: Any = TextField(null=True)  # moved from there: the file is still to be removed
    received_at: Any = UtcDateTimeField()
    stored_at: Any = UtcDateTimeField(null=True)
    filed_at: Any = UtcDateTimeField(null=True)
    filed_by: Any = TextField(null=True)
    drive_id: Any = TextField(null=True)
    drive_status: Any = TextField(null=True)
    declared_mime: Any = TextField(null=True)  # what its sender said; `mime_type` is what it is
    safety: Any = TextField(default=Safety.UNEXAMINED)
    safety_reason: Any = TextField(null=True)  # JSON: see telling
    scanned_at: Any = UtcDateTimeField(null=True)
    destroyed_at: Any = UtcDateTimeField(null=True)
    destruction_id: Any = IntegerField(null=True)  # the number of the report
    rejected_at: Any = UtcDateTimeField(null=True)  # set aside: pending, and waits for nobody
    rejected_by: Any = TextField(null=True)
    rejected_reason: Any = TextField(null=True)  # a code of filing.gestures.Rejection, else words

    @classmethod
    def waits(cls) -> Any:
        """The condition: it waits for a person's choice."""
        return (cls.status == DocumentStatus.PENDING) & cls.rejected_at.is_null()

    class Meta:
        table_name = "documents"
        indexes = ((("owner_key", "sha256"), True), (("status", "received_at"), False))


class Message(WorkRow):
    """One WhatsApp message, stored once. Owner: inbox.messages.

    Each index is a page more to sync before Meta gets its 200: those that only matter later in a
    message's life are partial (see the migrations).
    """

    lane = "message"
    lane_sql = "'message'"

    wamid: Any = TextField(unique=True)
    direction: Any = TextField(default="in")
    sender: Any = TextField()
    user_id: Any = TextField(null=True)
    profile_name: Any = TextField(null=True)
    type: Any = TextField()
    body: Any = TextField(null=True)
    status: Any = TextField(default=MessageStatus.RECEIVED)
    received_at: Any = UtcDateTimeField(index=True)
    sent_at: Any = UtcDateTimeField(null=True)
    processed_at: Any = UtcDateTimeField(null=True)
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)  # JSON: see telling
    raw: Any = TextField()
    webhook_body: Any = ForeignKeyField(WebhookBody, null=True, index=False)
    correspondent: Any = ForeignKeyField(Correspondent, null=True, backref="messages", index=False)
    client: Any = ForeignKeyField(Client, null=True, backref="messages", index=False)
    document: Any = ForeignKeyField(Document, null=True, backref="messages", index=False)
    is_duplicate: Any = BooleanField(default=False)
    edited_at: Any = UtcDateTimeField(null=True)
    revoked_at: Any = UtcDateTimeField(null=True)
    amends: Any = TextField(null=True)  # the wamid of what this one edits or takes back
    emptied_at: Any = UtcDateTimeField(null=True)  # its words are gone; that it came stays known

    class Meta:
        table_name = "whatsapp_messages"
        indexes = ((("sender", "received_at"), False),)


class Receipt(WorkRow):
    """What Meta says became of something we sent. Owner: inbox.messages."""

    lane = "receipt"
    lane_sql = "'receipt'"

    wamid: Any = TextField()
    status: Any = TextField()
    happened_at: Any = UtcDateTimeField(null=True)
    callback: Any = TextField(null=True)
    raw: Any = TextField()
    received_at: Any = UtcDateTimeField()
    webhook_body: Any = ForeignKeyField(WebhookBody, null=True, index=False)
    error: Any = TextField(null=True)

    class Meta:
        table_name = "receipts"
        indexes = ((("wamid", "status"), True),)


class Notice(Row):
    """Anything else Meta told us, and what could not be understood. Owner: inbox.messages."""

    field: Any = TextField()
    raw: Any = TextField()
    error: Any = TextField(null=True)
    received_at: Any = UtcDateTimeField(index=True)
    read_at: Any = UtcDateTimeField(null=True)
    webhook_body: Any = ForeignKeyField(WebhookBody, null=True, index=False)

    class Meta:
        table_name = "notices"
