"""Health, planned tasks, the technical log: for administrators.

No check runs while a page is made: it shows what was found last, and how long ago.
"""

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.health_board import HealthBoard
from appliance.dashboard.visitor import needs, signed_in, wording
from appliance.firm.rights import May
from appliance.upkeep.logs import LEVELS
from appliance.upkeep.taskbook import Outcome
from appliance.wording import mark

CHECKS = {
    "config": mark("Settings are complete"),
    "app secret": mark("App secret"),
    "workers": mark("Workers"),
    "data folder": mark("Data folder"),
    "documents": mark("Folder of the clients"),
    "database": mark("Database"),
    "nothing lost": mark("Nothing lost"),
    "disk": mark("Room on the disk"),
    "whatsapp token": mark("Access token of WhatsApp"),
    "whatsapp webhook": mark("App receives the messages"),
    "clock": mark("Clock of this computer"),
    "webhook address": mark("Address that Meta calls"),
    "number quality": mark("Quality of the number"),
    "messaging limit": mark("Messaging limit"),
    "template": mark("Template of the confirmation"),
    "sending": mark("Sending"),
    "waiting work": mark("Oldest waiting work"),
    "files at meta": mark("Files at Meta"),
    "clean-up": mark("Clean-up by night"),
    "backup": mark("Last copy of the database"),
    "settings": mark("Settings without effect"),
    "email": mark("E-mail"),
    "alerts": mark("Alerts"),
    "virus scanner": mark("Virus scanner"),
    "safety": mark("Safety of documents"),
    "drive": mark("Google Drive"),
    "dashboard": mark("Who can reach the dashboard"),
    "tunnel": mark("The tunnel"),
    "version": mark("Version"),
}
SEVERITY = {
    "error": mark("Error"),
    "warning": mark("Warning"),
    "off": mark("Note"),
    "ok": mark("Good"),
}
TASKS = {
    "sweep": mark("Look for work whose call was lost"),
    "pay": mark("Write down what a full disk refused"),
    "tidy": mark("Tidy the database"),
    "account": mark("Read what Meta says of the account"),
    "presence": mark("Note that Greffier runs"),
    "forget": mark("Forget old counts; look at files that Meta soon drops"),
    "disk": mark("Compare the folders with the records"),
    "inventory": mark("Count everything received: nothing lost"),
    "clean-up": mark("Remove old words of messages"),
    "deadlines": mark("Write to lawyers of deadlines that are late or near"),
    "checks": mark("Check everything (Health)"),
    "number": mark("Look at the number at Meta"),
}
OUTCOMES = {
    Outcome.DONE: mark("done"),
    Outcome.FAILED: mark("failed"),
    Outcome.STOPPED: mark("stopped; goes on later"),
}
LEVEL_NAMES = {
    "debug": mark("everything"),
    "info": mark("events and worse"),
    "warning": mark("warnings and worse"),
    "error": mark("errors"),
    "critical": mark("the gravest only"),
}
ASKED = mark("It is being checked: the result appears here.")
TASK_ASKED = mark("It is done as soon as possible: look again in a moment.")
# Where what a check complains of is mended: an endpoint, its values, an anchor.
MENDS: dict[str, tuple[str, dict[str, str]]] = {
    "config": ("settings.page", {}),
    "app secret": ("settings.section", {"section": "whatsapp", "_anchor": "f-app_secret"}),
    "workers": ("settings.restart_page", {}),
    "data folder": ("settings.section", {"section": "firm", "_anchor": "f-data"}),
    "documents": ("settings.section", {"section": "documents", "_anchor": "f-folder"}),
    "nothing lost": ("pages.today", {}),
    "whatsapp token": ("settings.section", {"section": "whatsapp", "_anchor": "f-access_token"}),
    "dashboard": ("settings.section", {"section": "dashboard", "_anchor": "f-host"}),
    "webhook address": ("settings.section", {"section": "tunnel", "_anchor": "f-public_url"}),
    "messaging limit": ("limits.page", {}),
    "template": (
        "settings.section",
        {"section": "whatsapp", "_anchor": "f-template_confirmation"},
    ),
    "sending": ("limits.page", {}),
    "files at meta": ("keeping.settings", {}),
    "clean-up": ("health.tasks", {}),
    "settings": ("settings.page", {}),
    "email": ("settings.section", {"section": "email", "_anchor": "f-host"}),
    "alerts": ("settings.section", {"section": "alerts", "_anchor": "f-critical"}),
    "virus scanner": ("settings.section", {"section": "documents", "_anchor": "f-antivirus"}),
    "safety": ("safety.page", {}),
    "drive": ("drive.page", {}),
}
META = "https://business.facebook.com/wa/manage/home/"
MENDED_AT_META = frozenset({"whatsapp webhook", "number quality"})

