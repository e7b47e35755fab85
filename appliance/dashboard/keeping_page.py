"""Pages of what is kept and for how long: a dossier's, the firm's, and a report of destruction."""

import re
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.keeping_board import SHOWN, DossierSeen, KeepingBoard
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import entry, may, needs, scope, signed_in, user, wording
from appliance.firm.rights import May
from appliance.keeping.countdown import Asked, Missing
from appliance.keeping.deciding import Verdict
from appliance.keeping.outcomes import WORDS, Outcome
from appliance.keeping.terms import MOST_YEARS
from appliance.names import in_one_line
from appliance.store.models import OutgoingStatus
from appliance.wording import mark

LONGEST = 500  # characters of a reason
_YEARS = re.compile(r"\s*([0-9]{1,3})\s*")
_DOSSIER = f"/dossiers/<int(max={LARGEST_ID}):dossier_id>/keeping"
_NUMBER = f"<int(max={LARGEST_ID}):number>"
NO_REASON = mark("Write why: it stands in the audit log. 500 characters at most.")
STRANGE_YEARS = mark("Write a whole number of years from 1 to 100, or leave it empty.")
CLOSED = mark("The dossier is closed: the years of its keeping count from now.")
OPENED = mark("The dossier is open again.")
NOT_OPENED = mark("The dossier was open, or is being destroyed: nothing was done.")
WAS_CLOSED = mark("The dossier was closed already: nothing was done.")
HELD = mark("Under legal hold: nothing of this dossier is destroyed or cleaned up.")
WAS_HELD = mark("The dossier was under legal hold already: nothing was done.")
RELEASED = mark("The legal hold is over.")
WAS_FREE = mark("No legal hold was in force: nothing was done.")
YEARS_SET = mark("Saved: it counts from now on.")
PROPOSED = mark("Proposed. Nothing is destroyed until it is confirmed.")
CONFIRMED = mark("Confirmed: the documents are being destroyed. The report is below.")
WITHDRAWN = mark("Withdrawn: nothing was destroyed.")
TAKEN_UP = mark("Taken up again.")
NOTHING_TO_DO = mark("There was nothing to take up again.")
REFUSED = {
    Verdict.NOT_DUE: mark(
        "Not possible now: the dossier must be closed for long enough and not under legal hold."
    ),
    Verdict.GONE: mark("Somebody has decided otherwise meanwhile: nothing was done."),
    Verdict.SAME_PERSON: mark(
        "Whoever proposed it cannot confirm it: another lawyer must, who is let into the dossier."
    ),
    Verdict.TOO_SOON: mark("You decide alone: you may confirm a week after proposing it."),
}
ASKED = {
    Asked.DONE: mark("The client is asked to send it again."),
    Asked.BEFORE: mark("The client was asked for this file already: nothing more was sent."),
    Asked.GONE: mark("This file is here meanwhile: nothing was sent."),
    Asked.OFF: mark(
        "Nothing was sent: the text “A file was not fetched” is switched off in the settings."
    ),
    Asked.OPTED_OUT: mark(
        "Nothing was sent: this person wants no automatic messages. Call them instead."
    ),
    Asked.GROUP: mark("Nothing was sent: it came in a group. Call the client instead."),
    Asked.IN_DOUBT: mark(
        "Nothing was sent: it is not certain who this person is now. Decide that first."
    ),
}
WINDOW = mark("asked; goes out when they write again: call them")
UNDER_WAY = mark("asked; being sent")
SENT = mark("asked on %(when)s")
FAILED = mark("asked, but it could not be sent: call them")

