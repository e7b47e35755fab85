"""The board: whose dossiers are whose, and how they pass from one lawyer to another."""

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import assignment_board, matters_board
from appliance.dashboard.desk import desk
from appliance.dashboard.visitor import (
    LONGEST_NUMBER,
    apart,
    asked_number,
    needs,
    scope,
    signed_in,
    wording,
)
from appliance.firm.rights import May
from appliance.wording import mark

MOST = 200  # dossiers at once
NONE_CHOSEN = mark("Tick the dossiers that are to move.")
NO_LAWYER = mark("Choose the lawyer they go to.")
NOBODY = "-"

bp = Blueprint("board", __name__, url_prefix="/board")


@bp.get("")
@needs(May.ASSIGN)
def page() -> str:
    """A column a lawyer; `?of=` and `?after=` show the older dossiers of one of them."""
    of, after = request.args.get("of"), asked_number("after")
    seen = assignment_board.board(scope(), desk().clock.now(), after, of)
    told = {"seen": seen, "of": of, "after": after, "shown": assignment_board.SHOWN}
    return render_template("board.html", **told, nobody=NOBODY)


@bp.post("")
@needs(May.ASSIGN)
def assign() -> AnyResponse:
    """The ticked dossiers are that lawyer's from now on, as far as they are seen."""
    said, person = wording(), signed_in()
    given = [one for one in request.form.getlist("dossier") if one.isascii() and one.isdecimal()]
    ids = [int(one) for one in given[:MOST] if len(one) <= LONGEST_NUMBER]
    seen = [one for one in ids if scope().sees_dossier(one)]
    asked = request.form.get("lawyer", "")
    lawyers = {str(user.id): user.name for user in matters_board.lawyers()}
    if not seen:
        flash(said.text(NONE_CHOSEN), "alarm")
    elif asked != NOBODY and asked not in lawyers:
        flash(said.text(NO_LAWYER), "alarm")
    else:
        name = lawyers.get(asked)
        moved = desk().registry.editor.assign(seen, name, person.name)
        desk().registry.indexer.call()
        if name is None:
            flash(
                said.plural(
                    "%(count)d dossier is nobody's now.",
                    "%(count)d dossiers are nobody's now.",
                    moved,
                    count=moved,
                )
            )
        else:
            flash(
                said.plural(
                    "%(count)d dossier now has %(lawyer)s as its lawyer.",
                    "%(count)d dossiers now have %(lawyer)s as their lawyer.",
                    moved,
                    count=moved,
                    lawyer=apart(name),
                )
            )
    return redirect(address_of("board.page"))
