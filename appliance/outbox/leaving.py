"""Whether what was posted may still be said, now that it leaves. Reads, inside units.

Hours or days may lie between: the token was dead, the window closed, the PC off. Meanwhile its
reader may have asked for silence, or was blocked, the number may have passed to somebody else, or
nobody knows any more who writes from it; and what was an answer to "are you open?" answers nothing
tomorrow.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.errors import GreffierError, PermanentError
from appliance.firm import identifiers
from appliance.firm.blocking import is_blocked
from appliance.firm.people import is_opted_out, may_disclose
from appliance.outbox import gate
from appliance.phones import variants
from appliance.replies.announcements import BY_PEOPLE, Kind
from appliance.store import models, rows
from appliance.wording import mark

TICKS_LIVE = timedelta(minutes=10)  # two blue ticks of last week say nothing true
NOT_THEIRS = mark(
    "this number or account is no longer that of the person for whom it was meant: answer them "
    "another way"
)
IN_DOUBT = mark(
    "since this was written, it is no longer certain who writes from this number: say on the page "
    "People who it is, then answer again"
)
# Said in any case: that they will hear nothing more, to Meta, and what a person has to say.
_ALWAYS = frozenset({Kind.OPTED_OUT, Kind.READ}) | BY_PEOPLE
# Shows that the firm knows them, hence said to nobody whose identity is in doubt.
_TELLING = {
    Kind.CONFIRMATION: Kind.CONFIRMATION_UNKNOWN,
    Kind.ASK_DOSSIER: Kind.CONFIRMATION_UNKNOWN,
    Kind.ASK_AGAIN: None,
    Kind.THANKS: None,
}
# Answers to what somebody wrote just then, or a list: nobody waits for them after the window.
_MOMENTARY = frozenset(
    {
        Kind.ASK_AGAIN,
        Kind.FAQ,
        Kind.FAQ_MENU,
        Kind.STRANGER,
        Kind.ASK_NUMBER,
        Kind.OUTSIDE_HOURS,
    }
)


@dataclass(frozen=True)
class Say:
    """It is said, as this kind."""

    kind: Kind


@dataclass(frozen=True)
class Unsaid:
    """Nobody is to hear it any more: the row goes."""


@dataclass(frozen=True)
class Misdirected:
    """It would reach somebody else: the row ends, for a person to see."""

    error: GreffierError


Verdict = Say | Unsaid | Misdirected


def judged(row: models.Outgoing, now: datetime) -> Verdict:
    """What becomes of a WhatsApp row that is about to leave."""
    kind = Kind(row.kind)
    if kind is Kind.READ and now - row.created_at > TICKS_LIVE:
        return Unsaid()
    if kind in _MOMENTARY and now >= gate.closes_at(row):
        return Unsaid()
    person = (
        rows.find(models.Correspondent, id=row.correspondent_id) if row.correspondent_id else None
    )
    return Say(kind) if person is None else _to(person, kind, row.recipient)


def _to(person: models.Correspondent, kind: Kind, recipient: str) -> Verdict:
    if is_opted_out(person) and kind not in _ALWAYS:
        return Unsaid()
    if is_blocked(person) and kind not in BY_PEOPLE:
        return Unsaid()
    if not _is_theirs(recipient, person):
        return Misdirected(PermanentError(NOT_THEIRS))
    if may_disclose(person):
        return Say(kind)
    if kind in BY_PEOPLE:  # written to somebody else, perhaps
        return Misdirected(PermanentError(IN_DOUBT))
    if kind not in _TELLING:
        return Say(kind)
    instead = _TELLING[kind]
    return Unsaid() if instead is None else Say(instead)


def _is_theirs(recipient: str, person: models.Correspondent) -> bool:
    """Whether that number or user id is this person's now, in whichever form.

    Of whom nothing is known any more, it is not where it was theirs: a telephone that is in other
    hands took all that they had along.
    """
    held, forms = {row.value for row in identifiers.live(person)}, variants(recipient)
    return not held.isdisjoint(forms) if held else not identifiers.had(person, forms)
