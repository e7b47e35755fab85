"""Passwords: hashed with Argon2id, two at a time (46 MiB each), the same on every keyboard."""

import secrets
import threading
import unicodedata
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.errors import PermanentError
from appliance.wording import mark

SHORTEST, LONGEST = 12, 1000  # characters
MEMORY = 46 * 1024  # KiB that a guess takes (OWASP's password storage cheat sheet: m=47104, t=1)
TOO_SHORT = mark("a password has at least %(count)d characters")
TOO_LONG = mark("a password has at most %(count)d characters")


class Passwords:
    """Hashes and compares. What is compared with nobody's costs as much."""

    def __init__(self) -> None:
        self._hasher = _hasher()
        self._hashing = threading.BoundedSemaphore(2)
        self._nobodys = _nobodys()

    def hash(self, password: str) -> str:
        """What is kept. Raises PermanentError when it is too short or too long."""
        if len(password) < SHORTEST:
            raise PermanentError(TOO_SHORT, count=SHORTEST)
        if len(password) > LONGEST:
            raise PermanentError(TOO_LONG, count=LONGEST)
        with self._hashing:
            return self._hasher.hash(_as_typed_anywhere(password))

    def nobodys(self) -> str:
        """The hash of a password that nobody knows."""
        return self.hash(secrets.token_hex(16))

    def is_right(self, hashed: str | None, password: str) -> bool:
        """Whether it is this password; with None, after the same work, no."""
        with self._hashing:
            try:
                known = hashed or self._nobodys
                return self._hasher.verify(known, _as_typed_anywhere(password)) and bool(hashed)
            except (VerificationError, InvalidHashError):
                return False


def keeping(hashed: str) -> dict[str, Any]:
    """What changes of a user whose password this is from now on: failures are forgotten, too."""
    return {"password_hash": hashed, "failures": 0, "locked_until": None}


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=MEMORY, parallelism=1)


@cache
def _nobodys() -> str:
    """Made once a process, before anybody signs in: it takes as long as a sign-in."""
    return _hasher().hash(secrets.token_hex(16))


def _as_typed_anywhere(password: str) -> bytes:
    """A Mac and a Windows keyboard write the same « é » in different bytes."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
