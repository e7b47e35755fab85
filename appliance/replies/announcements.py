"""Which announcements a message deserves. Pure: the outbox makes rows of them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an outgoing row says, and to whom."""

    CONFIRMATION = "confirmation"  # to a client: your document is here
    CONFIRMATION_UNKNOWN = "confirmation_unknown"  # to a number nobody knows
    FILED = "filed"  # to the lawyer
    ACTION_NEEDED = "action_needed"  # to the lawyer: choose the dossier
    UNKNOWN_NUMBER = "unknown_number"  # to the lawyer: who is this?
    FAILED = "failed"  # to the lawyer: a document could not be fetched
    ALERT = "alert"  # to the firm's people: something costs, or will
    DEADLINES = "deadlines"  # to the lawyer, in the morning: how many are late or near
    ASK_DOSSIER = "ask_dossier"  # to a client: your document is here, which dossier is it for?
    ASK_AGAIN = "ask_again"  # to a client, by a person of the firm: which dossier is it for?
    SEND_AGAIN = "send_again"  # to a client: your file could not be fetched, send it once more
    ASK_NUMBER = "ask_number"  # to somebody without a number: who are you?
    STRANGER = "stranger"  # to somebody unknown: we will contact you
    OUTSIDE_HOURS = "outside_hours"  # to a client: we are closed
    FAQ = "faq"  # to a client: the answer to a usual question
    FAQ_MENU = "faq_menu"  # to a client: the usual questions
    OPTED_OUT = "opted_out"  # to a client: no more automatic messages, as you wish
    OPTED_IN = "opted_in"  # to a client: automatic messages again, as you wish
    THANKS = "thanks"  # to a client: filed as you said
    ANSWER = "answer"  # to a client: what a person of the firm wrote
    ENCLOSURE = "enclosure"  # to a client: a document of their dossier, by a person of the firm
    TEMPLATE = "template"  # to a client: the approved template, sent by a person of the firm
    READ = "read"  # to Meta: the two ticks, and perhaps that an answer is being written


# To whoever sent a document: it came. An approved template can stand for each of these.
CONFIRMATIONS = frozenset({Kind.CONFIRMATION, Kind.CONFIRMATION_UNKNOWN, Kind.ASK_DOSSIER})
# By a person of the firm: no rule of what Greffier says by itself holds for these.
BY_PEOPLE = frozenset({Kind.ANSWER, Kind.ENCLOSURE, Kind.TEMPLATE})


@dataclass(frozen=True)
class Announcements:
    """What goes out about a message: to the sender on WhatsApp, to the lawyer by e-mail.

    `is_unreadable`: the sender hears that their file did not come through. `with_hours`: they also
    hear that the firm is closed.
    """

    to_sender: Kind | None
    to_lawyer: Kind | None
    is_unreadable: bool = False
    with_hours: bool = False


NOTHING = Announcements(None, None)


@dataclass(frozen=True)
class Facts:
    """What is to be known of a document that is safely here.

    `asks`: its dossier is asked for. `is_quiet`: whoever sent it is not to be answered just now.
    """

    is_known: bool
    is_filed: bool
    is_from_a_group: bool
    is_duplicate: bool
    asks: bool = False
    is_quiet: bool = False


def about_document(facts: Facts, *, with_hours: bool = False) -> Announcements:
    """What a document that is safely here deserves.

    A sender is told that it came, a second time too, unless somebody of the firm is answering them
    or they are a machine; the lawyer hears of each document once. A group is never answered: its
    participant may not even be the client.
    """
    to_sender = None if facts.is_from_a_group or facts.is_quiet else _note(facts)
    with_hours = with_hours and to_sender is not None
    if facts.is_duplicate:
        return Announcements(to_sender, None, with_hours=with_hours)
    if facts.is_filed:
        to_lawyer = Kind.FILED
    else:
        to_lawyer = Kind.ACTION_NEEDED if facts.is_known else Kind.UNKNOWN_NUMBER
    return Announcements(to_sender, to_lawyer, with_hours=with_hours)


def about_failure(*, is_theirs_to_mend: bool, is_from_a_group: bool) -> Announcements:
    """What a file deserves that could not be brought in: its sender hears what they can mend."""
    is_told = is_theirs_to_mend and not is_from_a_group
    to_sender = Kind.CONFIRMATION if is_told else None
    return Announcements(to_sender, Kind.FAILED, is_unreadable=is_told)


def _note(facts: Facts) -> Kind:
    if not facts.is_known:
        return Kind.CONFIRMATION_UNKNOWN
    return Kind.ASK_DOSSIER if facts.asks and not facts.is_filed else Kind.CONFIRMATION
