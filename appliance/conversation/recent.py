"""What has been said lately to and by one contact: what restraint is judged on. Read only."""

import json
from datetime import datetime, timedelta

from appliance.inbox.senders import recipient_of
from appliance.replies.announcements import Kind
from appliance.replies.restraint import History
from appliance.store import models

DAY = timedelta(hours=26)  # a calendar day, with the hour that a change of the clocks adds
_MOST = 200  # messages that are looked at
_CONFIRMATIONS = (Kind.CONFIRMATION, Kind.CONFIRMATION_UNKNOWN, Kind.ASK_DOSSIER, Kind.READ)


def history(message: models.Message, now: datetime) -> History:
    """Of the last day, this message included."""
    person = message.correspondent
    return History(
        ours=_ours(message.sender, now - DAY),
        persons=_persons(message.sender, now - DAY),
        theirs=_theirs(message.sender, now - DAY),
        is_opted_out=person is not None and person.opted_out_at is not None,
    )


def _ours(recipient: str, since: datetime) -> list[tuple[datetime, str]]:
    """Automatic answers, by their kind; what a confirmation said beside counts as well."""
    item, row = models.OutgoingItem, models.Outgoing
    query = (
        item.select(row.created_at, item.kind, row.gathers)
        .join(row)
        .where(
            row.recipient == recipient,
            row.channel == "whatsapp",
            row.created_at >= since,
            row.kind.not_in(_CONFIRMATIONS) | (item.kind == Kind.OUTSIDE_HOURS),
        )
        .order_by(row.id.desc())
        .limit(_MOST)
        .tuples()
    )
    return [(at, gathers if kind == Kind.FAQ else kind) for at, kind, gathers in query]


def _persons(recipient: str, since: datetime) -> list[datetime]:
    """What somebody of the firm wrote on the firm's own phone, which Meta echoes."""
    table = models.Message
    query = (
        table.select(table.sent_at, table.received_at, table.raw)
        .where(table.direction == "out", table.received_at >= since)
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
