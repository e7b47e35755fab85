"""What people ask of what does not leave. Everything runs inside a unit."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from appliance.errors import PermanentError
from appliance.store import models, rows, work
from appliance.store.models import OutgoingStatus
from appliance.telling import columns

_ENDED = frozenset({OutgoingStatus.FAILED, OutgoingStatus.UNKNOWN})


def revive(row_id: int, now: datetime) -> models.Outgoing | None:
    """What failed, or is uncertain, goes once more, as a new message. None: it is neither.

    What is uncertain may arrive a second time: whoever asks was told. What was meant for nobody
    cannot be sent.
    """
    row = rows.find(models.Outgoing, id=row_id)
    if row is None or row.status not in _ENDED or not row.recipient:
        return None
    anew = {"remote_id": None, "sent_at": None, "held": None, "media_id": None}
    work.revive(row, now, status=OutgoingStatus.QUEUED, callback=str(uuid.uuid4()), **anew)
    return row


def hasten(row_ids: Iterable[int], now: datetime) -> list[models.Outgoing]:
    """Those of these that wait are looked at now; what is still held is held again."""
    table = models.Outgoing
    ids = list(row_ids)
    held = table.select().where(table.id.in_(ids), table.held.is_null(False))
    waiting = [row for row in held if row.status == OutgoingStatus.QUEUED]
    for row in waiting:
        work.update(row, due_at=now, held=None)
    return waiting + work.hasten(table, ids, now)


def drop(row_id: int, error: PermanentError, now: datetime) -> models.Outgoing | None:
    """This is sent by nobody; it stays, as failed, with the reason. None: it may not be now."""
    row = rows.find(models.Outgoing, id=row_id)
    may_be = {OutgoingStatus.QUEUED, *_ENDED}
    if row is None or row.status not in may_be or not work.is_idle(row, now):
        return None
    work.end(row, status=OutgoingStatus.FAILED, held=None, **columns(error))
    return row
