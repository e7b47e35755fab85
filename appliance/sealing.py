"""Short secrets that must stand in the store are kept sealed: a copy of the store opens nothing.

The key is a file beside the store (0600). What is sealed for one purpose opens for no other.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

DRIVE = b"greffier drive sessions"  # the address of an upload opens it to anybody for a week
FACTORS = b"greffier second factors"


class Seal:
    """Seals short texts with a key of the data folder's."""

    def __init__(self, key: bytes, purpose: bytes = DRIVE) -> None:
        digest = hashlib.sha256(purpose + key).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str | None) -> str | None:
        """The text; None if there is none, or it was sealed with another key."""
        if sealed is None:
            return None
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
