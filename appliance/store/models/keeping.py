"""For how long dossiers are kept, what may not be destroyed, and what was."""

from typing import Any

from peewee import BigIntegerField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Dossier
from appliance.store.models.incoming import Document, Message
from appliance.store.models.rows import DestructionStatus, Row


class DossierKeeping(Row):
    """For how many years after its closing a dossier is kept. Owner: keeping.

    Without a row, or without `years`, the configuration says it.
    """

    dossier: Any = ForeignKeyField(Dossier, unique=True, backref="+")
    years: Any = IntegerField(null=True)

    class Meta:
        table_name = "dossier_keepings"


class LegalHold(Row):
    """Nothing of this dossier may be destroyed until `ended_at` is set. Owner: keeping."""

    dossier: Any = ForeignKeyField(Dossier, backref="legal_holds")
    reason: Any = TextField()
    since_at: Any = UtcDateTimeField()
    since_by: Any = TextField()
    ended_at: Any = UtcDateTimeField(null=True)
    ended_by: Any = TextField(null=True)

    class Meta:
        table_name = "legal_holds"


class Destruction(Row):
    """One dossier's documents destroyed, or to be: its id is the report's number. Owner: keeping.

    `left`: JSON, paths of files in its folder that are not ours, and stay. `texts`: how many
    messages were emptied with it.
    """

    dossier: Any = ForeignKeyField(Dossier, backref="destructions")
    status: Any = TextField(default=DestructionStatus.PROPOSED)
    reason: Any = TextField()
    proposed_at: Any = UtcDateTimeField()
    proposed_by: Any = TextField()
    confirmed_at: Any = UtcDateTimeField(null=True)
    confirmed_by: Any = TextField(null=True)
    withdrawn_at: Any = UtcDateTimeField(null=True)
    withdrawn_by: Any = TextField(null=True)
    done_at: Any = UtcDateTimeField(null=True)
    closed_at: Any = UtcDateTimeField(null=True)  # of the dossier, when it was confirmed
    left: Any = TextField(default="[]")
    texts: Any = IntegerField(default=0)

    class Meta:
        table_name = "destructions"


class DestructionItem(Row):
    """One document of a destruction, and what became of each of its copies. Owner: keeping.

    `found`: JSON, the paths below the documents folder that are to be removed, written before the
    first of them is. `folder`, `media`, `drive`: outcomes (keeping.outcomes), each set once.
    """

    destruction: Any = ForeignKeyField(Destruction, backref="items")
    document: Any = ForeignKeyField(Document, backref="+")
    name: Any = TextField()
    sha256: Any = TextField()
    size: Any = IntegerField()
    received_at: Any = UtcDateTimeField()
    filed_at: Any = UtcDateTimeField(null=True)
    found: Any = TextField(null=True)
    folder: Any = TextField(null=True)
    media: Any = TextField(null=True)
    drive: Any = TextField(null=True)
    done_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "destruction_items"
        indexes = ((("destruction", "document"), True),)


class Leaving(Row):
    """Bytes that were decided to leave the shelf: the row is there before they go. Owner: keeping.

    Bytes without any row are nobody's to remove: they are named instead.
    """

    sha256: Any = TextField(index=True)
    decided_at: Any = UtcDateTimeField()
    settled_at: Any = UtcDateTimeField(null=True)
    outcome: Any = TextField(null=True)

    class Meta:
        table_name = "leavings"


class CleanUp(Row):
    """What one night removed; without `ended_at` it was cut short. Owner: keeping.

    `orphans`: JSON, names of files on the shelf that no row knows.
    """

    started_at: Any = UtcDateTimeField()
    ended_at: Any = UtcDateTimeField(null=True)
    messages: Any = IntegerField(default=0)
    bodies: Any = IntegerField(default=0)
    receipts: Any = IntegerField(default=0)
    notices: Any = IntegerField(default=0)
    outgoing: Any = IntegerField(default=0)
    chores: Any = IntegerField(default=0)
    media: Any = IntegerField(default=0)
    sessions: Any = IntegerField(default=0)
    files: Any = IntegerField(default=0)
    file_bytes: Any = BigIntegerField(default=0)
    orphans: Any = TextField(default="[]")
    attempts: Any = IntegerField(default=0)

    class Meta:
        table_name = "clean_ups"


class MediaAlert(Row):
    """The last day on which people were told that this message's file will be lost.

    `day` is the firm's, as YYYY-MM-DD. Owner: keeping.
    """

    message: Any = ForeignKeyField(Message, unique=True, backref="+")
    day: Any = TextField()

    class Meta:
        table_name = "media_alerts"
