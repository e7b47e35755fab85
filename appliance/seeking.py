"""How words are kept to be searched, and how a search is said to SQLite's FTS5. Pure.

A word is kept folded and with what it may be a form of (see folding), so that "facture" finds
« Factures », "عقد" finds "والعقد", and accents, vowel marks and the ways of Arabic writing do not
matter. What is shown is the text as it is written.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance import folding

LONGEST_QUERY = 200  # characters
MOST_WORDS = 12  # of a query
AROUND = 80  # characters of a snippet, on each side of what was found
_TOKEN = re.compile(r"\S{1,60}")
_PIECE = folding.LONGEST - 100  # characters folded at once
_YEAR_FIRST_OR_LAST = re.compile(r"(?<!\d)(\d{1,6})\s?[/\\.–-]\s?(\d{1,6})(?!\d)")
_CENTURY = 2000
_YEARS = range(1950, 2100)


class Snippet(NamedTuple):
    """What stands before what was found, that itself, and what comes after."""

    before: str
    found: str
    after: str


def asked(text: str) -> list[str]:
    """The words of a query, folded; no more than make sense."""
    return folding.words(text[:LONGEST_QUERY])[:MOST_WORDS]


def indexed(text: str) -> str:
    """A text as it is searched: each word folded, and beside it what it may be a form of."""
    forms: dict[str, str] = {}
    said: list[str] = []
    for word in _words(text):
        if word not in forms:
            forms[word] = " ".join(sorted(folding.stems(word)))
        said.append(forms[word])
    return " ".join(said)


def query(words: Sequence[str]) -> str:
    """Every word in any of its forms; of the last, also what it begins. There must be one.

    A single letter begins half of all words: it is looked for as it is.
    """
    groups = [[f'"{form}"' for form in sorted(folding.stems(word))] for word in words]
    if len(words[-1]) > 1:
        groups[-1].append(f'"{words[-1]}"*')
    return " AND ".join(f"({' OR '.join(group)})" for group in groups)


def numbered(text: str) -> list[str]:
    """The court numbers in a text, each in the one form of all its spellings, as a word.

    "RG 24/01234", "24-1234" and "n° 2024 / 1234" are "2024x1234"; where either half may be the
    year ("12/24"), both readings are given.
    """
    found: dict[str, None] = {}
    for one, other in _YEAR_FIRST_OR_LAST.findall(text[: folding.LONGEST]):
        for year, number in ((one, other), (other, one)):
            if (full := _year(year)) is not None:
                found[f"{full}x{int(number)}"] = None
    return list(found)


def _year(digits: str) -> int | None:
    if len(digits) == 2:
        return _CENTURY + int(digits)
    return int(digits) if len(digits) == 4 and int(digits) in _YEARS else None


def snippet(text: str, words: Sequence[str]) -> Snippet:
    """Where the first of these words stands in a text; from its beginning, if none does."""
    start, end = _first(text, words)
    before, after = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
    return Snippet(_in_line(before), text[start:end], _in_line(after))


def _words(text: str) -> Iterator[str]:
    """Folded piece by piece: folding takes the square of a text that is made to hurt."""
    piece: list[str] = []
    length = 0
    for token in _TOKEN.findall(text):
        piece.append(token)
        length += len(token) + 1
        if length > _PIECE:
            yield from folding.words(" ".join(piece))
            piece, length = [], 0
    yield from folding.words(" ".join(piece))


def tokens(text: str) -> Iterator[re.Match[str]]:
    """The stretches of a text between its spaces, each with its place."""
    return _TOKEN.finditer(text)


def is_asked(said: str, sought: Sequence[str]) -> bool:
    """Whether any word of this stretch is one that is looked for, or begins with the last one."""
    return any(
        folding.same(word, one) or (one is sought[-1] and len(one) > 1 and word.startswith(one))
        for word in folding.words(said)
        for one in sought
    )


def _first(text: str, words: Sequence[str]) -> tuple[int, int]:
    """Where the first word stands that was asked for."""
    known: dict[str, bool] = {}
    for token in tokens(text):
        said = token[0]
        if said not in known:
            known[said] = is_asked(said, words)
        if known[said]:
            return token.span()
    return 0, 0


def _in_line(text: str) -> str:
    """In one line, with a space kept where it touches what was found."""
    return re.sub(r"\s+", " ", text)
