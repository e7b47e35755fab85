"""Signing in: the password, then a code if a second factor is on, then a session. Each try that
fails makes the next one wait.

What the waiting of a name goes by stands in its row and survives a restart. That of addresses and
of names that nobody bears is in memory: a restart forgives them, and whoever can restart Greffier
need not guess passwords.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.firm.audit import Audit
from appliance.firm.factors import Factors
from appliance.firm.passes import Passes, new_token
from appliance.firm.passwords import LONGEST as LONGEST_PASSWORD
from appliance.firm.passwords import Passwords
from appliance.firm.sessions import Sessions
from appliance.firm.throttle import NOW, Throttle, wait_after
from appliance.store.database import Store
from appliance.store.models import PassKind, User
from appliance.wording import mark

LONGEST_NAME = 200  # characters; folding takes the square of a text
LONGEST_CODE = 40
FREE_TRIES = 5  # failures of one name before waiting begins
FREE_TRIES_OF_ORIGIN = 20  # an office behind one proxy is one address
WRONG = mark("wrong name or password")
WRONG_CODE = mark("this code is not right, or was used before")
WRONG_PASSWORD = mark("this is not your password")
ACTIONS = {"code": "signed in", "recovery code": "recovery code used"}
TOO_LATE = mark("this took too long: begin again with name and password")


class SignInRefusedError(PermanentError):
    """Wrong name, password or code, or too many tries; says no more than that.

    `wait` is how long to wait before the next try; zero when what was typed was wrong.
    """

    def __init__(self, reason: str, wait: timedelta = NOW) -> None:
        super().__init__(reason)
        self.wait = wait


class CodeNeededError(PermanentError):
    """The password is right, and a code is asked for now. `token` opens that step, and no more."""

    def __init__(self, token: str) -> None:
        super().__init__(mark("type the code that your telephone shows"))
        self.token = token


class Visit(NamedTuple):
    """From where somebody comes: the browser's address, and what it calls itself."""

    origin: str
    browser: str = ""


class Hall(NamedTuple):
    """The parts that signing in takes."""

    passwords: Passwords
    sessions: Sessions
    passes: Passes
    factors: Factors
    audit: Audit


