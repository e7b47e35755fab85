"""Whether an automatic answer may go: seldom, not over a person's head, not to a robot. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from appliance.folding import folded
from appliance.replies.announcements import Kind

AT_ONCE = timedelta(seconds=5)  # after an answer of ours, nobody has read it and typed
ECHOES = 3  # answers that came so quickly: that is a machine
# Confirmations in a row, each answered so quickly by another document. Somebody who photographs a
# hundred pages may do so a few times by chance, and is owed every confirmation.
MIRRORED = 20
SAME_TEXTS = 3  # the same words so often in a day
ANSWERS_A_DAY = 5  # of the FAQ, to one person
_ROBOTS = """
message automatique|réponse automatique|message automatisé|absence du bureau|auto-reply|
automatic reply|automated message|out of office|رسالة تلقائية|رد تلقائي|رد آلي
"""
_SIGNS = tuple(folded(sign) for sign in _ROBOTS.replace("\n", "").split("|"))
_READ = 3  # of their texts, the last ones: what they say today
# Answers to what somebody did just now: they do not wait for another day.
_DIRECT = frozenset({Kind.OPTED_OUT, Kind.OPTED_IN, Kind.THANKS})


class Silence(StrEnum):
    """Why nothing is said."""

    OPTED_OUT = "opted_out"
    PERSON_ANSWERED = "person_answered"
    TODAY_ALREADY = "today_already"
    ROBOT = "robot"


class Known(Protocol):
    """What was said to and by one contact in the last day, each with its instant."""

    @property
    def ours(self) -> Sequence[tuple[datetime, str]]:
        """Automatic answers: when, and which (a kind, or faq:<id>)."""
        ...

    @property
    def confirmed(self) -> Sequence[datetime]:
        """When a document of theirs was confirmed, the latest first."""
        ...

    @property
    def persons(self) -> Sequence[datetime]:
        """When somebody of the firm wrote."""
        ...

    @property
    def theirs(self) -> Sequence[tuple[datetime, str]]:
        """The contact's own texts, in their order."""
        ...

    @property
    def is_opted_out(self) -> bool: ...


@dataclass(frozen=True)
class History:
    """All of it, known beforehand."""

    ours: Sequence[tuple[datetime, str]] = ()
    confirmed: Sequence[datetime] = ()
    persons: Sequence[datetime] = ()
    theirs: Sequence[tuple[datetime, str]] = ()
    is_opted_out: bool = False


def silence(
    what: str, history: Known, now: datetime, quiet: timedelta, zone: ZoneInfo
) -> Silence | None:
    """Why `what` (a kind, or "faq:<id>") is not said now; None: it may be."""
    if what in _DIRECT:
        return Silence.ROBOT if _is_robot(history) else None
    if history.is_opted_out:
        return Silence.OPTED_OUT
    today = [said for at, said in history.ours if _day(at, zone) == _day(now, zone)]
    answers = sum(said.startswith(f"{Kind.FAQ}:") for said in today)
    if what in today or (what.startswith(f"{Kind.FAQ}:") and answers >= ANSWERS_A_DAY):
        return Silence.TODAY_ALREADY  # most often: the rest costs more to find out
    if any(now - at < quiet for at in history.persons):
        return Silence.PERSON_ANSWERED
    return Silence.ROBOT if _is_robot(history) else None


def keeps_quiet(history: Known, now: datetime, quiet: timedelta) -> Silence | None:
    """Why not even the arrival of a document is confirmed now; None: it is.

    However many confirmations there were today: each burst has its own. But not over the head of a
    person who has just answered, and not to a machine that answers each with another document.
    """
    if any(now - at < quiet for at in history.persons):
        return Silence.PERSON_ANSWERED
    last = history.confirmed[:MIRRORED]
    times = [at for at, _ in history.theirs]
    echoed = sum(any(timedelta() <= at - ours < AT_ONCE for at in times) for ours in last)
    return Silence.ROBOT if len(last) == echoed == MIRRORED else None


def _is_robot(history: Known) -> bool:
    texts = [text for _, text in history.theirs if text]
    if any(sign in text for text in map(folded, texts[-_READ:]) for sign in _SIGNS):
        return True
    if len(history.ours) >= SAME_TEXTS - 1 and _is_repeated(texts):
        return True
    echoes = sum(
        any(timedelta() <= at - ours < AT_ONCE for at, _ in history.theirs)
        for ours, _ in history.ours
    )
    return echoes >= ECHOES


def _is_repeated(texts: Sequence[str]) -> bool:
    """Whether the last of them was said so often: only then is each of them folded."""
    return bool(texts) and [folded(text) for text in texts].count(folded(texts[-1])) >= SAME_TEXTS


def _day(at: datetime, zone: ZoneInfo) -> object:
    return at.astimezone(zone).date()
