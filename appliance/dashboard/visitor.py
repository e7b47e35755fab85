"""Who asks, and in which language."""

from flask import request

from appliance.dashboard.desk import desk
from appliance.store.models import User
from appliance.wording import Wording

SESSION = "greffier_session"
LANGUAGE = "greffier_language"


def user() -> User | None:
    """Who is signed in in this browser."""
    token = request.cookies.get(SESSION, "")
    return desk().users.session(token) if token else None


def wording() -> Wording:
    """The language asked for now, else the one asked for before, else the firm's."""
    known = desk().wordings
    for asked in (request.args.get("lang"), request.cookies.get(LANGUAGE)):
        if asked is not None and asked in known:
            return known[asked]
    return known[desk().language]
