"""Lists of clients and dossiers that were brought in: what each did, so that it can be undone."""

from enum import StrEnum
from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import Row


class ImportStatus(StrEnum):
    """previewed → done → undone; or forgotten, when nobody has confirmed it within an hour.

    The row of what is forgotten stays: its number is never another list's.
    """

    PREVIEWED = "previewed"
    DONE = "done"
    UNDONE = "undone"
    FORGOTTEN = "forgotten"


class Import(Row):
    """One list, shown or brought in. Owner: firm.imports. `report`: JSON of what was refused."""

    name: Any = TextField()
    sha256: Any = TextField()
    by: Any = TextField()
    status: Any = TextField(default=ImportStatus.PREVIEWED)
    previewed_at: Any = UtcDateTimeField(null=True)
    done_at: Any = UtcDateTimeField(null=True)
    undone_at: Any = UtcDateTimeField(null=True)
    undone_by: Any = TextField(null=True)
    report: Any = TextField(null=True)

    class Meta:
        table_name = "imports"


class ImportStep(Row):
    """One row that an import made (`field` null), or one value that it changed. Owner:
    firm.imports.

    `before` and `after` are JSON. `left`: why an undo left it as it is.
    """

    of: Any = ForeignKeyField(Import, backref="steps", column_name="import_id", on_delete="CASCADE")
    line: Any = IntegerField()
    kind: Any = TextField()  # client, contact, dossier, party
    subject_id: Any = IntegerField()
    field: Any = TextField(null=True)
    before: Any = TextField(null=True)
    after: Any = TextField(null=True)
    left: Any = TextField(null=True)

    class Meta:
        table_name = "import_steps"
