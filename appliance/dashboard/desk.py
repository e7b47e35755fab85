"""What the dashboard's views need, in one frozen place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app

from appliance.clock import Clock
from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.arrivals import ArrivalsBoard
from appliance.dashboard.audit_board import AuditBoard
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.conversations import Conversations
from appliance.dashboard.deadlines_board import DeadlinesBoard
from appliance.dashboard.drive_board import DriveBoard
from appliance.dashboard.files_board import FilesBoard
from appliance.dashboard.health_board import HealthBoard
from appliance.dashboard.keeping_board import KeepingBoard
from appliance.dashboard.limits_board import LimitsBoard
from appliance.dashboard.overview import Overview
from appliance.dashboard.papers_board import PapersBoard
from appliance.dashboard.people_board import PeopleBoard
from appliance.dashboard.queues_board import QueuesBoard
from appliance.dashboard.registry import Registry
from appliance.dashboard.safety_board import SafetyBoard
from appliance.dashboard.settings_board import SettingsBoard
from appliance.dashboard.triage_board import TriageBoard
from appliance.errors import TemporaryError
from appliance.firm.access import AccessBook
from appliance.firm.scope import Scope
from appliance.firm.users import Users
from appliance.store.database import Note
from appliance.wording import Wording

_NAME = "greffier-desk"
_PULSE = "greffier-pulse"
_FRESH = timedelta(seconds=10)


@dataclass(frozen=True)
class Desk:
    """The stations as the dashboard sees them: what it reads, and the few things it may ask."""

    users: Users
    access: AccessBook
    overview: Callable[[Scope], Overview]
    arrivals: ArrivalsBoard
    retry: Callable[[int, Note], bool]
    settle_event: Callable[[int, Note], bool]
    health: Callable[[], dict[str, Any]]
    limits: LimitsBoard
    queues: QueuesBoard
    people: PeopleBoard
    answers: AnswersBoard
    cabinet: CabinetBoard
    safety: SafetyBoard
    files: FilesBoard
    papers: PapersBoard
    deadlines: DeadlinesBoard
    drive: DriveBoard
    keeping: KeepingBoard
    triage: TriageBoard
    conversations: Conversations
    audit: AuditBoard
    registry: Registry
    health_board: HealthBoard
    settings: SettingsBoard
    wordings: Mapping[str, Wording]
    language: str
    firm_name: str
    local_token: str
    clock: Clock


class Pulse:
    """How the appliance is, asked every ten seconds at most however many screens look."""

    def __init__(self, health: Callable[[], dict[str, Any]], clock: Clock) -> None:
        self._health = health
        self._clock = clock
        self._felt: tuple[datetime, list[str]] | None = None

    def troubles(self) -> list[str]:
        """The components that are not well."""
        now = self._clock.now()
        if self._felt is None or not now - _FRESH < self._felt[0] <= now:
            self._felt = (now, self._look())
        return self._felt[1]

    def _look(self) -> list[str]:
        try:
            components = self._health()["components"]
        except TemporaryError:
            return ["store"]
        return [name for name, part in components.items() if part["status"] != "ok"]


def put_desk(app: Flask, desk: Desk) -> None:
    """Give the app its desk, once."""
    app.extensions[_NAME] = desk
    app.extensions[_PULSE] = Pulse(desk.health, desk.clock)


def desk() -> Desk:
    """The desk of the app that answers this request."""
    found: Desk = current_app.extensions[_NAME]
    return found


def pulse() -> Pulse:
    """The pulse of the appliance behind this desk."""
    found: Pulse = current_app.extensions[_PULSE]
    return found
