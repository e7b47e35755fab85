"""The pile of what waits to be filed: one document, one key.

Every address shows the whole page; asked by htmx, only the part below the heading, so that the next
document is there at once. Without scripts each button is a form that comes back to the page.
"""

from typing import Any

from flask import Blueprint, flash, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import blocked_words, triage_words
from appliance.dashboard.desk import desk
from appliance.dashboard.triage_form import Fault, PileForm, read_new
from appliance.dashboard.triage_view import (
    again,
    board,
    chosen,
    current,
    following,
    nothing_done,
    show_pile,
)
from appliance.dashboard.visitor import (
    allowed,
    apart,
    entry,
    look_again,
    needs,
    scope,
    signed_in,
    why,
    wording,
)
from appliance.errors import PermanentError
from appliance.filing import aside
from appliance.filing.gestures import Outcome
from appliance.firm.rights import May
from appliance.outbox.asking import Asked
from appliance.store.models import Dossier

bp = Blueprint("triage", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of what waits."""
    return triage_words.for_templates()


@bp.get("/pending")
@needs(May.READ)
def page() -> AnyResponse:
    """`?at=` one document, `?page=` of it, `?only=` those that wait for one reason."""
    return show_pile(PileForm.of(request.args))


@bp.get("/pending/seek")
@needs(May.FILE)
def seek() -> AnyResponse:
    """The dossiers that answer to `?asked=`, to be filed under."""
    asked = PileForm.of(request.args)
    if "HX-Request" not in request.headers:
        return show_pile(asked)
    found = board().seek(asked.typed, scope(), current(asked))
    shown = render_template("_triage_found.html", found=found, typed=asked.typed)
    return make_response(shown)


@bp.post("/pending/file")
@needs(May.FILE)
def file() -> AnyResponse:
    """Under the dossier whose button was pressed, or that was typed; then the next document.
    Another client's than the sender's is asked about first."""
    asked = PileForm.of(request.form)
    dossier = board().dossier(asked.dossier, scope()) if asked.dossier else None
    if dossier is not None and asked.typed:
        found = board().seek(asked.typed, scope(), current(asked))
        if dossier.id not in [each.dossier.id for each in found]:
            return nothing_done(asked, triage_words.NOT_THAT_ONE)
    elif dossier is None:
        dossier = board().dossier_by(asked.typed, scope())
    if dossier is None:
        flash(wording().text(triage_words.NO_DOSSIER, asked=apart(asked.typed)), "alarm")
        return again(asked, asked.at, typed=asked.typed)
    return _filed(asked, dossier)


@bp.post("/pending/enter")
@needs(May.FILE)
def enter() -> AnyResponse:
    """The enter key in one of the page's fields: whichever of them says something."""
    asked = PileForm.of(request.form)
    if asked.typed:
        return file()
    if asked.why:
        return block()
    return reject() if asked.words else again(asked, asked.at)


@bp.post("/pending/reject")
@needs(May.FILE)
def reject() -> AnyResponse:
    """Set aside, with a reason; then the next document."""
    asked, person = PileForm.of(request.form), signed_in()
    reason = asked.reason or asked.words
    if not reason:
        return nothing_done(asked, triage_words.NO_REASON)
    ids = chosen(asked)
    after = following(asked, ids)
    outcome = board().gestures.reject(ids, person.name, reason)
    triage_words.say_rejected(outcome)
    return again(asked, after(outcome), outcome)


@bp.post("/pending/block")
@needs(May.ANSWER)
def block() -> AnyResponse:
    """Hear nothing any more of who sent this: all that waits from them is set aside."""
    asked, person = PileForm.of(request.form), allowed(May.ANSWER)  # `enter` comes here, too
    document = current(asked)
    sender = aside.sender_of(document) if document is not None else None
    if sender is None or not scope().sees_correspondent(sender):
        return nothing_done(asked, blocked_words.GONE)
    after = following(asked, board().blocked.waiting(sender, scope()))
    outcome = board().blocked.block(sender, asked.why, person.name, scope())
    blocked_words.say_blocked(outcome)
    if outcome.person is not None:
        triage_words.say_rejected(outcome)
    return again(asked, after(outcome), outcome)


@bp.post("/pending/back")
@needs(May.FILE)
def bring_back() -> AnyResponse:
    """What was set aside waits again."""
    asked, person = PileForm.of(request.form), signed_in()
    outcome = board().gestures.bring_back(chosen(asked), person.name)
    triage_words.say_brought_back(outcome)
    return again(asked, None, outcome)


@bp.post("/pending/undo")
@needs(May.FILE)
def undo() -> AnyResponse:
    """The last thing that this person did here today, whatever it was and wherever they were."""
    asked, person, gestures = PileForm.of(request.form), signed_in(), board().gestures
    gesture = gestures.last(person.name, board().midnight())
    touched = gestures.touched(gesture) if gesture else []
    if gesture is None or len(board().seen_of(touched, scope())) < len(touched):
        return nothing_done(asked, triage_words.NOTHING_TO_UNDO)
    outcome = gestures.undo(gesture, person.name)
    triage_words.say_undone(outcome)
    if outcome.person is not None:
        blocked_words.say_heard(outcome.person)
    return again(asked, outcome.done[-1] if outcome.done else asked.at, outcome)


@bp.post("/pending/ask")
@needs(May.FILE)
def ask() -> AnyResponse:
    """Let the client say which dossier; then the next document."""
    asked = PileForm.of(request.form)
    ids = chosen(asked)
    after = following(asked, ids)
    subject = ", ".join(f"document {row_id}" for row_id in ids)
    came = board().asking.ask(ids, entry("client asked which dossier", subject))
    triage_words.say_asked(came)
    done = ids if came is Asked.DONE else []
    return again(asked, after(Outcome("", done=done)), Outcome("", done=done))


@bp.post("/pending/new")
@needs(May.IMPORT)
def new() -> AnyResponse:
    """A new dossier, of a new client or a known one; what was chosen is filed there.

    Where that client is not the sender, the dossier is there already when it is asked about.
    """
    asked, person = PileForm.of(request.form), signed_in()
    document = current(asked)
    given = read_new(request.form, scope(), document)
    if given.faults:
        return show_pile(asked, 422, new=given)
    try:
        editor = desk().registry.editor
        dossier = editor.open_dossier(given.draft, given.number, scope(), person.name)
    except PermanentError as error:
        return show_pile(asked, 422, new=given.wrong(Fault("reference", why(error))))
    desk().registry.indexer.call()
    triage_words.say_made(given.reference)
    if given.is_theirs and document is not None:
        note = entry("documents recognised", f"client:{dossier.client_id}")
        board().gestures.recognise(document.sender, dossier.client_id, scope(), note)
    look_again()
    if not scope().sees_dossier(dossier.id):
        return nothing_done(asked, triage_words.NOT_YOURS)
    return _filed(asked, dossier)


@bp.post("/pending/whose")
@needs(May.IMPORT)
def whose() -> AnyResponse:
    """The number of this document is a client's; asked once more before it is."""
    asked, person = PileForm.of(request.form), signed_in()
    document = current(asked)
    if document is None:
        return nothing_done(asked, triage_words.NOTHING_CHOSEN)
    given = read_new(request.form, scope(), document).as_number()
    if given.faults or "sure" not in request.form:
        return show_pile(asked, 422 if given.faults else 200, whose=given)
    client_id = given.client_id
    desk().registry.editor.add_number(client_id, document.sender, scope(), person.name)
    note = entry("documents recognised", f"client:{client_id}")
    theirs = board().gestures.recognise(document.sender, client_id, scope(), note)
    look_again()
    triage_words.say_bound(document.sender, given.client)
    triage_words.say_recognised(theirs)
    return again(asked, asked.at)


def _filed(asked: PileForm, dossier: Dossier) -> AnyResponse:
    """What was chosen goes into it, and the next document is shown; but one client's papers go to
    another one's dossier only if that was said once more."""
    person, gestures = signed_in(), board().gestures
    ids = chosen(asked)
    if not ids:
        return nothing_done(asked, triage_words.NOTHING_CHOSEN)
    question = board().question(ids, dossier, scope())
    if question is not None and asked.sure != dossier.id:
        return show_pile(asked, sure=question)
    after = following(asked, ids)
    act = gestures.file_bound if asked.is_bound else gestures.file
    outcome = act(ids, dossier.id, person.name)
    triage_words.say_filed(outcome, dossier)
    return again(asked, after(outcome), outcome)
