"""What has been said lately to and by one contact: what restraint is judged on. Read only."""

import json
from datetime import datetime, timedelta
from functools import cached_property

from peewee import SQL

from appliance.inbox.senders import recipient_of
from appliance.replies.announcements import Kind
from appliance.store import models
from appliance.store.fields import utc_text

DAY = timedelta(hours=26)  # a calendar day, with the hour that a change of the clocks adds
_MOST = 200  # messages that are looked at
# Spelt once: this is asked for nearly each message, inside its unit (see store.rows).
_OURS = """
SELECT outbox.created_at, outbox_items.kind, outbox.gathers
FROM outbox JOIN outbox_items ON outbox_items.outgoing_id = outbox.id
WHERE outbox.recipient = ? AND outbox.created_at >= ? AND outbox.channel = 'whatsapp' AND (
  outbox.kind NOT IN ('confirmation', 'confirmation_unknown', 'ask_dossier', 'read')
  OR outbox_items.kind = 'outside_hours')
ORDER BY outbox.id DESC LIMIT ?
"""


class Recent:
    """Of the last day, this message included; each part is looked up when it is asked for."""

    def __init__(self, message: models.Message, now: datetime, quiet: timedelta) -> None:
        self._sender = message.sender
        self._since = now - DAY
        self._quiet_since = now - quiet
        person = message.correspondent
        self.is_opted_out: bool = person is not None and person.opted_out_at is not None

    @cached_property
    def ours(self) -> list[tuple[datetime, str]]:
        return _ours(self._sender, self._since)

    @cached_property
    def persons(self) -> list[datetime]:
        return _persons(self._sender, self._quiet_since)

    @cached_property
    def theirs(self) -> list[tuple[datetime, str]]:
        return _theirs(self._sender, self._since)


def _ours(recipient: str, since: datetime) -> list[tuple[datetime, str]]:
    """Automatic answers, by their kind; what a confirmation said beside counts as well."""
    found = models.Outgoing.raw(_OURS, recipient, utc_text(since), _MOST).tuples()
    at = models.Outgoing.created_at.python_value
    return [(at(when), gathers if kind == Kind.FAQ else kind) for when, kind, gathers in found]


def _persons(recipient: str, since: datetime) -> list[datetime]:
    """What somebody of the firm wrote on the firm's own phone, which Meta echoes."""
    table = models.Message
    query = (
        table.select(table.sent_at, table.received_at, table.raw)
        .where(SQL("direction = 'out'"), table.received_at >= since)  # literal: a small index
        .order_by(table.received_at.desc())
        .limit(_MOST)
    )
    return [
        row.sent_at or row.received_at
        for row in query
        if recipient_of(json.loads(row.raw)) == recipient
    ]


def _theirs(sender: str, since: datetime) -> list[tuple[datetime, str]]:
    table = models.Message
    query = (
        table.select(table.received_at, table.body)
        .where(table.sender == sender, table.direction == "in", table.received_at >= since)
        .order_by(table.received_at.desc())
        .limit(_MOST)
        .tuples()
    )
    return [(at, body or "") for at, body in reversed(list(query))]
