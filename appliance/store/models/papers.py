"""What proves a delivery, what a dossier still waits for, what was communicated of it."""

from typing import Any

import peewee
from peewee import BooleanField, DateField, ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Dossier
from appliance.store.models.incoming import Document
from appliance.store.models.rows import Row


class Proof(Row):
    """One entry of the chain of receipts. Only ever added to. Owner: papers.proofs.

    `statement` is the canonical JSON of what it says, null once it was erased at somebody's
    request; `digest` stays: see chain. The database itself refuses every other change.
    """

    number: Any = IntegerField(unique=True)
    kind: Any = TextField()
    dossier: Any = ForeignKeyField(Dossier, null=True)
    statement: Any = TextField(null=True)
    digest: Any = TextField()
    previous: Any = TextField()
    hash: Any = TextField()
    seal: Any = TextField()
    key_id: Any = TextField()
    issued_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "proofs"


class Delivery(Row):
    """Documents of one sender that reached one dossier together. Owner: papers.proofs.

    It is open while `proof` is null: what is filed meanwhile joins it.
    """

    kind: Any = TextField()
    sender: Any = TextField()
    dossier: Any = ForeignKeyField(Dossier, null=True)
    opened_at: Any = UtcDateTimeField()
    count: Any = IntegerField(default=0)
    proof: Any = ForeignKeyField(Proof, null=True, backref="deliveries")

    class Meta:
        table_name = "deliveries"
        indexes = ((("proof", "sender"), False),)


class DeliveryItem(Row):
    """What became of one document, as it was known in that very commit. Owner: papers.proofs."""

    delivery: Any = ForeignKeyField(Delivery, backref="items")
    document: Any = ForeignKeyField(Document, backref="+")
    dossier: Any = ForeignKeyField(Dossier, null=True, index=False)
    facts: Any = TextField()  # JSON

    class Meta:
        table_name = "delivery_items"


class ExpectedPiece(Row):
    """Something that a dossier waits for. Owner: papers.pieces."""

    dossier: Any = ForeignKeyField(Dossier, backref="expected")
    label: Any = TextField()
    keywords: Any = TextField(default="")  # phrases, with commas between them
    needed_on: Any = DateField(null=True)
    note: Any = TextField(default="")
    created_at: Any = UtcDateTimeField()
    created_by: Any = TextField()

    class Meta:
        table_name = "expected_pieces"


class PieceTick(Row):
    """What satisfies an expected piece, might, or does not. Owner: papers.pieces.

    Without a document: it came another way, on paper for example.
    """

    piece: Any = ForeignKeyField(ExpectedPiece, backref="ticks")
    document: Any = ForeignKeyField(Document, null=True, backref="+")
    state: Any = TextField()
    by: Any = TextField()
    at: Any = UtcDateTimeField()

    class Meta:
        table_name = "piece_ticks"
        indexes = ((("piece", "document"), True),)


class PieceList(Row):
    """What the firm usually asks for in one kind of dossier. Owner: papers.pieces."""

    language: Any = TextField()
    name: Any = TextField()
    name_key: Any = TextField()
    lines: Any = TextField()  # "label: keyword, keyword", one a line

    class Meta:
        table_name = "piece_lists"
        indexes = ((("language", "name_key"), True),)


class Bordereau(Row):
    """A list of pieces as it was communicated: never changed. Owner: papers.exhibits."""

    dossier: Any = ForeignKeyField(Dossier, backref="bordereaux")
    number: Any = IntegerField()
    language: Any = TextField()
    first: Any = IntegerField()
    last: Any = IntegerField()
    statement: Any = TextField()  # JSON
    pdf: Any = peewee.BlobField()
    sha256: Any = TextField()
    issued_by: Any = TextField()
    issued_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "bordereaux"
        indexes = ((("dossier", "number"), True),)


class Exhibit(Row):
    """A document chosen for the bordereau. Owner: papers.exhibits.

    `number` and `bordereau` are null until it is communicated; from then on nothing of it changes.
    """

    dossier: Any = ForeignKeyField(Dossier, backref="exhibits")
    document: Any = ForeignKeyField(Document, backref="+")
    position: Any = IntegerField()
    number: Any = IntegerField(null=True)
    bordereau: Any = ForeignKeyField(Bordereau, null=True, backref="exhibits")
    title: Any = TextField()
    dated_on: Any = DateField(null=True)
    pages: Any = IntegerField(null=True)
    has_left: Any = BooleanField(default=False)  # communicated, and in another dossier since

    class Meta:
        table_name = "exhibits"
        indexes = ((("dossier", "document"), True),)
