"""Which expected piece an arriving document is, when that is certain. Pure.

Certain: a keyword that the firm wrote for one piece stands in the file's name, or in a caption that
just says what it is, and nothing else that the dossier waits for could be meant. All else is a
suggestion, which a person confirms: a wrong tick would make somebody stop waiting.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.folding import same, words

LONGEST_CAPTION = 12  # words; what is longer tells a story, in which a piece may only be mentioned
_LITTLE = 2  # letters: "de", "du", "of" need not stand in a file's name
# Words with which a piece is named that is not there, or not yet. Folded.
_DENYING = """
pas sans manque manquent manquant aucun aucune ni jamais pourquoi demain bientot
not no without missing never lack tomorrow soon
لا لم لن ليس ليست بدون دون غير ناقص غدا
"""
_DENIALS = frozenset(_DENYING.split())
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
# ActeDeMariage2 is three words and a number.
_SEAMS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@dataclass(frozen=True)
class Wanted:
    """One expected piece: what it is called, and the phrases by which it is known."""

    id: int
    label: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """An expected piece as a person wrote it."""

    label: str
    keywords: str = ""
    needed_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """The piece that it is, or those that it might be."""

    certain: int | None = None
    suggested: tuple[int, ...] = ()


def what_it_is(name: str | None, caption: str | None, wanted: Iterable[Wanted]) -> Verdict:
    """Which of the expected pieces a document of this name, with this caption, is."""
    titled = words(_SEAMS.sub(" ", _EXTENSION.sub("", name or "")))
    told = words(caption or "")
    plain = told if _is_plain(caption or "", told) else []
    each = list(wanted)
    by_name = [one.id for one in each if _has_keyword(one, titled)]
    by_caption = [one.id for one in each if _has_keyword(one, told)]
    by_label = [one.id for one in each if _has(one.label, titled) or _has(one.label, told)]
    found = {*by_name, *by_caption, *by_label}
    sure = {one.id for one in each if _has_keyword(one, titled) or _has_keyword(one, plain)}
    if len(found) == 1 and sure and not _is_denied(titled):
        return Verdict(certain=found.pop())
    return Verdict(suggested=tuple(one.id for one in each if one.id in found))


def phrases(keywords: str) -> tuple[str, ...]:
    """What stands between the commas (those of Arabic, too)."""
    parts = (" ".join(part.split()) for part in re.split(r"[,،;؛\n]", keywords))
    return tuple(part for part in parts if part)


def drafts_of(lines: str) -> list[Draft]:
    """A list's lines: what it is, then perhaps a colon and the keywords by which it is known."""
    found = []
    for line in lines.splitlines():
        label, _, keywords = line.partition(":")
        tidy = " ".join(label.split())[:200]
        if tidy:
            found.append(Draft(tidy, re.sub(r"\s+", " ", keywords).strip()[:500]))
    return found


def is_late(needed_on: date | None, today: date, *, is_there: bool) -> bool:
    """Whether somebody should ask for it again."""
    return needed_on is not None and not is_there and needed_on < today


def _is_plain(caption: str, told: Sequence[str]) -> bool:
    """Whether the caption just says what the file is."""
    asks = "?" in caption or "؟" in caption
    return not asks and len(told) <= LONGEST_CAPTION and not _is_denied(told)


def _is_denied(told: Sequence[str]) -> bool:
    return not _DENIALS.isdisjoint(told)


def _has_keyword(one: Wanted, told: Sequence[str]) -> bool:
    return any(_has(keyword, told) for keyword in one.keywords)


def _has(phrase: str, told: Sequence[str]) -> bool:
    """Whether its words are all there, in whatever order or form."""
    asked = words(phrase)
    asked = [word for word in asked if len(word) > _LITTLE] or asked
    return bool(asked) and all(any(same(word, each) for each in told) for word in asked)
