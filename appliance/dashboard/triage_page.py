"""The pile of what waits to be filed: one document, one key.

Every address shows the whole page; asked by htmx, only the part below the heading, so that the next
document is there at once. Without scripts each button is a form that comes back to the page.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import triage_words
from appliance.dashboard.audit_page import seen_by
from appliance.dashboard.desk import desk
from appliance.dashboard.triage_board import TriageBoard
from appliance.dashboard.triage_form import LONGEST, Asked, Fault, read_new
from appliance.dashboard.triage_pile import FAILING, REJECTED
from appliance.dashboard.visitor import (
    apart,
    entry,
    look_again,
    may,
    needs,
    scope,
    signed_in,
    why,
    wording,
)
from appliance.errors import PermanentError
from appliance.filing.gestures import Outcome, Rejection
from appliance.firm.rights import May
from appliance.outbox.asking import Asked as AskedClient
from appliance.store.models import Document, Dossier, Role

bp = Blueprint("triage", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of what waits."""
    return triage_words.for_templates()


@bp.get("/pending")
@needs(May.READ)
def page() -> AnyResponse:
    """`?at=` one document, `?page=` of it, `?only=` those that wait for one reason."""
    return _shown(Asked.of(request.args))


@bp.get("/pending/seek")
@needs(May.FILE)
def seek() -> AnyResponse:
    """The dossiers that answer to `?asked=`, to be filed under."""
    asked = Asked.of(request.args)
    if "HX-Request" not in request.headers:
        return _shown(asked)
    found = _board().seek(asked.typed, scope(), _current(asked))
    shown = render_template("_triage_found.html", found=found, typed=asked.typed)
    return make_response(shown)


@bp.post("/pending/file")
@needs(May.FILE)
def file() -> AnyResponse:
    """Under the dossier whose button was pressed, or that was typed; then the next document.
    Another client's than the sender's is asked about first."""
    asked = Asked.of(request.form)
    dossier = _board().dossier(asked.dossier, scope()) if asked.dossier else None
    if dossier is not None and asked.typed:
        found = _board().seek(asked.typed, scope(), _current(asked))
        if dossier.id not in [each.dossier.id for each in found]:
            return _said(asked, triage_words.NOT_THAT_ONE)
    elif dossier is None:
        dossier = _board().dossier_by(asked.typed, scope())
    if dossier is None:
        flash(wording().text(triage_words.NO_DOSSIER, asked=apart(asked.typed)), "alarm")
        return _again(asked, asked.at, typed=asked.typed)
    return _filed(asked, dossier)


@bp.post("/pending/enter")
@needs(May.FILE)
def enter() -> AnyResponse:
    """The enter key in one of the page's fields: whichever of them says something."""
    asked = Asked.of(request.form)
    if asked.typed:
        return file()
    return reject() if asked.words else _again(asked, asked.at)


@bp.post("/pending/reject")
@needs(May.FILE)
def reject() -> AnyResponse:
    """Set aside, with a reason; then the next document."""
    asked, person = Asked.of(request.form), signed_in()
    reason = asked.reason or asked.words
    if not reason:
        return _said(asked, triage_words.NO_REASON)
    ids = _chosen(asked)
    after = _next(asked, ids)
    outcome = _board().gestures.reject(ids, person.name, reason)
    triage_words.say_rejected(outcome)
    return _again(asked, after(outcome), outcome)


@bp.post("/pending/back")
@needs(May.FILE)
def bring_back() -> AnyResponse:
    """What was set aside waits again."""
    asked, person = Asked.of(request.form), signed_in()
    outcome = _board().gestures.bring_back(_chosen(asked), person.name)
    triage_words.say_brought_back(outcome)
    return _again(asked, None, outcome)


@bp.post("/pending/undo")
@needs(May.FILE)
def undo() -> AnyResponse:
    """The last thing that this person did here today, whatever it was and wherever they were."""
    asked, person, gestures = Asked.of(request.form), signed_in(), _board().gestures
    gesture = gestures.last(person.name, _board().midnight())
    touched = gestures.touched(gesture) if gesture else []
    if gesture is None or len(_board().seen_of(touched, scope())) < len(touched):
        return _said(asked, triage_words.NOTHING_TO_UNDO)
    outcome = gestures.undo(gesture, person.name)
    triage_words.say_undone(outcome)
    return _again(asked, outcome.done[-1] if outcome.done else asked.at, outcome)


@bp.post("/pending/ask")
@needs(May.FILE)
def ask() -> AnyResponse:
    """Let the client say which dossier; then the next document."""
    asked = Asked.of(request.form)
    ids = _chosen(asked)
    after = _next(asked, ids)
    subject = ", ".join(f"document {row_id}" for row_id in ids)
    came = _board().asking.ask(ids, entry("client asked which dossier", subject))
    triage_words.say_asked(came)
    done = ids if came is AskedClient.DONE else []
    return _again(asked, after(Outcome("", done=done)), Outcome("", done=done))


@bp.post("/pending/new")
@needs(May.IMPORT)
def new() -> AnyResponse:
    """A new dossier, of a new client or a known one; what was chosen is filed there.

    Where that client is not the sender, the dossier is there already when it is asked about.
    """
    asked, person = Asked.of(request.form), signed_in()
    document = _current(asked)
    given = read_new(request.form, scope(), document)
    if given.faults:
        return _shown(asked, 422, new=given)
    try:
        editor = desk().registry.editor
        dossier = editor.open_dossier(given.draft, given.number, scope(), person.name)
    except PermanentError as error:
        return _shown(asked, 422, new=given.wrong(Fault("reference", why(error))))
    desk().registry.indexer.call()
    triage_words.say_made(given.reference)
    if given.is_theirs and document is not None:
        note = entry("documents recognised", f"client:{dossier.client_id}")
        _board().gestures.recognise(document.sender, dossier.client_id, scope(), note)
    look_again()
    if not scope().sees_dossier(dossier.id):
        return _said(asked, triage_words.NOT_YOURS)
    return _filed(asked, dossier)


