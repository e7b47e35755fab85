"""What every table has, and the statuses of the contract."""

from enum import StrEnum
from typing import Any

import peewee
from peewee import IntegerField

from appliance.store.fields import UtcDateTimeField


class MessageStatus(StrEnum):
    """received → media_downloaded → document_created | processed | error."""

    RECEIVED = "received"
    MEDIA_DOWNLOADED = "media_downloaded"
    DOCUMENT_CREATED = "document_created"
    PROCESSED = "processed"
    ERROR = "error"


class MediaStatus(StrEnum):
    WAITING = "waiting"
    DOWNLOADED = "downloaded"
    LOST = "lost"


class DocumentStatus(StrEnum):
    PENDING = "pending"
    FILED = "filed"


class Safety(StrEnum):
    """What a document is to the firm's computers. `to_check`: somebody should look at it first."""

    UNEXAMINED = "unexamined"
    OK = "ok"
    TO_CHECK = "to_check"
    QUARANTINED = "quarantined"


class OutgoingStatus(StrEnum):
    """queued → sending → sent → delivered → read, or failed; unknown when nobody can tell."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ChoreStatus(StrEnum):
    """open → done, or failed: then a person must look. Asked for again, it is open again."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


class DestructionStatus(StrEnum):
    """proposed → confirmed → done; or withdrawn, until it is confirmed."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class DossierStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class Role(StrEnum):
    ADMIN = "admin"
    AVOCAT = "avocat"
    ASSISTANT = "assistant"


class Row(peewee.Model):
    """Every table has an `id`; rows are changed only inside `Store.write`."""

    id: Any = peewee.AutoField()

    class Meta:
        legacy_table_names = False


class WorkRow(Row):
    """A row that is also a piece of work: `store.work` claims, finds and releases it.

    Its lane is what is paused together; `lane_sql` says it in a statement. `started_at` is no
    column: when this process took it, or looked at it to take it.
    """

    lane: Any = ""
    lane_sql: str = "''"
    started_at: Any = None

    due_at: Any = UtcDateTimeField(null=True)
    leased_until: Any = UtcDateTimeField(null=True)
    attempts: Any = IntegerField(default=0)
    interruptions: Any = IntegerField(default=0)
    priority: Any = IntegerField(default=0)
