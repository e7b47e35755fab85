"""What the page of what waits says: why it waits, why a dossier is offered, what was done."""

from collections.abc import Sequence
from typing import Any

from flask import flash

from appliance.dashboard.desk import desk
from appliance.dashboard.suggestions import Suggestion, Why
from appliance.dashboard.triage_form import PileForm
from appliance.dashboard.triage_pile import FAILING, REJECTED, TWICE, Order
from appliance.dashboard.visitor import apart, scope, why, wording
from appliance.errors import mark, marks
from appliance.filing.acts import Done
from appliance.filing.gestures import Outcome, Rejection
from appliance.firm.scope import Scope
from appliance.keeping.countdown import Missing
from appliance.outbox.asking import Asked
from appliance.phones import is_user_id
from appliance.store import rows
from appliance.store.models import Document, DocumentStatus, Dossier
from appliance.telling import told

FILTERED = {
    "several": mark("several dossiers"),
    "none": mark("no active dossier"),
    "unknown": mark("unknown number"),
    "nameless": mark("no number"),
    "clients": mark("several clients"),
    "opponent": mark("opposing party"),
    "identity": mark("identity to confirm"),
    "group": mark("sent in a group"),
    "sent_back": mark("sent back"),
    "since": mark("number known since"),
    TWICE: mark("duplicate"),
    "flawed": mark("unreadable, locked or to be checked"),
    "kind": mark("unusual kind of file"),
    FAILING: mark("not fetched from WhatsApp"),
    REJECTED: mark("set aside"),
}
OFFERED = {
    Why.NAMED: mark("named in what came: %(found)s"),
    Why.LAST_USED: mark("used before for this sender"),
    Why.CLIENT: mark("a dossier of this client"),
    Why.LAWYER: mark("the lawyer's"),
    Why.RECENT: mark("used lately"),
    Why.OPENED: mark("opened lately"),
}
REJECTIONS = {
    Rejection.NOT_OURS: mark("not for the firm"),
    Rejection.ILLEGIBLE: mark("illegible"),
    Rejection.DUPLICATE: mark("the firm has it already"),
    Rejection.USELESS: mark("of no use for any dossier"),
    Rejection.UNDONE: mark("its photos were taken back"),
    Rejection.BLOCKED: mark("its number is blocked"),
}
# Why nothing was done.
NO_DOSSIER = mark(
    "No dossier, or more than one, answers to “%(asked)s”: choose one from the list, or write its "
    "reference. Nothing was done."
)
NOT_THAT_ONE = mark(
    "What you typed no longer names the dossier that was offered: choose again. Nothing was done."
)
NOTHING_CHOSEN = mark("No document was chosen: nothing was done.")
NO_REASON = mark("Say why the document is set aside: choose a reason, or write one.")
NOTHING_TO_UNDO = mark("There is nothing of today to undo.")
# What was done: to one document, to several.
FILED = mark("“%(name)s” is in the dossier %(dossier)s.")
ALL_FILED = marks(
    "%(count)d document is in the dossier %(dossier)s.",
    "%(count)d documents are in the dossier %(dossier)s.",
)
SET_ASIDE = mark("“%(name)s” is set aside.")
ALL_SET_ASIDE = marks("%(count)d document is set aside.", "%(count)d documents are set aside.")
BACK = mark("“%(name)s” waits again.")
ALL_BACK = marks("%(count)d document waits again.", "%(count)d documents wait again.")
UNDONE = mark("Undone: “%(name)s” is as before.")
ALL_UNDONE = marks(
    "Undone: %(count)d document is as before.", "Undone: %(count)d documents are as before."
)
THEIRS = marks(
    "%(count)d document that waits is theirs.", "%(count)d documents that wait are theirs."
)
ELSEWHERE = mark("“%(name)s” was filed by %(who)s meanwhile: nothing was done to it.")
MEANWHILE = mark(
    "“%(name)s” was filed by %(who)s under %(dossier)s meanwhile: nothing was done to it."
)
ASIDE_MEANWHILE = mark("“%(name)s” was set aside by %(who)s meanwhile: nothing was done to it.")
GONE = mark("“%(name)s” is no longer there: nothing was done to it.")
SINCE = mark("Something else was done to “%(name)s” since: it stays as it is. Undo that first.")
HELD = mark("“%(name)s” is in a dossier under legal hold: it stays where it is.")
NOT_YOURS = mark(
    "The dossier is opened, but it is another lawyer's and you do not see it: they file there."
)
MADE = mark("The dossier %(dossier)s is opened.")
BOUND_TO = mark("%(sender)s is a number of %(client)s from now on.")
SOMEBODY_ELSE = mark("another client")
NAMELESS = mark("somebody of the firm")
GREFFIER, CLIENT = "Greffier", mark("the client")
ASKED = {
    Asked.BEFORE: mark("The client was asked about this already, and has not answered yet."),
    Asked.NOBODY: mark(
        "Nobody can be asked: it is not certain which one client sent this. Say first whose number "
        "it is."
    ),
    Asked.ONE_DOSSIER: mark(
        "There is nothing to ask: this client has no two active dossiers to choose from."
    ),
    Asked.CLOSED: mark(
        "WhatsApp lets the firm ask only within 24 hours after the client wrote, and they are "
        "over. Call them, or wait until they write."
    ),
    Asked.SILENT: mark("This client wants no automatic messages: call them."),
    Asked.IN_DOUBT: mark(
        "It is not certain that this is still the same person: confirm it first on the page People."
    ),
    Asked.GONE: mark("None of these documents waits any more: nothing was asked."),
}
ASKED_NOW = mark("The client is asked. What they choose is filed by itself; until then it waits.")


