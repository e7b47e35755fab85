"""What came in today and what Greffier filed by itself, as far as somebody sees it: few queries.

Nothing that anybody who is blocked has sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appliance.clock import Clock
from appliance.dashboard.bursts import Burst, bursts
from appliance.dashboard.chart import Day
from appliance.firm.blocking import heard
from appliance.firm.looks import Looks
from appliance.firm.scope import Scope
from appliance.outbox.gate import window_of
from appliance.store.models import (
    Client,
    Correspondent,
    Document,
    DocumentStatus,
    Dossier,
    DossierStatus,
    Message,
    MessageStatus,
    Safety,
)

MOST = 300  # messages that are read: beyond them the page says that there are more
TODAY, BEFORE = 30, 12  # bursts that are shown
FILED = 20  # documents that are shown
BACK = timedelta(days=7)  # so long what nobody has seen stays on the page
DAYS = 30
OTHERS = 3  # dossiers to which a document may be moved by one click
FRESH = timedelta(minutes=1)  # how long the chart is kept
BY_ITSELF = ("greffier", "client")  # `documents.filed_by`, where nobody of the firm has chosen
# What a line shows, and no more: `raw` may be long.
_OF_MESSAGE = (
    Message.id,
    Message.sender,
    Message.profile_name,
    Message.type,
    Message.body,
    Message.status,
    Message.received_at,
    Message.sent_at,
    Message.correspondent,
    Message.client,
    Message.document,
)
_OF_CLIENT = (Client.id, Client.name, Client.vip)
_OF_PERSON = (Correspondent.id, Correspondent.last_wrote_at)
_OF_DOCUMENT = (
    Document.id,
    Document.name,
    Document.status,
    Document.safety,
    Document.dossier,
    Document.mime_type,
    Document.rejected_at,
    Document.destroyed_at,
)
_OF_DOSSIER = (Dossier.id, Dossier.reference, Dossier.title)
# Those stand among what needs somebody, or among what is tried again by itself.
_STUCK = (MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED, MessageStatus.ERROR)
_STATS = 'SELECT "day", "messages", "errors" FROM "whatsapp_stats_30d"'


@dataclass(frozen=True)
class Line:
    """A burst as somebody sees it. `window_until`: when the firm may no longer answer freely."""

    burst: Burst
    documents: Sequence[Document]
    dossiers: Sequence[Dossier]
    window_until: datetime | None
    is_seen: bool

    @property
    def pending(self) -> int:
        """How many documents of it wait for a person's choice."""
        waits = DocumentStatus.PENDING
        return sum(one.status == waits and one.rejected_at is None for one in self.documents)

    @property
    def marked(self) -> tuple[Safety, int] | None:
        """The worst that is known of any of its documents, and of how many; else None."""
        for worst in (Safety.QUARANTINED, Safety.TO_CHECK):
            if count := sum(one.safety == worst for one in self.documents):
                return worst, count
        return None

    @property
    def client(self) -> Client | None:
        return next((one.client for one in self.burst.messages if one.client is not None), None)


@dataclass(frozen=True)
class Filed:
    """A document that nobody of the firm filed; `others`: where else it might belong."""

    document: Document
    others: Sequence[Dossier]


@dataclass(frozen=True)
class Arrivals:
    """`before`: what came earlier and this person has not seen. `has_more`: not all is shown."""

    today: Sequence[Line]
    before: Sequence[Line]
    has_more: bool
    filed: Sequence[Filed]

    @property
    def unseen(self) -> list[Line]:
        return [line for line in (*self.today, *self.before) if not line.is_seen]


class ArrivalsBoard:
    """Reads it; marks what somebody has seen."""

    def __init__(self, looks: Looks, clock: Clock, zone: ZoneInfo) -> None:
        self.looks = looks
        self._clock = clock
        self._zone = zone
        self._days: tuple[datetime, list[Day]] | None = None

    def seen(self, scope: Scope, user_id: int) -> Arrivals:
        """Read it all. "Today" began at midnight in the firm's time zone."""
        now = self._clock.now()
        midnight = datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)
        messages = _messages(scope, now - BACK)
        documents = _documents(scope, messages)
        kept = [one for one in messages if one.document_id is None or one.document_id in documents]
        found = bursts(kept)
        seen = self.looks.seen(user_id, (one.last.id for one in found))
        lines = [_line(one, documents, one.last.id in seen, now) for one in found]
        today = [line for line in lines if line.burst.last.received_at >= midnight]
        before = [line for line in lines[len(today) :] if not line.is_seen]
        has_more = len(messages) == MOST or len(today) > TODAY or len(before) > BEFORE
        return Arrivals(today[:TODAY], before[:BEFORE], has_more, _filed(scope, midnight))

    def days(self) -> list[Day]:
        """The last thirty days, the oldest first, as the view for statistics has them (UTC)."""
        now = self._clock.now()
        if self._days is None or not now - FRESH < self._days[0] <= now:
            self._days = (now, _days(now.astimezone(UTC).date()))
        return self._days[1]


