"""What can be wrong with a file that is decoded, in the child's words and in people's."""

from enum import StrEnum

from appliance.errors import PermanentError, mark


class Flaw(StrEnum):
    """Why a file could not be decoded."""

    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    LOCKED = "locked"  # with a password
    TOO_LARGE = "too_large"  # more pixels or memory than the child may take
    TOO_SLOW = "too_slow"
    STOPPED = "stopped"  # the decoder crashed, or was killed


SENTENCES = {
    Flaw.INCOMPLETE: mark(
        "This picture is incomplete: part of it was lost before it reached WhatsApp. Ask its "
        "sender to send it again."
    ),
    Flaw.UNREADABLE: mark(
        "This file cannot be shown: it is damaged, or it is not what it seems. Ask its sender to "
        "send it again."
    ),
    Flaw.LOCKED: mark("This document is locked with a password: ask its sender for it."),
    Flaw.TOO_LARGE: mark(
        "This file is too large to be shown (a picture may have 50 million pixels): open the "
        "original."
    ),
    Flaw.TOO_SLOW: mark(
        "This file takes too long to be shown. Be careful with it: it may be made to harm. Ask its "
        "sender what it is."
    ),
    Flaw.STOPPED: mark(
        "This file stops the program that should show it. Be careful with it: it may be made to "
        "harm. Ask its sender what it is."
    ),
}


class UndecodableError(PermanentError):
    """The file itself is at fault, and will be tomorrow; the original is kept as it came."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(SENTENCES[flaw])
        self.flaw = flaw
