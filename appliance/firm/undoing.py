"""What a list has done is taken back, where nobody has built on it. Of firm.register.

Everything runs inside a unit.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from appliance.firm.importing import What
from appliance.store import rows
from appliance.store.models import (
    Act,
    AuditEntry,
    Client,
    Contact,
    Destruction,
    DestructionStatus,
    Dossier,
    FolderMove,
    ImportStep,
    Message,
    Party,
)


class Left(StrEnum):
    """Why something stays as the list made it."""

    CHANGED = "changed"  # somebody changed it since
    USED = "used"  # documents, messages, or something else hangs on it
    WRITTEN = "written"  # messages came from this number
    DESTROYED = "destroyed"  # its documents are being destroyed, or are


_ROWS: dict[str, Any] = {
    What.CLIENT: Client,
    What.CONTACT: Contact,
    What.DOSSIER: Dossier,
    What.PARTY: Party,
}


def take_back(steps: Sequence[ImportStep]) -> dict[int, Left]:
    """The steps of one list, the last first; by id, why those are left that cannot be undone."""
    left = {step.id: _undone(step) for step in steps}
    return {step_id: why for step_id, why in left.items() if why is not None}


def _undone(step: ImportStep) -> Left | None:
    row = rows.find(_ROWS[step.kind], id=step.subject_id)
    if row is None:
        return None  # gone already: there is nothing left of it
    return _removed(step, row) if step.field is None else _changed_back(step, row)


def _changed_back(step: ImportStep, row: Any) -> Left | None:
    field = getattr(type(row), step.field)
    before, after = (_read(value) for value in (step.before, step.after))
    now = field.db_value(getattr(row, step.field))
    if str(now) != str(after):
        return Left.CHANGED
    if (
        step.kind == What.DOSSIER
        and step.field in {"status", "closed_at"}
        and _is_destroyed(row.id)
    ):
        return Left.DESTROYED
    type(row).update({step.field: field.python_value(before)}).where(
        type(row).id == row.id
    ).execute()
    return None


def _removed(step: ImportStep, row: Any) -> Left | None:
    why = _why_not(step.kind, row)
    if why is None:
        type(row).delete().where(type(row).id == row.id).execute()
    return why


def _why_not(kind: str, row: Any) -> Left | None:
    if kind == What.PARTY:
        return None
    if kind == What.CONTACT:
        wrote = (Message.sender == row.value) | (Message.user_id == row.value)
        came = Message.select().where(Message.client == row.client_id, wrote)
        return Left.WRITTEN if came.exists() else None
    if AuditEntry.select().where(AuditEntry.subject == f"{kind}:{row.id}").exists():
        return Left.CHANGED
    moved = FolderMove.select().where(FolderMove.kind == kind, FolderMove.subject_id == row.id)
    return Left.USED if moved.exists() or _is_used(type(row), row.id) else None


def _is_used(table: type[Any], row_id: int) -> bool:
    """Whether any row of any table refers to it; documents that went through it count too."""
    if table is Dossier:
        passed = (Act.from_dossier == row_id) | (Act.to_dossier == row_id)
        if Act.select().where(passed).exists():
            return True
    return any(rows.is_referred_to(column, row_id) for column in rows.referring(table))


def _is_destroyed(dossier_id: int) -> bool:
    """Whether somebody has confirmed that its documents go: it stays closed then."""
    confirmed = (DestructionStatus.CONFIRMED, DestructionStatus.DONE)
    of_dossier = Destruction.select().where(Destruction.dossier == dossier_id)
    return bool(of_dossier.where(Destruction.status.in_(confirmed)).exists())


def _read(written: str | None) -> Any:
    return None if written is None else json.loads(written)
