"""What the firm's people do with a conversation. A conversation is one correspondent's."""

from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.firm import User
from appliance.store.models.people import Correspondent
from appliance.store.models.rows import Row


class Thread(Row):
    """Whose a conversation is, and up to where it is done with. Owner: conversation.threads.

    One without a row is nobody's and open. `done_count`: how many of their messages there were
    when somebody said that it is done; one more, and it is open again.
    """

    correspondent: Any = ForeignKeyField(Correspondent, unique=True)
    assigned: Any = ForeignKeyField(User, null=True)
    assigned_at: Any = UtcDateTimeField(null=True)
    assigned_by: Any = TextField(null=True)
    done_count: Any = IntegerField(default=0)
    done_at: Any = UtcDateTimeField(null=True)
    done_by: Any = TextField(null=True)

    class Meta:
        table_name = "threads"


class ThreadNote(Row):
    """What somebody of the firm wrote for the others. Never sent. Owner: conversation.threads."""

    correspondent: Any = ForeignKeyField(Correspondent, index=False)
    author: Any = TextField()
    body: Any = TextField()
    created_at: Any = UtcDateTimeField()
    dedupe_key: Any = TextField(unique=True)

    class Meta:
        table_name = "thread_notes"
        indexes = ((("correspondent", "created_at"), False),)


class ThreadLook(Row):
    """How many of their messages somebody of the firm has seen. Owner: conversation.threads."""

    user: Any = ForeignKeyField(User, index=False)
    correspondent: Any = ForeignKeyField(Correspondent)
    seen_count: Any = IntegerField()
    looked_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "thread_looks"
        indexes = ((("user", "correspondent"), True),)


class ThreadClaim(Row):
    """Somebody of the firm is writing an answer just now. Owner: conversation.threads."""

    correspondent: Any = ForeignKeyField(Correspondent, unique=True)
    user: Any = ForeignKeyField(User)
    until_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "thread_claims"
