"""The page of the limits, the same as JSON, and the form by which an administrator changes one."""

from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from appliance import masking, telling
from appliance.config import Rate
from appliance.costs import FREE_ANSWERS, Costs
from appliance.dashboard.chart import chart
from appliance.dashboard.desk import desk
from appliance.dashboard.labels import with_commands
from appliance.dashboard.limits_board import LimitsBoard, Standing
from appliance.dashboard.visitor import apart, entry, may, needs, scope, signed_in, wording
from appliance.firm.rights import May
from appliance.firm.users import in_seconds
from appliance.outbox import holds
from appliance.store.models import User
from appliance.wording import mark

MOST = 1_000_000  # ten times the highest that Meta counts
ABOUT = {
    "whatsapp_send": mark(
        "Meta counts each person to whom the firm writes first, by a template, once in 24 hours. "
        "Answers to what clients write do not count."
    ),
    "whatsapp_pair": mark("What Meta lets the firm send to the same person in a short time."),
    "whatsapp_throughput": mark("What Meta lets the firm's number send in all."),
    "whatsapp_download": mark("The files that clients send, fetched from Meta."),
    "gdrive_upload": mark("The files that are sent to Google Drive."),
}
HOLDS = {
    holds.ALL: mark("All sending on WhatsApp is held."),
    holds.TEMPLATES: mark("Template messages are held; answers go out."),
    holds.RECIPIENT: mark("Messages to one person are held; the others go out."),
}

bp = Blueprint("limits", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of limits."""
    said = wording()
    return {
        "limit_name": _name,
        "about_limit": lambda name: said.text(ABOUT.get(name, "")),
        "held": lambda hold: said.text(HOLDS[str(hold.scope)]),
        "chart_of": lambda one: chart(one.hours, from_the_right=said.direction == "rtl"),
        "clock_hour": lambda at: f"{at.astimezone(_board().zone):%H:%M}",
        "apart": apart,
        "masked": masking.number,
        "why_masked": _why_masked,
        "free_answers": FREE_ANSWERS,
    }


@bp.get("/limits")
@needs()
def page() -> AnyResponse:
    """How each limit stands, who waits, what it costs. `?part=1`: only the part that changes."""
    if "part" not in request.args:
        return _page(200)
    response = make_response(render_template("_limits.html", seen=_board().seen(scope())))
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/api/rate-limits")
@needs()
def rate_limits() -> dict[str, object]:
    """The same for programs; instants are UTC, durations seconds."""
    board = _board()
    shown: dict[str, object] = {one.name: _as_json(one) for one in board.standings()}
    return shown | {"cost": _cost_as_json(board.costs())}


@bp.post("/limits/<name>")
@needs(May.ADMINISTER)
def change(name: str) -> AnyResponse:
    """Change how many this limit admits, from now on; its period stays."""
    person, given = _administrator(name), request.form.get("count", "")
    digits = "".join(given.split())  # people write 2 000
    count = int(digits) if digits.isdecimal() and len(digits) <= len(str(MOST)) else 0
    if not 1 <= count <= MOST:
        return _page(422, wrong=name, given=given)
    rate = Rate(count, _board().rate(name).per)
    note = entry("limit changed", f"{name}: {count}/{in_seconds(rate.per)}s")
    _board().change(name, rate, person.name, note)
    return _changed(name)


@bp.post("/limits/<name>/configured")
@needs(May.ADMINISTER)
def configured(name: str) -> AnyResponse:
    """Let the configuration's limit count again."""
    person = _administrator(name)
    note = entry("limit changed", f"{name}: as configured")
    _board().change(name, None, person.name, note)
    return _changed(name)


def _board() -> LimitsBoard:
    return desk().limits


def _administrator(name: str) -> User:
    """Who asks, if they may change this limit; else nobody hears more than that."""
    person = signed_in()
    if name not in _board().names:
        abort(404)
    return person


def _page(code: int, **more: object) -> AnyResponse:
    is_admin = may(May.ADMINISTER)
    board = _board()
    read = {"seen": board.seen(scope()), "costs": board.costs()}
    shown = render_template("limits.html", **read, is_admin=is_admin, most=MOST, **more)
    return make_response(shown, code)


def _changed(name: str) -> AnyResponse:
    """Said, and the page again."""
    said, rate = wording(), _board().rate(name)
    told = mark("%(limit)s: %(count)d in %(period)s from now on, after a restart too.")
    flash(said.text(told, limit=_name(name), count=rate.count, period=said.span(rate.per)))
    return redirect(url_for("limits.page"))


def _name(name: str) -> str:
    return wording().text(telling.LIMITS.get(name, name))


def _why_masked(row: Any) -> str:
    """Why something waits or was refused, without whose it is."""
    error, reason = masking.columns({"error": row.error, "reason": row.reason})
    said, english = wording(), error or ""
    return with_commands(telling.told(reason, said) if reason else said.text(english))


def _as_json(one: Standing) -> dict[str, object]:
    answer = one.answer
    return {
        "limit": answer.limit,
        "remaining": answer.remaining,
        "reset_at": answer.reset_at.isoformat(),
        "retry_after": in_seconds(answer.retry_after),
        "period": in_seconds(one.rate.per),
        "is_configured": one.changed is None,
        "use": [
            {"hour": hour.at.isoformat(), "allowed": hour.allowed, "refused": hour.refused}
            for hour in one.hours
        ],
    }


def _cost_as_json(cost: Costs) -> dict[str, object]:
    return {
        "since": cost.since_at.isoformat(),
        "service": {
            "sent": cost.answers,
            "free": FREE_ANSWERS,
            "billed": cost.billed_answers,
        },
        "templates": {"sent": cost.all_templates, "by_category": dict(cost.templates)},
    }
