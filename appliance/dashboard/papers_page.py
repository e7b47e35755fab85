"""The page of a dossier's pieces: what it waits for, its receipts; and the firm's usual lists."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import url_for as address_of
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appliance.chain import Breach, grouped
from appliance.dashboard import papers_form
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.papers_board import SHOWN, PapersBoard
from appliance.dashboard.visitor import apart, entry, needs, scope, signed_in, wording
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.papers.expected import phrases
from appliance.papers.facts import instant_of
from appliance.papers.pieces import MOST
from appliance.papers.witness import BREACHES
from appliance.store.database import Note
from appliance.store.models import Dossier
from appliance.wording import LANGUAGES, mark

ID = f"<int(max={LARGEST_ID})"
DOSSIER = f"/dossiers/{ID}:dossier_id>/pieces"
LONGEST_LIST = 20_000  # characters
KINDS = {
    "delivery": mark("Documents received and filed"),
    "correction": mark("Correction of an earlier receipt"),
    "erasure": mark("Note of erasure"),
}
GONE = mark("This was changed meanwhile: look at it again.")
HOW = mark("Say first how it has come: choose the document, or another way.")
ELSEWHERE = "elsewhere"  # on paper, by e-mail: no document of ours
ADDED = mark("The dossier waits for it from now on.")
SAVED = mark("Saved.")
REMOVED = mark("The dossier does not wait for it any more.")
TICKED = mark("Ticked: it has come.")
UNDONE = mark("Undone: it will not be proposed again.")
TOO_MANY = mark("The dossier waits for %(count)s pieces already: remove some first.")
BY_GREFFIER = mark("ticked by Greffier")
BY_PERSON = mark("ticked by %(name)s")

bp = Blueprint("papers", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of papers."""
    return {
        "ticked_by": _ticked_by,
        "day_written": lambda day: f"{day:%d/%m/%Y}" if day else "",
        "grouped": grouped,
        "receipt_kind": lambda proof: wording().text(KINDS[proof.kind]),
        "breach": _breach,
        "instant": instant_of,
        "phrases": phrases,
    }


@bp.get(DOSSIER)
@needs(May.READ, dossier="dossier_id")
def page(dossier_id: int) -> AnyResponse:
    """What the dossier waits for, what is communicated of it, its receipts."""
    return show(dossier_of(dossier_id))


@bp.post(f"{DOSSIER}/expected")
@needs(May.FILE, dossier="dossier_id")
def add(dossier_id: int) -> AnyResponse:
    """The dossier waits for one more piece."""
    person, dossier = signed_in(), dossier_of(dossier_id)
    given = papers_form.given(request.form)
    if given.faults:
        return show(dossier, 422, given=given)
    note = entry_of(dossier, "expected piece added")
    if board().pieces.add(dossier.id, given.draft, person.name, note) is None:
        return back(dossier, wording().text(TOO_MANY, count=MOST))
    return back(dossier, wording().text(ADDED))


@bp.post(f"{DOSSIER}/expected/{ID}:piece_id>")
@needs(May.FILE, dossier="dossier_id")
def change(dossier_id: int, piece_id: int) -> AnyResponse:
    """Write it anew."""
    dossier = dossier_of(dossier_id)
    given = papers_form.given(request.form)
    for text, values in given.faults.values():
        return back(dossier, wording().text(text, **values))
    note = entry_of(dossier, "expected piece changed")
    is_done = board().pieces.change(dossier.id, piece_id, given.draft, note)
    return ended(dossier, SAVED, is_done=is_done)


@bp.post(f"{DOSSIER}/expected/{ID}:piece_id>/remove")
@needs(May.FILE, dossier="dossier_id")
def remove(dossier_id: int, piece_id: int) -> AnyResponse:
    """The dossier does not wait for it any more."""
    dossier = dossier_of(dossier_id)
    note = entry_of(dossier, "expected piece removed")
    is_done = board().pieces.remove(dossier.id, piece_id, note)
    return ended(dossier, REMOVED, is_done=is_done)


@bp.post(f"{DOSSIER}/expected/{ID}:piece_id>/tick")
@needs(May.FILE, dossier="dossier_id")
def tick(dossier_id: int, piece_id: int) -> AnyResponse:
    """It has come: by a document of the dossier, or another way."""
    person, dossier = signed_in(), dossier_of(dossier_id)
    given = request.form.get("document", "")
    if not given:
        return back(dossier, wording().text(HOW))
    document = number_in(given)
    if given != ELSEWHERE and document is None:
        return back(dossier, wording().text(GONE))
    note = entry_of(dossier, "expected piece ticked")
    is_done = board().pieces.tick(dossier.id, piece_id, document, person.name, note)
    return ended(dossier, TICKED, is_done=is_done)


