"""Looks at Drive by itself, in a thread of its own: what people did there, and whether we may
again.

Every five minutes the list of changes is read from where it was read to; the place is committed
together with what was found. Where Google has forgotten that place, everything is compared.
"""

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import structlog

from appliance.clock import Clock
from appliance.drive.acts import Acts
from appliance.drive.adopting import Adopting
from appliance.drive.connection import LOOK_AGAIN, Connection
from appliance.drive.joining import Joining
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.gateways.drive_answers import (
    NO_SHARED_DRIVE,
    Change,
    Next,
    RemoteFile,
    Told,
    error_of,
)
from appliance.store.database import Store
from appliance.store.models import DriveItem, DriveItemState

if TYPE_CHECKING:
    from appliance.gateways.google_drive import GoogleDrive

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
SOON = timedelta(minutes=1)
TICK = timedelta(seconds=2)
AT_ONCE = 100  # items compared in one commit


class Eyes(NamedTuple):
    """Who is told of what is seen."""

    acts: Acts
    joining: Joining
    adopting: Adopting


class DriveWatch:
    """The eye on Drive."""

    def __init__(
        self, store: Store, clock: Clock, drive: "GoogleDrive", connection: Connection, eyes: Eyes
    ) -> None:
        self._store = store
        self._clock = clock
        self._drive = drive
        self._connection = connection
        self._acts, self._joining, self._adopting = eyes
        self._due_at: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drive", daemon=True)

    def start(self) -> None:
        """Look at once, then every five minutes."""
        self._thread.start()

    def stop(self, within: float = 2.0) -> None:
        """End the watch; a question to Google that is under way is left alone."""
        self._stop.set()
        self._thread.join(within)

    def look(self) -> bool:
        """Whatever is due now. False if Google did not let us."""
        try:
            self._look()
        except TemporaryError as error:
            self._connection.failed(error)
            return False
        except GreffierError as error:
            log.warning("drive was not looked at", why=str(error.refusal))
            return False
        return True

    def _look(self) -> None:
        state = self._connection.state()
        if state.connected_at is None:
            if self._joining.join_by_itself():
                self.read_changes()
        elif state.hold == Next.RECONNECT:
            self._drive.account()  # raises while Google still refuses
            self._joining.resume()
        elif state.until_at is None or state.until_at <= self._clock.now():
            self.read_changes()
            if self._connection.worked():
                self._joining.call_in()

    def read_changes(self) -> int:
        """What people did since the last time; how many acts are new."""
        since = self._connection.state().page_token
        if since is None:
            return self._begin()
        new, is_last = 0, False
        while not (is_last or self._stop.is_set()):
            asked_at = self._clock.now()
            try:
                changes, after, is_last = self._drive.changes(since)
            except TemporaryError as error:
                if error.refusal != Next.EXPIRED:
                    raise
                log.warning("drive changes forgotten by google: all is compared")
                return new + self._begin()
            found = partial(self._notice, changes, asked_at, after)
            new += self._store.write(found)
            since = after
        self._store.write(lambda: self._connection.set(looked_at=self._clock.now()))
        return new

    def _begin(self) -> int:
        """From now on; what happened before is found by comparing everything.

        Nothing is sent before that: what is there already is remembered first.
        """
        start, asked_at = self._start(), self._clock.now()
        files = list(self._drive.everything())
        self._adopting.adopt(files)
        new = self._compare(files, asked_at)
        now = self._clock.now()
        self._store.write(lambda: self._connection.set(page_token=start, looked_at=now))
        self._joining.call_in()
        return new

    def _start(self) -> str:
        try:
            return self._drive.start_of_changes()
        except PermanentError as error:
            if error.refusal != Next.GONE or self._drive.top is None:
                raise
            raise error_of(Told(Next.HOURLY, NO_SHARED_DRIVE)) from error

    def _compare(self, files: list[RemoteFile], asked_at: datetime) -> int:
        """Every copy beside what Drive has; how many acts are new."""
        there = {file.drive_id: file for file in files}
        items = list(DriveItem.select().where(DriveItem.state == DriveItemState.THERE))
        new = 0
        for first in range(0, len(items), AT_ONCE):
            some = items[first : first + AT_ONCE]
            changes = [Change(item.drive_id, there.get(item.drive_id)) for item in some]
            new += self._store.write(partial(self._acts.notice, changes, asked_at))
        return new

    def _notice(self, changes: list[Change], asked_at: datetime, after: str) -> int:
        """Inside a unit: what was found, and from where on to read."""
        self._connection.set(page_token=after)
        return self._acts.notice(changes, asked_at)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._is_due():
                    self._plan(worked=self.look())
            except Exception:
                log.exception("the watch over drive failed")  # top of a thread; tried again
                self._plan(worked=False)
            self._clock.wait(self._stop, TICK)

    def _is_due(self) -> bool:
        """Every five minutes, and as soon as somebody has connected."""
        if self._joining.joined.is_set():
            self._joining.joined.clear()
            return True
        return self._due_at is None or self._clock.now() >= self._due_at

    def _plan(self, *, worked: bool) -> None:
        state = self._connection.state()
        every = EVERY if worked else LOOK_AGAIN if state.hold is not None else SOON
        self._due_at = self._clock.now() + every
