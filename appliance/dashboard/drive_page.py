"""The page of Google Drive: connected as whom, what waits and why, what people did there."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from appliance import telling
from appliance.dashboard.desk import desk
from appliance.dashboard.drive_board import DriveBoard
from appliance.dashboard.labels import with_commands
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import entry, may, needs, scope, signed_in, why, wording
from appliance.drive.acts import Kind
from appliance.drive.deciding import Deciding
from appliance.drive.joining import Joining
from appliance.errors import ConfigError, GreffierError, marks
from appliance.firm.rights import May
from appliance.outbox.letters import LOOPBACK
from appliance.store.models import DriveAct, User
from appliance.wording import mark

HAPPENED = {
    Kind.RENAMED: mark("Its name on Drive was changed to %(name)s."),
    Kind.MOVED: mark("It was moved to another folder on Drive."),
    Kind.TRASHED: mark("It was put into the bin on Drive."),
    Kind.EDITED: mark("Its content was changed on Drive."),
    Kind.REMOVED: mark("It is no longer on Drive, or the connected account may not see it."),
}
AGAIN = {
    Kind.RENAMED: mark("Sent again, it has the name there that it has here."),
    Kind.MOVED: mark("Sent again, it goes back to its folder there."),
    Kind.TRASHED: mark("Sent again, it is taken out of the bin there."),
    Kind.EDITED: mark("Sent again, it stands beside what was changed: nothing there is lost."),
    Kind.REMOVED: mark("Sent again, it is there as it is here."),
}
CONNECTED = mark("Connected as %(address)s. What is filed is being sent.")
DISCONNECTED = mark("Disconnected. What is on Google Drive stays there; nothing more is sent.")
NOT_TOLD = mark(
    "Disconnected here. Google could not be told: remove Greffier at "
    "https://myaccount.google.com/connections as well."
)
DENIED = mark("Nothing was connected: Google says that access was refused. You can begin again.")
SENT_AGAIN = mark("It is put right on Drive.")
ALL_AGAIN = marks("%(count)d copy is sent again.", "%(count)d copies are sent again.")
ACCEPTED = mark("It stays on Drive as it was changed.")
TRIED_AGAIN = mark("It is tried again.")
GONE = mark("Somebody has decided that before: nothing was done.")
ELSEWHERE = mark(
    "Google brings you back to this computer only: open %(address)s on the computer on which "
    "Greffier runs, and connect there."
)
NOT_KEPT = mark("The sign-in could not be kept: `greffier check` says what to mend.")

bp = Blueprint("drive", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of Drive."""
    said = wording()
    return {
        "drive_happened": _happened,
        "drive_again": lambda act: said.text(AGAIN[Kind(act.kind)]),
        "drive_why": lambda row: with_commands(telling.why(row, said)),
    }


def _happened(act: DriveAct) -> Markup:
    """What somebody did, in a sentence; a name of theirs is only text, in its own direction."""
    name = Markup("<bdi>{}</bdi>").format(act.detail)
    return escape(wording().text(HAPPENED[Kind(act.kind)])) % {"name": name}


@bp.get("/settings/drive")
@needs()
def page() -> AnyResponse:
    """How the copy on Drive stands."""
    seen = _board().seen(scope())
    return make_response(
        render_template(
            "drive.html",
            seen=seen,
            may_act=may(May.ADMINISTER),
            may_decide=may(May.ADMINISTER) or may(May.DECIDE),
        )
    )


@bp.post("/settings/drive/connect")
@needs(May.ADMINISTER)
def connect() -> AnyResponse:
    """Before Google's own page: what it will ask, and the way there."""
    here = urlsplit(request.host_url)
    if here.hostname not in LOOPBACK:
        local = f"http://localhost:{here.port or 80}{address_of('drive.page')}"
        flash(wording().text(ELSEWHERE, address=local))
        return _back()
    try:
        address = _joining().begin(_redirect())
    except GreffierError as error:
        flash(why(error))
        return _back()
    return make_response(render_template("drive_connect.html", address=address))


def _redirect() -> str:
    return f"{request.host_url.rstrip('/')}{address_of('drive.callback')}"


@bp.get("/settings/drive/callback")
@needs(May.ADMINISTER)
def callback() -> AnyResponse:
    """Google sends the browser back here, with a code or a refusal."""
    person, said = signed_in(), wording()
    state, code = (request.args.get(name, "") for name in ("state", "code"))
    if request.args.get("error"):
        flash(said.text(DENIED))
        return _back()
    try:
        address = _joining().finish(state, code, person.name)
    except ConfigError:
        flash(with_commands(said.text(NOT_KEPT)))
    except GreffierError as error:
        flash(why(error))
    else:
        flash(said.text(CONNECTED, address=address))
    return _back()


@bp.post("/settings/drive/disconnect")
@needs(May.ADMINISTER)
def disconnect() -> AnyResponse:
    """Nobody is connected any more; what is on Drive stays."""
    person = signed_in()
    is_told = _joining().leave(person.name)
    flash(wording().text(DISCONNECTED if is_told else NOT_TOLD))
    return _back()


@bp.post(f"/settings/drive/acts/<int(max={LARGEST_ID}):act_id>/again")
@needs(May.DECIDE, May.ADMINISTER)
def again(act_id: int) -> AnyResponse:
    """The copy becomes what it was."""
    return _decide(lambda deciding, person: deciding.send_again(act_id, person.name), SENT_AGAIN)


@bp.post("/settings/drive/acts/again")
@needs(May.DECIDE, May.ADMINISTER)
def all_again() -> AnyResponse:
    """All that is gone from Drive is sent again: an emptied Drive is one decision."""
    person, deciding = signed_in(), _board().deciding
    if deciding is None:
        abort(404)
    count = deciding.send_all_again(person.name)
    said = wording()
    many = said.plural(*ALL_AGAIN, count, count=count)
    flash(many if count else said.text(GONE))
    return _back()


@bp.post(f"/settings/drive/acts/<int(max={LARGEST_ID}):act_id>/accept")
@needs(May.DECIDE, May.ADMINISTER)
def accept(act_id: int) -> AnyResponse:
    """The copy stays as somebody changed it."""
    return _decide(lambda deciding, person: deciding.accept(act_id, person.name), ACCEPTED)


@bp.post(f"/settings/drive/failures/<int(max={LARGEST_ID}):chore_id>/retry")
@needs(May.FILE, May.ADMINISTER)
def retry(chore_id: int) -> AnyResponse:
    """Try what failed once more."""
    note = entry("copy tried again", str(chore_id))
    return _decide(lambda deciding, _: deciding.retry(chore_id, note), TRIED_AGAIN)


def _decide(act: Callable[[Deciding, User], bool], done: str) -> AnyResponse:
    person, deciding = signed_in(), _board().deciding
    if deciding is None:
        abort(404)
    flash(wording().text(done if act(deciding, person) else GONE))
    return _back()


def _board() -> DriveBoard:
    return desk().drive


def _joining() -> Joining:
    joining = _board().joining
    if joining is None:
        abort(404)
    return joining


def _back() -> AnyResponse:
    return redirect(address_of("drive.page"))