def for_templates() -> dict[str, Any]:
    """What the templates of this page may say."""
    return {
        "filtered_said": lambda name: wording().text(FILTERED[name]),
        "offer_said": _offer_said,
        "rejection_said": rejection_said,
        "told_reason": lambda reason: told(reason, wording()) if reason else "",
        "is_user_id": is_user_id,
        "failing": failing,
        "set_aside_by": _called,
        "names_apart": _names_apart,
    }


def failing() -> Sequence[Missing]:
    """Files that are still at WhatsApp only, and of people whom they see."""
    return [
        one for one in desk().keeping.countdown.missing() if scope().sees_message(one.message.id)
    ]


def rejection_said(reason: str | None) -> str:
    """Why it was set aside: one of our reasons in their language, else somebody's own words."""
    if reason in list(Rejection):
        return wording().text(REJECTIONS[Rejection(reason)])
    return reason or ""


def say_filed(outcome: Outcome, dossier: Dossier) -> None:
    """What is in the dossier now, what is not, and why."""
    _say(outcome, FILED, ALL_FILED, dossier=apart(dossier.reference))


def say_rejected(outcome: Outcome) -> None:
    _say(outcome, SET_ASIDE, ALL_SET_ASIDE)


def say_brought_back(outcome: Outcome) -> None:
    _say(outcome, BACK, ALL_BACK)


def say_undone(outcome: Outcome) -> None:
    _say(outcome, UNDONE, ALL_UNDONE)


def say_made(reference: str) -> None:
    flash(wording().text(MADE, dossier=apart(reference)))


def say_bound(sender: str, client: str) -> None:
    flash(wording().text(BOUND_TO, sender=apart(sender), client=apart(client)))


def say_recognised(count: int) -> None:
    if count:
        flash(wording().plural(*THEIRS, count, count=count))


def say_asked(came: Asked) -> None:
    if came is Asked.DONE:
        flash(wording().text(ASKED_NOW))
    else:
        flash(wording().text(ASKED[came]), "alarm")


def looked_at(
    asked: PileForm, order: Order, wanted: Document | None, seen: Scope
) -> Document | None:
    """The document that was asked for, if it still waits; else the first, and what became of it."""
    if asked.only == FAILING:
        return None
    if asked.only == REJECTED:
        return wanted if wanted is not None and wanted.rejected_at is not None else None
    if wanted is not None and _waits(wanted):
        return wanted
    if wanted is not None:
        flash(what_became(wanted, seen), "note")
    return order.documents[0] if order.documents else None


def what_became(document: Document, seen: Scope) -> str:
    """Why a document that somebody wants to look at waits no more."""
    who = _called(document.rejected_by or document.filed_by)
    values = {"name": apart(document.name), "who": apart(who)}
    if document.rejected_at is not None:
        return wording().text(ASIDE_MEANWHILE, **values)
    if document.status != DocumentStatus.FILED:
        return wording().text(GONE, name=apart(document.name))
    if document.dossier_id is None or not seen.sees_dossier(document.dossier_id):
        return wording().text(ELSEWHERE, **values)
    return wording().text(MEANWHILE, dossier=apart(document.dossier.reference), **values)


def _say(outcome: Outcome, one: str, many: tuple[str, str], **values: object) -> None:
    count = len(outcome.done)
    if count == 1:
        flash(wording().text(one, name=_name(outcome.done[0]), **values))
    elif count:
        flash(wording().plural(*many, count, count=count, **values))
    for document_id, done in outcome.others:
        flash(_other(document_id, done), "alarm")
    if outcome.error is not None:
        flash(why(outcome.error), "alarm")


def _other(document_id: int, done: Done) -> str:
    """Why nothing was done to this one."""
    document = rows.find(Document, id=document_id)
    name = apart(document.name if document is not None else document_id)
    if document is None or done == Done.GONE:
        return wording().text(GONE, name=name)
    if done == Done.HELD:
        return wording().text(HELD, name=name)
    if document.filed_by is None and document.rejected_by is None:
        return wording().text(SINCE, name=name)
    return what_became(document, scope())


def _name(document_id: int) -> str:
    document = rows.find(Document, id=document_id)
    return apart(document.name if document is not None else "")


def _offer_said(suggestion: Suggestion) -> str:
    return wording().text(OFFERED[suggestion.why], found=apart(suggestion.found))


def _names_apart(names: Sequence[str]) -> str:
    """Whose it is; a client whom they do not see is not named."""
    return wording().listed([apart(name) for name in names]) or wording().text(SOMEBODY_ELSE)


def _called(name: str | None) -> str:
    """Whoever did it, as people call them."""
    said = wording()
    known = {"greffier": GREFFIER, "client": said.text(CLIENT), None: said.text(NAMELESS)}
    return known.get(name, name or "")


def _waits(document: Document) -> bool:
    return document.status == DocumentStatus.PENDING and document.rejected_at is None
