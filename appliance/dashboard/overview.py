"""How the day stands and what needs somebody: one look, few queries, read only.

What comes from numbers that are blocked needs nobody, and is not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peewee import SQL

from appliance.firm.blocking import heard
from appliance.firm.scope import EVERYTHING, Scope
from appliance.outbox.holds import RECIPIENT, open_holds
from appliance.safety import waiting
from appliance.store.models import (
    AccountEvent,
    Client,
    Destruction,
    DestructionStatus,
    Document,
    DocumentStatus,
    Dossier,
    DriveAct,
    Hold,
    IdentityEvent,
    Inventory,
    Message,
    MessageStatus,
    Notice,
    Outgoing,
    OutgoingStatus,
    WebhookBody,
)
from appliance.telling import DROPPED_ROWS
from appliance.upkeep.account import open_events
from appliance.upkeep.inventory import latest
from appliance.upkeep.presence import Absence, absence

SHOWN = 30  # rows of a list
UNSURE = (OutgoingStatus.FAILED, OutgoingStatus.UNKNOWN)
# Each has a reason; to ask for it too lets SQLite use the small index of rows that have one.
_IN_ERROR = (Message.error.is_null(False), Message.status == MessageStatus.ERROR)
_WAITS = (
    Message.error.is_null(False),
    Message.status.in_((MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED)),
)
_QUEUED = (
    Outgoing.error.is_null(False),
    Outgoing.due_at.is_null(False) | Outgoing.held.is_null(False),
)
_IN_DOUBT = (
    Outgoing.error.is_null(False),
    Outgoing.status.in_(UNSURE),
    SQL(f"NOT {DROPPED_ROWS}"),  # somebody has looked
)
# Literal, so that SQLite uses its index of them.
_UNDER_WAY = SQL("status IN ('queued', 'sending')")


@dataclass(frozen=True)
class Counts:
    """The figures at the top. `all_errors`: also those whose messages they do not see."""

    received_today: int
    filed_today: int
    pending: int
    errors: int
    all_errors: int
    under_way: int
    unsure: int


@dataclass(frozen=True)
class Doubts:
    """How many of something wait for somebody to decide, and since when."""

    count: int
    since: datetime | None


@dataclass(frozen=True)
class Overview:
    """The page of today."""

    counts: Counts
    last_received_at: datetime | None
    errors: Sequence[Message]
    waiting: Sequence[Message]
    unsent: Sequence[Outgoing]
    unread: Sequence[WebhookBody | Notice]
    outbox: Sequence[Outgoing]
    has_clients: bool
    absence: Absence | None
    inventory: Inventory | None
    events: Sequence[AccountEvent]
    holds: Sequence[Hold]
    to_check: int
    waits_since: datetime | None
    doubts: Doubts
    proposed: Sequence[Destruction]
    on_drive: Doubts


def overview(now: datetime, zone: ZoneInfo, scope: Scope = EVERYTHING) -> Overview:
    """Read it all, as far as `scope` goes. "Today" began at midnight in the firm's time zone."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    last = (
        Message.select(Message.received_at)
        .where(Message.direction == "in")
        .order_by(Message.received_at.desc())
        .first()
    )
    return Overview(
        counts=_counts(midnight, scope),
        last_received_at=last.received_at if last else None,
        errors=_messages(*_IN_ERROR, heard(Message.correspondent), scope.messages()),
        waiting=_messages(*_WAITS, heard(Message.correspondent), scope.messages()),
        unsent=list(_outgoing(scope, *_QUEUED).order_by(Outgoing.due_at).limit(SHOWN)),
        unread=_unread(now - timedelta(days=7)),
        outbox=list(_outgoing(scope).order_by(Outgoing.id.desc()).limit(SHOWN)),
        has_clients=Client.select().exists(),
        absence=absence(now),
        inventory=latest(),
        events=open_events()[:SHOWN],
        holds=[hold for hold in open_holds() if hold.scope != RECIPIENT],
        to_check=waiting.to_check(scope),
        waits_since=_waits_since(scope),
        doubts=_doubts(scope),
        proposed=_proposed(scope),
        on_drive=_on_drive(),
    )


def _counts(midnight: datetime, scope: Scope) -> Counts:
    is_heard = heard(Message.correspondent)
    came_today = (Message.received_at >= midnight, Message.direction == "in", is_heard)
    filed = (Document.status == DocumentStatus.FILED) & Document.destroyed_at.is_null()
    documents = Document.select().where(scope.documents())
    return Counts(
        received_today=Message.select().where(*came_today, scope.messages()).count(),
        filed_today=documents.where(filed, Document.received_at >= midnight).count(),
        pending=documents.where(Document.waits()).count(),
        errors=Message.select().where(*_IN_ERROR, is_heard, scope.messages()).count(),
        all_errors=Message.select().where(*_IN_ERROR).count(),
        under_way=_outgoing(scope, _UNDER_WAY).count(),
        unsure=_outgoing(scope, *_IN_DOUBT).count(),
    )


def _outgoing(scope: Scope, *conditions: object) -> Any:
    """What goes out to those whom they see; letters of the firm to itself are everybody's."""
    is_theirs = Outgoing.correspondent.is_null() | scope.correspondents(Outgoing.correspondent)
    return Outgoing.select().where(is_theirs, *conditions)


def _doubts(scope: Scope) -> Doubts:
    is_open = IdentityEvent.settled_at.is_null() & heard(IdentityEvent.correspondent)
    is_seen = scope.correspondents(IdentityEvent.correspondent)
    query = IdentityEvent.select().where(is_open, is_seen)
    oldest = query.order_by(IdentityEvent.happened_at).first()
    return Doubts(query.count(), oldest.happened_at if oldest else None)


def _proposed(scope: Scope) -> list[Destruction]:
    """What somebody wants to be destroyed: a second person confirms, or does not."""
    query = Destruction.select(Destruction, Dossier).join(Dossier)
    is_open = Destruction.status == DestructionStatus.PROPOSED.value
    waiting = query.where(is_open, scope.dossiers())
    return list(waiting.order_by(Destruction.proposed_at).limit(SHOWN))


def _on_drive() -> Doubts:
    """What people changed on Drive, and nobody has decided about yet."""
    query = DriveAct.select().where(DriveAct.settled_at.is_null())
    oldest = query.order_by(DriveAct.id).first()
    return Doubts(query.count(), oldest.seen_at if oldest else None)


def _waits_since(scope: Scope) -> datetime | None:
    """When the oldest document came that waits to be filed."""
    query = Document.select(Document.received_at).where(scope.documents())
    waits = query.where(Document.waits()).order_by(Document.received_at)
    oldest = waits.first()
    return oldest.received_at if oldest else None


def _messages(*conditions: object) -> list[Message]:
    query = Message.select(Message, Client).left_outer_join(Client).where(*conditions)
    return list(query.order_by(Message.received_at.desc()).limit(SHOWN))


def _unread(since: datetime) -> list[WebhookBody | Notice]:
    """What Meta sent in the last days and nobody could make sense of, newest first."""
    found: list[WebhookBody | Notice] = []
    for table in (WebhookBody, Notice):
        query = table.select(table.received_at, table.error)
        query = query.where(table.error.is_null(False), table.received_at >= since)
        found.extend(query.order_by(table.received_at.desc()).limit(SHOWN))
    return sorted(found, key=lambda row: row.received_at, reverse=True)[:SHOWN]
