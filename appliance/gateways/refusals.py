"""What each of Meta's error codes means for the work. Pure.

Source: Meta, support/error-codes (and pages named in the rows). Meta: build on `code` and
`details`, not on the HTTP status, the subcode or the title.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from appliance.errors import mark


class Action(StrEnum):
    """What is done about it."""

    PERMANENT = "permanent"  # this message never; the next one may fare better
    RETRY = "retry"  # not sent; the same again, later
    AMBIGUOUS = "ambiguous"  # it may have been sent: never repeated blindly
    WINDOW = "window"  # the 24 hours are over: a template, or when the client writes
    HOLD_RECIPIENT = "hold_recipient"  # this person only, for a while
    STOP_TEMPLATES = "stop_templates"  # what the firm begins; answers still go
    STOP_ALL = "stop_all"  # until a person has acted


@dataclass(frozen=True)
class Refusal:
    """One row of the table. `first_wait` grows by `factor` with each attempt, up to `longest`."""

    action: Action
    text: str
    first_wait: timedelta = timedelta(seconds=2)
    factor: int = 2
    longest: timedelta = timedelta(hours=1)

    def wait(self, attempts: int) -> timedelta:
        """How long until the next attempt, after so many (1: the first has just failed)."""
        grown = self.first_wait.total_seconds() * self.factor ** min(max(attempts - 1, 0), 16)
        return min(timedelta(seconds=grown), self.longest)


TOKEN = mark(
    "Meta refused our access token (%(answer)s): renew it with `greffier secret set "
    "whatsapp.access_token`; sending goes on by itself then"
)
RIGHTS = mark(
    "our access token may not do this (%(answer)s): give its system user the rights "
    "whatsapp_business_messaging and whatsapp_business_management in Meta's Business settings"
)
BUSY = mark("Meta could not do it just then (%(answer)s): it is tried again")
TOO_FAST = mark("Meta wants us to be slower (%(answer)s): it is tried again")
PAIR = mark("too many messages to this person in a short time (%(answer)s): it goes out later")
QUALITY = mark(
    "Meta restricts what the firm begins, for the quality of its messages (%(answer)s): answers to "
    "clients still go; see WhatsApp Manager"
)
TEMPLATE_STOPPED = mark(
    "Meta has stopped the template (%(answer)s): choose or write another one in WhatsApp Manager"
)
TEMPLATE_WRONG = mark(
    "the template is not as Meta has it (%(answer)s): check [whatsapp] template_confirmation and "
    "template_language; the template must be approved and have no variables"
)
LOCKED = mark(
    "Meta has locked or restricted the account (%(answer)s): see Business Support Home; what "
    "clients send is still received"
)
PAYMENT = mark(
    "Meta waits for a payment (%(answer)s): put the billing of the WhatsApp account in order; "
    "sending goes on by itself then"
)
NUMBER = mark(
    "the firm's number is not registered at Meta (%(answer)s): register it again in WhatsApp "
    "Manager; sending goes on by itself then"
)
OURS = mark("Meta found a fault in our request (%(answer)s): tell your support")
UNDELIVERABLE = mark(
    "this person cannot be reached on WhatsApp (%(answer)s): answer them another way"
)
NOT_ALLOWED = mark("Meta does not let us write to this person (%(answer)s): answer another way")
MARKETING = mark("Meta held it back as marketing (%(answer)s): answer the client another way")
CLOSED = mark(
    "the client wrote more than 24 hours ago (%(answer)s): it goes out as a template where one is "
    "set, else when they write again"
)
PERHAPS = mark("Meta had a fault while it took the message (%(answer)s): it may be sent")
LOST_MEDIA = mark("Meta could not fetch the client's file (%(answer)s): ask for it again")
OUR_MEDIA = mark("Meta could not take our file (%(answer)s): send it another way")

_MINUTES = timedelta(minutes=5)
_HOURS = timedelta(hours=6)  # what Meta lifts by itself, or a person mends: then it is tried again


def _rows() -> Iterable[tuple[Iterable[int], Refusal]]:
    stop, permanent, retry = Action.STOP_ALL, Action.PERMANENT, Action.RETRY
    yield (0, 190), Refusal(stop, TOKEN)
    yield (3, 10, 131005, *range(200, 300)), Refusal(stop, RIGHTS)
    yield (4, 80007, 133016), Refusal(retry, TOO_FAST, _MINUTES)
    yield (130429,), Refusal(retry, TOO_FAST)
    yield (131056,), Refusal(Action.HOLD_RECIPIENT, PAIR, timedelta(seconds=4), 4)
    yield (131048, 131064), Refusal(Action.STOP_TEMPLATES, QUALITY, _HOURS, longest=_HOURS)
    yield (132015, 132016), Refusal(Action.STOP_TEMPLATES, TEMPLATE_STOPPED, _HOURS, longest=_HOURS)
    yield (1,), Refusal(Action.AMBIGUOUS, PERHAPS)
    yield (2, 131000, 131016, 133004), Refusal(retry, BUSY)
    yield (131057,), Refusal(retry, BUSY, timedelta(minutes=1))
    yield (33, 131045, 133010), Refusal(stop, NUMBER)
    yield (368, 131031, 131037), Refusal(stop, LOCKED)
    yield (131042, 134011), Refusal(stop, PAYMENT)
    yield (131047,), Refusal(Action.WINDOW, CLOSED)
    for code in (132000, 132001, 132005, 132007, 132012):
        yield (code,), Refusal(Action.STOP_TEMPLATES, TEMPLATE_WRONG, _HOURS, longest=_HOURS)
    yield (100, 131008, 131009, 131021, 131051, 131062, 135000), Refusal(permanent, OURS)
    yield (131026, 131030), Refusal(permanent, UNDELIVERABLE)
    yield (130403, 130497), Refusal(permanent, NOT_ALLOWED)
    yield (130472, 131049, 131050, 131063), Refusal(permanent, MARKETING)
    yield (131052,), Refusal(permanent, LOST_MEDIA)
    yield (131053,), Refusal(permanent, OUR_MEDIA)


TABLE: dict[int, Refusal] = {code: row for codes, row in _rows() for code in codes}


def refusal_of(code: object) -> Refusal | None:
    """The row of this code; None for one that Meta has not told us of."""
    return TABLE.get(code) if isinstance(code, int) else None
