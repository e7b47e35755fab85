"""Who asks, and in which language."""

from flask import request

from appliance.dashboard.desk import desk
from appliance.store.models import User
from appliance.wording import Wording

SESSION = "greffier_session"
LANGUAGE = "greffier_language"


def user() -> User | None:
    """Who is signed in in this browser. What a page fetches by itself is no use of the session."""
    token = request.cookies.get(SESSION, "")
    return desk().users.session(token, is_use="part" not in request.args) if token else None


def asked_language() -> str | None:
    """The language that this very request asks for, if it is one of ours."""
    asked = request.args.get("lang")
    return asked if asked in desk().wordings else None


def wording() -> Wording:
    """The language asked for now, else the one asked for before, else the firm's."""
    known = desk().wordings
    before = request.cookies.get(LANGUAGE, "")
    return known[asked_language() or (before if before in known else desk().language)]
