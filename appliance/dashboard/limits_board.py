"""How the limits stand, what they keep waiting, what was used of them: read for one page."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from appliance import masking
from appliance.clock import Clock
from appliance.config import Rate
from appliance.costs import Costs, costs
from appliance.dashboard.chart import Hour
from appliance.firm.scope import Scope
from appliance.limits import PEOPLE, Answer, Limits
from appliance.outbox import holds
from appliance.store.database import Note
from appliance.store.models import (
    Attempt,
    Client,
    Correspondent,
    Hold,
    LimitSetting,
    LimitUse,
    Message,
    MessageStatus,
    Outgoing,
    OutgoingStatus,
    RateLimit,
)

SHOWN = 50  # rows of a table
REFUSALS = 10
LOOKED_AT = 50  # of the last errors, among which Meta's refusals are looked for
HOURS = 24
HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = ("whatsapp_send", "whatsapp_pair", "whatsapp_throughput", "whatsapp_download")
_SENT_BACK = (MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED)


@dataclass(frozen=True)
class Standing:
    """One limit: as it is, as it stands for whoever has used most of it, and its last 24 hours.

    `changed`: who changed it, while the configuration's does not count.
    """

    name: str
    rate: Rate
    answer: Answer
    key: str
    hours: Sequence[Hour]
    changed: LimitSetting | None

    @property
    def used(self) -> int:
        return max(self.answer.limit - self.answer.remaining, 0)

    @property
    def allowed(self) -> int:
        return sum(hour.allowed for hour in self.hours)

    @property
    def refused(self) -> int:
        return sum(hour.refused for hour in self.hours)


@dataclass(frozen=True)
class Refused:
    """Meta did not take something, at that time; why, without whose it was (see masking)."""

    at: datetime
    error: str | None
    reason: str | None


@dataclass(frozen=True)
class LimitsSeen:
    """The page of the limits.

    `open_sends`, `open_messages`: ids of those whose person whoever asks may know; of the others
    the page shows no more than it does of all work (masking).
    """

    at: datetime
    standings: Sequence[Standing]
    holds: Sequence[Hold]
    sends: Sequence[Outgoing]
    messages: Sequence[Message]
    refusals: Sequence[Refused]
    open_sends: Collection[int]
    open_messages: Collection[int]


class LimitsBoard:
    """The limits as the dashboard sees them, and changes them."""

    def __init__(self, limits: Limits, clock: Clock, zone: ZoneInfo) -> None:
        self.zone = zone
        self._limits = limits
        self._clock = clock

    @property
    def names(self) -> list[str]:
        return self._limits.names

    def rate(self, name: str) -> Rate:
        """The limit in force."""
        return self._limits.rate(name)

    def change(self, name: str, rate: Rate | None, by: str, note: Note) -> None:
        """From now on, for what waits too; None: the configuration's again."""
        self._limits.change(name, rate, by, note)

    def standings(self) -> list[Standing]:
        """Every limit; first what people ask about first."""
        return [self._standing(name) for name in sorted(self.names, key=_place)]

    def costs(self) -> Costs:
        """What Meta bills of this month."""
        return costs(self._clock.now(), self.zone)

    def quota(self) -> Answer:
        """How many people the firm may still write to first, in these 24 hours."""
        return self._limits.look(_ORDER[0])

    def seen(self, scope: Scope) -> LimitsSeen:
        """Read it all, but what it costs."""
        now = self._clock.now()
        in_force = [hold for hold in holds.open_holds() if not hold.until_at or hold.until_at > now]
        sends, messages = _sends(), _messages()
        return LimitsSeen(
            now,
            self.standings(),
            in_force,
            sends,
            messages,
            refusals=_refusals(),
            open_sends=_open_sends(sends, scope),
            open_messages=_open_messages(messages, scope),
        )

    def _standing(self, name: str) -> Standing:
        now = self._clock.now()
        key = _busiest(name, now)
        last = LimitSetting.select().where(LimitSetting.name == name)
        changed = last.order_by(LimitSetting.id.desc()).first()
        return Standing(
            name=name,
            rate=self._limits.rate(name),
            answer=self._limits.look(name, key),
            key=key,
            hours=_hours(name, now),
            changed=changed if changed and changed.amount else None,
        )


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _busiest(name: str, now: datetime) -> str:
    """Of a limit that each person has: who has the least left. "" where nobody has used any."""
    if name in PEOPLE:
        return ""
    at = (now - _EPOCH) // timedelta(microseconds=1)
    query = RateLimit.select(RateLimit.key).where(RateLimit.name == name, RateLimit.at > at)
    fullest = query.order_by(RateLimit.at.desc()).first()
    return str(fullest.key) if fullest else ""


