"""Answering a client: their words, once, durable before it is said; or the approved template."""

from dataclasses import replace

from flask import Blueprint, flash, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.conversation.speaking import Refused, Said, Words
from appliance.dashboard import conversation_words, enclosing_page
from appliance.dashboard.answering import BEFORE, reader_of, wrong_of
from appliance.dashboard.conversation_view import (
    LONGEST_ANSWER,
    LONGEST_ID,
    Draft,
    back,
    fault_of,
    form_of,
    ours,
    person_of,
    show_talk,
    written,
)
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import allowed, apart, needs, wording
from appliance.firm.rights import May
from appliance.store.models import Correspondent
from appliance.wording import mark

SENT = mark("It goes out now. The ticks below say what became of it.")
TEMPLATE_SENT = mark("The template goes out now. When they answer, you may write freely.")
BACK = mark("Taken back: it was not sent, and never will be.")
TOO_LATE = mark("It is too late to take this back: it is on its way, or has left.")

bp = Blueprint("answering", __name__, url_prefix="/conversations")
_ID = f"<int(max={LARGEST_ID}):person_id>"


@bp.post(f"/{_ID}/answer")
@needs(May.ANSWER, correspondent="person_id")
def answer(person_id: int) -> AnyResponse:
    """Send what they wrote, once, however often the form arrives."""
    person, form = person_of(person_id), request.form
    if form.get("document"):  # they chose one: it is shown before anything leaves
        return enclosing_page.enclose(person_id)
    text = written(form.get("text", ""))
    draft = Draft(form_of(form), text=text, quotes=form.get("quotes", "")[:LONGEST_ID])
    if wrong := fault_of(text, LONGEST_ANSWER):
        return show_talk(person, replace(draft, wrong=wrong), 422)
    reader = reader_of(form)
    words = Words(text, draft.form, draft.quotes or None)
    done = ours().speaking.answer(person_id, words, reader)
    return _told(person, draft, done, SENT, "text")


@bp.post(f"/{_ID}/template")
@needs(May.ANSWER, correspondent="person_id")
def template(person_id: int) -> AnyResponse:
    """Send the approved template, once a form."""
    person, form = person_of(person_id), request.form
    draft = Draft(form_of(form))
    done = ours().speaking.template(person_id, draft.form, reader_of(form))
    return _told(person, draft, done, TEMPLATE_SENT, "end")


@bp.post(f"/{_ID}/outgoing/<int(max={LARGEST_ID}):row_id>/back")
@needs(May.ANSWER, correspondent="person_id")
def take_back(person_id: int, row_id: int) -> AnyResponse:
    """What has not left yet never leaves."""
    is_back = ours().speaking.take_back(person_id, row_id, allowed(May.ANSWER).name)
    flash(wording().text(BACK if is_back else TOO_LATE))
    return back(person_id, "end")


@bp.post(f"/{_ID}/claim")
@needs(May.ANSWER, correspondent="person_id")
def claim(person_id: int) -> AnyResponse:
    """They are typing (or, with `end`, no more); who else is, as JSON."""
    person = allowed(May.ANSWER)
    if "end" in request.form:
        ours().threads.release(person_id, person)
        return jsonify({"answering": None})
    other = ours().threads.claim(person_id, person)
    told = wording().text(conversation_words.IS_ANSWERING, name=apart(other.name)) if other else ""
    return jsonify({"answering": told or None})


def _told(
    person: Correspondent, draft: Draft, done: Said | Refused, sent: str, place: str
) -> AnyResponse:
    """That it goes out, or did before, at that place of the page: a field there has the focus;
    else the page again, with their words and why not."""
    match done:
        case Said(is_new=is_new):
            flash(wording().text(sent if is_new else BEFORE))
            return back(person.id, place)
        case Refused(why=reason):
            return show_talk(person, replace(draft, wrong=wrong_of(done), why=reason), 409)
