"""The dashboard door: sign-in, forms that are ours, known hosts, languages, errors in words."""

import hmac
from collections.abc import Mapping

from flask import Flask, Response, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from appliance.config import Dashboard
from appliance.dashboard import pages
from appliance.dashboard.desk import Desk, desk, put_desk
from appliance.dashboard.labels import add_labels
from appliance.dashboard.visitor import user, wording

OPEN = frozenset({"pages.login", "static", "pages.healthz"})  # everything else needs a sign-in
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def dashboard_door(office: Desk, config: Dashboard, secret_key: bytes) -> Flask:
    """The Flask app of the dashboard."""
    app = Flask("greffier-dashboard", root_path=str(pages.FOLDER))
    app.config.update(
        SECRET_KEY=secret_key,
        TRUSTED_HOSTS=list(config.allowed_hosts),
        SESSION_COOKIE_NAME="greffier_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,  # an asset's address changes with it
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,
    )
    put_desk(app, office)
    add_labels(app)
    CSRFProtect(app)
    app.register_blueprint(pages.bp)
    app.before_request(_admit)
    app.after_request(_harden)
    app.register_error_handler(CSRFError, _not_our_form)
    app.register_error_handler(HTTPException, _in_words)
    return app


def _admit() -> AnyResponse | None:
    """Nobody unknown passes, nowhere but through the open doors; no form of another site's."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in _OURS:
        return _answer(403, wording().text("This form came from another site: nothing was done."))
    if request.endpoint in OPEN or user() is not None or _is_this_pc():
        return None
    if request.path.startswith("/api/"):
        return _answer(401, "sign in first")
    return redirect(url_for("pages.login"))


_OURS = frozenset({"same-origin", "none"})


def _is_this_pc() -> bool:
    """`greffier status` shows the token that only this PC's user can read."""
    given = request.headers.get("Authorization", "")
    known = hmac.compare_digest(given.encode(), f"Bearer {desk().local_token}".encode())
    return known and request.endpoint == "pages.health"


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _not_our_form(_: CSRFError) -> AnyResponse:
    sentence = wording().text("This form is too old or not ours. Go back, reload, try again.")
    return _answer(400, sentence)


def _in_words(error: HTTPException) -> AnyResponse:
    code = error.code or 500
    if code == 404:
        return _answer(404, wording().text("There is no such page."))
    return _answer(code, error.description or error.name)


def _answer(code: int, sentence: str) -> AnyResponse:
    """The same fault as JSON for programs, as a page for people."""
    if request.path.startswith("/api/"):
        names = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found"}
        body = {"error": {"code": names.get(code, "error"), "message": sentence}}
        return _json(body, code)
    return Response(render_template("error.html", sentence=sentence), code)


def _json(body: Mapping[str, object], code: int) -> AnyResponse:
    response = jsonify(body)
    response.status_code = code
    return response
