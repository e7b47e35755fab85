"""Numbers as addresses and forms bring them. Pure."""

import re

LARGEST_ID = 2**63 - 1  # SQLite's: it refuses to compare with a larger one
LARGEST_PAGE = 100_000  # of a document, or of a list
_DIGITS = re.compile("[0-9]{1,19}")


def number_in(text: str | None, most: int = LARGEST_ID) -> int | None:
    """A whole number from 1 to `most`; None for anything else, as if it had not been said."""
    if text is None or not _DIGITS.fullmatch(text):
        return None
    return int(text) if 1 <= int(text) <= most else None
