"""One's own account: password, second factor, the browsers in which one is signed in."""

import io
from collections.abc import Callable
from typing import Any

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import entrance_page
from appliance.dashboard.browsers import browser_of
from appliance.dashboard.coming_back import place
from appliance.dashboard.cookies import SESSION, token_in
from appliance.dashboard.desk import desk
from appliance.dashboard.entrance_page import NOT_TWICE, visit
from appliance.dashboard.labels import refusal
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import is_asked, lacks_factor, needs, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.factors import CODES
from appliance.firm.passwords import LONGEST, SHORTEST
from appliance.firm.sign_in import SignInRefusedError
from appliance.store.models import Session, User
from appliance.wording import mark

CHANGED = mark("Your new password is kept. Every other browser was signed out.")
ENDED = mark("That browser is signed out.")
GONE = mark("That browser was signed out already.")
OFF = mark("The second factor is switched off: the password is enough again.")
ANOTHER = mark("The second factor is switched off: set up another one now.")
SIGNED_OUT = mark("You are signed out everywhere.")
UNKNOWN_BROWSER = mark("unknown browser")
ON = mark("%(browser)s on %(system)s")

# The way to a second factor, and no more.
FACTOR = frozenset(f"account.{name}" for name in ("page", "begin", "picture", "confirm"))

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@needs()
def page() -> AnyResponse:
    """One's own account."""
    return _page(signed_in(), 200)


@bp.post("/password")
@needs()
def password() -> AnyResponse:
    """Another password; the old one is asked for."""
    person, form = signed_in(), request.form

    def change() -> AnyResponse:
        if form.get("new", "") != form.get("again", ""):
            raise PermanentError(NOT_TWICE)
        desk().users.entrance.check(person, form.get("old", ""), visit())
        desk().users.account.change_password(person, form.get("new", ""), token_in(SESSION))
        flash(wording().text(CHANGED))
        return redirect(address_of("account.page"))

    return _asked(person, "password", change)


@bp.post("/factor")
@needs()
def begin() -> AnyResponse:
    """Begin with a second factor: a picture for the telephone is shown next."""
    person = signed_in()

    def start() -> AnyResponse:
        _check(person)
        desk().users.factors.begin(person)
        return redirect(address_of("account.page", _anchor="factor"))

    return _asked(person, "factor", start)


@bp.get("/factor.svg")
@needs()
def picture() -> AnyResponse:
    """What an app reads, as long as it waits to be confirmed. Only one's own, and kept nowhere."""
    waiting = desk().users.factors.waiting(signed_in(), desk().firm_name)
    if waiting is None:
        abort(404)
    drawn = io.BytesIO()
    segno.make(waiting.address, error="m").save(drawn, kind="svg", scale=5, light="white")
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@bp.post("/factor/confirm")
@needs()
def confirm() -> AnyResponse:
    """The telephone shows the right code: from now on one is asked for."""
    person = signed_in()
    account, typed = desk().users.account, request.form.get("code", "")
    onward = place() if lacks_factor() else None

    def switch_on() -> AnyResponse:
        return _codes(account.confirm_factor(person, typed, token_in(SESSION)), onward)

    return _asked(person, "factor", switch_on)


@bp.post("/factor/codes")
@needs()
def codes() -> AnyResponse:
    """Ten new recovery codes."""
    person = signed_in()

    def renew() -> AnyResponse:
        _check(person)
        return _codes(desk().users.account.renew_codes(person))

    return _asked(person, "factor", renew)


@bp.post("/factor/off")
@needs()
def off() -> AnyResponse:
    """The password is enough again."""
    person = signed_in()

    def switch() -> AnyResponse:
        _check(person)
        desk().users.account.factor_off(person)
        flash(wording().text(ANOTHER if is_asked(person) else OFF))
        return redirect(address_of("account.page"))

    return _asked(person, "factor", switch)


@bp.post(f"/sessions/<int(max={LARGEST_ID}):session_id>/end")
@needs()
def end(session_id: int) -> AnyResponse:
    """Sign one other browser out."""
    done = desk().users.account.end_session(signed_in(), session_id)
    flash(wording().text(ENDED if done else GONE))
    return redirect(address_of("account.page", _anchor="sessions"))


@bp.post("/sessions/end")
@needs()
def end_all() -> AnyResponse:
    """Sign out everywhere, here too."""
    desk().users.account.sign_out_everywhere(signed_in())
    flash(wording().text(SIGNED_OUT))
    return entrance_page.let_out()


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What templates may say of browsers."""
    return {"browser_of": _in_words}


def _in_words(session: Session) -> str:
    browser, said = browser_of(session.browser), wording()
    name = browser.name or said.text(UNKNOWN_BROWSER)
    return said.text(ON, browser=name, system=browser.system) if browser.system else name


def _check(person: User) -> None:
    """That they know their password: an unattended screen must not lock them out."""
    desk().users.entrance.check(person, request.form.get("password", ""), visit())


def _asked(person: User, where: str, act: Callable[[], AnyResponse]) -> AnyResponse:
    """Do it; or the page again, with why not beside its form."""
    try:
        return act()
    except SignInRefusedError as error:
        return _page(person, 429 if error.wait else 422, {where: refusal(error)})
    except PermanentError as error:
        return _page(person, 422, {where: why(error)})


def _page(person: User, code: int, wrong: dict[str, str] | None = None) -> AnyResponse:
    users, is_led = desk().users, lacks_factor()
    # Who must set it up first sees nothing else: nor where else one could go.
    alone: dict[str, Any] = {"person": lambda: None} if is_led else {}
    shown = render_template(
        "factor_first.html" if is_led else "account.html",
        **alone,
        user=person,
        is_asked=is_asked(person),
        is_led=is_led,
        wrong=wrong or {},
        is_on=users.factors.is_on(person),
        left=users.factors.left(person),
        waiting=users.factors.waiting(person, desk().firm_name),
        sessions=users.sessions.of(person),
        is_this=lambda session: users.sessions.is_this(session, token_in(SESSION)),
        shortest=SHORTEST,
        longest=LONGEST,
    )
    return Response(shown, code)


def _codes(made: list[str], onward: str | None = None) -> AnyResponse:
    """Shown once: nobody can show them again, we neither. `onward`: where they wanted to go."""
    if not made:
        return redirect(address_of("account.page"))
    shown = render_template("recovery_codes.html", codes=made, count=CODES, onward=onward)
    return Response(shown)
