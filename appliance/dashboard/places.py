"""The places of the dashboard: one line each, in the order in which the navigation names them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import current_app

from appliance.dashboard.desk import desk
from appliance.dashboard.visitor import refusal_of, scope
from appliance.safety import waiting
from appliance.wording import mark

PENDING = "triage.page"  # what waits to be filed
TALK = "conversations.talk"  # `person_id`: a correspondent's
SEARCH = "search.page"  # answers to `?q=`
ACCOUNT = "account.page"
QUEUES = "queues.page"
GLASS = "glass.page"


class Group(StrEnum):
    """Where a place stands: always in sight, or below a heading of the menu."""

    DAILY = "daily"
    OFFICE = "office"
    ADMINISTRATION = "administration"


HEADINGS = {
    Group.OFFICE: mark("The firm"),
    Group.ADMINISTRATION: mark("Administration"),
}


@dataclass(frozen=True)
class Place:
    """A page that the navigation leads to, for those who may open it: its view says who.

    `key`: pressed after `g`; no two places have the same. `count`: how many things wait there.
    """

    endpoint: str
    text: str
    key: str = ""
    group: Group = Group.DAILY
    count: Callable[[], int] | None = None


# A place whose page does not exist is left out.
PLACES = (
    Place("pages.today", mark("Today"), key="t"),
    Place(PENDING, mark("To be filed"), key="p"),
    Place("conversations.page", mark("Conversations"), key="v"),
    Place("dossiers.shelf", mark("Dossiers"), key="d"),
    Place("clients.shelf", mark("Clients"), key="c"),
    Place(
        "deadlines.page",
        mark("Deadlines"),
        key="n",
        count=lambda: desk().deadlines.pressing(scope()),
    ),
    Place("people.page", mark("People"), key="e", group=Group.OFFICE),
    Place("board.page", mark("Who has which dossiers"), key="b", group=Group.OFFICE),
    Place("imports.page", mark("Bring in a list"), key="i", group=Group.OFFICE),
    Place(
        "safety.page",
        mark("Safety"),
        key="s",
        group=Group.OFFICE,
        count=lambda: waiting.to_check(scope()),
    ),
    Place("answers.page", mark("Automatic messages"), key="m", group=Group.OFFICE),
    Place("keeping.settings", mark("Keeping"), key="k", group=Group.OFFICE),
    Place("health.page", mark("Health"), key="h", group=Group.ADMINISTRATION),
    Place(QUEUES, mark("Queue"), key="q", group=Group.ADMINISTRATION),
    Place("limits.page", mark("Limits"), key="l", group=Group.ADMINISTRATION),
    Place("settings.page", mark("Settings"), key="r", group=Group.ADMINISTRATION),
    Place("users.page", mark("Users"), key="u", group=Group.ADMINISTRATION),
    Place("audit.page", mark("Audit log"), key="a", group=Group.ADMINISTRATION),
    Place("drive.page", mark("Google Drive"), group=Group.ADMINISTRATION),
    Place("health.tasks", mark("Planned tasks"), group=Group.ADMINISTRATION),
    Place("health.logs", mark("Technical log"), group=Group.ADMINISTRATION),
    Place(GLASS, mark("Break the glass"), group=Group.ADMINISTRATION),
    Place("help.page", mark("Help"), key="x", group=Group.ADMINISTRATION),
)

# Always in sight for who runs the system and sees no content: their day is there.
RUNNING = frozenset({"health.page", QUEUES, "limits.page", "settings.page", "users.page"})


def exists(endpoint: str) -> bool:
    """Whether this dashboard has the page, and it is open to whoever asks."""
    return endpoint in current_app.view_functions and refusal_of(endpoint, None) is None


def places(*, counted: bool = True) -> list[tuple[Place, int]]:
    """Where whoever asks may go, with how much waits there."""
    known = [place for place in PLACES if exists(place.endpoint)]
    if PENDING not in {place.endpoint for place in known}:
        known = [_in_sight(place) for place in known]
    return [(place, place.count() if place.count and counted else 0) for place in known]


def _in_sight(place: Place) -> Place:
    return replace(place, group=Group.DAILY) if place.endpoint in RUNNING else place
