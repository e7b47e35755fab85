"""Help: the screens in a list, and for each a page. The "?" of every page leads to its own."""

from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.help_texts import TOPICS
from appliance.dashboard.visitor import needs

# By endpoint, else by blueprint, where the topic has another name.
TOPIC_OF = {
    "health.page": "health",
    "health.check": "health",
    "health.tasks": "tasks",
    "health.logs": "logs",
    "pages": "today",
    "dossiers.pending": "triage",
    "pending": "triage",
    "files": "document",
    "acts": "document",
    "disk": "dossiers",
    "exhibits": "papers",
    "keeping": "keeping",
    "register": "clients",
    "queue": "queues",
}

bp = Blueprint("help", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Where the "?" of this page leads."""
    return {"help_address": _address}


def _address() -> str | None:
    endpoint, blueprint = request.endpoint or "", request.blueprint or ""
    topic = TOPIC_OF.get(endpoint) or TOPIC_OF.get(blueprint) or blueprint
    if blueprint == "help":
        return None
    return url_for("help.topic", page=topic) if topic in TOPICS else url_for("help.page")


@bp.get("/help")
@needs()
def page() -> AnyResponse:
    """Every screen, and the way Greffier works in few words."""
    return make_response(render_template("help.html", topics=TOPICS))


@bp.get("/help/<page>")
@needs()
def topic(page: str) -> AnyResponse:
    """The help of one screen."""
    found = TOPICS.get(page)
    if found is None:
        abort(404)
    return make_response(render_template("help_topic.html", topic=found))
