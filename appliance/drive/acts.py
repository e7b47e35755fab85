"""What people do to the copies on Drive: seen, written down, shown; nothing here changes by it.

Owns drive_acts. The files on this computer are never touched: a person decides whether the copy is
put right again, or stays as it was changed.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import structlog

from appliance.clock import Clock
from appliance.drive import places
from appliance.drive.connection import Bell
from appliance.errors import GreffierError
from appliance.firm.users import Users
from appliance.gateways.drive_answers import Change, RemoteFile
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import DriveAct, DriveItem, DriveItemState, DriveStatus

log = structlog.get_logger()

GOOGLE = "google drive"  # the actor of what we only see the result of


class Kind(StrEnum):
    """What became of a copy."""

    RENAMED = "renamed"
    MOVED = "moved"
    TRASHED = "trashed"
    EDITED = "edited"
    REMOVED = "removed"


class Verdict(StrEnum):
    """How an act was settled."""

    AGAIN = "again"
    ACCEPTED = "accepted"
    UNDONE = "undone"
    REPLACED = "replaced"


AWAY = frozenset({Kind.TRASHED, Kind.REMOVED})
STANDING = frozenset({None, Verdict.ACCEPTED})  # verdicts after which the difference is there
LEFT_ALONE = frozenset({*AWAY, Kind.EDITED})  # nothing of it is repaired without a person's word


def act_of(item: DriveItem, file: RemoteFile | None) -> tuple[Kind, str] | None:
    """How the copy differs from what we put there, and a detail; None: it does not. Pure."""
    if file is None:
        return Kind.REMOVED, ""
    if file.trashed:
        return Kind.TRASHED, ""
    if item.sha256 is not None and file.sha256 != item.sha256:
        return Kind.EDITED, ""
    if item.parent_id is not None and item.parent_id not in file.parents:
        return Kind.MOVED, ",".join(file.parents)
    if file.name != item.name:
        return Kind.RENAMED, file.name
    return None


class Acts:
    """What somebody did on Drive, and what was decided about it."""

    def __init__(self, store: Store, clock: Clock, users: Users, bell: Bell) -> None:
        self._store = store
        self._clock = clock
        self._users = users
        self._bell = bell

    def notice(self, changes: Iterable[Change], asked_at: datetime) -> int:
        """Inside a unit: what of this is somebody's act; how many are new.

        What we have put there ourselves since Google was asked, at `asked_at`, was not in its
        answer yet: it comes with the next one.
        """
        new = 0
        for change in changes:
            item = rows.find(DriveItem, drive_id=change.drive_id)
            is_there = item is not None and item.state == DriveItemState.THERE
            if item is not None and is_there and item.put_at < asked_at:
                new += self.compare(item, change.file)
        return new

    def compare(self, item: DriveItem, file: RemoteFile | None) -> bool:
        """Inside a unit: write down how the copy differs now. True if that is news."""
        found, last = act_of(item, file), _last(item)
        stands = last if last is not None and last.verdict in STANDING else None
        is_open = stands is not None and stands.verdict is None
        if found is None:
            if stands is not None and is_open:
                self.settle(stands, GOOGLE, Verdict.UNDONE)
                self._says(item, DriveStatus.MIRRORED)
            return False
        kind, detail = found
        if stands is not None and (stands.kind, stands.detail) == (kind, detail):
            return False
        if stands is not None and is_open:
            self.settle(stands, GOOGLE, Verdict.REPLACED)
        rows.insert(DriveAct, item=item.id, kind=kind, detail=detail, seen_at=self._clock.now())
        self._says(item, DriveStatus.DIFFERS)
        self._users.audit(GOOGLE, f"copy {kind}", item.key, detail or None)
        log.info("drive act seen", item=item.id, kind=str(kind))
        return True

    def settle(self, act: DriveAct, by: str, verdict: Verdict) -> None:
        """Inside a unit."""
        now = self._clock.now()
        rows.update(DriveAct, act.id, settled_at=now, settled_by=by, verdict=verdict)

    def accept(self, act_id: int, by: str) -> bool:
        """A person leaves the copy as it was changed. False if that was decided before."""

        def unit() -> bool:
            act = rows.find(DriveAct, id=act_id, settled_at=None)
            if act is None:
                return False
            self.settle(act, by, Verdict.ACCEPTED)
            self._says(act.item, DriveStatus.ACCEPTED)
            self._users.audit(by, f"copy left {act.kind}", act.item.key, None)
            return True

        return self._store.write(unit)

    def refuse(self, act: DriveAct, by: str) -> None:
        """Inside a unit: a person wants the copy as it was. What a person wrote there stays."""
        self.settle(act, by, Verdict.AGAIN)
        is_new = act.kind in {Kind.EDITED, Kind.REMOVED}
        state = DriveItemState.ANEW if is_new else DriveItemState.STALE
        rows.update(DriveItem, act.item_id, state=state)
        self._says(act.item, DriveStatus.WAITING)
        self._users.audit(by, "copy sent again", act.item.key, act.kind)

    def made_again(self, item: DriveItem, told: GreffierError) -> None:
        """A folder of ours was gone: it has been decided for, written down and told."""

        def unit() -> list[object]:
            last = _last(item)
            if last is not None and last.verdict in STANDING:
                self.settle(last, "greffier", Verdict.REPLACED)
            self._users.audit("greffier", "folder made again on drive", item.key, None)
            return list(self._bell.alert(f"drive:folder:{item.drive_id}", told))

        self._bell.wake(self._store.write(unit))

    def is_away(self, item: DriveItem) -> bool:
        """Whether a person has removed it, or put it into the bin."""
        return _stands(item, AWAY)

    def is_left_alone(self, item: DriveItem) -> bool:
        """Whether nothing is done to the copy before somebody has decided, or because they have."""
        return _stands(item, LEFT_ALONE)

    def is_accepted(self, item: DriveItem) -> bool:
        """Whether somebody has decided that the copy stays as it was changed."""
        last = _last(item)
        return last is not None and last.verdict == Verdict.ACCEPTED

    def settle_open(self, item: DriveItem, by: str) -> None:
        """Inside a unit: what somebody did is put right, without asking any more."""
        last = _last(item)
        if last is not None and last.settled_at is None:
            self.settle(last, by, Verdict.AGAIN)
            self._says(item, DriveStatus.WAITING)

    def status_of(self, item: DriveItem) -> DriveStatus:
        """What its document says while that is so."""
        last = _last(item)
        if last is None or last.verdict not in STANDING:
            return DriveStatus.MIRRORED
        return DriveStatus.DIFFERS if last.verdict is None else DriveStatus.ACCEPTED

    def _says(self, item: DriveItem, status: DriveStatus) -> None:
        """Inside a unit: the document's own column."""
        kind, number = places.kind_of(item.key)
        if kind == places.DOCUMENT:
            rows.update(models.Document, number, drive_status=status)


def _last(item: DriveItem) -> DriveAct | None:
    query = DriveAct.select().where(DriveAct.item == item.id).order_by(DriveAct.id.desc())
    found: DriveAct | None = query.first()
    return found


def _stands(item: DriveItem, kinds: frozenset[Kind]) -> bool:
    last = _last(item)
    return last is not None and last.kind in kinds and last.verdict in STANDING


def open_acts() -> list[DriveAct]:
    """What waits for somebody to decide, newest first."""
    query = DriveAct.select(DriveAct, DriveItem).join(DriveItem)
    return list(query.where(DriveAct.settled_at.is_null()).order_by(DriveAct.id.desc()))
