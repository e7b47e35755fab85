"""The folders on Drive: each made once, and put right when it changes here."""

import threading
from typing import TYPE_CHECKING

import structlog

from appliance.drive import places
from appliance.drive.acts import Acts
from appliance.drive.items import Items
from appliance.drive.places import Folder
from appliance.errors import PermanentError, mark
from appliance.gateways.drive_answers import NO_SHARED_DRIVE, Next, RemoteFile, Wanted
from appliance.store.models import DriveItem, DriveItemState

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

log = structlog.get_logger()

TURNS = 16  # folders that are made at the same time, at most
MADE_AGAIN = mark(
    "the folder “%(name)s” was no longer on Google Drive: Greffier has made it again there; what "
    "was in it is shown on the page Google Drive, and is safe on this computer"
)
IN_ITS_PLACE = mark(
    "something else stands on Drive where the folder “%(name)s” should: tell your support"
)


class BadFolderError(Exception):
    """A folder takes nothing: the one with this id is gone from Drive, or `is_full`."""

    def __init__(self, drive_id: str | None, *, is_full: bool = False) -> None:
        super().__init__(drive_id)
        self.drive_id = drive_id
        self.is_full = is_full


class DriveFolders:
    """Folders by what they are here."""

    def __init__(self, items: Items, drive: "GoogleDrive", acts: Acts) -> None:
        self._items = items
        self._drive = drive
        self._acts = acts
        # One writer a folder: six threads that need it make one. Parents first, each turn let go
        # before the next is taken, so that nobody waits for somebody who waits for them.
        self._turns = [threading.Lock() for _ in range(TURNS)]
        self._mending = threading.Lock()

    def ensure(self, folder: Folder) -> str:
        """Its id, once it is there under this name in this place.

        Raises BadFolderError, to be mended by `mend` before another try; what the gateway raises.
        """
        parent_id = self._drive.top if folder.parent is None else self.ensure(folder.parent)
        item = self._items.find(folder.key)
        part = item.part if item is not None else 1
        key, name = places.part_key(folder.key, part), places.part_name(folder.name, part)
        with self._turns[hash(key) % TURNS]:
            return self._one(Folder(key, name, folder.parent), parent_id)

    def _one(self, folder: Folder, parent_id: str | None) -> str:
        item = self._items.find(folder.key)
        if item is not None and self._acts.is_away(item):
            raise BadFolderError(item.drive_id)
        if item is not None and _stands(item, folder.name, parent_id):
            return str(item.drive_id)
        wanted = Wanted("", folder.name, parent_id, places.mark_of(folder.key))
        if item is None:
            item = self._items.reserve(folder.key, wanted)
        if item.state == DriveItemState.ANEW:
            item = self._items.renew(item)
        wanted = Wanted(item.drive_id, folder.name, parent_id, wanted.mark)
        if item.state == DriveItemState.RESERVED:
            file = self._made(folder, wanted)
        else:
            self._items.intend(item, wanted)
            file = self._put_right(folder, wanted)
        self._items.is_put(item, file)
        return str(item.drive_id)

    def _made(self, folder: Folder, wanted: Wanted) -> RemoteFile:
        try:
            return self._drive.make_folder(wanted)
        except PermanentError as error:
            if error.refusal == Next.TAKEN:  # an answer was lost, and the folder is there
                return self._put_right(folder, wanted)
            raise self._of_parent(folder, wanted, error) from error

    def _put_right(self, folder: Folder, wanted: Wanted) -> RemoteFile:
        try:
            file = self._drive.get(wanted.drive_id)
        except PermanentError as error:
            raise _if_gone(wanted.drive_id, error) from error
        if not file.is_folder:
            raise PermanentError(IN_ITS_PLACE, name=folder.name)
        if is_right(file, wanted):
            return file
        try:
            return self._drive.change(wanted, file)
        except PermanentError as error:
            raise self._of_parent(folder, wanted, error) from error

    def _of_parent(self, folder: Folder, wanted: Wanted, error: PermanentError) -> Exception:
        """Whether it is the folder above that is to blame."""
        if folder.parent is not None:
            return if_parent(wanted.parent_id, error)
        if error.refusal == Next.GONE and self._drive.top is not None:
            return PermanentError(NO_SHARED_DRIVE)
        return error

    def mend(self, bad: BadFolderError) -> None:
        """It is made anew by whoever needs it next, or another one beside it is used.

        Once only: several threads may have found the same folder gone.
        """
        with self._mending:
            item = self._items.of_id(bad.drive_id)
            if item is None:
                return  # somebody was quicker
            if bad.is_full:
                self._items.next_part(item)
                log.warning("drive folder full", item=item.id)
                return
            if item.put_at is not None:
                self._acts.made_again(item, PermanentError(MADE_AGAIN, name=item.name))
            self._items.renew(item)
            log.warning("drive folder gone", item=item.id)


def if_parent(parent_id: str | None, error: PermanentError) -> Exception:
    """What was refused in that folder, as the folder's fault if it is one."""
    if error.refusal == Next.GONE:
        return BadFolderError(parent_id)
    if error.refusal == Next.FOLDER_FULL:
        return BadFolderError(parent_id, is_full=True)
    return error


def _if_gone(drive_id: str, error: PermanentError) -> Exception:
    return BadFolderError(drive_id) if error.refusal == Next.GONE else error


def is_right(file: RemoteFile, wanted: Wanted) -> bool:
    """Whether it has the name and the place that it should."""
    is_there = wanted.parent_id is None or list(file.parents) == [wanted.parent_id]
    return file.name == wanted.name and is_there and not file.trashed and file.mark == wanted.mark


def _stands(item: DriveItem, name: str, parent_id: str | None) -> bool:
    is_there = parent_id is None or item.parent_id == parent_id
    return bool(item.state == DriveItemState.THERE and item.name == name and is_there)
