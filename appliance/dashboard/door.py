"""The dashboard door: sign-in, who may what, forms that are ours, known hosts, languages."""

import hmac
from typing import Any

from flask import Flask, Response, flash, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from appliance.config import Dashboard
from appliance.dashboard import (
    account_page,
    acts_page,
    answering_page,
    answers_page,
    arrivals_page,
    audit_page,
    board_page,
    clients_page,
    conversations_page,
    deadlines_page,
    disk_page,
    dossiers_page,
    drive_page,
    enclosing_page,
    entrance_page,
    exhibits_page,
    files_page,
    glass_page,
    health_page,
    help_page,
    history_page,
    imports_page,
    keeping_page,
    limits_page,
    matters_page,
    pages,
    papers_page,
    people_page,
    queues_page,
    refusals,
    safety_page,
    search_page,
    settings_page,
    triage_page,
    users_page,
)
from appliance.dashboard.coming_back import asked_place, note_place
from appliance.dashboard.compiled import compiled
from appliance.dashboard.cookies import SESSION, FormCookie, token_in
from appliance.dashboard.desk import Desk, desk, put_desk
from appliance.dashboard.labels import add_labels
from appliance.dashboard.visitor import (
    LANGUAGE,
    WHO_MUST,
    asked_language,
    is_about,
    lacks_factor,
    may,
    refusal_of,
    user,
    wording,
)
from appliance.errors import mark
from appliance.firm.imports import LARGEST
from appliance.firm.rights import May

