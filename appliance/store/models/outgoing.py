"""What goes out, and what holds it."""

from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Client, Dossier
from appliance.store.models.incoming import Document, Message
from appliance.store.models.people import Correspondent
from appliance.store.models.rows import OutgoingStatus, Row, WorkRow


class Outgoing(WorkRow):
    """One thing to send on one channel. Owner: outbox.

    `gathers` names the group that may still join this row while it waits ("confirmation:+216…").
    `callback` travels with a WhatsApp send and comes back in Meta's receipts.
    `content` is what a WhatsApp message holds beside text (JSON of gateways.parcel).
    `held` says what it waits for while it is queued and not due: an event makes it due again.
    `category` is what Meta bills it as: "service" in the window, else its template's.
    `author` is who of the firm wrote it; null: Greffier said it by itself.
    `document` is what it brings (its name, as it left, is the `subject`); `media_id` is Meta's
    for its bytes, since `media_at`.
    """

    lane_sql = "channel"

    channel: Any = TextField()
    kind: Any = TextField()
    recipient: Any = TextField()
    gathers: Any = TextField(null=True)
    status: Any = TextField(default=OutgoingStatus.QUEUED)
    dedupe_key: Any = TextField(unique=True)
    callback: Any = TextField(unique=True)
    remote_id: Any = TextField(null=True, index=True)
    subject: Any = TextField(null=True)
    body: Any = TextField(null=True)
    content: Any = TextField(null=True)
    held: Any = TextField(null=True)
    category: Any = TextField(null=True)
    author: Any = TextField(null=True)
    correspondent: Any = ForeignKeyField(Correspondent, null=True)
    client: Any = ForeignKeyField(Client, null=True)
    dossier: Any = ForeignKeyField(Dossier, null=True)
    document: Any = ForeignKeyField(Document, null=True, index=False)  # partial: see migrations
    media_id: Any = TextField(null=True)
    media_at: Any = UtcDateTimeField(null=True)
    created_at: Any = UtcDateTimeField(index=True)
    expires_at: Any = UtcDateTimeField(null=True)
    sending_at: Any = UtcDateTimeField(null=True)
    sent_at: Any = UtcDateTimeField(null=True)
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)  # JSON: see telling

    class Meta:
        table_name = "outbox"
        indexes = ((("gathers", "status"), False), (("recipient", "created_at"), False))

    @property
    def lane(self) -> str:
        return str(self.channel)


class OutgoingItem(Row):
    """A message that an outgoing row speaks of, once a kind and recipient. Owner: outbox."""

    outgoing: Any = ForeignKeyField(Outgoing, backref="items")
    kind: Any = TextField()
    recipient: Any = TextField()
    message: Any = ForeignKeyField(Message)

    class Meta:
        table_name = "outbox_items"
        indexes = ((("kind", "recipient", "message"), True),)


class Hold(Row):
    """Sending is held: to everybody ("all"), by templates, or to one recipient. Owner: outbox.

    Without `until_at` it lasts until somebody acts; `ended_at` says that it is over.
    """

    scope: Any = TextField()
    recipient: Any = TextField(null=True)
    code: Any = IntegerField(null=True)
    error: Any = TextField()
    reason: Any = TextField(null=True)  # JSON: see telling
    since_at: Any = UtcDateTimeField()
    until_at: Any = UtcDateTimeField(null=True)
    ended_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "sending_holds"
        indexes = ((("scope", "recipient", "ended_at"), False),)


class Question(Row):
    """Which dossier? A client was asked by a list, and may have touched a line. Owner: outbox."""

    outgoing: Any = ForeignKeyField(Outgoing, unique=True)
    correspondent: Any = ForeignKeyField(Correspondent)
    client: Any = ForeignKeyField(Client)
    asked_at: Any = UtcDateTimeField()
    answered_at: Any = UtcDateTimeField(null=True)
    dossier: Any = ForeignKeyField(Dossier, null=True)
    answer_wamid: Any = TextField(null=True)

    class Meta:
        table_name = "questions"
