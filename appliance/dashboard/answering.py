"""What pages that answer clients share: who answers, and why something was not sent, in words."""

from collections.abc import Mapping

from appliance.conversation.speaking import Reader, Refused, Why
from appliance.dashboard.numbers import number_in
from appliance.dashboard.visitor import allowed, apart, why, wording
from appliance.firm.rights import May
from appliance.wording import mark

REFUSED = {
    Why.WITHHELD: mark(
        "Not sent: it is not certain who this person is. Decide it on the page People first."
    ),
    Why.BLOCKED: mark(
        "Not sent: this number is blocked, and nobody would see what they reply. Unblock it first."
    ),
    Why.CLOSED: mark(
        "Not sent: the client wrote more than 24 hours ago, and WhatsApp takes no free answer any "
        "more. What you wrote is still below: call them, or send the template."
    ),
    Why.NOWHERE: mark("Not sent: no number and no account of this person is known any more."),
    Why.NO_TEMPLATE: mark(
        "Not sent: no template is set. An administrator names it in [whatsapp] "
        "template_confirmation."
    ),
    Why.DOCUMENT: mark("Not sent: %(why)s."),
    Why.UNSEEN: mark(
        "Not sent yet: the document, its dossier or the number has changed since this was shown. "
        "Look at it again."
    ),
    Why.ANSWERED: mark(
        "Not sent yet: %(who)s has answered meanwhile. Read it below; if yours is still needed, "
        "send it all the same."
    ),
    Why.ANSWERING: mark(
        "Not sent yet: %(who)s is writing an answer just now. Wait for it, or send yours all the "
        "same."
    ),
}
BEFORE = mark("This was sent before: it goes out once.")


def reader_of(form: Mapping[str, str]) -> Reader:
    """Who answers, and what they knew."""
    last = number_in(form.get("last")) or 0
    return Reader(allowed(May.ANSWER), last, "insists" in form)


def wrong_of(refused: Refused) -> str:
    """Why it was not sent, in their language."""
    error = why(refused.error) if refused.error is not None else ""
    return wording().text(REFUSED[refused.why], who=apart(refused.who), why=error)
