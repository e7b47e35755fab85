"""Which dossiers are offered for a document that waits, in which order, and why. Pure.

Nothing is filed by this: a person chooses. What the words name comes first, since its sender said
so; then what was chosen for that number before; then the client's own, the lawyer's, what was
used lately, and what was opened last. A dossier is offered once, for its best reason. Whatever the
reason, dossiers of other clients come after all of the sender's own: one wrong key must not show
one client's papers to another.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from appliance.folding import folded

MOST = 9  # one for each figure key
SHORTEST = 4  # letters and figures of a reference that may be found in words: "12" is everywhere
_NOT_WORD = re.compile(r"[\W_]+")
# A day is no reference: "2026-11" is not named by "WhatsApp Image 2026-11-25".
_DAY = re.compile(r"\b(?:\d{4}[-_./]\d{1,2}[-_./]\d{1,2}|\d{1,2}[-_./]\d{1,2}[-_./]\d{4})(?!\d)")
_FIGURE = re.compile(r"\d")
_COURTS_WORDS = re.compile(r"^(?:[^\W\d_]+ )+")  # "RG 24/01234" is also written "24/01234"
# In so many names that they name nobody.
_UNTELLING_WORDS = """
and des les the del sarl suarl sas societe ste company group monsieur madame mme mlle maitre
ben bin ibn bint abd abou abu شركه بنت ابن عبد السيد السيده
"""
_UNTELLING = frozenset(_UNTELLING_WORDS.split())


class Why(StrEnum):
    """Why a dossier is offered; the first is the best reason."""

    NAMED = "named"
    LAST_USED = "last_used"
    CLIENT = "client"
    LAWYER = "lawyer"
    RECENT = "recent"
    OPENED = "opened"


@dataclass(frozen=True)
class Named:
    """By what words may name a dossier. `parties`: its client, and whoever else is in it."""

    dossier_id: int
    reference: str
    numbers: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A dossier that is named, and the words of the firm's that were found."""

    dossier_id: int
    found: str


@dataclass(frozen=True)
class Clues:
    """What is known of a document: ids of dossiers, the best of each kind first."""

    named: Sequence[Mention] = ()
    last_used: Sequence[int] = ()
    clients: Sequence[int] = ()
    lawyers: Sequence[int] = ()
    recent: Sequence[int] = ()
    opened: Sequence[int] = ()


@dataclass(frozen=True)
class Suggestion:
    """A dossier to offer. `found`: the words that name it, where it is named; `is_others`: another
    client's than the sender."""

    dossier_id: int
    why: Why
    found: str = ""
    is_others: bool = False


def suggested(clues: Clues, own: Container[int] | None = None) -> list[Suggestion]:
    """What is offered, the first under the key 1. `own`: dossiers of the sender's, where the firm
    knows who that is; of a stranger none is another client's."""
    offered = [Suggestion(one.dossier_id, Why.NAMED, one.found) for one in clues.named]
    for why, ids in (
        (Why.LAST_USED, clues.last_used),
        (Why.CLIENT, clues.clients),
        (Why.LAWYER, clues.lawyers),
        (Why.RECENT, clues.recent),
        (Why.OPENED, clues.opened),
    ):
        offered += [Suggestion(dossier_id, why) for dossier_id in ids]
    first: dict[int, Suggestion] = {}
    for each in offered:
        is_others = own is not None and each.dossier_id not in own
        first.setdefault(each.dossier_id, replace(each, is_others=is_others))
    return sorted(first.values(), key=lambda each: each.is_others)[:MOST]


def named_in(texts: Iterable[str], dossiers: Iterable[Named]) -> list[Mention]:
    """The dossiers that these words name: by reference, then by court number, then by a party.

    References and numbers count however they are written ("2026-0042", "2026_0042"), but whole:
    2026-17 does not name 2026-1. A name counts when all its telling words are there.
    """
    written = [_plain(_DAY.sub(" ", text)) for text in texts if text]
    line = f" {' / '.join(written)} "
    words = frozenset(line.split())
    if not words - {"/"}:
        return []
    ranked = [
        (*mention, dossier.dossier_id)
        for dossier in dossiers
        if (mention := _mention(line, words, dossier)) is not None
    ]
    ranked.sort(key=lambda each: each[0])
    return [Mention(dossier_id, found) for _, found, dossier_id in ranked]


def titled_in(texts: Iterable[str], titles: Mapping[int, str], client: str) -> list[Mention]:
    """Of one client's dossiers those that a word of their title names: "voici l'acte du divorce".

    A word counts that stands in the title of only one of them and not in the client's name; so it
    tells them apart, which is all that is asked of it.
    """
    words = {word for text in texts if text for word in _plain(_DAY.sub(" ", text)).split()}
    telling = {each: _telling(title) - _telling(client) for each, title in titles.items()}
    counts = Counter(word for some in telling.values() for word in some)
    found = []
    for dossier_id, some in telling.items():
        own = {word for word in some if counts[word] == 1 and len(word) >= SHORTEST}
        if own & words:
            found.append(Mention(dossier_id, titles[dossier_id]))
    return found


def _mention(line: str, words: frozenset[str], dossier: Named) -> tuple[int, str] | None:
    if _stands_in(line, _plain(dossier.reference)):
        return 0, dossier.reference
    for number in dossier.numbers:
        plain = _plain(number)
        if _stands_in(line, plain) or _stands_in(line, _COURTS_WORDS.sub("", plain)):
            return 1, number
    for party in dossier.parties:
        telling = _telling(party)
        if telling and telling <= words:
            return 2, party
    return None


def _stands_in(line: str, plain: str) -> bool:
    is_telling = len(plain.replace(" ", "")) >= SHORTEST and _FIGURE.search(plain) is not None
    return is_telling and f" {plain} " in line


@lru_cache(maxsize=50_000)
def _plain(text: str) -> str:
    """Words and figures, one space apart."""
    return " ".join(_NOT_WORD.sub(" ", folded(text)).split())


@lru_cache(maxsize=50_000)
def _line(texts: tuple[str, ...]) -> str:
    return f" {' '.join(_plain(text) for text in texts)}"


@lru_cache(maxsize=50_000)
def _telling(name: str) -> frozenset[str]:
    words = {word for word in _plain(name).split() if len(word) > 2 and not word.isdigit()}
    return frozenset(words - _UNTELLING)


@dataclass(frozen=True)
class Sought:
    """What somebody types, to be found in any of a dossier's words."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, typed: str) -> "Sought":
        return cls(tuple(_plain(typed).split()))

    def is_in(self, texts: Iterable[str]) -> bool:
        """Whether each word begins one of theirs, in whatever order."""
        if not self.words:
            return False
        line = _line(tuple(texts))
        return all(f" {word}" in line for word in self.words)

    def is_reference(self, reference: str) -> bool:
        """Whether it is that very reference."""
        return " ".join(self.words) == _plain(reference)
