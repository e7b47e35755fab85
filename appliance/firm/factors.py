"""The second factor: codes of an app on a telephone (TOTP, RFC 6238), and some for its loss.

Owns second_factors and recovery_codes. The secret is sealed, recovery codes are kept as an HMAC
with a key that the database does not hold: a copy of the database makes no code.
"""

import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple

import pyotp

from appliance import instance
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.sealing import FACTORS, Seal
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import RecoveryCode, SecondFactor, User
from appliance.wording import mark

KEY = "factors.key"  # in <data>
STEP = 30  # seconds that a code is shown
AROUND = (-1, 0, 1)  # steps by which a telephone's clock may be wrong
WAITS = timedelta(minutes=15)  # how long a secret that was shown may be confirmed
CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
WRONG = mark("This code is not right. Wait for the next one on your telephone, then type it.")
GONE = mark("Begin again: no second factor waits to be confirmed.")


class Waiting(NamedTuple):
    """What an app must know: typed as `secret`, or read from a picture as `address`."""

    secret: str
    address: str


class Factors:
    """Who has a second factor, and whether a code is right. No code is accepted twice."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._key = instance.key(store.path.parent, KEY)
        self._seal = Seal(self._key, FACTORS)

    def is_on(self, user: User) -> bool:
        """Whether a code is asked for after the password."""
        found = rows.find(SecondFactor, user=user.id)
        return found is not None and found.confirmed_at is not None

    def owners(self) -> set[int]:
        """The numbers of the users who have one."""
        query = SecondFactor.select(SecondFactor.user)
        return {one for (one,) in query.where(SecondFactor.confirmed_at.is_null(False)).tuples()}

    def begin(self, user: User) -> None:
        """A new secret that waits to be confirmed; one in force stays until it is switched off."""
        sealed, now = self._seal.close(pyotp.random_base32()), self._clock.now()

        def unit() -> None:
            waiting = SecondFactor.confirmed_at.is_null()
            SecondFactor.delete().where(SecondFactor.user == user.id, waiting).execute()
            if not self.is_on(user):
                rows.insert(SecondFactor, user=user.id, secret=sealed, created_at=now)

        self._store.write(unit)

    def waiting(self, user: User, issuer: str) -> Waiting | None:
        """What their app is to know, as long as it waits to be confirmed."""
        found = self._begun(user)
        secret = self._seal.open(found.secret) if found else None
        if secret is None:
            return None
        address = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=issuer)
        return Waiting(secret, address)

    def confirm(self, user: User, code: str, recovery: list[str]) -> None:
        """Inside a unit: in force from now on. `recovery`: the codes for when it is lost.

        Raises PermanentError: the code is not right, or nothing waits to be confirmed.
        """
        found = self._begun(user)
        if found is None:
            raise PermanentError(GONE)
        step = self._step_of(found, code)
        if step is None:
            raise PermanentError(WRONG)
        rows.update(SecondFactor, found.id, confirmed_at=self._clock.now(), last_step=step)
        self.renew(user, recovery)

    def renew(self, user: User, recovery: list[str]) -> None:
        """Inside a unit: these recovery codes, and none of those before."""
        RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
        for code in recovery:
            rows.insert(RecoveryCode, user=user.id, code_hash=self._hashed(code))

    def left(self, user: User) -> int:
        """How many recovery codes were not used yet."""
        mine = (RecoveryCode.user == user.id) & RecoveryCode.used_at.is_null()
        return int(RecoveryCode.select().where(mine).count())

    def accepts(self, user: User, code: str) -> str | None:
        """Inside a unit: "code" or "recovery code" if it opens now, and then never again.

        The unit decides: of two that come at once with the same code, one is refused.
        """
        found = rows.find(SecondFactor, user=user.id)
        if found is None or found.confirmed_at is None:
            return None
        step = self._step_of(found, code)
        if step is not None:
            rows.update(SecondFactor, found.id, last_step=step)
            return "code"
        mine = (RecoveryCode.user == user.id) & RecoveryCode.used_at.is_null()
        used = RecoveryCode.update(used_at=self._clock.now()).where(
            mine, RecoveryCode.code_hash == self._hashed(code)
        )
        return "recovery code" if used.execute() else None

    def off(self, user: User) -> bool:
        """Inside a unit: the password is enough again. False if it was."""
        RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
        return bool(SecondFactor.delete().where(SecondFactor.user == user.id).execute())

    def _begun(self, user: User) -> SecondFactor | None:
        """What waits to be confirmed, not for long: the password was asked for when it began, and
        whoever finds the screen open later would make it their own telephone's."""
        found = rows.find(SecondFactor, user=user.id, confirmed_at=None)
        is_new = found is not None and self._clock.now() - found.created_at <= WAITS
        return found if is_new else None

    def _step_of(self, factor: SecondFactor, code: str) -> int | None:
        """The half minute to which this code belongs, if it may still be used."""
        secret, typed = self._seal.open(factor.secret), "".join(code.split())
        if secret is None or not (typed.isascii() and typed.isdecimal()):
            return None
        app, now = pyotp.TOTP(secret), int(self._clock.now().timestamp()) // STEP
        fitting = [
            now + around
            for around in AROUND
            if hmac.compare_digest(app.at((now + around) * STEP), typed)
        ]
        return next((step for step in fitting if step > factor.last_step), None)

    def _hashed(self, code: str) -> str:
        letters = "".join(letter for letter in code.upper() if letter in LETTERS)
        return hmac.digest(self._key, b"recovery" + letters.encode(), "sha256").hex()


def new_codes() -> list[str]:
    """Ten that nobody guesses (49 bits each), in two groups to be read."""
    return [f"{_letters(5)}-{_letters(5)}" for _ in range(CODES)]


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))
