"""Who may sign in: the list, and one of them. For administrators."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.visitor import apart, is_asked, needs, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.passwords import LONGEST, SHORTEST
from appliance.firm.rights import May
from appliance.firm.users import LONGEST_NAME
from appliance.store.models import Role, User
from appliance.wording import mark

ROLES = {
    Role.ADMIN: mark("administrator"),
    Role.AVOCAT: mark("lawyer"),
    Role.ASSISTANT: mark("assistant"),
}
ADDED = mark("%(name)s may sign in now.")
ROLE_SET = mark("%(name)s has another role now, and signs in anew.")
EMAIL_SET = mark("The address of %(name)s is kept.")
DISABLED = mark("%(name)s may not sign in any more.")
ENABLED = mark("%(name)s may sign in again, with the password they had.")
PASSWORD_SET = mark("%(name)s has a new password. Their sessions have ended.")
RESET = mark(
    "%(name)s signs in with the password alone, until they switch a second factor on again."
)
WAS_OFF = mark("%(name)s had no second factor: nothing was done.")
LAWYERS_SET = mark("Kept for whom %(name)s works.")
ENDED = mark("%(name)s is signed out everywhere.")

bp = Blueprint("users", __name__, url_prefix="/settings/users")
_ID = f"/<int(max={LARGEST_ID}):user_id>"


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What templates may say of roles."""
    return {"role_of": role_name}


def role_name(role: str) -> str:
    """As people say it."""
    return wording().text(ROLES[Role(role)])


@bp.get("")
@needs(May.ADMINISTER)
def page() -> AnyResponse:
    """Everybody, and the form to add somebody."""
    return _list(200)


@bp.post("")
@needs(May.ADMINISTER)
def add() -> AnyResponse:
    """Let somebody sign in: with a password that was typed, else by an invitation."""
    person, form = signed_in(), request.form
    name, role, email = form.get("name", ""), form.get("role", ""), form.get("email", "").strip()
    users, password = desk().users, form.get("password", "")
    try:
        if not password:
            token = users.invite_new(name, role, email or None, person.name)
            return _invitation(" ".join(name.split()), token)
        users.add(name, role, email or None, password, person.name)
    except PermanentError as error:
        return _list(422, why(error))
    flash(wording().text(ADDED, name=apart(name)))
    return redirect(address_of("users.page"))


@bp.get(_ID)
@needs(May.ADMINISTER)
def one(user_id: int) -> AnyResponse:
    """One of them, and what may be changed."""
    return _one(_user(user_id), 200)


@bp.post(f"{_ID}/role")
@needs(May.ADMINISTER)
def role(user_id: int) -> AnyResponse:
    """Another role."""
    wanted = request.form.get("role", "")
    return _change(user_id, ROLE_SET, lambda name, by: desk().users.set_role(name, wanted, by))


@bp.post(f"{_ID}/email")
@needs(May.ADMINISTER)
def email(user_id: int) -> AnyResponse:
    """Where they are written to; empty: nowhere."""
    wanted = request.form.get("email", "").strip()
    return _change(user_id, EMAIL_SET, lambda name, by: desk().users.set_email(name, wanted, by))


@bp.post(f"{_ID}/disable")
@needs(May.ADMINISTER)
def disable(user_id: int) -> AnyResponse:
    """They sign in no more, and are out at once."""
    return _change(user_id, DISABLED, desk().users.disable)


@bp.post(f"{_ID}/enable")
@needs(May.ADMINISTER)
def enable(user_id: int) -> AnyResponse:
    """They sign in again."""
    return _change(user_id, ENABLED, desk().users.enable)


@bp.post(f"{_ID}/password")
@needs(May.ADMINISTER)
def password(user_id: int) -> AnyResponse:
    """A password that somebody typed for them."""
    typed = request.form.get("password", "")
    return _change(
        user_id, PASSWORD_SET, lambda name, by: desk().users.set_password(name, typed, by)
    )


@bp.post(f"{_ID}/invite")
@needs(May.ADMINISTER)
def invite(user_id: int) -> AnyResponse:
    """A link by which they choose a password of their own."""
    person, user = signed_in(), _user(user_id)
    if user.disabled_at is not None:
        abort(404)
    return _invitation(user.name, desk().users.invite(user.name, person.name))


@bp.post(f"{_ID}/lawyers")
@needs(May.ADMINISTER)
def lawyers(user_id: int) -> AnyResponse:
    """For whom an assistant works; nobody ticked: for the whole firm."""
    person, user = signed_in(), _user(user_id)
    if user.role != Role.ASSISTANT:
        abort(404)
    chosen = {number_in(given) for given in request.form.getlist("lawyer")}
    known = [each.id for each in _lawyers() if each.id in chosen]
    desk().access.set_lawyers(user.id, known, person.name)
    flash(wording().text(LAWYERS_SET, name=apart(user.name)))
    return redirect(address_of("users.one", user_id=user_id))


@bp.post(f"{_ID}/sessions/end")
@needs(May.ADMINISTER)
def end_sessions(user_id: int) -> AnyResponse:
    """They are signed out everywhere."""
    return _change(user_id, ENDED, desk().users.end_sessions)


@bp.post(f"{_ID}/factor/reset")
@needs(May.ADMINISTER)
def reset_factor(user_id: int) -> AnyResponse:
    """Their telephone is lost."""
    person, user = signed_in(), _user(user_id)
    was_on = desk().users.reset_factor(user.name, person.name)
    flash(wording().text(RESET if was_on else WAS_OFF, name=apart(user.name)))
    return redirect(address_of("users.one", user_id=user_id))


def _change(user_id: int, told: str, act: Callable[[str, str], object]) -> AnyResponse:
    """Do it and say so; or the page again with why not."""
    person, user = signed_in(), _user(user_id)
    try:
        act(user.name, person.name)
    except PermanentError as error:
        return _one(user, 422, why(error))
    flash(wording().text(told, name=apart(user.name)))
    if user.id == person.id:  # perhaps they have just signed themselves out
        return redirect(address_of("users.page"))
    return redirect(address_of("users.one", user_id=user_id))


def _user(user_id: int) -> User:
    user = desk().users.numbered(user_id)
    if user is None:
        abort(404)
    return user


def _lawyers() -> list[User]:
    everybody = desk().users.everybody()
    return [each for each in everybody if each.role == Role.AVOCAT and each.disabled_at is None]


def _list(code: int, wrong: str | None = None) -> AnyResponse:
    users = desk().users
    shown = render_template(
        "users.html",
        people=users.everybody(),
        owners=users.factors.owners(),
        is_asked=is_asked,
        counts=users.sessions.counts(),
        roles=Role,
        given=request.form,
        wrong=wrong,
        shortest=SHORTEST,
        longest=LONGEST,
        longest_name=LONGEST_NAME,
    )
    return Response(shown, code)


def _one(user: User, code: int, wrong: str | None = None) -> AnyResponse:
    users = desk().users
    shown = render_template(
        "user.html",
        user=user,
        is_on=users.factors.is_on(user),
        is_asked=is_asked(user),
        sessions=users.sessions.of(user),
        roles=Role,
        lawyers=_lawyers() if user.role == Role.ASSISTANT else [],
        chosen={each.id for each in desk().access.lawyers_of(user.id)},
        wrong=wrong,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    return Response(shown, code)


def _invitation(name: str, token: str) -> AnyResponse:
    """The link, shown once: we keep only its hash."""
    link = address_of("entrance.invitation", token=token, _external=True)
    return Response(render_template("invited.html", name=name, link=link))
