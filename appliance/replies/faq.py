"""Which entry answers a question that clients ask every week, if one does. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.replies.folding import same, words
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
    """The entry of the highest priority, then the most words matched, then the asker's language."""
    said = words(question or "")
    if not said or len(said) > LONGEST:
        return None
    language = language_of(question)
    found = [
        (
            entry.priority,
            sum(len(words(k)) for k in matched),
            entry.language == language,
            -entry.id,
            entry,
            matched,
        )
        for entry in entries
        if (matched := _matched(said, entry))
    ]
    if not found:
        return None
    *_, entry, matched = max(found, key=lambda each: each[:4])
    return Found(entry, matched)


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
