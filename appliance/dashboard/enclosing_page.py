"""Joining a document of the dossier to an answer: chosen, shown once more, and only then sent.

A form without the seal of what was shown sends nothing: the server asks, so no script, no stale
page and no double click passes the question.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.conversation.speaking import Paper, Refused, Said, Why, Words
from appliance.dashboard.answering import BEFORE, reader_of, wrong_of
from appliance.dashboard.conversation_view import (
    LONGEST_ID,
    TOO_LONG_BESIDE,
    Draft,
    back,
    form_of,
    kept,
    ours,
    person_of,
    show_talk,
    written,
)
from appliance.dashboard.enclosing_board import LONGEST_FIND, Asked
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.visitor import needs, scope, signed_in, why, wording
from appliance.firm.rights import May
from appliance.outbox.enclosures import LONGEST_CAPTION
from appliance.store.models import Correspondent
from appliance.wording import mark

SENT = mark("The document goes out now. The ticks below say what became of it.")
# What they are asked about again, with their document before them.
_ASKED_AGAIN = frozenset({Why.ANSWERED, Why.ANSWERING, Why.UNSEEN})

bp = Blueprint("enclosing", __name__, url_prefix="/conversations")


@bp.post(f"/<int(max={LARGEST_ID}):person_id>/document")
@needs(May.ANSWER, correspondent="person_id")
def enclose(person_id: int) -> AnyResponse:
    """Find one, look at what would be sent and to whom, send it: as far as the form has come."""
    person, form = person_of(person_id), request.form
    draft = Draft(
        form_of(form),
        text=written(form.get("text", "")),
        quotes=form.get("quotes", "")[:LONGEST_ID],
        find=form.get("find", "").strip()[:LONGEST_FIND],
        document=number_in(form.get("document")) or 0,
        is_enclosing=True,
    )
    if not draft.document or "back" in form:
        return show_talk(person, draft)
    if len(draft.text) > LONGEST_CAPTION:
        wrong = wording().text(TOO_LONG_BESIDE, most=LONGEST_CAPTION)
        return show_talk(person, replace(draft, wrong=wrong), 422)
    asked = ours().enclosing.asked(draft.document, person, scope())
    if asked is None:
        abort(404)
    reader = reader_of(form)
    if "seal" not in form:
        refused = ours().speaking.refusal(person, reader)
        return _ask(person, draft, asked) if refused is None else _no(person, draft, asked, refused)
    paper = Paper(draft.document, form["seal"], scope())
    words = Words(draft.text, draft.form, draft.quotes or None)
    match ours().speaking.hand_over(person_id, paper, words, reader):
        case Said(is_new=is_new):
            flash(wording().text(SENT if is_new else BEFORE))
            return back(person_id, "text")
        case Refused() as refused:
            return _no(person, draft, asked, refused)


def _no(person: Correspondent, draft: Draft, asked: Asked, refused: Refused) -> AnyResponse:
    """Not sent, and why, where they can do something about it."""
    draft = replace(draft, wrong=wrong_of(refused), why=refused.why)
    is_asked_again = refused.why in _ASKED_AGAIN
    return _ask(person, draft, asked, 409) if is_asked_again else show_talk(person, draft, 409)


def _ask(person: Correspondent, draft: Draft, asked: Asked, code: int = 200) -> AnyResponse:
    """What will be sent and to whom; nothing has happened yet."""
    shown: dict[str, Any] = {
        "head": ours().talk.head(person, signed_in(), scope()),
        "asked": asked,
        "draft": draft,
        "keep": kept(),
        "fault": why(asked.fault) if asked.fault is not None else "",
    }
    return make_response(render_template("enclose.html", **shown), code)
