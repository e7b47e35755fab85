"""What stands where on Drive, and under which id. Owns drive_items and drive_ids.

An id is committed here before Google hears of it: whatever is repeated afterwards meets "it is
there already" instead of making a second one.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.gateways.drive_answers import RemoteFile, Wanted
from appliance.sealing import Seal
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import DriveAct, DriveId, DriveItem, DriveItemState

if TYPE_CHECKING:  # Google's client costs a fifth of a second and 30 MB: only who uses Drive pays
    from appliance.gateways.google_drive import GoogleDrive

SESSION_LIVES = timedelta(days=6)  # Google: about a week


class Items:
    """The rows of what is ours on Drive."""

    def __init__(self, store: Store, clock: Clock, drive: "GoogleDrive", seal: Seal) -> None:
        self._store = store
        self._clock = clock
        self._drive = drive
        self._seal = seal

    def find(self, key: str) -> DriveItem | None:
        return rows.find(DriveItem, key=key)

    def of_id(self, drive_id: str | None) -> DriveItem | None:
        return rows.find(DriveItem, drive_id=drive_id)

    def parts(self, key: str) -> list[DriveItem]:
        """A folder's row, and those of the folders beside it that take what it does not."""
        is_part = (DriveItem.key == key) | DriveItem.key.startswith(f"{key}#")
        return list(DriveItem.select().where(is_part).order_by(DriveItem.id))

    def reserve(self, key: str, wanted: Wanted, sha256: str | None = None) -> DriveItem:
        """Its row, with an id of Google's that is nobody else's; the one it has, if it has one."""

        def unit() -> DriveItem | None:
            known = rows.find(DriveItem, key=key)
            drive_id = None if known else _take_id()
            if drive_id is None:
                return known
            values = {"name": wanted.name, "parent_id": wanted.parent_id, "mark": wanted.mark}
            return rows.insert(DriveItem, key=key, drive_id=drive_id, sha256=sha256, **values)

        while (item := self._store.write(unit)) is None:
            self._fetch_ids()
        return item

    def renew(self, item: DriveItem) -> DriveItem:
        """What it was on Drive is gone for us: from now on it has another id, and is to be made."""

        def unit() -> DriveItem | None:
            seen = rows.find(DriveItem, id=item.id)
            if seen is None or seen.drive_id != item.drive_id:
                return seen or item  # somebody was quicker
            drive_id = _take_id()
            if drive_id is None:
                return None
            fresh = {"drive_id": drive_id, "state": DriveItemState.RESERVED}
            rows.update(DriveItem, item.id, **fresh, session=None, session_at=None, put_at=None)
            return rows.find(DriveItem, id=item.id)

        while (renewed := self._store.write(unit)) is None:
            self._fetch_ids()
        return renewed

    def _fetch_ids(self) -> None:
        """A hundred more; committed, they are ours whatever happens."""
        ids = self._drive.new_ids()

        def unit() -> None:
            for each in ids:
                if rows.find(DriveId, drive_id=each) is None:
                    rows.insert(DriveId, drive_id=each)

        self._store.write(unit)

    def intend(self, item: DriveItem, wanted: Wanted) -> None:
        """It is about to get this name and place: until it has, no difference is anybody's act."""
        values = {"name": wanted.name, "parent_id": wanted.parent_id, "mark": wanted.mark}
        self._set(item, state=DriveItemState.STALE, **values)

    def put(self, item: DriveItem, file: RemoteFile) -> None:
        """Inside a unit: it is there, as Google says."""
        rows.update(
            DriveItem,
            item.id,
            state=DriveItemState.THERE,
            name=file.name,
            parent_id=file.parents[0] if file.parents else None,
            session=None,
            session_at=None,
            put_at=self._clock.now(),
        )

    def is_put(self, item: DriveItem, file: RemoteFile) -> None:
        """The same, in a commit of its own."""
        self._store.write(lambda: self.put(item, file))

    def adopt(self, key: str, file: RemoteFile, mark: str, sha256: str | None) -> None:
        """Inside a unit: what is on Drive is this, although we had forgotten it."""
        known = rows.find(DriveItem, key=key)
        values = {"mark": mark, "sha256": sha256, "name": file.name}
        if known is None:
            known = rows.insert(DriveItem, key=key, drive_id=file.drive_id, **values)
        else:
            rows.update(DriveItem, known.id, drive_id=file.drive_id, **values)
        self.put(known, file)

    def set_state(self, item: DriveItem, state: DriveItemState) -> None:
        """Inside a unit."""
        rows.update(DriveItem, item.id, state=state)

    def next_part(self, full: DriveItem) -> None:
        """The folder is full: what comes next goes to another one beside it."""
        base, _, number = full.key.partition("#")
        part = int(number or 1) + 1
        known = (DriveItem.key == base, DriveItem.part < part)
        self._store.write(DriveItem.update(part=part).where(*known).execute)

    def session(self, item: DriveItem) -> str | None:
        """The upload that was begun for it, while Google still knows it."""
        seen = rows.find(DriveItem, id=item.id)
        if seen is None or seen.session_at is None:
            return None
        if self._clock.now() - seen.session_at > SESSION_LIVES:
            return None
        return self._seal.open(seen.session)

    def save_session(self, item: DriveItem, address: str | None) -> None:
        """Before a byte leaves. None: it is dead."""
        sealed = None if address is None else self._seal.close(address)
        self._set(item, session=sealed, session_at=self._clock.now() if sealed else None)

    def forget_all(self) -> None:
        """Inside a unit: another account is connected, where nothing of this is."""
        DriveAct.delete().execute()
        DriveItem.delete().execute()
        DriveId.delete().execute()

    def _set(self, item: DriveItem, **values: object) -> None:
        self._store.write(lambda: rows.update(DriveItem, item.id, **values))


def _take_id() -> str | None:
    """Inside a unit: one of the stock, which it leaves."""
    spare = DriveId.select().order_by(DriveId.id).first()
    if spare is None:
        return None
    DriveId.delete().where(DriveId.id == spare.id).execute()
    drive_id: str = spare.drive_id
    return drive_id
