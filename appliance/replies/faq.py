"""Which entry answers a question that clients ask every week, if one does. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.folding import same, words
from appliance.replies.language import language_of

LONGEST = 25  # words: a longer message is a letter, for a person to read


@dataclass(frozen=True)
class Entry:
    """One question: any of its keywords (some of several words) asks it."""

    id: int
    language: str
    title: str
    keywords: tuple[str, ...]
    answer: str
    priority: int = 0


@dataclass(frozen=True)
class Found:
    """The entry, and the keywords by which it was found."""

    entry: Entry
    keywords: tuple[str, ...]


def find(question: str | None, entries: Iterable[Entry]) -> Found | None:
    """The entry that answers, if one does: the first of `ranked`."""
    return next(iter(ranked(question, entries)), None)


def ranked(question: str | None, entries: Iterable[Entry]) -> list[Found]:
    """Every entry that is asked for, by priority, then words matched, then the asker's language.

    Among those still alike the longer keywords go first, then whichever was written first.
    """
    said = words(question or "")
    if not said or is_letter(question):
        return []
    language = language_of(question)
    found = [Found(entry, keys) for entry in entries if (keys := _matched(said, entry))]
    return sorted(found, key=lambda each: _rank(each, language), reverse=True)


def is_letter(text: str | None) -> bool:
    """Whether it is too long for a question: a person reads it."""
    return len(words(text or "")) > LONGEST


def _rank(found: Found, language: str | None) -> tuple[int, int, bool, int, int]:
    entry, keywords = found.entry, found.keywords
    matched = sum(len(words(keyword)) for keyword in keywords)
    return entry.priority, matched, entry.language == language, sum(map(len, keywords)), -entry.id


def is_question(text: str | None) -> bool:
    """Whether it asks something, as far as one can tell without understanding."""
    said = words(text or "")
    return bool(said) and len(said) <= LONGEST and ("?" in (text or "") or "؟" in (text or ""))


def _matched(said: Sequence[str], entry: Entry) -> tuple[str, ...]:
    return tuple(keyword for keyword in entry.keywords if _is_said(words(keyword), said))


def _is_said(keyword: Sequence[str], said: Sequence[str]) -> bool:
    """Its words in this order, one after the other; little words may stand between."""
    if not keyword:
        return False
    starts = (at for at, word in enumerate(said) if same(word, keyword[0]))
    return any(_goes_on(keyword[1:], said[at + 1 :]) for at in starts)


def _goes_on(rest: Sequence[str], said: Sequence[str]) -> bool:
    for word in rest:
        near = next((at for at, each in enumerate(said[:3]) if same(each, word)), None)
        if near is None:
            return False
        said = said[near + 1 :]
    return True
