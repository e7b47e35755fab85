"""What has been said lately to and by one person: what restraint is judged on. Read only.

A person is one whatever they write under: by their number today, by a user id tomorrow.
"""

import json
from datetime import datetime, timedelta
from functools import cached_property

from peewee import SQL

from appliance.firm import identifiers
from appliance.inbox.senders import recipient_of
from appliance.phones import variants
from appliance.replies.announcements import BY_PEOPLE, CONFIRMATIONS, Kind
from appliance.store import models
from appliance.store.fields import utc_text

DAY = timedelta(hours=26)  # a calendar day, with the hour that a change of the clocks adds
_MOST = 200  # messages that are looked at
_CONFIRMING = ", ".join(f"'{kind.value}'" for kind in sorted(CONFIRMATIONS))
_BY_PEOPLE = ", ".join(f"'{kind.value}'" for kind in sorted(BY_PEOPLE))
# Spelt once: this is asked for nearly each message, inside its unit (see store.rows).
_OURS = f"""
SELECT outbox.created_at, outbox_items.kind, outbox.gathers
FROM outbox JOIN outbox_items ON outbox_items.outgoing_id = outbox.id
WHERE outbox.correspondent_id = ? AND outbox.created_at >= ? AND outbox.channel = 'whatsapp' AND (
  outbox.kind NOT IN ({_CONFIRMING}, '{Kind.READ.value}')
  OR outbox_items.kind = '{Kind.OUTSIDE_HOURS.value}')
ORDER BY outbox.id DESC LIMIT ?
"""  # noqa: S608 - our own words
_CONFIRMED = f"""
SELECT sent_at FROM outbox
WHERE correspondent_id = ? AND created_at >= ? AND channel = 'whatsapp' AND sent_at IS NOT NULL
  AND kind IN ({_CONFIRMING})
ORDER BY id DESC LIMIT ?
"""  # noqa: S608 - our own words
_WRITTEN = f"""
SELECT created_at FROM outbox
WHERE correspondent_id = ? AND created_at >= ? AND kind IN ({_BY_PEOPLE})
ORDER BY created_at DESC LIMIT ?
"""  # noqa: S608 - our own words


class Recent:
    """Of the last day, this message included; each part is looked up when it is asked for."""

    def __init__(self, message: models.Message, now: datetime, quiet: timedelta) -> None:
        self._person: models.Correspondent | None = message.correspondent
        self._sender = message.sender
        self._since = now - DAY
        self._quiet_since = now - quiet
        self.is_opted_out: bool = self._person is not None and bool(self._person.opted_out_at)

    @cached_property
    def ours(self) -> list[tuple[datetime, str]]:
        return _ours(self._person.id, self._since) if self._person else []

    @cached_property
    def confirmed(self) -> list[datetime]:
        """When we confirmed that something came, the latest first."""
        return _confirmed(self._person.id, self._since) if self._person else []

    @cached_property
    def persons(self) -> list[datetime]:
        """When somebody of the firm wrote, on the dashboard or on the firm's phone."""
        written = _written(self._person.id, self._quiet_since) if self._person else []
        return written + _persons(self._names(), self._quiet_since)

    @cached_property
    def theirs(self) -> list[tuple[datetime, str]]:
        return _theirs(self._person.id, self._since) if self._person else []

    def _names(self) -> set[str]:
        """Every form of a number or user id under which somebody may have written to them."""
        held = identifiers.live(self._person) if self._person else []
        known = {self._sender, *(row.value for row in held)}
        return {form for name in known for form in variants(name)}


def _ours(person_id: int, since: datetime) -> list[tuple[datetime, str]]:
    """Automatic answers, by their kind; what a confirmation said beside counts as well."""
    found = models.Outgoing.raw(_OURS, person_id, utc_text(since), _MOST).tuples()
    at = models.Outgoing.created_at.python_value
    return [(at(when), gathers if kind == Kind.FAQ else kind) for when, kind, gathers in found]


def _confirmed(person_id: int, since: datetime) -> list[datetime]:
    found = models.Outgoing.raw(_CONFIRMED, person_id, utc_text(since), _MOST).tuples()
    return [models.Outgoing.sent_at.python_value(at) for (at,) in found]


def _written(person_id: int, since: datetime) -> list[datetime]:
    """What somebody of the firm wrote on the dashboard: it counts from when it was written."""
    found = models.Outgoing.raw(_WRITTEN, person_id, utc_text(since), _MOST).tuples()
    return [models.Outgoing.created_at.python_value(at) for (at,) in found]


def _persons(names: set[str], since: datetime) -> list[datetime]:
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
        if recipient_of(json.loads(row.raw)) in names
    ]


def _theirs(person_id: int, since: datetime) -> list[tuple[datetime, str]]:
    table = models.Message
    query = (
        table.select(table.received_at, table.body)
        .where(
            table.correspondent == person_id, table.direction == "in", table.received_at >= since
        )
        .order_by(table.received_at.desc())
        .limit(_MOST)
        .tuples()
    )
    return [(at, body or "") for at, body in reversed(list(query))]
