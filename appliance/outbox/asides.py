"""What may not leave yet is set aside: until a time, or until something happens. Inside units."""

from dataclasses import dataclass
from datetime import datetime

from appliance.errors import GreffierError
from appliance.gateways.refusals import Action, Refusal
from appliance.outbox import holds
from appliance.outbox.gate import TEMPLATE
from appliance.store import models, work
from appliance.store.models import OutgoingStatus
from appliance.telling import columns

_SCOPES = {
    Action.STOP_ALL: holds.ALL,
    Action.STOP_TEMPLATES: holds.TEMPLATES,
    Action.HOLD_RECIPIENT: holds.RECIPIENT,
}
# What Meta refused with one of these was not sent, and is no fault of the message's own.
HOLDING = frozenset({*_SCOPES, Action.WINDOW})


@dataclass(frozen=True)
class Aside:
    """Due at that instant, or `held` by a scope of holds, or by the client's silence."""

    due_at: datetime | None
    held: str | None
    is_attempt: bool = False
    is_outside_window: bool = False


def scope_of(refusal: Refusal) -> str | None:
    """What this refusal holds, beyond the row that met it."""
    return _SCOPES.get(refusal.action)


def after(refusal: Refusal, row: models.Outgoing, now: datetime) -> Aside:
    """Where a row goes that met this refusal."""
    match refusal.action:
        case Action.STOP_ALL:
            return Aside(None, holds.ALL)
        case Action.STOP_TEMPLATES:  # Meta says when by itself, or never: it is asked again
            return Aside(now + refusal.wait(1), None)
        case Action.WINDOW if row.category == TEMPLATE:  # Meta says no to that, too
            return Aside(None, holds.WINDOW, is_outside_window=True)
        case Action.WINDOW:  # the gate takes Meta's word for it: a template, or silence
            return Aside(now, None, is_outside_window=True)
        case _:  # each attempt counts: Meta wants the waits to grow
            return Aside(now + refusal.wait(row.attempts), None, is_attempt=True)


def put(row: models.Outgoing, error: GreffierError, aside: Aside) -> None:
    """It certainly has not left, and may not yet; what it waits for is shown."""
    work.update(
        row,
        status=OutgoingStatus.QUEUED,
        due_at=aside.due_at,
        held=aside.held,
        leased_until=None,
        attempts=row.attempts if aside.is_attempt else row.attempts - 1,
        category=TEMPLATE if aside.is_outside_window else row.category,
        **columns(error),
    )
