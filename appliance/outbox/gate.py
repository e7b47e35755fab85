"""Whether a WhatsApp row may leave now: Meta's window, what is held, the limits.

Everything here runs inside the unit in which the row is taken, so that what a limit allows and the
row that uses it are one commit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError
from appliance.limits import Limits
from appliance.outbox import holds
from appliance.replies.announcements import CONFIRMATIONS, Kind
from appliance.store import models
from appliance.wording import mark

SERVICE_WINDOW = timedelta(hours=24)  # Meta, messages/send-messages: customer service window
WINDOW_MARGIN = timedelta(minutes=5)  # a send near its end may be judged after it
_WRITTEN = frozenset({Kind.ANSWER, Kind.ENCLOSURE})  # by people, and no template stands for it
_SECOND = timedelta(seconds=1)  # Meta's timestamps have no fraction
TEMPLATE = "template"
SERVICE = "service"
WINDOW_CLOSED = mark(
    "the client wrote more than 24 hours ago, and no template is set that may be sent then: it "
    "goes out by itself when they write again"
)
ANSWER_WAITS = mark(
    "the client wrote more than 24 hours ago, and WhatsApp takes no free answer any more: it goes "
    "out by itself when they write again, unless you take it back"
)
AT_LIMIT = mark("the limit %(limit)s is reached: it goes out by itself when there is room again")
HELD = mark("sending is held (%(why)s): it goes out by itself when that is over")


@dataclass(frozen=True)
class Go:
    """It may leave, as a message of this category."""

    category: str


@dataclass(frozen=True)
class Wait:
    """Not before this instant."""

    until: datetime
    error: GreffierError


@dataclass(frozen=True)
class Held:
    """Not before something has happened: `by` is a scope of holds, or the client's silence."""

    by: str
    error: GreffierError


class Gate:
    """Asked for each WhatsApp row when it is about to be sent."""

    def __init__(self, limits: Limits, clock: Clock, *, has_template: bool) -> None:
        self._limits = limits
        self._clock = clock
        self._has_template = has_template

    def asks(self, row: models.Outgoing) -> Go | Wait | Held:
        """Inside a unit: may this row leave now? What a limit allows is taken with the answer."""
        verdict = self.may_begin(row)
        if not isinstance(verdict, Go):
            return verdict
        return self._room(row, verdict.category, self._clock.now())

    def may_begin(self, row: models.Outgoing) -> Go | Wait | Held:
        """Inside a unit: the same but for the limits, of which nothing is taken."""
        now = self._clock.now()
        category = self._category(row, now)
        if category is None:
            waits = ANSWER_WAITS if row.kind in _WRITTEN else WINDOW_CLOSED
            return Held(holds.WINDOW, PermanentError(waits))
        hold = holds.in_the_way(row, now, is_template=category == TEMPLATE)
        if hold is not None:
            error = PermanentError(HELD, why=hold.error)
            return Wait(hold.until_at, error) if hold.until_at else Held(hold.scope, error)
        return Go(category)

    def _category(self, row: models.Outgoing, now: datetime) -> str | None:
        """What Meta would take it for; None: it would refuse it."""
        if row.kind == Kind.TEMPLATE:
            return TEMPLATE if self._has_template else None
        if row.kind == Kind.READ or now < closes_at(row):
            return SERVICE
        return TEMPLATE if self._has_template and row.kind in CONFIRMATIONS else None

    def _room(self, row: models.Outgoing, category: str, now: datetime) -> Go | Wait:
        wanted = [("whatsapp_throughput", "", ""), ("whatsapp_pair", row.recipient, "")]
        if row.kind == Kind.READ:
            wanted = wanted[:1]
        if category == TEMPLATE:
            wanted.append(("whatsapp_send", "", row.recipient))
        taken: list[tuple[str, str]] = []
        for name, key, who in wanted:
            answer = self._limits.take(name, key, who)
            if not answer.allowed:
                for each in taken:
                    self._limits.give_back(*each)
                return Wait(now + answer.retry_after, PermanentError(AT_LIMIT, limit=name))
            taken.append((name, key))
        return Go(category)


def closes_at(row: models.Outgoing) -> datetime:
    """When the window in which this row may be free text closes, by what is known.

    By the messages' own timestamps: a webhook may be hours late. Meta's word that it is closed
    (131047) counts until the client writes again.
    """
    known = [row.expires_at] if row.expires_at else []
    wrote_at = row.correspondent.last_wrote_at if row.correspondent else None
    if wrote_at is not None:
        known.append(closes_for(row.correspondent))
    if row.category == TEMPLATE and row.sending_at is not None:
        known = [instant for instant in known if wrote_at and wrote_at > row.sending_at - _SECOND]
    latest: datetime = max(known, default=row.created_at)
    return latest


def closes_for(person: models.Correspondent) -> datetime | None:
    """When the window that their last words opened closes, by our clock; None: none ever opened."""
    wrote_at: datetime | None = person.last_wrote_at
    return wrote_at + SERVICE_WINDOW - WINDOW_MARGIN if wrote_at is not None else None


def window_of(message: models.Message) -> datetime:
    """Until when this message lets the firm answer freely."""
    instant: datetime = message.sent_at or message.received_at
    return instant + SERVICE_WINDOW - WINDOW_MARGIN