@bp.post(f"{DOSSIER}/ticks/{ID}:tick_id>/undo")
@needs(May.FILE, dossier="dossier_id")
def undo(dossier_id: int, tick_id: int) -> AnyResponse:
    """That is not it."""
    person, dossier = signed_in(), dossier_of(dossier_id)
    note = entry_of(dossier, "expected piece unticked")
    is_done = board().pieces.refuse(dossier.id, tick_id, person.name, note)
    return ended(dossier, UNDONE, is_done=is_done)


@bp.post(f"{DOSSIER}/lists")
@needs(May.FILE, dossier="dossier_id")
def copy_list(dossier_id: int) -> AnyResponse:
    """What one of the firm's lists says is waited for here."""
    person, dossier = signed_in(), dossier_of(dossier_id)
    list_id = number_in(request.form.get("list"))
    note, count = entry_of(dossier, "list of pieces copied"), 0
    if list_id:
        count = board().pieces.copy_list(list_id, dossier.id, person.name, note)
    said = wording().plural("%(count)d piece added.", "%(count)d pieces added.", count, count=count)
    return back(dossier, said)


@bp.get(f"/receipts/{ID}:number>.pdf")
@needs(May.READ)
def receipt(number: int) -> AnyResponse:
    """The page of a receipt, in the reader's language."""
    made = board().receipt(number, wording(), scope())
    if made is None:
        abort(404)
    return pdf(made.pdf, f"receipt-{number}.pdf", f"receipt {number} saved", made.dossier_id)


@bp.get("/settings/pieces")
@needs(May.READ)
def lists() -> AnyResponse:
    """The firm's usual lists, in each language."""
    return _lists(200)


@bp.post("/settings/pieces")
@needs(May.FILE)
def save_list() -> AnyResponse:
    """Write a list; an empty one is there no more."""
    form = request.form
    name, language = in_one_line(form.get("name", "")), form.get("language", "")
    if not name or len(name) > papers_form.LONGEST or language not in LANGUAGES:
        return _lists(422, wrong=wording().text("Give the list a name of 200 characters at most."))
    note = entry("list of pieces changed", f"{language} {name}")
    board().pieces.save_list(language, name, form.get("lines", "").strip()[:LONGEST_LIST], note)
    flash(wording().text(SAVED))
    return redirect(address_of("papers.lists"))


def _lists(code: int, **more: object) -> AnyResponse:
    pieces = board().pieces
    found = {language: pieces.lists(language) for language in LANGUAGES}
    form: Mapping[str, str] = request.form
    return make_response(
        render_template("piece_lists.html", lists=found, given=form, most=LONGEST_LIST, **more),
        code,
    )


# -- shared with the page of the bordereaux


def board() -> PapersBoard:
    return desk().papers


def dossier_of(dossier_id: int) -> Dossier:
    """The dossier, if there is one."""
    dossier = board().dossier(dossier_id)
    if dossier is None:
        abort(404)
    return dossier


def show(dossier: Dossier, code: int = 200, given: papers_form.Given | None = None) -> AnyResponse:
    """The page; with what somebody wrote and what is wrong with it."""
    said = wording()
    seen = board().seen(dossier, said.language)
    given = given or papers_form.Given()
    faults = {name: said.text(text, **values) for name, (text, values) in given.faults.items()}
    shown = render_template(
        "pieces.html", seen=seen, given=given, faults=faults, form=papers_form, shown=SHOWN
    )
    return make_response(shown, code)


def back(dossier: Dossier, told: str, anchor: str = "expected") -> AnyResponse:
    """Say so on the page."""
    flash(told)
    return redirect(address_of("papers.page", dossier_id=dossier.id, _anchor=anchor))


def entry_of(dossier: Dossier, action: str) -> Note:
    """What they do to the dossier, for the unit that does it."""
    return entry(action, f"dossier:{dossier.id}")


def ended(dossier: Dossier, told: str, anchor: str = "expected", *, is_done: bool) -> AnyResponse:
    """Done; or somebody else was quicker."""
    return back(dossier, wording().text(told if is_done else GONE), anchor)


def pdf(content: bytes, name: str, action: str, dossier_id: int | None) -> Response:
    """To be kept as a file: its bytes count. Who takes it along is written down before."""
    subject = f"dossier:{dossier_id}" if dossier_id is not None else None
    desk().users.note(signed_in().name, action, subject)
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _ticked_by(tick: Any) -> str:
    if tick.by == "greffier":
        return wording().text(BY_GREFFIER)
    return wording().text(BY_PERSON, name=apart(tick.by))


def _breach(note: Mapping[str, Any]) -> Markup | str:
    return wording().text(BREACHES[Breach(note["breach"])], number=note["number"])
