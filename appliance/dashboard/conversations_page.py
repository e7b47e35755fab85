"""The conversations: who wrote and what was said; notes, whose one is, and that it is done."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.conversation.threads import LONGEST_NOTE
from appliance.dashboard import blocked_words, conversation_words, triage_words
from appliance.dashboard.conversation_view import (
    LONGEST_ID,
    Draft,
    back,
    fault_of,
    form_of,
    kept,
    maybe_part,
    new_form,
    ours,
    person_of,
    show_offered,
    show_talk,
    shown_now,
    written,
)
from appliance.dashboard.desk import desk
from appliance.dashboard.enclosing_board import LONGEST_FIND
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.standings import Place
from appliance.dashboard.visitor import allowed, apart, may, needs, scope, signed_in, wording
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.wording import mark

LONGEST_SEARCH = 100  # characters
LONGEST_REASON = 200  # characters: why a number is blocked
NOBODY_SUCH = mark("Nobody of this name may answer clients: choose somebody else.")
NOT_THEIRS = mark(
    "%(name)s does not see this client's dossiers: let them in first, or choose somebody else."
)
NOTED = mark("The note is kept. It is for the firm only.")
ASSIGNED = mark("This conversation is %(name)s's now. They see it on their page Today.")
UNASSIGNED = mark("This conversation is nobody's now.")
DONE = mark("Done with %(who)s. It comes back by itself when they write again.")

bp = Blueprint("conversations", __name__, url_prefix="/conversations")
bp.app_context_processor(conversation_words.words)
_ID = f"<int(max={LARGEST_ID}):person_id>"


@bp.get("")
@needs(May.READ)
def page() -> AnyResponse:
    """The list. `?show=` which of them, `?q=` a name or number, `?after=` the older ones."""
    person, asked = signed_in(), request.args
    show, sought = shown_now(), asked.get("q", "").strip()[:LONGEST_SEARCH]
    after = Place.read(asked.get("after", ""))
    seen = ours().board.seen(person, scope(), show, sought, after)
    values: dict[str, Any] = {"seen": seen, "show": show, "sought": sought, "after": after}
    return maybe_part("_threads.html", "conversations.html", values)


@bp.get(f"/{_ID}")
@needs(May.READ, correspondent="person_id")
def talk(person_id: int) -> AnyResponse:
    """One conversation. `?before=`: what was said before that; `?quote=`: an answer to that;
    `?part=documents`: what may be joined to an answer, by the words of `?find=`."""
    if request.args.get("part") == "documents" and may(May.ANSWER):
        return show_offered(person_of(person_id), request.args.get("find", "")[:LONGEST_FIND])
    quotes = request.args.get("quote", "")[:LONGEST_ID]
    return show_talk(person_of(person_id), Draft(new_form(), quotes=quotes))


@bp.post(f"/{_ID}/note")
@needs(May.ANSWER, correspondent="person_id")
def note(person_id: int) -> AnyResponse:
    """Keep a note for the firm."""
    person, body = person_of(person_id), written(request.form.get("note", ""))
    form = form_of(request.form)
    if wrong := fault_of(body, LONGEST_NOTE):
        return show_talk(person, Draft(form, note=body, wrong_note=wrong), 422)
    ours().threads.note(person_id, body, form, allowed(May.ANSWER).name)
    flash(wording().text(NOTED))
    return back(person_id, "note")


@bp.post(f"/{_ID}/assign")
@needs(May.ANSWER, correspondent="person_id")
def assign(person_id: int) -> AnyResponse:
    """It is somebody's, or nobody's."""
    by, chosen, said = allowed(May.ANSWER), request.form.get("to", ""), wording()
    to = next((one for one in ours().answerers() if str(one.id) == chosen), None)
    if chosen and to is None:
        flash(said.text(NOBODY_SUCH))
    elif to is not None and not desk().access.scope_of(to).sees_correspondent(person_id):
        flash(said.text(NOT_THEIRS, name=apart(to.name)))
    else:
        ours().threads.assign(person_id, to, by.name)
        flash(said.text(ASSIGNED, name=apart(to.name)) if to else said.text(UNASSIGNED))
    return back(person_id)


@bp.post(f"/{_ID}/done")
@needs(May.ANSWER, correspondent="person_id")
def done(person_id: int) -> AnyResponse:
    """Nothing is left to do here: the next one."""
    person, form = person_of(person_id), request.form
    count = number_in(form.get("count")) or 0
    ours().threads.done(person_id, count, allowed(May.ANSWER).name)
    who = conversation_words.name_of(ours().talk.head(person, signed_in(), scope()))
    flash(wording().text(DONE, who=apart(who)))
    following = number_in(form.get("next"))
    if following is not None and scope().sees_correspondent(following):
        return back(following)
    return redirect(address_of("conversations.page", **kept()))


@bp.post(f"/{_ID}/reopen")
@needs(May.ANSWER, correspondent="person_id")
def reopen(person_id: int) -> AnyResponse:
    """There is something to do after all."""
    ours().threads.reopen(person_id, allowed(May.ANSWER).name)
    return back(person_id)


@bp.post(f"/{_ID}/block")
@needs(May.ANSWER, correspondent="person_id")
def block(person_id: int) -> AnyResponse:
    """Hear nothing of them any more, as long as they are nobody's client."""
    by, reason = allowed(May.ANSWER), in_one_line(request.form.get("why", "")[:LONGEST_REASON])
    outcome = desk().triage.blocked.block(person_id, reason, by.name, scope())
    blocked_words.say_blocked(outcome)
    if outcome.person is not None:
        triage_words.say_rejected(outcome)
    return back(person_id)


@bp.post(f"/{_ID}/unblock")
@needs(May.ANSWER, correspondent="person_id")
def unblock(person_id: int) -> AnyResponse:
    """Hear them again."""
    is_new = desk().triage.blocked.unblock(person_id, allowed(May.ANSWER).name)
    blocked_words.say_heard(person_id, is_new=is_new)
    return back(person_id)


@bp.post(f"/{_ID}/unread")
@needs(May.READ, correspondent="person_id")
def unread(person_id: int) -> AnyResponse:
    """They want to come back to it: back to the list, where it is unread."""
    ours().threads.unsee(person_id, signed_in())
    return redirect(address_of("conversations.page", **kept()))