bp = Blueprint("keeping", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What templates may say of keeping."""
    return {
        "missing_files": lambda: _board().missing(scope()),
        "asked_state": _asked_state,
        "outcome": lambda word: wording().text(WORDS[Outcome(word)]) if word else "—",
        "day": lambda instant: wording().day(instant),
    }


@bp.get("/settings/keeping")
@needs(May.READ, May.ADMINISTER)
def settings() -> AnyResponse:
    """Files that Meta still holds, what is due, what was destroyed, what the nights removed."""
    seen = _board().seen(scope())
    return make_response(render_template("settings_keeping.html", seen=seen, shown=SHOWN))


@bp.post(f"/messages/<int(max={LARGEST_ID}):message_id>/ask-again")
@needs(May.FILE, message="message_id")
def ask_again(message_id: int) -> AnyResponse:
    """Ask its sender to send the file once more."""
    note = entry("asked to send again", str(message_id))
    asked = _board().countdown.ask_again(message_id, note)
    flash(wording().text(ASKED[asked]))
    return redirect(address_of("pages.today"))


@bp.get(_DOSSIER)
@needs(May.READ, dossier="dossier_id")
def dossier(dossier_id: int) -> AnyResponse:
    """One dossier: open or closed, for how long, held, destroyed."""
    return _page(dossier_id, 200)


@bp.post(f"{_DOSSIER}/close")
@needs(May.DESTROY, dossier="dossier_id")
def close(dossier_id: int) -> AnyResponse:
    """Its years begin."""
    is_done = _board().terms.close(_known(dossier_id), signed_in().name)
    return _back(dossier_id, CLOSED if is_done else WAS_CLOSED)


@bp.post(f"{_DOSSIER}/reopen")
@needs(May.DESTROY, dossier="dossier_id")
def reopen(dossier_id: int) -> AnyResponse:
    """It is worked on again."""
    is_done = _board().terms.reopen(_known(dossier_id), signed_in().name)
    return _back(dossier_id, OPENED if is_done else NOT_OPENED)


@bp.post(f"{_DOSSIER}/years")
@needs(May.DESTROY, dossier="dossier_id")
def years(dossier_id: int) -> AnyResponse:
    """How long it is kept after its closing; empty: as usual."""
    person, given = signed_in(), request.form.get("years", "")
    found = _YEARS.fullmatch(given)
    if given.strip() and not (found and 1 <= int(found[1]) <= MOST_YEARS):
        return _page(dossier_id, 422, {"years": STRANGE_YEARS})
    wanted = int(found[1]) if found else None
    _board().terms.set_years(_known(dossier_id), wanted, person.name)
    return _back(dossier_id, YEARS_SET)


@bp.post(f"{_DOSSIER}/hold")
@needs(May.DESTROY, dossier="dossier_id")
def hold(dossier_id: int) -> AnyResponse:
    """Nothing of it may be destroyed from now on."""
    person, reason = signed_in(), _reason()
    if reason is None:
        return _page(dossier_id, 422, {"hold": NO_REASON})
    is_new = _board().holds.begin(_known(dossier_id), reason, person.name)
    return _back(dossier_id, HELD if is_new else WAS_HELD)


@bp.post(f"{_DOSSIER}/release")
@needs(May.DESTROY, dossier="dossier_id")
def release(dossier_id: int) -> AnyResponse:
    """The hold is over."""
    is_over = _board().holds.end(_known(dossier_id), signed_in().name)
    return _back(dossier_id, RELEASED if is_over else WAS_FREE)


@bp.post(f"{_DOSSIER}/propose")
@needs(May.DESTROY, dossier="dossier_id")
def propose(dossier_id: int) -> AnyResponse:
    """The first step: somebody asks for it to be destroyed."""
    person, reason = signed_in(), _reason()
    if reason is None:
        return _page(dossier_id, 422, {"propose": NO_REASON})
    verdict = _board().decisions.propose(_known(dossier_id), reason, person.name)
    return _back(dossier_id, REFUSED.get(verdict, PROPOSED))


@bp.post(f"{_DOSSIER}/{_NUMBER}/confirm")
@needs(May.DESTROY, dossier="dossier_id")
def confirm(dossier_id: int, number: int) -> AnyResponse:
    """The second step: another person agrees."""
    person = signed_in()
    verdict = _board().decisions.confirm(_of(dossier_id, number), person.name)
    return _back(dossier_id, REFUSED.get(verdict, CONFIRMED))


@bp.post(f"{_DOSSIER}/{_NUMBER}/withdraw")
@needs(May.DESTROY, dossier="dossier_id")
def withdraw(dossier_id: int, number: int) -> AnyResponse:
    """It is not to be."""
    person = signed_in()
    verdict = _board().decisions.withdraw(_of(dossier_id, number), person.name)
    return _back(dossier_id, REFUSED.get(verdict, WITHDRAWN))


@bp.post(f"{_DOSSIER}/{_NUMBER}/go-on")
@needs(May.DESTROY, dossier="dossier_id")
def go_on(dossier_id: int, number: int) -> AnyResponse:
    """What stopped it is over."""
    person = signed_in()
    is_taken_up = _board().decisions.go_on(_of(dossier_id, number), person.name)
    return _back(dossier_id, TAKEN_UP if is_taken_up else NOTHING_TO_DO)


@bp.get(f"{_DOSSIER}/report/{_NUMBER}")
@needs(May.READ, dossier="dossier_id")
def report(dossier_id: int, number: int) -> AnyResponse:
    """One page to print; `?download`: to keep as a file. Who asks is written down before: it names
    what was destroyed."""
    found = _board().report(dossier_id, number)
    if found is None:
        abort(404)
    desk().users.note(signed_in().name, "destruction report opened", f"dossier:{dossier_id}")
    is_file = "download" in request.args
    page = render_template("keeping_report.html", report=found, is_file=is_file)
    response = make_response(page)
    if is_file:
        name = f"destruction-{number}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(dossier_id: int, code: int, wrong: dict[str, str] | None = None) -> AnyResponse:
    seen: DossierSeen | None = _board().dossier(dossier_id)
    if seen is None:
        abort(404)
    person = user()
    page = render_template(
        "keeping.html",
        seen=seen,
        shown=SHOWN,
        longest=LONGEST,
        wrong=wrong or {},
        given=request.form,
        may_decide=may(May.DESTROY),
        me=person.name if person is not None else "",
    )
    return make_response(page, code)


def _back(dossier_id: int, sentence: str) -> AnyResponse:
    flash(wording().text(sentence))
    return redirect(address_of("keeping.dossier", dossier_id=dossier_id))


def _board() -> KeepingBoard:
    return desk().keeping


def _known(dossier_id: int) -> int:
    if _board().dossier(dossier_id) is None:
        abort(404)
    return dossier_id


def _of(dossier_id: int, number: int) -> int:
    """The number of a destruction, if it is of this dossier: nobody decides unseen."""
    if not _board().is_of(dossier_id, number):
        abort(404)
    return number


def _reason() -> str | None:
    """In one line; None if there is none, or too much of it."""
    plain = in_one_line(request.form.get("reason", ""))
    return plain if 0 < len(plain) <= LONGEST else None


def _asked_state(one: Missing) -> str:
    """What became of asking, in a few words; empty while nobody has."""
    row, said = one.asked, wording()
    if row is None:
        return ""
    if row.status in {OutgoingStatus.FAILED, OutgoingStatus.UNKNOWN}:
        return said.text(FAILED)
    if row.held is not None:
        return said.text(WINDOW)
    if row.sent_at is None:
        return said.text(UNDER_WAY)
    return said.text(SENT, when=said.moment(row.sent_at))
