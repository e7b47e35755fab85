"""What the appliance remembers of itself."""

from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.incoming import Notice
from appliance.store.models.rows import Row


class Presence(Row):
    """One stretch of time during which Greffier ran without a gap. Owner: upkeep.presence."""

    started_at: Any = UtcDateTimeField()
    seen_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "presences"


class Inventory(Row):
    """What was received and what became of it, counted one night. Owner: upkeep.inventory.

    `missing` is a JSON list of sentences, one for each thing that has no outcome.
    `last_body_id`: the bodies up to this one have been compared with the messages.
    """

    taken_at: Any = UtcDateTimeField()
    received: Any = IntegerField()
    filed: Any = IntegerField()
    pending: Any = IntegerField()
    processed: Any = IntegerField()
    failed: Any = IntegerField()
    working: Any = IntegerField()
    missing: Any = TextField()
    displaced: Any = IntegerField()
    last_body_id: Any = IntegerField()
    rejected: Any = IntegerField(default=0)

    class Meta:
        table_name = "inventories"


class AccountEvent(Row):
    """What Meta told us of the account, and whether it costs. Owner: inbox.account."""

    notice: Any = ForeignKeyField(Notice, null=True, unique=True)
    field: Any = TextField()
    event: Any = TextField()
    severity: Any = TextField()
    error: Any = TextField(null=True)  # the sentence in English
    reason: Any = TextField(null=True)  # JSON: see telling
    happened_at: Any = UtcDateTimeField(null=True)
    received_at: Any = UtcDateTimeField(index=True)
    settled_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "account_events"


class NightRun(Row):
    """When a task of the night was last done, to its end. Owner: upkeep.night."""

    name: Any = TextField(unique=True)
    done_at: Any = UtcDateTimeField()

    class Meta:
        table_name = "night_runs"
