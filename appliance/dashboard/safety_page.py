"""The page of safety: what somebody should look at first, what is in quarantine, what waits."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance import telling
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.safety_board import SHOWN, SafetyBoard
from appliance.dashboard.visitor import apart, entry, may, needs, scope, signed_in, why, wording
from appliance.errors import GreffierError
from appliance.firm.rights import May
from appliance.store.models import Chore, Document
from appliance.wording import mark

CHECKED = mark("Written down: you have checked “%(name)s”.")
RELEASED = mark("“%(name)s” is back in its dossier, and marked: this page says why.")
AGAIN = mark("It is looked at again.")
GONE = mark("Somebody was quicker: nothing was done.")

bp = Blueprint("safety", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of safety."""
    return {
        "doubt_of": _doubt_of,
        "delay_of": _delay_of,
    }


@bp.get("/safety")
@needs(May.READ)
def page() -> str:
    """What is to be checked, what is in quarantine, what nobody could look into yet."""
    return render_template(
        "safety.html",
        seen=_board().seen(scope()),
        may_check=may(May.DECIDE),
        may_release=may(May.RELEASE),
        shown=SHOWN,
    )


@bp.post(f"/safety/<int(max={LARGEST_ID}):document_id>/checked")
@needs(May.DECIDE, document="document_id")
def checked(document_id: int) -> AnyResponse:
    """A person has looked at it."""
    done = _board().check(document_id, signed_in().name)
    return _said(CHECKED if done else GONE, document_id)


@bp.get(f"/safety/<int(max={LARGEST_ID}):document_id>/release")
@needs(May.RELEASE, document="document_id")
def ask_release(document_id: int) -> str | AnyResponse:
    """The first of two steps: what it is, and what releasing it means."""
    document = _board().put_away(document_id)
    if document is None:
        return _said(GONE, document_id)
    return render_template("safety_release.html", document=document)


@bp.post(f"/safety/<int(max={LARGEST_ID}):document_id>/release")
@needs(May.RELEASE, document="document_id")
def release(document_id: int) -> AnyResponse:
    """The second step: it goes back to its dossier."""
    person = signed_in()
    try:
        done = _board().release(document_id, person.name)
    except GreffierError as error:
        flash(why(error))
        return redirect(address_of("safety.page"))
    return _said(RELEASED if done else GONE, document_id)


@bp.post(f"/safety/looks/<int(max={LARGEST_ID}):chore_id>/again")
@needs(May.DECIDE, May.ADMINISTER)
def again(chore_id: int) -> AnyResponse:
    """What could not be looked into is tried again."""
    done = _board().look_again(chore_id, entry("document looked into again", str(chore_id)))
    flash(wording().text(AGAIN if done else GONE))
    return redirect(address_of("safety.page"))


def _board() -> SafetyBoard:
    return desk().safety


def _said(sentence: str, document_id: int) -> AnyResponse:
    document = Document.get_or_none(Document.id == document_id)
    name = apart(document.name) if document else "?"
    flash(wording().text(sentence, name=name))
    return redirect(address_of("safety.page"))


def _doubt_of(document: Document) -> str:
    """Why somebody should look at it, and what to do."""
    return telling.told(document.safety_reason, wording()) if document.safety_reason else ""


def _delay_of(chore: Chore) -> str:
    """Why it was not looked into yet."""
    return telling.told(chore.reason, wording()) if chore.reason else ""
