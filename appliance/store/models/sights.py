"""What people see of documents, the words in them, and of what a document is made."""

from typing import Any

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.incoming import Document
from appliance.store.models.rows import Row


class Sight(Row):
    """What is known of these bytes, as a picture or as pages. Owner: sights.depicting.

    The pictures themselves are files below `<data>/sights`, made again when they are missing.
    `has_copy`: a copy to look at exists beside the original; else its pages are shown.
    """

    sha256: Any = TextField(unique=True)
    format: Any = TextField(null=True)
    width: Any = IntegerField(null=True)
    height: Any = IntegerField(null=True)
    pages: Any = IntegerField(null=True)
    has_copy: Any = BooleanField(default=False)
    made_at: Any = UtcDateTimeField()
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)  # JSON: see telling

    class Meta:
        table_name = "sights"


class DocumentText(Row):
    """The words of a document. Owner: sights.texts.

    Beside it, `document_words` (FTS5, rowid = document) holds them folded; a trigger removes them
    with this row.
    """

    document: Any = ForeignKeyField(Document, unique=True, on_delete="CASCADE")
    text: Any = TextField()
    source: Any = TextField()  # see sights.texts.Source
    pages: Any = IntegerField(null=True)
    read_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "document_texts"


class DocumentPart(Row):
    """One of the photos of which a document was bound, in order. Owner: filing.binding."""

    document: Any = ForeignKeyField(Document, backref="parts", on_delete="CASCADE")
    part: Any = ForeignKeyField(Document, backref="wholes", on_delete="CASCADE")
    position: Any = IntegerField()

    class Meta:
        table_name = "document_parts"
        indexes = ((("document", "position"), True),)
