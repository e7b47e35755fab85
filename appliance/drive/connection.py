"""Whether Google lets us work: who is connected, and why nothing goes for now. Owns drive_state.

A hold is one row: while it lasts every upload waits without asking Google, nobody's attempt is
counted, and people are told once. It ends by itself: when somebody has connected again, when there
is room, or when an attempt that is made once an hour succeeds.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from random import SystemRandom
from typing import Any, NamedTuple

import structlog

from appliance.clock import Clock
from appliance.errors import GreffierError, TemporaryError, mark
from appliance.gateways.drive_answers import SIGN_IN, SLOWER, Account, Next
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import DriveState
from appliance.telling import columns

log = structlog.get_logger()

LOOK_AGAIN = timedelta(hours=1)
SOON = timedelta(seconds=30)
LONGEST_PAUSE = 64.0  # seconds: 1, 2, 4 … of back-off
# A consent screen in "Testing" gives sign-ins that Google ends after seven days.
TESTING = (timedelta(days=6, hours=12), timedelta(days=8))
NOT_CONNECTED = mark("Google Drive is not connected: an administrator connects it on its page")
LOOKING = mark("Greffier looks first at what is on Drive already")
SEVEN_DAYS = mark(
    "Google ended our sign-in after seven days: the consent screen of your Google Cloud project is "
    "in “Testing”. Publish it (“In production”), then connect again: the old sign-in stays at "
    "seven days"
)
HOLDS = frozenset({Next.RECONNECT, Next.HOURLY, Next.DAILY})


class Bell(NamedTuple):
    """How the firm's people are told: `alert` inside a unit, `wake` after its commit."""

    alert: Callable[[str, GreffierError], Iterable[Any]]
    wake: Callable[[Iterable[Any]], None]


class Connection:
    """The state of the connection, and the pace that Google allows."""

    def __init__(self, store: Store, clock: Clock, bell: Bell) -> None:
        self._store = store
        self._clock = clock
        self.bell = bell
        self._dice = SystemRandom()
        self._looking = threading.Lock()
        self._failures = 0  # in a row, of all threads together
        self._not_before: datetime | None = None

    def state(self) -> DriveState:
        """The row; as it would be, where there is none yet."""
        return rows.find(DriveState, id=1) or DriveState()

    def set(self, **values: object) -> None:
        """Inside a unit: change columns of the one row."""
        if rows.find(DriveState, id=1) is None:
            rows.insert(DriveState, id=1)
        rows.update(DriveState, 1, **values)

    def refuse_if_held(self) -> None:
        """Raise TemporaryError while it is of no use to ask Google anything."""
        now, state = self._clock.now(), self.state()
        if state.connected_at is None:
            raise TemporaryError(NOT_CONNECTED, LOOK_AGAIN, counts=False)
        if state.hold is not None and (state.until_at is None or state.until_at > now):
            wait = LOOK_AGAIN if state.until_at is None else state.until_at - now
            raise TemporaryError(state.error, wait, counts=False)
        if state.page_token is None:  # what is there already is looked up before anything is sent
            raise TemporaryError(LOOKING, SOON, counts=False)
        with self._looking:
            wait_more = (self._not_before or now) - now
        if wait_more > timedelta():
            raise TemporaryError(SLOWER, wait_more, counts=False)

    def failed(self, error: TemporaryError) -> None:
        """Draw the consequence of a refusal that passes: hold everything, or slow down.

        Afterwards `error.after` is how long this work waits.
        """
        if error.refusal in HOLDS:
            self._hold(error)
        elif error.refusal == Next.AGAIN:
            error.after = self._slow_down(error.after)

    def worked(self) -> bool:
        """Google let us. True if a hold has just ended by that."""
        with self._looking:
            self._failures, self._not_before = 0, None
        if self.state().hold is None:
            return False
        self._store.write(self.release)
        log.info("drive goes on")
        return True

    def release(self) -> None:
        """Inside a unit: whatever held it is over."""
        self.set(hold=None, held_at=None, until_at=None, error=None, reason=None)

    def connect(self, account: Account) -> bool:
        """Inside a unit: this account is connected now. True if it is another one than before."""
        before = self.state()
        self.set(
            account_id=account.identity, account=account.address, connected_at=self._clock.now()
        )
        self.release()
        is_other = before.account_id not in {None, account.identity}
        if is_other:
            self.set(page_token=None, looked_at=None)
        return is_other

    def disconnect(self) -> None:
        """Inside a unit: nobody is connected. Who was stays known: the same may come back."""
        self.set(connected_at=None)
        self.release()

    def _slow_down(self, asked: timedelta | None) -> timedelta:
        """1, 2, 4 … 64 s and a little more, for all threads; as long as Google asked, if longer."""
        with self._looking:
            pause = min(2.0**self._failures, LONGEST_PAUSE)
            self._failures = min(self._failures + 1, 10)
            wait = timedelta(seconds=pause * (1 + self._dice.random() / 4))
            if asked is not None:
                wait = max(wait, asked)
                self._not_before = self._clock.now() + asked
        return wait

    def _hold(self, error: TemporaryError) -> None:
        now = self._clock.now()
        error.after = error.after or LOOK_AGAIN
        is_for_ever = error.refusal == Next.RECONNECT
        until = None if is_for_ever else now + error.after

        def unit() -> Iterable[Any]:
            state = self.state()
            said = self._explained(error, state, now)
            self.set(hold=error.refusal, until_at=until, **columns(said))
            if state.hold == error.refusal:
                return ()  # told already
            self.set(held_at=now)
            return self.bell.alert(f"drive:{error.refusal}:{_day(now)}", said)

        self.bell.wake(self._store.write(unit))
        log.error("drive held", hold=str(error.refusal))

    def _explained(self, error: TemporaryError, state: DriveState, now: datetime) -> GreffierError:
        if error.text != SIGN_IN or state.connected_at is None:
            return error
        if not TESTING[0] <= now - state.connected_at <= TESTING[1]:
            return error
        return TemporaryError(SEVEN_DAYS, counts=False)


def _day(now: datetime) -> date:
    return now.date()