bp = Blueprint("health", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of checks and tasks."""
    said = wording()
    return {
        "check_name": lambda name: said.text(str(CHECKS.get(name, name))),
        "severity_name": lambda severity: said.text(SEVERITY[severity]),
        "mend": _mend,
        "task_name": lambda name: said.text(str(TASKS.get(name, name))),
        "task_outcome": lambda outcome: said.text(OUTCOMES[outcome]),
        "level_name": lambda level: said.text(LEVEL_NAMES[level]),
    }


def _mend(name: str) -> str | None:
    """Where it is mended: a page of ours, or Meta's."""
    if name in MENDED_AT_META:
        return META
    found = MENDS.get(name)
    return address_of(found[0], **found[1]) if found else None  # type: ignore[arg-type] # anchors


@bp.get("/admin/health")
@needs(May.ADMINISTER)
def page() -> AnyResponse:
    """Whether the office receives, and what to mend. `?part=1`: only the part that changes."""
    seen = _board().health()
    if "part" not in request.args:
        return make_response(render_template("health.html", seen=seen))
    response = make_response(render_template("_health.html", seen=seen))
    response.add_etag()
    return response.make_conditional(request)


@bp.post("/admin/health/check")
@needs(May.ADMINISTER)
def check() -> AnyResponse:
    """Run one check again now, or all of them."""
    person, name = signed_in(), request.form.get("name", "")
    if name and not _board().has_check(name):
        abort(404)
    desk().users.note(person.name, "check run", name or "all")
    _board().check(name)
    flash(wording().text(ASKED))
    return redirect(address_of("health.page"))


@bp.get("/admin/tasks")
@needs(May.ADMINISTER)
def tasks() -> AnyResponse:
    """What Greffier does by itself: when it did so last, how it went, when it does so next."""
    return make_response(render_template("tasks.html", tasks=_board().tasks()))


@bp.post("/admin/tasks/<name>/run")
@needs(May.ADMINISTER)
def run_task(name: str) -> AnyResponse:
    """Do it now."""
    person = signed_in()
    if not _board().has_task(name):
        abort(404)
    desk().users.note(person.name, "task run", name)
    _board().do_now(name)
    flash(wording().text(TASK_ASKED))
    return redirect(address_of("health.tasks"))


@bp.get("/admin/logs")
@needs(May.ADMINISTER)
def logs() -> AnyResponse:
    """The latest lines of the technical log, newest first."""
    asked = request.args.get("level", "info")
    level, text = asked if asked in LEVELS else "info", request.args.get("words", "")[:200].strip()
    shown = render_template(
        "logs.html", lines=_board().log(level, text), level=level, levels=LEVELS, words=text
    )
    return make_response(shown)


@bp.post("/admin/logs/bundle")
@needs(May.ADMINISTER)
def bundle() -> AnyResponse:
    """The file for support, to be saved."""
    person, now = signed_in(), desk().clock.now()
    desk().users.note(person.name, "support file made", None)
    answer = Response(_board().bundle(now), mimetype="application/zip")
    name = f"greffier-support-{now:%Y%m%d-%H%M}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _board() -> HealthBoard:
    return desk().health_board