def _messages(scope: Scope, since: datetime) -> list[Message]:
    is_stuck = Message.error.is_null(False) & Message.status.in_(_STUCK)
    query = (
        Message.select(*_OF_MESSAGE, *_OF_CLIENT, *_OF_PERSON)
        .left_outer_join(Client, on=(Message.client == Client.id))
        .switch(Message)
        .left_outer_join(Correspondent, on=(Message.correspondent == Correspondent.id))
        .where(Message.direction == "in", Message.received_at >= since, ~is_stuck)
        .where(heard(Message.correspondent), scope.messages())
        .order_by(Message.received_at.desc(), Message.id.desc())
    )
    return list(query.limit(MOST))


def _documents(scope: Scope, messages: Iterable[Message]) -> dict[int, Document]:
    """Those of the messages' documents that they see, with their dossiers."""
    wanted = {one.document_id for one in messages if one.document_id is not None}
    query = Document.select(*_OF_DOCUMENT, *_OF_DOSSIER).left_outer_join(Dossier)
    found = query.where(Document.id.in_(wanted), scope.documents())
    return {document.id: document for document in found}


def _line(burst: Burst, known: dict[int, Document], is_seen: bool, now: datetime) -> Line:
    """One line; a document that was sent twice in it is there once."""
    wanted = dict.fromkeys(one.document_id for one in burst.messages if one.document_id)
    documents = [known[row_id] for row_id in wanted if known[row_id].destroyed_at is None]
    dossiers = {one.dossier.id: one.dossier for one in documents if one.dossier is not None}
    until = _window(burst.last)
    is_open = until is not None and until > now
    return Line(burst, documents, list(dossiers.values()), until if is_open else None, is_seen)


def _window(message: Message) -> datetime | None:
    """By when they last wrote, whatever of it this line shows."""
    person = message.correspondent
    if person is None or person.last_wrote_at is None:
        return None
    return window_of(Message(sent_at=person.last_wrote_at))


def _filed(scope: Scope, midnight: datetime) -> list[Filed]:
    query = (
        Document.select(Document, Dossier, Client)
        .join(Dossier, on=(Document.dossier == Dossier.id))
        .join(Client, on=(Dossier.client == Client.id))
        .where(
            Document.status == DocumentStatus.FILED,
            Document.received_at >= midnight - BACK,
            Document.filed_at >= midnight,
            Document.filed_by.in_(BY_ITSELF),
            Document.destroyed_at.is_null(),
            scope.documents(),
        )
    )
    found = list(query.order_by(Document.filed_at.desc(), Document.id.desc()).limit(FILED))
    others = _others(scope, {document.dossier.client_id for document in found})
    return [Filed(one, _elsewhere(one, others)) for one in found]


def _others(scope: Scope, client_ids: Iterable[int]) -> list[Dossier]:
    is_open = Dossier.status == DossierStatus.ACTIVE
    query = Dossier.select().where(Dossier.client.in_(list(client_ids)), is_open, scope.dossiers())
    return list(query.order_by(Dossier.id.desc()))


def _elsewhere(document: Document, dossiers: Iterable[Dossier]) -> list[Dossier]:
    own = document.dossier
    fit = [one for one in dossiers if one.client_id == own.client_id and one.id != own.id]
    return fit[:OTHERS]


def _days(today: date) -> list[Day]:
    rows: Any = Document.raw(_STATS).tuples()  # a view; `Message.raw` is a column
    counts = {day: (messages, errors) for day, messages, errors in rows}
    days = []
    for number in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=number)
        messages, errors = counts.get(day.isoformat(), (0, 0))
        at = datetime.combine(day, time(), UTC)
        days.append(Day(at, allowed=messages - errors, refused=errors))
    return days
