"""Where an administrator breaks the glass: content for an hour, for a reason that is kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.visitor import may, needs, scope, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.access import LONGEST_REASON
from appliance.firm.rights import May
from appliance.store.models import BrokenGlass
from appliance.wording import mark

BROKEN = mark("The glass is broken until %(when)s. Your reason stands in the audit log.")
MENDED = mark("The glass is whole again: you see no content any more.")
WAS_WHOLE = mark("The glass was whole: nothing was done.")

TOLD_FOR = timedelta(days=7)  # on the lawyers' page of today

bp = Blueprint("glass", __name__, url_prefix="/glass")


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What pages say of it: to whoever broke it, that it is; to the lawyers, that it was."""
    return {"glass_is_broken": lambda: scope().by_glass, "glass_was_broken": _lately}


@bp.get("")
@needs(May.GLASS)
def page() -> AnyResponse:
    """What it means, and the form for the reason; while it is broken, the way to mend it."""
    return _page(200)


@bp.post("")
@needs(May.GLASS)
def break_it() -> AnyResponse:
    """From now on, for an hour."""
    person = signed_in()
    try:
        broken = desk().access.break_glass(person, request.form.get("reason", ""))
    except PermanentError as error:
        return _page(422, why(error))
    flash(wording().text(BROKEN, when=wording().moment(broken.until_at)))
    return redirect(address_of("pages.today"))


@bp.post("/mend")
@needs(May.GLASS)
def mend() -> AnyResponse:
    """Before the hour is over."""
    is_done = desk().access.mend(signed_in())
    flash(wording().text(MENDED if is_done else WAS_WHOLE))
    return redirect(address_of("pages.today"))


def _lately() -> Sequence[BrokenGlass]:
    return desk().access.broken_since(TOLD_FOR) if may(May.DECIDE) else ()


def _page(code: int, wrong: str = "") -> AnyResponse:
    broken = desk().access.broken_by(signed_in())
    given = {"wrong": wrong, "longest": LONGEST_REASON}
    return make_response(render_template("glass.html", broken=broken, **given), code)
