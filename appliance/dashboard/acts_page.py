"""What people do to a document: move, rename, send back, undo. Then the page they came from."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.cabinet_board import called
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.visitor import apart, needs, scope, signed_in, why, wording
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.filing.acts import Done
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.models import Document

LONGEST = 200  # characters of a field
ID = f"<int(max={LARGEST_ID}):row_id>"
NO_DOSSIER = mark(
    "No dossier, or more than one, answers to “%(asked)s”: choose one from the list, or write its "
    "reference. Nothing was done."
)
MOVED = mark("“%(name)s” is now in the dossier %(dossier)s.")
SENT_BACK = mark("“%(name)s” waits to be filed again.")
RENAMED = mark("The document is now called “%(name)s”.")
UNDONE = mark("Undone: “%(name)s” is as it was before.")
SAID = {
    Done.SAME: mark("It is so already: nothing was done."),
    Done.GONE: mark("What this was about is no longer there: nothing was done."),
    Done.OVERTAKEN: mark(
        "Something else was done to this document since: nothing was done. Undo that first."
    ),
    Done.HELD: mark(
        "The dossier is under legal hold: nothing may leave it. End the hold first, or leave the "
        "document where it is."
    ),
}

bp = Blueprint("acts", __name__)


@bp.post(f"/documents/{ID}/move")
@needs(May.FILE, document="row_id")
def move(row_id: int) -> AnyResponse:
    """To the dossier that is written in the form."""
    person, asked = signed_in(), _field("dossier")
    dossier = desk().cabinet.dossier_by(asked, scope())
    if dossier is None:
        flash(wording().text(NO_DOSSIER, asked=apart(asked)), "alarm")
        return back_to("triage.page")
    mover = desk().cabinet.filing.mover
    carry_out(lambda: mover.move(row_id, dossier.id, person.name), MOVED, row_id, called(dossier))
    return back_to("triage.page")


@bp.post(f"/documents/{ID}/rename")
@needs(May.FILE, document="row_id")
def rename(row_id: int) -> AnyResponse:
    """To the name that is written in the form."""
    person, asked, mover = signed_in(), _field("name"), desk().cabinet.filing.mover
    carry_out(lambda: mover.rename(row_id, asked, person.name), RENAMED, row_id)
    return back_to("triage.page")


@bp.post(f"/documents/{ID}/back")
@needs(May.FILE, document="row_id")
def send_back(row_id: int) -> AnyResponse:
    """Among those that wait."""
    person, mover = signed_in(), desk().cabinet.filing.mover
    carry_out(lambda: mover.send_back(row_id, person.name), SENT_BACK, row_id)
    return back_to("triage.page")


@bp.post(f"/acts/{ID}/undo")
@needs(May.FILE)
def undo(row_id: int) -> AnyResponse:
    """As before that act."""
    person, board = signed_in(), desk().cabinet
    document_id = board.document_of(row_id, scope())
    if document_id is None:
        flash(wording().text(SAID[Done.GONE]), "alarm")
        return back_to("triage.page")
    carry_out(lambda: board.filing.mover.undo(row_id, person.name), UNDONE, document_id)
    return back_to("triage.page")


def carry_out(
    deed: Callable[[], Done], text: str, document_id: int | None = None, dossier: str = ""
) -> bool:
    """Do it and say what came of it, also why it could not be. True if it was done."""
    said = wording()
    try:
        done = deed()
    except (TemporaryError, PermanentError) as error:
        flash(why(error), "alarm")
        return False
    if done != Done.DONE:
        flash(said.text(SAID[done]), "note" if done == Done.SAME else "alarm")
        return False
    document = rows.find(Document, id=document_id) if document_id is not None else None
    values = {"name": document.name if document else "", "dossier": dossier}
    flash(said.text(text, **{key: apart(value) for key, value in values.items()}))
    return True


def _field(name: str) -> str:
    return in_one_line(request.form.get(name, "")[:LONGEST])


def back_to(otherwise: str) -> AnyResponse:
    """To the dossier whose page it was, or to today, else to this endpoint."""
    place = request.form.get("from", "")
    if place == "today":
        return redirect(address_of("pages.today"))
    if dossier_id := number_in(place):
        return redirect(address_of("dossiers.page", row_id=dossier_id))
    return redirect(address_of(otherwise))