def _hours(name: str, now: datetime) -> list[Hour]:
    """This hour and the 23 before it, oldest first; those without any use too."""
    first = now.replace(minute=0, second=0, microsecond=0) - HOUR * (HOURS - 1)
    query = LimitUse.select().where(LimitUse.name == name, LimitUse.hour_at >= first)
    found = {use.hour_at: Hour(use.hour_at, use.allowed, use.refused) for use in query}
    return [found.get(at, Hour(at)) for at in (first + HOUR * number for number in range(HOURS))]


def _sends() -> list[Outgoing]:
    """What was sent back for a reason and goes out later, what goes soonest first."""
    is_back = (Outgoing.error.is_null(False), Outgoing.status == OutgoingStatus.QUEUED)
    query = Outgoing.select().where(*is_back)
    return list(query.order_by(Outgoing.due_at.asc(nulls="last"), Outgoing.id).limit(SHOWN))


def _messages() -> list[Message]:
    """What came and could not be fetched yet, what is fetched soonest first."""
    is_back = (Message.error.is_null(False), Message.status.in_(_SENT_BACK))
    query = Message.select(Message, Client).left_outer_join(Client).where(*is_back)
    return list(query.order_by(Message.due_at.asc(nulls="last"), Message.id).limit(SHOWN))


def _open_sends(sends: Sequence[Outgoing], scope: Scope) -> frozenset[int]:
    """Those to whom they may be known: to nobody of the firm in particular, or in their scope."""
    theirs = Correspondent.select(Correspondent.id).where(scope.correspondents())
    is_open = Outgoing.correspondent.in_(theirs)
    query = Outgoing.select(Outgoing.id).where(Outgoing.id.in_([row.id for row in sends]), is_open)
    return frozenset(row_id for (row_id,) in query.tuples())


def _open_messages(messages: Sequence[Message], scope: Scope) -> frozenset[int]:
    shown = Message.id.in_([row.id for row in messages])
    query = Message.select(Message.id).where(shown, scope.messages())
    return frozenset(row_id for (row_id,) in query.tuples())


def _refusals() -> list[Refused]:
    """What Meta refused last, newest first: at an attempt, or later by a receipt."""
    found = {(one.at, one.error): one for one in [*_at_attempts(), *_by_receipts()]}
    return sorted(found.values(), key=lambda one: one.at, reverse=True)[:REFUSALS]


def _at_attempts() -> Iterator[Refused]:
    for lane in ("whatsapp", "message"):
        query = Attempt.select().where(Attempt.error.is_null(False), Attempt.lane == lane)
        for row in query.order_by(Attempt.id.desc()).limit(LOOKED_AT):
            if _is_metas(row.reason):
                yield Refused(row.ended_at, row.error, row.reason)


def _by_receipts() -> Iterator[Refused]:
    """It was taken, and failed on its way: the row says so; no attempt of ours does."""
    is_failed = (Outgoing.error.is_null(False), Outgoing.status == OutgoingStatus.FAILED)
    query = Outgoing.select().where(*is_failed, Outgoing.sent_at.is_null(False))
    for row in query.order_by(Outgoing.id.desc()).limit(LOOKED_AT):
        if _is_metas(row.reason):
            error, reason = masking.columns({"error": row.error, "reason": row.reason})
            yield Refused(row.sent_at, error, reason)


def _is_metas(reason: str | None) -> bool:
    """Meta's answers have a code, and are told as such."""
    answer = json.loads(reason)["values"].get("answer") if reason else None
    return isinstance(answer, str) and "code " in answer
