"""Connecting and leaving Google Drive: who signs in, and what begins then.

The sign-in is begun on a page of ours and ends there; what only we know of it stays in memory for
ten minutes. Its secret goes into the vault before anything is said to be connected.
"""

import hmac
import threading
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import structlog

from appliance.chores import Chores, Posted
from appliance.clock import Clock
from appliance.drive.connection import Connection
from appliance.drive.items import Items
from appliance.drive.posting import KINDS, Posting
from appliance.errors import GreffierError, PermanentError, mark
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.store.models import Document

if TYPE_CHECKING:
    from appliance.gateways.google_account import Consent, SignIn, Wallet
    from appliance.gateways.google_drive import GoogleDrive

log = structlog.get_logger()

VALID = timedelta(minutes=10)
AT_ONCE = 200  # documents posted in one commit
KEPT_AS = "drive.token"  # in the vault
MOST = 20  # sign-ins that are begun at the same time
BY_ITSELF = mark("A service account signs in by itself: there is nothing to do here.")
TOO_OLD = mark("This sign-in was begun too long ago, or not here: begin it again on this page.")


class Inside(NamedTuple):
    """What of ours takes part in it."""

    store: Store
    clock: Clock
    connection: Connection
    items: Items
    chores: Chores
    users: Users


class Outside(NamedTuple):
    """Google's side. `sign_in` None: a service account, which signs in by itself."""

    drive: "GoogleDrive"
    wallet: "Wallet"
    sign_in: "SignIn | None"


class Joining:
    """Connects, leaves, and has everything mirrored that is not."""

    def __init__(self, inside: Inside, outside: Outside) -> None:
        self._store, self._clock, self._connection, self._items, self._chores, self._users = inside
        self._drive, self._wallet, self._sign_in = outside
        self._posting = Posting(inside.chores)
        self._begun: list[tuple[datetime, Consent]] = []
        self._turn = threading.Lock()
        self.joined = threading.Event()  # the watch looks at Drive at once, and clears it

    @property
    def is_by_person(self) -> bool:
        """Whether a person signs in: a service account does so by itself."""
        return self._sign_in is not None

    def begin(self, redirect: str) -> str:
        """The address at Google where a person consents; it brings them back to `redirect`."""
        if self._sign_in is None:
            raise PermanentError(BY_ITSELF)
        consent, now = self._sign_in.begin(redirect), self._clock.now()
        with self._turn:
            kept = [each for each in self._begun if now - each[0] < VALID]
            self._begun = [*kept[-MOST:], (now, consent)]
        return consent.address

    def finish(self, state: str, code: str, by: str) -> str:
        """The person is back with a code: connected. The account's address.

        Raises PermanentError: begun too long ago, elsewhere or by nobody; and what Google's
        refusals raise.
        """
        consent = self._take(state)
        if consent is None or self._sign_in is None:
            raise PermanentError(TOO_OLD)
        token = self._sign_in.finish(consent, code)
        self._users.note(by, "secret replaced", KEPT_AS)  # before it is: the vault has no commit
        self._wallet.keep(token)
        return self._join(by)

    def join_by_itself(self) -> bool:
        """With a service account, or a secret that was put into the vault by hand."""
        if self._wallet.credentials() is None:
            return False
        self._join("greffier")
        return True

    def resume(self) -> None:
        """Google lets us again: what waited goes on."""
        self._store.write(self._connection.release)
        self.call_in()
        log.info("drive goes on")

    def call_in(self) -> None:
        """What waits for Google is done now."""
        self._chores.call_in(KINDS)

    def leave(self, by: str) -> bool:
        """Nobody is connected any more; what is on Drive stays. False: Google was not told.

        Our secret is forgotten either way: without it nobody gets in.
        """
        # On record before the vault is touched, which has no commit of ours: if the power fails in
        # between, the page still says who is connected, and the button ends it.
        self._users.note(by, "drive disconnected", None)
        token = self._wallet.forget()
        self._store.write(self._connection.disconnect)
        if token is None or self._sign_in is None:
            return True
        try:
            self._sign_in.revoke(token)
        except GreffierError as error:
            log.warning("google was not told that we leave", why=str(error.refusal))
            return False
        return True

    def _take(self, state: str) -> "Consent | None":
        """Once only: whoever comes with the same state again is not let in."""
        now = self._clock.now()
        with self._turn:
            for each in self._begun:
                if hmac.compare_digest(each[1].state.encode(), state.encode()):
                    self._begun.remove(each)
                    return each[1] if now - each[0] < VALID else None
        return None

    def _join(self, by: str) -> str:
        account = self._drive.account()

        def unit() -> bool:
            is_other = self._connection.connect(account)
            if is_other:  # nothing of what we know is there
                self._items.forget_all()
                mirrored = Document.drive_status.is_null(False)
                Document.update(drive_status=None, drive_id=None).where(mirrored).execute()
            self._users.audit(by, "drive connected", account.address, None)
            return is_other

        is_other = self._store.write(unit)
        log.info("drive connected", other=is_other)
        self.call_in()
        self.catch_up()
        self.joined.set()
        return account.address

    def catch_up(self) -> int:
        """Have every document on Drive that nobody has asked for yet; how many."""
        table, asked = Document, 0
        query = table.select(table.id).where(
            table.drive_status.is_null(), table.stored_at.is_null(False)
        )
        ids = [row_id for (row_id,) in query.order_by(table.id).tuples()]
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            self._chores.wake(self._store.write(partial(self._post, some)))
            asked += len(some)
        return asked

    def _post(self, document_ids: list[int]) -> list[Posted]:
        """Inside a unit."""
        return [posted for each in document_ids for posted in self._posting.document(each)]
