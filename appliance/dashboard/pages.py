"""The pages: read the form, call one method, show or redirect."""

from pathlib import Path

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import arrivals_page, entrance_page
from appliance.dashboard.cookies import SESSION, token_in
from appliance.dashboard.desk import desk
from appliance.dashboard.entrance_page import visit
from appliance.dashboard.labels import refusal
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import entry, needs, wording
from appliance.firm.rights import May
from appliance.firm.sign_in import CodeNeededError, SignInRefusedError

FOLDER = Path(__file__).parent

bp = Blueprint("pages", __name__)


@bp.get("/")
@needs()
def today() -> AnyResponse:
    """What came in today, what needs somebody. `?part=1`: only the part that changes."""
    if "part" not in request.args:
        return arrivals_page.whole()
    response = arrivals_page.part()
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/login")
def login() -> str:
    """The form to sign in with; on a new installation, how to let the first person in."""
    return render_template("login.html", has_users=bool(desk().users.everybody()), name="")


@bp.post("/login")
def sign_in() -> AnyResponse:
    """Sign in."""
    name, password = (request.form.get(field, "") for field in ("name", "password"))
    try:
        token = desk().users.entrance.by_password(name, password, visit())
    except CodeNeededError as error:
        return entrance_page.ask_code(error.token)
    except SignInRefusedError as error:
        has_users = bool(desk().users.everybody())
        page = render_template("login.html", has_users=has_users, refusal=refusal(error), name=name)
        return entrance_page.refused(page, error)
    return entrance_page.let_in(token)


@bp.post("/logout")
@needs()
def logout() -> AnyResponse:
    """Sign out in this browser."""
    desk().users.sign_out(token_in(SESSION))
    return entrance_page.let_out()


@bp.post(f"/messages/<int(max={LARGEST_ID}):row_id>/retry")
@needs(May.FILE, May.ADMINISTER, message="row_id")
def retry(row_id: int) -> AnyResponse:
    """Try a failed message again."""
    said = wording()
    if desk().retry(row_id, entry("message tried again", str(row_id))):
        when = said.moment(desk().clock.now())
        flash(
            said.text(
                "Tried again (%(when)s). If it fails once more, it comes back here.", when=when
            )
        )
    else:
        flash(said.text("This one is no longer in error: nothing was done."))
    return redirect(url_for("pages.today"))


@bp.post(f"/events/<int(max={LARGEST_ID}):row_id>/seen")
@needs(May.FILE, May.ADMINISTER)
def seen(row_id: int) -> AnyResponse:
    """What Meta says of the account has been seen: it leaves the list."""
    desk().settle_event(row_id, entry("account event seen", str(row_id)))
    return redirect(url_for("pages.today"))


@bp.get("/api/health")
@needs()
def health() -> dict[str, object]:
    """How each component is."""
    return desk().health()


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """That this door answers."""
    return {"status": "ok"}
