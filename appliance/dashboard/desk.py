"""What the dashboard's views need, in one frozen place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from appliance.clock import Clock
from appliance.dashboard.overview import Overview
from appliance.firm.users import Users
from appliance.wording import Wording

_NAME = "greffier-desk"


@dataclass(frozen=True)
class Desk:
    """The stations as the dashboard sees them: what it reads, and the few things it may ask."""

    users: Users
    overview: Callable[[], Overview]
    retry: Callable[[int], bool]
    health: Callable[[], dict[str, Any]]
    wordings: Mapping[str, Wording]
    language: str
    firm_name: str
    local_token: str
    clock: Clock


def put_desk(app: Flask, desk: Desk) -> None:
    """Give the app its desk, once."""
    app.extensions[_NAME] = desk


def desk() -> Desk:
    """The desk of the app that answers this request."""
    found: Desk = current_app.extensions[_NAME]
    return found
