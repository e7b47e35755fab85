"""What Meta bills, counted apart from what it limits: the answers and templates of this month.

Since October 2026 answers are billed one by one; the first thousand a month of each number are
said to be free (Meta, pricing/non-template-messages; the allowance is UNVERIFIED). Meta's month
begins at midnight in the account's time zone, which we take to be the firm's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from peewee import fn

from appliance.replies.announcements import Kind
from appliance.store.models import Outgoing, OutgoingStatus

SERVICE = "service"  # the category of what is said within 24 hours of the client's last words
FREE_ANSWERS = 1000  # a month
# What failed was not delivered, and is not billed; of what is uncertain nobody can tell.
_WENT = (OutgoingStatus.SENT, OutgoingStatus.DELIVERED, OutgoingStatus.READ)


@dataclass(frozen=True)
class Costs:
    """How many messages went out since that instant: answers, and templates by category."""

    since_at: datetime
    answers: int
    templates: Mapping[str, int]

    @property
    def billed_answers(self) -> int:
        """Answers beyond those that are said to be free."""
        return max(self.answers - FREE_ANSWERS, 0)

    @property
    def all_templates(self) -> int:
        return sum(self.templates.values())


def costs(now: datetime, zone: ZoneInfo) -> Costs:
    """This month's, in the firm's time zone. A tick that says "read" is no message."""
    since = month_of(now, zone)
    query = (
        Outgoing.select(Outgoing.category, fn.COUNT(Outgoing.id))
        .where(
            Outgoing.sent_at >= since,
            Outgoing.category.is_null(False),
            Outgoing.status.in_(_WENT),
            Outgoing.kind != Kind.READ,
        )
        .group_by(Outgoing.category)
    )
    counts: dict[str, int] = dict(query.tuples())
    return Costs(since, counts.pop(SERVICE, 0), counts)


def month_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """When the month of this instant began for people who live in `zone`."""
    here = instant.astimezone(zone)
    return datetime(here.year, here.month, 1, tzinfo=zone).astimezone(UTC)
