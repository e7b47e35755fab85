"""The address of an upload that was begun opens it to anybody for a week: it is kept sealed.

The key is a file beside the store (0600), so that a copy of the store alone does not open it.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals short texts with a key of the data folder's."""

    def __init__(self, key: bytes) -> None:
        digest = hashlib.sha256(b"greffier drive sessions" + key).digest()
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
