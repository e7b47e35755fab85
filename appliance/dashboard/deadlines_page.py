"""The days on which dossiers need somebody: the list, the form, and what is done with one."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.acts_page import NO_DOSSIER, back_to
from appliance.dashboard.cabinet_board import called
from appliance.dashboard.days import day_in
from appliance.dashboard.deadlines_board import DeadlinesBoard
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, LARGEST_PAGE, number_in
from appliance.dashboard.papers_form import TOO_LONG
from appliance.dashboard.visitor import apart, may, needs, scope, signed_in, wording
from appliance.firm.deadlines import DeadlineDraft
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.models import Deadline, Dossier
from appliance.wording import mark

LONGEST = 200  # characters of a field
NO_DAY = mark("Write the last day on which it can be done, like 31/12/2026.")
PAST = mark("This day is past: write one that is still to come.")
NOTHING_DUE = mark("Write what must be done by then.")
NOTED = mark("Noted. The page of today shows it from two weeks before.")
KNOWN = mark("It is noted already: nothing was done.")
SAVED = mark("Saved.")
DONE = mark("Done: “%(what)s”. It can be opened again on the page of the deadlines.")
REOPENED = mark("“%(what)s” is to be done after all.")
REMOVED = mark("Removed: “%(what)s”. The audit log keeps that it was noted.")
GONE = mark("What this was about is no longer there: nothing was done.")
MINE, ALL = "mine", "all"
_ID = f"<int(max={LARGEST_ID}):deadline_id>"

bp = Blueprint("deadlines", __name__, url_prefix="/deadlines")


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of a day."""
    return {"days_left": lambda day: (day - _board().today).days}


@bp.get("")
@needs(May.READ)
def page() -> str:
    """What is open, the first due first; `?which=mine`: of one's own dossiers only."""
    which = MINE if request.args.get("which") == MINE else ALL
    number = number_in(request.args.get("page"), LARGEST_PAGE) or 1
    seen = _board().seen(scope(), number, is_mine=which == MINE)
    return render_template("deadlines.html", seen=seen, which=which, may_note=may(May.FILE))


@bp.get("/new")
@needs(May.FILE)
def blank() -> AnyResponse:
    """The empty form; `?dossier=` or `?client=`: the number of what it is about."""
    dossier, offered = _about()
    given = {"dossier": called(dossier) if dossier else "", "due_on": "", "what": ""}
    return _form(None, given, {}, 200, offered)


@bp.post("/new")
@needs(May.FILE)
def note() -> AnyResponse:
    """One more, as the form says."""
    given = {name: _field(name) for name in ("dossier", "due_on", "what")}
    draft, faults = _judged(given)
    dossier = desk().cabinet.dossier_by(given["dossier"], scope())
    if dossier is None:
        said = wording().text(NO_DOSSIER, asked=apart(given["dossier"]))
        faults = {"dossier": said, **faults}
    if dossier is None or draft is None:
        return _form(None, given, faults, 422)
    is_new = _board().deadlines.note(dossier.id, draft, signed_in().name)
    flash(wording().text(NOTED if is_new else KNOWN))
    return redirect(address_of("dossiers.page", row_id=dossier.id))


@bp.get(f"/{_ID}/edit")
@needs(May.FILE, deadline="deadline_id")
def edit(deadline_id: int) -> AnyResponse:
    """The form, as the deadline is."""
    found = _found(deadline_id)
    given = {"due_on": found.due_on.isoformat(), "what": found.what}
    return _form(found, given, {}, 200)


@bp.post(f"/{_ID}/edit")
@needs(May.FILE, deadline="deadline_id")
def save(deadline_id: int) -> AnyResponse:
    """It is due on that day, and called so."""
    found = _found(deadline_id)
    given = {name: _field(name) for name in ("due_on", "what")}
    draft, faults = _judged(given, found.due_on)
    if draft is None:
        return _form(found, given, faults, 422)
    is_new = _board().deadlines.change(deadline_id, draft, signed_in().name)
    flash(wording().text(SAVED if is_new else KNOWN))
    return redirect(address_of("deadlines.page"))


@bp.post(f"/{_ID}/done")
@needs(May.FILE, deadline="deadline_id")
def done(deadline_id: int) -> AnyResponse:
    """What was due is done."""
    return _carry_out(deadline_id, _board().deadlines.end, DONE)


@bp.post(f"/{_ID}/reopen")
@needs(May.FILE, deadline="deadline_id")
def reopen(deadline_id: int) -> AnyResponse:
    """It is not done after all."""
    return _carry_out(deadline_id, _board().deadlines.reopen, REOPENED)


@bp.post(f"/{_ID}/remove")
@needs(May.FILE, deadline="deadline_id")
def remove(deadline_id: int) -> AnyResponse:
    """It was noted by mistake."""
    return _carry_out(deadline_id, _board().deadlines.drop, REMOVED)


def _carry_out(deadline_id: int, deed: Callable[[int, str], bool], text: str) -> AnyResponse:
    found = _found(deadline_id)
    is_done = deed(deadline_id, signed_in().name)
    if is_done:
        flash(wording().text(text, what=apart(found.what)))
    else:
        flash(wording().text(GONE), "alarm")
    return back_to("deadlines.page")


def _board() -> DeadlinesBoard:
    return desk().deadlines


def _found(deadline_id: int) -> Deadline:
    found = rows.find(Deadline, id=deadline_id)
    if found is None:
        abort(404)
    return found


def _about() -> tuple[Dossier | None, list[str]]:
    """The dossier that the address names, or the only open one of the client it names; else those
    of the client first among what the form proposes."""
    asked = number_in(request.args.get("dossier"))
    if asked and scope().sees_dossier(asked):
        return rows.find(Dossier, id=asked), []
    client_id = number_in(request.args.get("client"))
    theirs = _board().active_of(client_id, scope()) if client_id else []
    return (theirs[0] if len(theirs) == 1 else None), [called(one) for one in theirs]


def _field(name: str) -> str:
    return in_one_line(request.form.get(name, "")[: LONGEST + 1])


def _judged(
    given: Mapping[str, str], before: date | None = None
) -> tuple[DeadlineDraft | None, dict[str, str]]:
    """What is noted, or all that is wrong with it, by field. A day that is past stays allowed
    where it stood `before`."""
    said, faults = wording(), dict[str, str]()
    day = day_in(given["due_on"])
    if day is None:
        faults["due_on"] = said.text(NO_DAY)
    elif day < _board().today and day != before:
        faults["due_on"] = said.text(PAST)
    if not given["what"]:
        faults["what"] = said.text(NOTHING_DUE)
    elif len(given["what"]) > LONGEST:
        faults["what"] = said.text(TOO_LONG, longest=LONGEST)
    if day is None or faults:
        return None, faults
    return DeadlineDraft(day, given["what"]), {}


def _form(
    deadline: Deadline | None,
    given: Mapping[str, str],
    faults: Mapping[str, str],
    code: int,
    first: list[str] | None = None,
) -> AnyResponse:
    told: dict[str, Any] = {"deadline": deadline, "given": given, "faults": faults}
    if deadline is None:
        told["offered"] = list(dict.fromkeys([*(first or []), *desk().cabinet.offered(scope())]))
    return make_response(render_template("deadline_form.html", **told, longest=LONGEST), code)
