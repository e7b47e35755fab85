"""Who writes to the firm, by which names, and who stands on the other side of a dossier."""

from typing import Any

from peewee import ForeignKeyField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import Dossier
from appliance.store.models.rows import Row


class Correspondent(Row):
    """The person at the other end of a conversation, whatever they are called. Owner: firm.people.

    `last_wrote_at` (by Meta's timestamp) opens the 24-hour window. While `withheld_since` is set,
    nothing automatic tells this person anything of a dossier: a person of the firm must confirm.
    The columns `blocked_…`: see firm.blocking.
    """

    profile_name: Any = TextField(null=True)
    language: Any = TextField(null=True)
    last_wrote_at: Any = UtcDateTimeField(null=True)
    opted_out_at: Any = UtcDateTimeField(null=True)
    asked_number_at: Any = UtcDateTimeField(null=True)
    withheld_since: Any = UtcDateTimeField(null=True)
    blocked_at: Any = UtcDateTimeField(null=True)
    blocked_by: Any = TextField(null=True)
    blocked_why: Any = TextField(null=True)
    blocked_gesture: Any = TextField(null=True)  # with what waited then (filing.gestures)
    created_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "correspondents"


class Identifier(Row):
    """A phone number, wa_id, user id or parent user id by which somebody was seen, and when.

    Never changed: another value is another row; `ended_at` says that Meta replaced it.
    Owner: firm.people.
    """

    correspondent: Any = ForeignKeyField(Correspondent, backref="identifiers")
    kind: Any = TextField()
    value: Any = TextField()
    first_seen_at: Any = UtcDateTimeField()
    last_seen_at: Any = UtcDateTimeField()
    ended_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "identifiers"
        indexes = ((("value", "kind"), False),)


class IdentityEvent(Row):
    """A number or user id changed, or two of them contradict each other: for a person to settle.

    Owner: firm.people.
    """

    correspondent: Any = ForeignKeyField(Correspondent, backref="events")
    other: Any = ForeignKeyField(Correspondent, null=True, backref="+")
    kind: Any = TextField()
    old_value: Any = TextField(null=True)
    new_value: Any = TextField(null=True)
    wamid: Any = TextField(null=True)
    happened_at: Any = UtcDateTimeField()
    settled_at: Any = UtcDateTimeField(null=True)
    settled_by: Any = TextField(null=True)
    verdict: Any = TextField(null=True)  # confirmed: the same person; rejected: somebody else

    class Meta:
        table_name = "identity_events"
        indexes = ((("wamid", "kind"), False),)


class Party(Row):
    """Somebody else in a dossier, above all the opponent. Owner: firm.register."""

    dossier: Any = ForeignKeyField(Dossier, backref="parties")
    role: Any = TextField(default="opponent")
    name: Any = TextField()
    name_key: Any = TextField(index=True)
    number: Any = TextField(null=True, index=True)

    class Meta:
        table_name = "parties"
        indexes = ((("dossier", "role", "name_key"), True),)
