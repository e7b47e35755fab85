"""What became of what was sent: Meta's answers and, later, its receipts. Never backwards.

Everything here runs inside a unit.
"""

import json
import uuid
from datetime import datetime
from typing import Any

from appliance.errors import GreffierError, PermanentError
from appliance.gateways.refusals import Action, Refusal, refusal_of
from appliance.outbox import asides
from appliance.outbox.gate import TEMPLATE
from appliance.store import models, rows, work
from appliance.store.models import OutgoingStatus
from appliance.telling import columns
from appliance.wording import mark

UNDELIVERED = mark("WhatsApp did not deliver it (%(answer)s): answer the client another way")

_RANK = {
    OutgoingStatus.QUEUED: 0,
    OutgoingStatus.SENDING: 1,
    OutgoingStatus.UNKNOWN: 2,
    OutgoingStatus.SENT: 3,
    OutgoingStatus.DELIVERED: 4,
    OutgoingStatus.READ: 5,
    OutgoingStatus.FAILED: 6,
}
# States in which Meta's word that it failed is news.
OPEN = frozenset({OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN, OutgoingStatus.SENT})
_ARRIVED = frozenset({OutgoingStatus.DELIVERED, OutgoingStatus.READ})
_OF_RECEIPT = {  # Meta, webhooks/reference/messages/status
    "sent": OutgoingStatus.SENT,
    "delivered": OutgoingStatus.DELIVERED,
    "read": OutgoingStatus.READ,
    "played": OutgoingStatus.READ,
    "failed": OutgoingStatus.FAILED,
}
# A `failed` status with one of these: it certainly did not arrive, and another time it may.
_ANOTHER_TIME = frozenset(
    {Action.RETRY, Action.HOLD_RECIPIENT, Action.STOP_ALL, Action.STOP_TEMPLATES, Action.WINDOW}
)


def move(
    row_id: int, status: OutgoingStatus, error: GreffierError | None = None, **values: Any
) -> None:
    """Forward only. What is learnt beside the status is kept in any case."""
    row: models.Outgoing = models.Outgoing.get_by_id(row_id)
    is_forward = _RANK[status] > _RANK[row.status]
    if status == OutgoingStatus.FAILED and row.status in _ARRIVED:
        is_forward = False
    if is_forward:
        values = {**ended(status, error), **values}
    if values:
        work.update(row, **values)


def sent(row: models.Outgoing, remote_id: str, sent_at: datetime) -> None:
    """Meta has accepted this request: unless it said since that it failed, and it goes again."""
    if rows.find(models.Outgoing, id=row.id, callback=row.callback) is not None:
        move(row.id, OutgoingStatus.SENT, remote_id=remote_id, sent_at=sent_at)


def ended(status: OutgoingStatus, error: GreffierError | None) -> dict[str, Any]:
    """The columns of a row that needs nothing more."""
    told = columns(error) if error else {"error": None, "reason": None}
    return {"status": status, "due_at": None, "leased_until": None, "held": None, **told}


def row_of(receipt: models.Receipt) -> models.Outgoing | None:
    """By our callback, which is known even when Meta's answer never came; else by Meta's id."""
    found = None
    if receipt.callback:
        found = rows.find(models.Outgoing, callback=receipt.callback)
    return found or rows.find(models.Outgoing, remote_id=receipt.wamid)


def settle(row: models.Outgoing, receipt: models.Receipt) -> GreffierError | None:
    """Let a receipt of Meta's reach its row. An error: it did not arrive, with `refusal`."""
    status = _OF_RECEIPT.get(receipt.status)
    if status is None:
        return None
    raw = json.loads(receipt.raw)
    values: dict[str, Any] = {"remote_id": receipt.wamid}
    if row.sent_at is None and status != OutgoingStatus.FAILED:
        values["sent_at"] = receipt.happened_at or receipt.received_at
    error = failure(raw) if status == OutgoingStatus.FAILED else None
    move(row.id, status, error, **values)
    return error


def failure(raw: dict[str, Any]) -> GreffierError:
    """Meta's reason in a `failed` status: code and details (titles are to be removed)."""
    errors = raw.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    fault = first if isinstance(first, dict) else {}
    data = fault.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = details or fault.get("message") or fault.get("title")
    code = fault.get("code", "?")
    answer = f"code {code}: {str(words)[:300]}" if words else f"code {code}"
    error = PermanentError(UNDELIVERED, answer=answer)
    error.refusal = refusal_of(code)
    return error


def is_for_another_time(refusal: Refusal | None, attempts: int) -> bool:
    """Whether what failed may be sent again, as a new message."""
    if refusal is None or refusal.action not in _ANOTHER_TIME:
        return False
    return refusal.action != Action.RETRY or attempts <= len(work.RETRY_AFTER)


def again(row: models.Outgoing, refusal: Refusal, now: datetime) -> datetime | None:
    """It did not arrive, for a reason that passes: queued once more. When it is due, if known.

    As a new message with a callback of its own: what Meta still says of the old one concerns
    nobody any more.
    """
    aside = asides.after(refusal, row, now)
    work.update(
        row,
        status=OutgoingStatus.QUEUED,
        callback=str(uuid.uuid4()),
        remote_id=None,
        sent_at=None,
        leased_until=None,
        due_at=aside.due_at,
        held=aside.held,
        category=TEMPLATE if refusal.action == Action.WINDOW else row.category,
    )
    return aside.due_at
