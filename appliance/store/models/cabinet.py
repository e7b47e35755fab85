"""What was done to documents and folders after they were filed, by us and by people on disk."""

from typing import Any

from peewee import BigIntegerField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.incoming import Document
from appliance.store.models.rows import Row


class Act(Row):
    """One version of a document's row: where it was, where it went, by whom. Owner: filing.acts.

    `batch` is the id of the first act of those that were one: documents that share a file go
    together. `gesture` is shared by the batches of what a person did in one go. `before` and
    `after` are JSON (see filing.acts). While `done_at` is null the file is on its way: the next
    start brings it there.
    """

    document: Any = ForeignKeyField(Document, backref="acts", on_delete="CASCADE")
    batch: Any = IntegerField(null=True, index=True)
    kind: Any = TextField()
    by: Any = TextField()
    begun_at: Any = UtcDateTimeField()
    done_at: Any = UtcDateTimeField(null=True)
    from_dossier: Any = IntegerField(null=True, index=True)
    to_dossier: Any = IntegerField(null=True, index=True)
    before: Any = TextField()
    after: Any = TextField()
    undoes: Any = IntegerField(null=True)  # a batch
    undone_at: Any = UtcDateTimeField(null=True)
    undone_by: Any = TextField(null=True)
    gesture: Any = TextField(null=True)

    class Meta:
        table_name = "acts"


class FolderMove(Row):
    """A folder of a client or a dossier that gets another name or place. Owner: filing.rehousing.

    Written before the disk is touched; `done_at` is null until every row follows. `wanted` is JSON:
    what the register will say of it then.
    """

    kind: Any = TextField()  # client, dossier
    subject_id: Any = IntegerField()
    from_path: Any = TextField()
    to_path: Any = TextField()
    wanted: Any = TextField()
    by: Any = TextField()
    begun_at: Any = UtcDateTimeField()
    done_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "folder_moves"


class Finding(Row):
    """Something on disk that is not as Greffier left it. Owner: filing.findings.

    `path` is where the document should be, or the foreign file is; `other_path`, where a document
    was found by its bytes. `size` and `modified` (nanoseconds) are those of the file that was
    looked at: with other ones it is another finding. `settled_at`: gone, or a person has chosen.
    """

    document: Any = ForeignKeyField(Document, null=True, backref="findings", on_delete="CASCADE")
    kind: Any = TextField()
    path: Any = TextField(index=True)
    other_path: Any = TextField(null=True)
    size: Any = IntegerField(null=True)
    modified: Any = BigIntegerField(null=True)
    sha256: Any = TextField(null=True)
    found_at: Any = UtcDateTimeField()
    settled_at: Any = UtcDateTimeField(null=True)
    settled_by: Any = TextField(null=True)
    choice: Any = TextField(null=True)

    class Meta:
        table_name = "findings"


class Sighting(Row):
    """How a document's file looked when its bytes were last known to be right.

    As long as it looks so it is not read again. Owner: filing.findings.
    """

    document: Any = ForeignKeyField(Document, unique=True, on_delete="CASCADE")
    size: Any = IntegerField()
    modified: Any = BigIntegerField()  # nanoseconds

    class Meta:
        table_name = "sightings"