@bp.post("/pending/whose")
@needs(May.IMPORT)
def whose() -> AnyResponse:
    """The number of this document is a client's; asked once more before it is."""
    asked, person = Asked.of(request.form), signed_in()
    document = _current(asked)
    if document is None:
        return _said(asked, triage_words.NOTHING_CHOSEN)
    given = read_new(request.form, scope(), document).as_number()
    if given.faults or "sure" not in request.form:
        return _shown(asked, 422 if given.faults else 200, whose=given)
    client_id = given.client_id
    desk().registry.editor.add_number(client_id, document.sender, scope(), person.name)
    note = entry("documents recognised", f"client:{client_id}")
    theirs = _board().gestures.recognise(document.sender, client_id, scope(), note)
    look_again()
    triage_words.say_bound(document.sender, given.client)
    triage_words.say_recognised(theirs)
    return _again(asked, asked.at)


def _board() -> TriageBoard:
    return desk().triage


def _filed(asked: Asked, dossier: Dossier) -> AnyResponse:
    """What was chosen goes into it, and the next document is shown; but one client's papers go to
    another one's dossier only if that was said once more."""
    person, gestures = signed_in(), _board().gestures
    ids = _chosen(asked)
    if not ids:
        return _said(asked, triage_words.NOTHING_CHOSEN)
    question = _board().question(ids, dossier, scope())
    if question is not None and asked.sure != dossier.id:
        return _shown(asked, sure=question)
    after = _next(asked, ids)
    act = gestures.file_bound if asked.is_bound else gestures.file
    outcome = act(ids, dossier.id, person.name)
    triage_words.say_filed(outcome, dossier)
    return _again(asked, after(outcome), outcome)


def _chosen(asked: Asked) -> list[int]:
    """What is ticked; else the whole burst, if asked for; else the one that is looked at."""
    ids = list(asked.ticked)
    if not ids and asked.at is not None:
        burst = _board().order(scope(), asked.only).burst_of(asked.at) if asked.is_whole else None
        ids = burst.ids if burst is not None else [asked.at]
    return _board().seen_of(ids, scope())


def _current(asked: Asked) -> Document | None:
    return _board().document(asked.at, scope()) if asked.at is not None else None


def _next(asked: Asked, ids: list[int]) -> Any:
    """By what was really done: which document is shown afterwards."""
    order = _board().order(scope(), asked.only)

    def after(outcome: Outcome) -> int | None:
        if asked.at is None or asked.at not in ids:
            return asked.at
        is_over = not outcome.error and (outcome.done or outcome.others)
        return order.after(asked.at, ids) if is_over else asked.at

    return after


def _said(asked: Asked, sentence: str) -> AnyResponse:
    """Nothing was done, and why."""
    flash(wording().text(sentence), "alarm")
    return _again(asked, asked.at)


def _again(
    asked: Asked, at: int | None, outcome: Outcome | None = None, typed: str = ""
) -> AnyResponse:
    """The page, at that document; its ticks stay, but for what was done."""
    done = [*outcome.done, *(row_id for row_id, _ in outcome.others)] if outcome else []
    asked = replace(asked.moved(at, done), typed=typed)
    if "HX-Request" in request.headers:
        return _shown(asked)
    only = asked.only or None
    return redirect(address_of("triage.page", at=asked.at, only=only, asked=typed or None))


def _shown(asked: Asked, code: int = 200, **forms: Any) -> AnyResponse:
    """The page, or for htmx its changing part."""
    board, person = _board(), signed_in()
    pile = board.pile(scope(), asked.only)
    document = triage_words.looked_at(asked, pile.order, _current(asked), scope())
    look = board.look(document, asked.page, scope()) if document is not None else None
    if look is not None and look.text:  # a picture is fetched by itself, and written down then
        seen_by(person.name, look.document)
    offered = document is not None and asked.only not in (REJECTED, FAILING) and may(May.FILE)
    lawyer = person.name if person.role == Role.AVOCAT else None
    needs_clients = asked.is_new or asked.is_whose or not {"new", "whose"}.isdisjoint(forms)
    shown = render_template(
        "_triage.html" if "HX-Request" in request.headers else "pending.html",
        pile=pile,
        look=look,
        document=document,
        asked=asked,
        burst=pile.order.burst_of(document.id) if document is not None else None,
        offers=board.offers(document, scope(), lawyer) if offered and document else [],
        following=pile.order.after(document.id) if document is not None else None,
        rejected=board.rejected(scope()) if asked.only == REJECTED else [],
        typed=asked.typed,
        found=board.seek(asked.typed, scope(), document) if asked.typed and offered else [],
        may_file=may(May.FILE),
        may_open=may(May.IMPORT),
        has_dossiers=board.has_dossiers(),
        undoable=board.gestures.last(person.name, board.midnight()),
        clients=desk().cabinet.clients(scope()) if needs_clients else [],
        longest=LONGEST,
        reasons=[each for each in Rejection if each is not Rejection.UNDONE],
        forms=forms,
    )
    return make_response(shown, code)
