"""What waits for one person: due when they are heard from again, gone when they want nothing more.

A person is one whatever they write under. Everything here runs inside a unit.
"""

from datetime import datetime
from typing import Any

from appliance.outbox import holds
from appliance.replies.announcements import BY_PEOPLE
from appliance.store import models
from appliance.store.models import OutgoingStatus


def release(message: models.Message, at: datetime) -> list[models.Outgoing]:
    """Who wrote this has opened the window: what could not leave so far is due at `at`.

    What waits for a template's sake, too: inside the window it is not one. The gate judges again.
    """
    table = models.Outgoing
    waiting = _queued_for(message).where(
        table.error.is_null(False),  # nearly always none: the small index of rows that have one
        table.held.is_null() | (table.held == holds.WINDOW),
    )
    return holds.release(list(waiting), at)


def withdraw(message: models.Message) -> int:
    """They want no automatic messages: nothing automatic that waits is sent. How many.

    What is on its way is judged once more when it leaves (`leaving`). What a person of the firm
    wrote is no automatic message: it goes, or whoever wrote it takes it back.
    """
    unsent = list(_queued_for(message).where(models.Outgoing.kind.not_in(sorted(BY_PEOPLE))))
    for row in unsent:
        forget(row)
    return len(unsent)


def forget(row: models.Outgoing) -> None:
    """This was never sent, and never will be."""
    models.OutgoingItem.delete().where(models.OutgoingItem.outgoing == row).execute()
    models.Outgoing.delete_by_id(row.id)


def _queued_for(message: models.Message) -> Any:
    table, person = models.Outgoing, message.correspondent_id
    is_theirs = table.correspondent == person if person else table.recipient == message.sender
    return table.select().where(
        is_theirs,
        table.channel == "whatsapp",
        table.status == OutgoingStatus.QUEUED,
        table.leased_until.is_null(),
    )
