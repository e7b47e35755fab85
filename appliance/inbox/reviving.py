"""What people ask of messages and receipts that stand still. Everything runs inside a unit."""

import json
from datetime import datetime

from peewee import SQL

from appliance.errors import PermanentError
from appliance.inbox.envelope import brings_a_file
from appliance.store import models, rows, work
from appliance.store.models import MessageStatus
from appliance.telling import DROPPED_ROWS, columns


def revive(row_id: int, now: datetime) -> models.Message | None:
    """A message that was given up, or dropped, begins anew. None: it was neither."""
    is_dead = (models.Message.status == MessageStatus.ERROR) | SQL(DROPPED_ROWS)
    row: models.Message | None = models.Message.get_or_none(models.Message.id == row_id, is_dead)
    if row is not None:
        work.revive(row, now, status=MessageStatus.RECEIVED, processed_at=None)
    return row


def revive_receipt(row_id: int, now: datetime) -> models.Receipt | None:
    """A receipt that was shelved is applied once more. None: it was not."""
    row = rows.find(models.Receipt, id=row_id, due_at=None)
    if row is None or row.error is None:
        return None
    rows.update(models.Receipt, row_id, due_at=now, attempts=0, interruptions=0, error=None)
    return row


def drop(row_id: int, error: PermanentError, now: datetime) -> models.Message | None:
    """Nobody works on this message any more; why, stands in its row. None: it may not be now.

    One whose file is not in a folder stays in error, where everybody sees it.
    """
    row = rows.find(models.Message, id=row_id)
    if row is None or not work.is_idle(row, now) or _is_over(row):
        return None
    is_lost = brings_a_file(json.loads(row.raw)) and row.document_id is None
    status = MessageStatus.ERROR if is_lost else MessageStatus.PROCESSED
    work.end(row, status=status, processed_at=now, **columns(error))
    return row


def drop_receipt(row_id: int, error: PermanentError, now: datetime) -> models.Receipt | None:
    """This receipt is applied by nobody; it stays, with the reason. None: it may not be now."""
    row = rows.find(models.Receipt, id=row_id)
    if row is None or not work.is_idle(row, now) or (row.due_at is None and row.error is None):
        return None
    work.end(row, error=error.reason)
    return row


def _is_over(row: models.Message) -> bool:
    """Finished as it should be: there is nothing to drop."""
    return row.due_at is None and row.status != MessageStatus.ERROR