PAGES = (
    pages,
    limits_page,
    queues_page,
    people_page,
    answers_page,
    arrivals_page,
    dossiers_page,
    deadlines_page,
    acts_page,
    disk_page,
    safety_page,
    files_page,
    papers_page,
    exhibits_page,
    drive_page,
    keeping_page,
    glass_page,
    triage_page,
    conversations_page,
    answering_page,
    enclosing_page,
    entrance_page,
    account_page,
    users_page,
    audit_page,
    clients_page,
    matters_page,
    history_page,
    search_page,
    imports_page,
    board_page,
    settings_page,
    health_page,
    help_page,
)
# Everything else needs a signed-in user.
OPEN = frozenset({"pages.login", "pages.sign_in", "static", "pages.healthz"}) | entrance_page.OPEN
# Of the rest, what somebody reaches who must set up a second factor first.
WITHOUT_FACTOR = frozenset({"pages.logout", "pages.health"}) | account_page.FACTOR
FACTOR_FIRST = mark("Your firm asks for a second factor: set it up first, under My account.")
ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - hosts that are no name of ours
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
GLASS = mark(
    "This is what clients sent, and an administrator does not see it. If you must, for a reason "
    "that is written down, break the glass for an hour."
)
YEAR = 365 * 24 * 3600  # seconds
FORM_LIMIT = 64 * 1024  # bytes of a form
LARGE = {"imports.preview": LARGEST + FORM_LIMIT}  # of those that bring a file
FILES = frozenset(  # that somebody takes along
    {"history.save", "audit.export", "papers.receipt", "exhibits.bordereau", "keeping.report"}
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def dashboard_door(office: Desk, config: Dashboard, secret_key: bytes) -> Flask:
    """The Flask app of the dashboard."""
    app = Flask("greffier-dashboard", root_path=str(pages.FOLDER))
    app.jinja_options = {**app.jinja_options, "bytecode_cache": compiled()}
    app.config.update(
        SECRET_KEY=secret_key,
        # Never empty, which would mean "any"; Werkzeug compares without the port.
        TRUSTED_HOSTS=[*config.allowed_hosts, _own_name(config.host)],
        MAX_CONTENT_LENGTH=FORM_LIMIT,
        SESSION_COOKIE_NAME="greffier_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=YEAR,  # an asset's address changes with it
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy forbids
        **{WHO_MUST: config.second_factor},
    )
    app.session_interface = FormCookie()
    put_desk(app, office)
    add_labels(app)
    app.before_request(_admit)
    CSRFProtect(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    app.after_request(_harden)
    app.after_request(_remember_language)
    refusals.answer_with(app)
    return app


def _admit() -> AnyResponse | None:
    """Nobody unknown passes, nowhere but through the open doors; no form of another site's."""
    request.max_content_length = LARGE.get(request.endpoint or "", FORM_LIMIT)
    if request.method not in _READS and not _is_ours():
        return refusals.refuse(403, refusals.FOREIGN)
    if request.routing_exception is not None:
        return None  # there is nothing to protect: Flask says 404 or 405 next
    if request.endpoint in OPEN or _is_this_pc():
        return None
    if user() is not None:
        endpoint = request.endpoint or ""
        return _lead(endpoint) or _check(endpoint, request.view_args or {})
    if request.path.startswith("/api/"):
        return refusals.refuse(401, refusals.SIGN_IN)
    note_place()
    if token_in(SESSION):  # whoever pressed a button must hear that nothing was done
        flash(wording().text("Your session has ended: sign in again, then repeat what you did."))
    return redirect(url_for("pages.login"))


def _lead(endpoint: str) -> AnyResponse | None:
    """Who must have a second factor and has none sets it up, and reaches nothing else before."""
    if endpoint in WITHOUT_FACTOR or not lacks_factor():
        return None
    if request.path.startswith("/api/"):
        return refusals.refuse(403, FACTOR_FIRST)
    note_place()
    if request.method not in _READS:
        flash(wording().text("Nothing was done: set up your second factor first."))
    return redirect(url_for("account.page"))


def _check(endpoint: str, arguments: dict[str, Any]) -> AnyResponse | None:
    """Whoever is signed in passes where they may, and to what they see."""
    code = refusal_of(endpoint, arguments)
    if code is None:
        return _from_elsewhere(endpoint)
    if code == 403 and may(May.GLASS):
        return refusals.refuse(code, GLASS, remedy="glass.page")
    return refusals.refuse(code, refusals.SENTENCES[code])


def _from_elsewhere(endpoint: str) -> AnyResponse | None:
    """Who comes from another site to what is written down is asked to go on by themselves.

    A link there, or a page that goes on by itself, would have them open a document they never
    wanted to, and the audit log would say that they did. The session's cookie comes along: with
    `SameSite=Strict` whoever follows a link in a mail would have to sign in.
    """
    is_led = request.headers.get("Sec-Fetch-Site") == "cross-site"
    if not is_led or not (endpoint in FILES or is_about("document", endpoint)):
        return None
    return Response(render_template("from_elsewhere.html", asked=asked_place(), bare=True))


def _own_name(host: str) -> str:
    """By which browsers call us. "0.0.0.0" is none: pages of other sites can reach it."""
    return "localhost" if host in ANYWHERE else host


def _is_ours() -> bool:
    """Whether the form was sent from a page of ours, as far as the browser says.

    `Origin: null` is what our own no-referrer policy makes browsers send; the form's token decides
    then. "same-site" is not ours: another port of this PC is another program.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin", "null")
    return site in {"same-origin", "none"} and origin in {"null", _own_origin(origin)}


def _own_origin(origin: str) -> str:
    """What `origin` would be if it were ours; behind a proxy we do not know our own scheme."""
    scheme = "https" if origin.startswith("https:") else "http"
    return f"{scheme}://{request.host}"


def _is_this_pc() -> bool:
    """`greffier status` shows the token that only this PC's user can read."""
    given = request.headers.get("Authorization", "")
    known = hmac.compare_digest(given.encode(), f"Bearer {desk().local_token}".encode())
    return known and request.endpoint == "pages.health"


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _remember_language(response: Response) -> Response:
    language = asked_language()
    if language is not None:
        response.set_cookie(LANGUAGE, language, max_age=YEAR, httponly=True, samesite="Lax")
    return response
