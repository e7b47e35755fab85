"""Between the password and the first page: the code of a second factor; and an invitation."""

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import refusals
from appliance.dashboard.coming_back import place
from appliance.dashboard.cookies import SESSION, STEP, put, take, token_in
from appliance.dashboard.desk import desk
from appliance.dashboard.labels import refusal
from appliance.dashboard.visitor import why, wording
from appliance.errors import PermanentError
from appliance.firm.account import INVITATION_GONE
from appliance.firm.passes import LIVES
from appliance.firm.passwords import LONGEST, SHORTEST
from appliance.firm.sign_in import TOO_LATE, SignInRefusedError, Visit, in_seconds
from appliance.store.models import PassKind
from appliance.wording import mark

OPEN = frozenset({f"entrance.{name}" for name in ("code", "enter", "invitation", "accept")})
NOT_TWICE = mark("The two passwords are not the same: type them again.")
CHOSEN = mark("Your password is kept. Sign in with it.")
_INVITATION = "/invitation/<token>"

bp = Blueprint("entrance", __name__)


@bp.get("/login/code")
def code() -> AnyResponse:
    """The second step: the code that a telephone shows."""
    if not token_in(STEP):
        return redirect(url_for("pages.login"))
    return Response(render_template("login_code.html"))


@bp.post("/login/code")
def enter() -> AnyResponse:
    """Sign in with the code, or with a recovery code."""
    try:
        typed = request.form.get("code", "")
        token = desk().users.entrance.by_code(token_in(STEP), typed, visit())
    except SignInRefusedError as error:
        if error.reason == TOO_LATE:
            return _begin_again()
        return refused(render_template("login_code.html", refusal=refusal(error)), error)
    return let_in(token)


def _begin_again() -> AnyResponse:
    flash(wording().text(TOO_LATE))
    response = redirect(url_for("pages.login"))
    take(response, STEP)
    return response


@bp.get(_INVITATION)
def invitation(token: str) -> AnyResponse:
    """Choose a password; nothing happens by looking, which mail programs do by themselves."""
    person = desk().users.account.invited(token)
    if person is None:
        return refusals.refuse(404, INVITATION_GONE)
    return Response(_invitation(person.name))


@bp.post(_INVITATION)
def accept(token: str) -> AnyResponse:
    """The password is theirs from now on, and the invitation opens nothing more."""
    account = desk().users.account
    person = account.invited(token)
    if person is None:
        return refusals.refuse(404, INVITATION_GONE)
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise PermanentError(NOT_TWICE)
        account.accept(token, password)
    except PermanentError as error:
        return Response(_invitation(person.name, why(error)), 422)
    flash(wording().text(CHOSEN))
    return let_out()


def _invitation(name: str, wrong: str | None = None) -> str:
    return render_template(
        "invitation.html", name=name, wrong=wrong, shortest=SHORTEST, longest=LONGEST
    )


# -- shared with the page of the password


def visit() -> Visit:
    """From where this browser comes."""
    return Visit(request.remote_addr or "", request.headers.get("User-Agent", ""))


def ask_code(step: str) -> AnyResponse:
    """On to the second step. There is no session yet."""
    response = redirect(url_for("entrance.code"))
    put(response, STEP, step, max_age=int(LIVES[PassKind.CODE].total_seconds()))
    return response


def let_in(token: str) -> AnyResponse:
    """The session is this browser's, under a token that nobody had before it was signed in."""
    response = redirect(place())
    session.clear()  # no form of whoever was here before is valid any more
    put(response, SESSION, token)
    take(response, STEP)
    return response


def let_out() -> AnyResponse:
    """Nothing of theirs stays in this browser but what they said last."""
    told = session.get("_flashes")
    session.clear()
    if told:
        session["_flashes"] = told
    response = redirect(url_for("pages.login"))
    for name in (SESSION, STEP):
        take(response, name)
    return response


def refused(page: str, error: SignInRefusedError) -> AnyResponse:
    """Why, and how long to wait."""
    response = Response(page, 429 if error.wait else 403)
    if error.wait:
        response.headers["Retry-After"] = str(in_seconds(error.wait))
    return response
