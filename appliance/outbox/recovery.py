"""What a crash left in `sending`: perhaps sent. Inside units."""

from datetime import datetime

from appliance.errors import AmbiguousError
from appliance.outbox import alarms, outcomes
from appliance.replies.announcements import Kind
from appliance.store import models, work
from appliance.store.models import OutgoingStatus
from appliance.wording import mark

CUT_SHORT = mark("Greffier stopped while it was being sent: it may have been sent")


def recover(now: datetime, *, at_start: bool) -> int:
    """Unknown, or queued again where a second copy does no harm. How many.

    At start nobody else can hold a row; later only an ended lease proves it.
    """
    table = models.Outgoing
    left = table.status == OutgoingStatus.SENDING
    if not at_start:
        left &= table.leased_until <= now
    rows = list(table.select().where(left))
    for row in rows:
        if _is_repeatable(row) and row.interruptions < work.MAX_INTERRUPTIONS:
            work.update(
                row,
                status=OutgoingStatus.QUEUED,
                due_at=now,
                leased_until=None,
                attempts=row.attempts - 1,
                interruptions=row.interruptions + 1,
            )
        else:
            error = AmbiguousError(CUT_SHORT)
            work.update(row, **outcomes.ended(OutgoingStatus.UNKNOWN, error))
    return len(rows)


def _is_repeatable(row: models.Outgoing) -> bool:
    """A second copy does no harm: e-mail bears the same Message-ID; ticks and alerts are short."""
    return bool(row.channel in {"email", alarms.CHANNEL} or row.kind == Kind.READ)