class SignIn:
    """The way in. Owns `failures`, `locked_until` and `signed_in_at` of users."""

    def __init__(self, store: Store, clock: Clock, hall: Hall) -> None:
        self._store = store
        self._clock = clock
        self._hall = hall
        self._origins = Throttle(FREE_TRIES_OF_ORIGIN)
        self._unknown = Throttle(FREE_TRIES)  # so that waiting betrays no existing name

    def by_password(self, name: str, password: str, visit: Visit) -> str:
        """Open a session; return its token.

        Raises SignInRefusedError, after the same work whether or not the name exists, and
        CodeNeededError where a second factor is on. After five failures of a name, or twenty from
        one address, tries wait, each twice as long, 15 minutes at most; one that comes too early
        costs no hashing.
        """
        now = self._clock.now()
        if len(name) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            raise SignInRefusedError(WRONG)  # not even worth folding
        key = names.key(" ".join(name.split()))
        user = User.get_or_none(User.name_key == key, User.disabled_at.is_null())
        self._refuse_early(max(self._origins.wait(visit.origin, now), self._wait(user, key, now)))
        is_right = self._hall.passwords.is_right(user.password_hash if user else None, password)
        if is_right and user is not None and (token := self._let_in(user, visit)):
            return token
        self._origins.failed(visit.origin, now)
        if user is None:
            self._unknown.failed(key, now)
        self._store.write(lambda: self._failed(user, "sign-in refused", visit.origin))
        raise SignInRefusedError(WRONG)

    def _let_in(self, user: User, visit: Visit) -> str | None:
        """The token of their session; None: they changed while the password was compared.

        Failures are forgotten with the session only: whoever knows the password must not begin the
        count of wrong codes anew by typing it again.
        """
        token = new_token()
        if self._hall.factors.is_on(user):
            if self._store.write(lambda: self._await_code(user, token)):
                raise CodeNeededError(token)
            return None
        return token if self._store.write(lambda: self._open(user, token, visit)) else None

    def _await_code(self, user: User, token: str) -> bool:
        if not _is_same(user):
            return False
        self._hall.passes.make(PassKind.CODE, user, user.name, token)
        return True

    def _open(self, user: User, token: str, visit: Visit) -> bool:
        """Inside a unit. False: password, account or second factor changed meanwhile."""
        if not _is_same(user) or self._hall.factors.is_on(user):
            return False
        self._begin(user, token, visit, "signed in")
        return True

    def _begin(self, user: User, token: str, visit: Visit, action: str) -> None:
        now = self._clock.now()
        forgiven = User.update(failures=0, locked_until=None, signed_in_at=now)
        forgiven.where(User.id == user.id).execute()
        self._hall.sessions.open(user, token, visit.origin, visit.browser)
        self._hall.audit.add(user.name, action, None, visit.origin)

    def by_code(self, step: str, code: str, visit: Visit) -> str:
        """The second step, with the token of the first one: open a session; return its token.

        Raises SignInRefusedError. A wrong code counts as a wrong password does.
        """
        now = self._clock.now()
        self._refuse_early(self._origins.wait(visit.origin, now))
        token = new_token()
        refused = self._store.write(lambda: self._try_code(step, code[:LONGEST_CODE], token, visit))
        if refused is None:
            return token
        if refused.reason == WRONG_CODE:
            self._origins.failed(visit.origin, now)
        raise refused

    def _try_code(
        self, step: str, code: str, token: str, visit: Visit
    ) -> SignInRefusedError | None:
        """Inside a unit, and looked at nowhere else: of many that come at once each one counts."""
        user = self._hall.passes.holder(PassKind.CODE, step)
        if user is None:
            return SignInRefusedError(TOO_LATE)
        wait = _locked(user, self._clock.now())
        if wait > NOW:
            return _early(wait)
        how = self._hall.factors.accepts(user, code)
        if how is None:
            self._failed(user, "code refused", visit.origin)
            return SignInRefusedError(WRONG_CODE)
        self._hall.passes.spend(PassKind.CODE, step)
        self._begin(user, token, visit, ACTIONS[how])
        return None

    def check(self, user: User, password: str, visit: Visit) -> None:
        """That it is really they who sit there. Raises SignInRefusedError, and counts as above."""
        now = self._clock.now()
        known = User.get_by_id(user.id)
        self._refuse_early(max(self._origins.wait(visit.origin, now), _locked(known, now)))
        if len(password) <= LONGEST_PASSWORD and self._hall.passwords.is_right(
            known.password_hash, password
        ):
            return
        self._origins.failed(visit.origin, now)
        self._store.write(lambda: self._failed(known, "sign-in refused", visit.origin))
        raise SignInRefusedError(WRONG_PASSWORD)

    def _wait(self, user: User | None, key: str, now: datetime) -> timedelta:
        return self._unknown.wait(key, now) if user is None else _locked(user, now)

    @staticmethod
    def _refuse_early(wait: timedelta) -> None:
        if wait > NOW:
            raise _early(wait)

    def _failed(self, user: User | None, action: str, origin: str) -> None:
        """Inside a unit. An unknown name is not written down: people type passwords there."""
        self._hall.audit.add(user.name if user else "?", action, None, origin)
        if user is None:
            return
        failures = User.get_by_id(user.id).failures + 1
        wait = wait_after(failures, FREE_TRIES)
        locked_until = self._clock.now() + wait if wait else None
        User.update(failures=failures, locked_until=locked_until).where(
            User.id == user.id
        ).execute()


def _is_same(user: User) -> bool:
    """Inside a unit: whether password and account are as they were read."""
    same = (User.password_hash == user.password_hash) & User.disabled_at.is_null()
    return bool(User.select().where(User.id == user.id, same).exists())


def _locked(user: User, now: datetime) -> timedelta:
    return max(user.locked_until - now, NOW) if user.locked_until else NOW


def _early(wait: timedelta) -> SignInRefusedError:
    return SignInRefusedError(f"too many tries: wait {in_seconds(wait)} s", wait)


def in_seconds(wait: timedelta) -> int:
    """Whole seconds, rounded up: who waits as long as they were told may try."""
    return -int(-wait.total_seconds() // 1)
