"""The copy on Google Drive: what stands where there, and what people did to it."""

from enum import StrEnum
from typing import Any

from peewee import ForeignKeyField, IntegerField, TextField

from appliance.store.fields import UtcDateTimeField
from appliance.store.models.rows import Row


class DriveItemState(StrEnum):
    """reserved → there; stale: to be put right; anew: to be sent as a new file; gone: removed there
    by us."""

    RESERVED = "reserved"
    THERE = "there"
    STALE = "stale"
    ANEW = "anew"
    GONE = "gone"


class DriveStatus(StrEnum):
    """What `documents.drive_status` says; null: it was never meant for Drive."""

    WAITING = "waiting"
    MIRRORED = "mirrored"
    DIFFERS = "differs"  # somebody changed it on Drive, and nobody has decided yet
    ACCEPTED = "accepted"  # it stays as somebody changed it there
    WITHHELD = "withheld"  # it may not leave this computer
    FAILED = "failed"
    REMOVED = "removed"  # destroyed or put away here, and so taken off Drive


class DriveItem(Row):
    """One file or folder of ours on Drive. Owner: drive.items.

    `key` says what it is here ("document:7", "dossier:3", "root"); `drive_id` was committed before
    Google ever heard of it. `name`, `parent_id`: as we put it there last. `session`: the sealed
    address of an upload that was begun. `part`: of a folder that is full, which one is in use.
    """

    key: Any = TextField(unique=True)
    drive_id: Any = TextField(unique=True)
    state: Any = TextField(default=DriveItemState.RESERVED)
    name: Any = TextField()
    parent_id: Any = TextField(null=True, index=True)
    mark: Any = TextField(index=True)
    sha256: Any = TextField(null=True)
    session: Any = TextField(null=True)
    session_at: Any = UtcDateTimeField(null=True)
    part: Any = IntegerField(default=1)
    put_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "drive_items"


class DriveId(Row):
    """An id that Google has reserved for us and nothing uses yet. Owner: drive.items."""

    drive_id: Any = TextField(unique=True)

    class Meta:
        table_name = "drive_ids"


class DriveState(Row):
    """The one row of the connection. Owner: drive.connection.

    `hold`: why nothing is sent for now (reconnect, hourly, daily), `until_at`: when it is tried.
    """

    account_id: Any = TextField(null=True)
    account: Any = TextField(null=True)
    connected_at: Any = UtcDateTimeField(null=True)
    hold: Any = TextField(null=True)
    held_at: Any = UtcDateTimeField(null=True)
    until_at: Any = UtcDateTimeField(null=True)
    error: Any = TextField(null=True)
    reason: Any = TextField(null=True)  # JSON: see telling
    page_token: Any = TextField(null=True)
    looked_at: Any = UtcDateTimeField(null=True)

    class Meta:
        table_name = "drive_state"


class DriveAct(Row):
    """What somebody did to a copy on Drive: it waits until somebody here decides. Owner:
    drive.acts.

    `verdict`: again (made as it was), accepted, undone (on Drive itself), replaced (by another
    act).
    """

    item: Any = ForeignKeyField(DriveItem, backref="acts")
    kind: Any = TextField()
    detail: Any = TextField(default="")
    seen_at: Any = UtcDateTimeField()
    settled_at: Any = UtcDateTimeField(null=True)
    settled_by: Any = TextField(null=True)
    verdict: Any = TextField(null=True)

    class Meta:
        table_name = "drive_acts"
        indexes = ((("settled_at", "seen_at"), False),)
