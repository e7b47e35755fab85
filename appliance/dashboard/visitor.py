"""Who asks, what they may, and in which language they read."""

from flask import abort, request

from appliance import telling
from appliance.dashboard.desk import desk
from appliance.errors import GreffierError
from appliance.store.models import Role, User
from appliance.wording import Wording

SESSION = "greffier_session"
LANGUAGE = "greffier_language"


def user() -> User | None:
    """Who is signed in in this browser. What a page fetches by itself is no use of the session."""
    token = request.cookies.get(SESSION, "")
    return desk().users.session(token, is_use="part" not in request.args) if token else None


def signed_in() -> User:
    """Who asks: everybody of the firm may."""
    person = user()
    if person is None:
        abort(403)
    return person


def allowed(roles: frozenset[Role]) -> User:
    """Who asks, if their role may; else nobody hears more than that."""
    person = signed_in()
    if person.role not in roles:
        abort(403)
    return person


def may(roles: frozenset[Role]) -> bool:
    """Whether a page offers them what only these roles may do."""
    person = user()
    return person is not None and person.role in roles


def asked_language() -> str | None:
    """The language that this very request asks for, if it is one of ours."""
    asked = request.args.get("lang")
    return asked if asked in desk().wordings else None


def wording() -> Wording:
    """The language asked for now, else the one asked for before, else the firm's."""
    known = desk().wordings
    before = request.cookies.get(LANGUAGE, "")
    return known[asked_language() or (before if before in known else desk().language)]


def why(error: GreffierError) -> str:
    """Why something was refused, in their language."""
    return telling.told(telling.columns(error)["reason"], wording())


def apart(text: object) -> str:
    """Latin words in Arabic, and the other way round: their direction ends where they end."""
    return f"\u2068{text}\u2069"
