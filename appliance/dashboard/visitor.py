"""Who asks, what they may, what they see, and in which language they read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, current_app, g, request

from appliance import telling
from appliance.dashboard.cookies import SESSION, token_in
from appliance.dashboard.desk import desk
from appliance.errors import GreffierError
from appliance.firm.rights import May, must_have_factor, rights
from appliance.firm.scope import NOTHING, Scope
from appliance.store.database import Note
from appliance.store.models import User
from appliance.wording import Wording

LANGUAGE = "greffier_language"
WHO_MUST = "SECOND_FACTOR"  # in the app's configuration: who must have one


View = TypeVar("View", bound=Callable[..., Any])
_SEES: dict[str, Callable[[Scope, int], bool]] = {
    "dossier": Scope.sees_dossier,
    "document": Scope.sees_document,
    "client": Scope.sees_client,
    "correspondent": Scope.sees_correspondent,
    "message": Scope.sees_message,
    "deadline": Scope.sees_deadline,
}


@dataclass(frozen=True)
class Needs:
    """What a page asks of whoever opens it: one of these rights (none: to be signed in).

    `things`: which arguments of its address are the id of what, all of which they must see; but
    whoever comes by the right to administer is not asked: they are shown no content.
    """

    rights: tuple[May, ...]
    things: tuple[tuple[str, str], ...]


def needs(*any_of: May, **things: str) -> Callable[[View], View]:
    """Say of a view what it needs: `@needs(May.FILE, document="row_id")`. The door sees to it.

    A view of which nothing is said is closed to everybody.
    """
    unknown = set(things) - set(_SEES)
    if unknown:
        raise ValueError(f"nobody decides who sees {', '.join(sorted(unknown))}")

    def said(view: View) -> View:
        view.needs = Needs(any_of, tuple(things.items()))  # type: ignore[attr-defined]
        return view

    return said


def refusal_of(endpoint: str, arguments: dict[str, Any] | None) -> int | None:
    """403: they may not. 404: for them it is not there. None: they may.

    Without `arguments`: of the page itself, whatever it is about.
    """
    wanted: Needs | None = getattr(current_app.view_functions[endpoint], "needs", None)
    if wanted is None:
        return 403
    held = [right for right in wanted.rights if may(right)]
    if wanted.rights and not held:
        return 403
    if May.ADMINISTER in held or arguments is None:
        return None
    sees = (_SEES[kind](scope(), arguments[name]) for kind, name in wanted.things)
    return None if all(sees) else 404


def is_about(kind: str, endpoint: str) -> bool:
    """Whether this page is one of a single thing of this kind, as it said with `@needs`."""
    wanted: Needs | None = getattr(current_app.view_functions[endpoint], "needs", None)
    return wanted is not None and any(each == kind for each, _ in wanted.things)


def user() -> User | None:
    """Who is signed in in this browser. What a page fetches by itself is no use of the session."""
    if "greffier_user" not in g:
        token, is_use = token_in(SESSION), "part" not in request.args
        g.greffier_user = desk().users.session(token, is_use=is_use) if token else None
    found: User | None = g.greffier_user
    return found


def lacks_factor() -> bool:
    """Whether the firm asks them for a second factor, and they have none yet."""
    person = user()
    return person is not None and is_asked(person) and not desk().users.factors.is_on(person)


def is_asked(person: User) -> bool:
    """Whether the firm asks this person for a second factor."""
    return must_have_factor(current_app.config[WHO_MUST], person.role)


def scope() -> Scope:
    """What they see: every query for a page of content is bound by it."""
    if "greffier_scope" not in g:
        person = user()
        g.greffier_scope = desk().access.scope_of(person) if person is not None else NOTHING
    found: Scope = g.greffier_scope
    return found


def look_again() -> None:
    """This request has changed what they see: from here on it is asked anew."""
    g.pop("greffier_scope", None)


def signed_in() -> User:
    """Who asks: everybody of the firm may."""
    person = user()
    if person is None:
        abort(403)
    return person


def entry(action: str, subject: str) -> Note:
    """What they do, for the audit log: to be run by the unit that does it (see firm.audit)."""
    return desk().users.journal.entry(signed_in().name, action, subject)


def allowed(right: May) -> User:
    """Who asks, if they may; else nobody hears more than that."""
    person = signed_in()
    if not may(right):
        abort(403)
    return person


def may(right: May) -> bool:
    """Whether a page offers them what not everybody may do."""
    person = user()
    if person is None:
        return False
    return right in rights(person.role, is_glass_broken=scope().by_glass)


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
