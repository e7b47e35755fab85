"""Who of the firm sees which dossiers. Read and written by firm.access."""

from enum import StrEnum
from typing import Any

from peewee import BooleanField, ForeignKeyField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Client, Dossier, User
from appliance.store.models.people import Correspondent
from appliance.store.models.rows import Row


class Access(StrEnum):
    """What `dossiers.access` says."""

    USUAL = "usual"  # its lawyer, those who work for them, and who was let in
    SHARED = "shared"  # everybody of the firm who sees dossiers at all
    WALLED = "walled"  # its lawyer and who was let in; nobody else, not even by working for them


class DossierAccess(Row):
    """Somebody let into a dossier (`is_open`), or kept out of it. Owner: firm.access.

    `is_former`: it was theirs, and somebody else took it over; written by firm.handover.
    """

    dossier: Any = ForeignKeyField(Dossier, backref="access_list", on_delete="CASCADE")
    user: Any = ForeignKeyField(User, backref="+", on_delete="CASCADE")
    is_open: Any = BooleanField()
    by: Any = TextField()
    at: Any = UtcDateTimeField()
    is_former: Any = BooleanField(default=False)

    class Meta:
        table_name = "dossier_access"
        indexes = ((("user", "dossier"), True),)


class UserLawyer(Row):
    """A lawyer for whom an assistant works. Owner: firm.access."""

    assistant: Any = ForeignKeyField(User, backref="lawyers", on_delete="CASCADE")
    lawyer: Any = ForeignKeyField(User, backref="assistants", on_delete="CASCADE")

    class Meta:
        table_name = "user_lawyers"
        indexes = ((("assistant", "lawyer"), True),)


class BrokenGlass(Row):
    """An administrator looks at what clients sent, for a reason and a while. Owner: firm.access."""

    user: Any = ForeignKeyField(User, backref="+", on_delete="CASCADE")
    reason: Any = TextField()
    broken_at: Any = UtcDateTimeField()
    until_at: Any = UtcDateTimeField()
    mended_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "broken_glass"
        indexes = ((("user", "until_at"), False),)


class CorrespondentClient(Row):
    """Whom somebody's messages were taken to stand for. Kept by a trigger (migration 0010), and by
    firm.claims where that is not certain.
    """

    correspondent: Any = ForeignKeyField(Correspondent, backref="+", on_delete="CASCADE")
    client: Any = ForeignKeyField(Client, backref="+", on_delete="CASCADE")

    class Meta:
        table_name = "correspondent_clients"
        indexes = ((("correspondent", "client"), True),)
