"""The pages: read the form, call one method, show or redirect."""

from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.visitor import LANGUAGE, SESSION, user, wording
from appliance.errors import PermanentError

FOLDER = Path(__file__).parent
YEAR = 365 * 24 * 3600  # seconds

bp = Blueprint("pages", __name__)


@bp.get("/")
def today() -> AnyResponse:
    """What came in today, what needs somebody. `?part=1`: only the part that changes."""
    seen = desk().overview()
    if "part" in request.args:
        response = make_response(render_template("_today.html", seen=seen))
        response.add_etag()
        return response.make_conditional(request)
    return _remembering_language(render_template("today.html", seen=seen))


@bp.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """Sign in."""
    has_users = bool(desk().users.everybody())
    if request.method == "GET":
        return _remembering_language(render_template("login.html", has_users=has_users))
    try:
        token = desk().users.sign_in(
            request.form.get("name", ""),
            request.form.get("password", ""),
            request.remote_addr or "",
        )
    except PermanentError as error:
        page = render_template("login.html", has_users=has_users, refusal=error.reason)
        return Response(page, 403)
    response = redirect(url_for("pages.today"))
    response.set_cookie(SESSION, token, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@bp.post("/logout")
def logout() -> AnyResponse:
    """Sign out in this browser."""
    desk().users.sign_out(request.cookies.get(SESSION, ""))
    response = redirect(url_for("pages.login"))
    response.delete_cookie(SESSION)
    return response


@bp.post("/messages/<int:row_id>/retry")
def retry(row_id: int) -> AnyResponse:
    """Try a failed message again."""
    person = user()
    if person is not None and desk().retry(row_id):
        desk().users.note(person.name, "message tried again", str(row_id))
    return redirect(url_for("pages.today"))


@bp.get("/api/health")
def health() -> dict[str, object]:
    """How each component is."""
    return desk().health()


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """That this door answers."""
    return {"status": "ok"}


def _remembering_language(page: str) -> AnyResponse:
    response = make_response(page)
    if request.args.get("lang") in desk().wordings:
        language = wording().language
        response.set_cookie(LANGUAGE, language, max_age=YEAR, httponly=True, samesite="Lax")
    return response
