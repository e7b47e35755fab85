"""Suggests the name that a person meant."""

import difflib
from collections.abc import Iterable

from appliance.errors import Sentence, mark, sentence


def closest(text: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `text`, if one does."""
    names = list(names)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(text.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def meant(text: str, names: Iterable[str]) -> str | Sentence:
    """The end of a sentence: "; did you mean port?", or nothing."""
    name = closest(text, names)
    return sentence(mark("; did you mean %(name)s?"), name=name) if name else ""
