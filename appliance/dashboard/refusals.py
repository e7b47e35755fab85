"""Every refusal and failure in words: what happened, and what to do. JSON for programs."""

from http import HTTPStatus

from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from peewee import PeeweeException
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.visitor import scope, user, wording
from appliance.errors import GreffierError, TemporaryError
from appliance.store.models import User
from appliance.wording import mark

FOREIGN = mark("This form came from another site: nothing was done.")
SIGN_IN = mark("Sign in first.")
_TOO_OLD = mark("This form is too old or not ours. Go back, reload, try again.")
_WRONG_HOST = mark(
    "Greffier is not known under this address. Use http://localhost, or let your administrator "
    "add it to allowed_hosts in config.ini."
)
_BUSY = mark("Greffier cannot do this right now; nothing is lost. Wait a minute, then try again.")
_OTHER = mark("Greffier does not understand this request. Go back and try again.")
SENTENCES = {
    403: mark("You may not do this. Ask your administrator."),
    404: mark("There is no such page."),
    405: mark("This address is not a page. Go back to today and use the buttons there."),
    413: mark("This is too much at once. Send less."),
    500: mark(
        "A fault in Greffier: what came in is safe. Try again; if it comes back, tell your support "
        "the time it happened."
    ),
}


def answer_with(app: Flask) -> None:
    """Let this app put its errors in words."""
    app.register_error_handler(CSRFError, lambda _: refuse(400, _TOO_OLD))
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(TemporaryError, _busy)
    app.register_error_handler(HTTPException, _in_words)


def refuse(code: int, sentence: str, remedy: str | None = None) -> AnyResponse:
    """The same fault as JSON for programs, as a page for people; `remedy`: the page to go on to."""
    said = wording().text(sentence)
    if not request.path.startswith("/api/"):
        somebody = _somebody()
        shown = {"sentence": said, "remedy": remedy}
        page = render_template("error.html", **shown, person=lambda: somebody, bare=True)
        return Response(page, code)
    name = HTTPStatus(code).phrase.lower().replace(" ", "_")
    response = jsonify({"error": {"code": name, "message": said}})
    response.status_code = code
    return response


def _somebody() -> User | None:
    """Who is signed in, for the navigation; nobody, where what failed is what would tell."""
    try:
        scope()  # what the navigation goes by, asked while it may still fail
        return user()
    except (GreffierError, PeeweeException):
        return None


def _in_words(error: HTTPException) -> AnyResponse:
    code = error.code or 500
    return refuse(code, SENTENCES.get(code, _OTHER))


def _wrong_host(_: SecurityError) -> AnyResponse:
    """Plain text: no address of ours can be written under a host that is not."""
    return Response(wording().text(_WRONG_HOST), 400, mimetype="text/plain")


def _busy(_: TemporaryError) -> AnyResponse:
    response = refuse(503, _BUSY)
    response.headers["Retry-After"] = "60"
    return response
