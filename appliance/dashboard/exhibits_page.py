"""What is communicated of a dossier: chosen, put in order, issued as a bordereau."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import papers_form
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import number_in
from appliance.dashboard.papers_page import (
    DOSSIER,
    ID,
    back,
    board,
    dossier_of,
    ended,
    entry_of,
    pdf,
)
from appliance.dashboard.visitor import needs, signed_in, wording
from appliance.firm.rights import May
from appliance.papers.exhibits import Change
from appliance.wording import LANGUAGES, mark

HERE = "bordereau"  # the part of the page
SAVED = mark("Saved.")
DROPPED = mark("Taken out of the list; the document stays in the dossier.")
NOTHING = mark("Nothing was chosen to be communicated.")
CHANGED = mark("The list was changed meanwhile: look at it again, then issue it.")
ISSUED = mark("Bordereau No %(number)s is issued: its pieces keep their numbers.")
_EXHIBIT = f"{DOSSIER}/exhibits/{ID}:exhibit_id>"

bp = Blueprint("exhibits", __name__)


@bp.post(f"{DOSSIER}/exhibits")
@needs(May.FILE, dossier="dossier_id")
def choose(dossier_id: int) -> AnyResponse:
    """These documents are to be communicated."""
    dossier = dossier_of(dossier_id)
    asked = (number_in(each) for each in request.form.getlist("document"))
    note = entry_of(dossier, "exhibits chosen")
    count = board().exhibits.choose(dossier.id, [each for each in asked if each], note)
    if not count:
        return back(dossier, wording().text(NOTHING), HERE)
    said = wording().plural("%(count)d piece added.", "%(count)d pieces added.", count, count=count)
    return back(dossier, said, HERE)


@bp.post(_EXHIBIT)
@needs(May.FILE, dossier="dossier_id")
def change(dossier_id: int, exhibit_id: int) -> AnyResponse:
    """What the list says of it, and at which place."""
    dossier = dossier_of(dossier_id)
    wanted = papers_form.change(request.form)
    if not isinstance(wanted, Change):
        text, values = wanted
        return back(dossier, wording().text(text, **values), HERE)
    note = entry_of(dossier, "exhibit changed")
    is_done = board().exhibits.change(dossier.id, exhibit_id, wanted, note)
    return ended(dossier, SAVED, HERE, is_done=is_done)


@bp.post(f"{_EXHIBIT}/up")
@needs(May.FILE, dossier="dossier_id")
def up(dossier_id: int, exhibit_id: int) -> AnyResponse:
    """One place up."""
    return _shift(dossier_id, exhibit_id, -1)


@bp.post(f"{_EXHIBIT}/down")
@needs(May.FILE, dossier="dossier_id")
def down(dossier_id: int, exhibit_id: int) -> AnyResponse:
    """One place down."""
    return _shift(dossier_id, exhibit_id, 1)


def _shift(dossier_id: int, exhibit_id: int, by: int) -> AnyResponse:
    dossier = dossier_of(dossier_id)
    note = entry_of(dossier, "exhibit changed")
    is_done = board().exhibits.shift(dossier.id, exhibit_id, by, note)
    return ended(dossier, SAVED, HERE, is_done=is_done)


@bp.post(f"{_EXHIBIT}/drop")
@needs(May.FILE, dossier="dossier_id")
def drop(dossier_id: int, exhibit_id: int) -> AnyResponse:
    """It is not to be communicated after all."""
    dossier = dossier_of(dossier_id)
    note = entry_of(dossier, "exhibit dropped")
    is_done = board().exhibits.drop(dossier.id, exhibit_id, note)
    return ended(dossier, DROPPED, HERE, is_done=is_done)


@bp.post(f"{DOSSIER}/bordereaux")
@needs(May.FILE, dossier="dossier_id")
def issue(dossier_id: int) -> AnyResponse:
    """Number what was chosen, for good."""
    person, dossier = signed_in(), dossier_of(dossier_id)
    language = _language()
    places = request.form.get("seen", "").split(",")
    seen = [number for each in places if (number := number_in(each))]
    users, subject = desk().users, f"dossier:{dossier.id}"

    def note(number: int) -> None:
        users.audit(person.name, f"bordereau {number} issued", subject, None)

    made = board().exhibits.issue(dossier.id, language, person.name, seen, note)
    if made is None:
        return back(dossier, wording().text(CHANGED if seen else NOTHING), HERE)
    return back(dossier, wording().text(ISSUED, number=made.number), HERE)


@bp.post(f"{DOSSIER}/bordereaux/preview")
@needs(May.FILE, dossier="dossier_id")
def preview(dossier_id: int) -> AnyResponse:
    """What would be issued, to be read before it is for good."""
    dossier = dossier_of(dossier_id)
    drawn = board().exhibits.preview(dossier.id, _language())
    if drawn is None:
        return back(dossier, wording().text(NOTHING), HERE)
    return pdf(drawn, "draft.pdf", "draft bordereau saved", dossier.id)


def _language() -> str:
    asked = request.form.get("language", "")
    return asked if asked in LANGUAGES else desk().language


@bp.get(f"{DOSSIER}/bordereaux/{ID}:number>.pdf")
@needs(May.READ, dossier="dossier_id")
def bordereau(dossier_id: int, number: int) -> AnyResponse:
    """A bordereau as it was issued."""
    made = board().exhibits.bordereau(dossier_of(dossier_id).id, number)
    if made is None:
        abort(404)
    name, action = f"bordereau-{number}.pdf", f"bordereau {number} saved"
    return pdf(bytes(made.pdf), name, action, dossier_id)
