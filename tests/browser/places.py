"""Every page of the dashboard, found in its routes, with something to show on those that ask which.

A route that needs a value of a new name fails here: give it one below, or nobody looks at it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from appliance.dashboard import door, pages
from tests import clamd

# For people who are not signed in, or in the middle of something: the days show them.
NOT_WALKED = {"static", "pages.login", "entrance.code", "entrance.invitation", "account.picture"}
# They send people elsewhere when nothing brought them there.
MOVES = {"answers.settings", "drive.callback"}
if clamd.PROGRAM is None:  # then nothing is in quarantine
    MOVES |= {"safety.ask_release"}


class Rows(Protocol):
    """A firm whose rows can be asked."""

    def id_of(self, sql: str, *values: object) -> int:
        """The first column of the first row. Raises LookupError when there is none."""
        ...


_DOSSIER = "SELECT id FROM dossiers WHERE reference = '2026-0042'"
_FILED = "SELECT id FROM documents WHERE name LIKE '%contrat de bail%'"
_WAITS = "SELECT id FROM documents WHERE status = 'pending' ORDER BY id"
_PUT_AWAY = "SELECT id FROM documents WHERE safety != 'ok' ORDER BY safety = 'quarantined' DESC"
# By "endpoint.name" of the value, else by its name alone.
VALUES: dict[str, Callable[[Rows], object]] = {
    "document_id": lambda firm: firm.id_of(_FILED),
    "dossier_id": lambda firm: firm.id_of(_DOSSIER),
    "dossiers.page.row_id": lambda firm: firm.id_of(_DOSSIER),
    "queues.job.job_name": lambda _: "message",
    "queues.job.row_id": lambda firm: firm.id_of("SELECT id FROM whatsapp_messages"),
    "safety.ask_release.document_id": lambda firm: firm.id_of(_PUT_AWAY),
    "keeping.report.dossier_id": lambda firm: firm.id_of("SELECT dossier_id FROM destructions"),
    "keeping.report.number": lambda firm: firm.id_of("SELECT id FROM destructions"),
    "person_id": lambda firm: firm.id_of("SELECT min(correspondent_id) FROM whatsapp_messages"),
    "files.one_page.number": lambda _: 1,
    "papers.receipt.number": lambda _: 1,
    "exhibits.bordereau.number": lambda _: 1,
    "entry_id": lambda firm: firm.id_of("SELECT id FROM faq_entries"),
    "trigger": lambda _: "outside_hours",
    "language": lambda _: "fr",
    "client_id": lambda firm: firm.id_of("SELECT client_id FROM dossiers WHERE id = 1"),
    "import_id": lambda firm: firm.id_of("SELECT id FROM imports"),
    "user_id": lambda firm: firm.id_of("SELECT id FROM users WHERE role = 'assistant'"),
    "help.topic.page": lambda _: "today",
    "deadline_id": lambda firm: firm.id_of("SELECT id FROM deadlines"),
    "section": lambda _: "firm",
}


class Answer(StrEnum):
    """What somebody gets at an address."""

    PAGE = "page"
    PART = "part"  # of a page, that its script asks for
    FILE = "file"
    MOVE = "move"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True)
class Place:
    """One page, by its endpoint."""

    endpoint: str
    rule: Rule

    def path(self, firm: Rows, own: Mapping[str, Callable[[Any], object]] | None = None) -> str:
        """Its address in this firm; `own` values go before those above.

        Raises KeyError for a value that nobody has named, LookupError where there is none.
        """
        known = {**VALUES, **(own or {})}
        given = {}
        for name in self.rule.arguments:
            value = known.get(f"{self.endpoint}.{name}") or known[name]
            given[name] = value(firm)
        built = self.rule.build(given)
        assert built is not None, self.rule
        return built[1]


def places() -> list[Place]:
    """Every address that can be looked at, of all that the dashboard has."""
    app = Flask("map", root_path=str(pages.FOLDER))
    for page in door.PAGES:
        app.register_blueprint(page.bp)
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [
        Place(rule.endpoint, rule)
        for rule in rules
        if "GET" in (rule.methods or ()) and rule.endpoint not in NOT_WALKED
    ]


def endpoint_at(path: str, known: Sequence[Place]) -> str | None:
    """Which page has this address, if it is one."""
    try:
        found, _ = known[0].rule.map.bind("localhost").match(path.partition("?")[0])
    except (HTTPException, RequestRedirect):
        return None
    return found if any(place.endpoint == found for place in known) else None
