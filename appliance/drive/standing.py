"""How the copy on Drive stands: counts and the connection, for pages, health and the doctor."""

from dataclasses import dataclass

from appliance.drive.acts import open_acts
from appliance.drive.deciding import FAILED_KINDS
from appliance.store import rows
from appliance.store.models import Chore, ChoreStatus, Document, DriveState, DriveStatus


@dataclass(frozen=True)
class Standing:
    """At one moment. `state`: the row of the connection."""

    state: DriveState
    waiting: int
    failed: int
    mirrored: int
    withheld: int
    to_decide: int
    sentence_of_first: str | None

    @property
    def is_connected(self) -> bool:
        return self.state.connected_at is not None


def standing() -> Standing:
    """Read it."""
    chore = Chore
    ours = chore.kind.in_(FAILED_KINDS)
    failed = chore.select().where(
        ours, chore.error.is_null(False), chore.status == ChoreStatus.FAILED
    )
    first = failed.order_by(chore.id.desc()).first()
    return Standing(
        state=rows.find(DriveState, id=1) or DriveState(),
        waiting=chore.select().where(ours, chore.due_at.is_null(False)).count(),
        failed=failed.count(),
        mirrored=_documents(DriveStatus.MIRRORED),
        withheld=_documents(DriveStatus.WITHHELD),
        to_decide=len(open_acts()),
        sentence_of_first=first.error if first is not None else None,
    )


def _documents(status: DriveStatus) -> int:
    count: int = Document.select().where(Document.drive_status == status).count()
    return count


def health() -> dict[str, str]:
    """The component of the appliance's health."""
    seen = standing()
    if not seen.is_connected:
        return _is("degraded", f"not connected, {seen.waiting} wait: see the page Google Drive")
    if seen.state.hold is not None:
        return _is("degraded", f"{seen.state.error}; {seen.waiting} wait")
    if seen.failed:
        return _is("degraded", f"{seen.failed} failed: see the page Google Drive")
    return _is("ok", f"{seen.mirrored} mirrored, {seen.waiting} wait")


def _is(status: str, sentence: str) -> dict[str, str]:
    return {"status": status, "sentence": sentence}
