"""The days on which dossiers need somebody, as one person sees them; and what may be done there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appliance.clock import Clock
from appliance.firm.deadlines import Deadlines
from appliance.firm.scope import Scope
from appliance.store.models import Client, Deadline, Dossier, DossierStatus

PAGE = 50  # deadlines of a page
NEAR = timedelta(days=14)  # what the page of today looks ahead
NEAREST = 10  # deadlines on the page of today
DONE = 20  # those done last


@dataclass(frozen=True)
class DeadlinesSeen:
    """A page of what is open, the first due first; `count`: on all pages. `done`: the last ones."""

    lines: Sequence[Deadline]
    page: int
    count: int
    done: Sequence[Deadline]
    has_more: bool


@dataclass(frozen=True)
class Near:
    """What is late or due soon; `count`: how many these are, beyond those shown too."""

    lines: Sequence[Deadline]
    count: int


class DeadlinesBoard:
    """Reads them within what somebody sees."""

    def __init__(self, deadlines: Deadlines, clock: Clock, zone: ZoneInfo) -> None:
        self.deadlines = deadlines
        self._clock = clock
        self._zone = zone

    @property
    def today(self) -> date:
        """Of the firm's time zone."""
        return self._clock.now().astimezone(self._zone).date()

    def seen(self, scope: Scope, page: int, *, is_mine: bool) -> DeadlinesSeen:
        """What is open, and what was done last; `is_mine`: of the dossiers of whoever asks."""
        whose = [Dossier.lawyer.in_(list(scope.own or scope.served))] if is_mine else []
        query = _of(scope, Deadline.done_at.is_null(), *whose)
        found = list(_in_order(query).offset((page - 1) * PAGE).limit(PAGE + 1))
        done = _of(scope, Deadline.done_at.is_null(False), *whose)
        lately = list(done.order_by(Deadline.done_at.desc(), Deadline.id.desc()).limit(DONE))
        return DeadlinesSeen(found[:PAGE], page, query.count(), lately, len(found) > PAGE)

    def near(self, scope: Scope) -> Near:
        """What is late, and what is due within `NEAR`."""
        found = _in_order(_of(scope, *_due_by(self.today + NEAR))).limit(NEAREST)
        return Near(list(found), _count(scope, self.today + NEAR))

    def pressing(self, scope: Scope) -> int:
        """How many are due today, or were before."""
        return _count(scope, self.today)

    def active_of(self, client_id: int, scope: Scope) -> list[Dossier]:
        """The open dossiers of a client, the newest first."""
        is_open = (Dossier.client == client_id, Dossier.status == DossierStatus.ACTIVE)
        query = Dossier.select(Dossier, Client).join(Client).where(*is_open, scope.dossiers())
        return list(query.order_by(Dossier.id.desc()))


def _of(scope: Scope, *conditions: Any) -> Any:
    query = Deadline.select(Deadline, Dossier, Client).join(Dossier).join(Client)
    return query.where(*conditions, scope.dossiers(Deadline.dossier))


def _count(scope: Scope, last: date) -> int:
    """How many are due by that day."""
    return int(Deadline.select().where(*_due_by(last), scope.dossiers(Deadline.dossier)).count())


def _due_by(last: date) -> tuple[Any, Any]:
    return Deadline.done_at.is_null(), Deadline.due_on <= last


def _in_order(query: Any) -> Any:
    return query.order_by(Deadline.due_on, Deadline.id)
