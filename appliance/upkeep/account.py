"""What Meta tells of the account: read once, kept, shown, and told when it costs.

Owns account_events.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from appliance.clock import Clock
from appliance.config import Urgency
from appliance.errors import PermanentError
from appliance.inbox.account import FIELDS, Severity, Told, fault_of, told
from appliance.inbox.messages import Inbox
from appliance.outbox.posting import Posted
from appliance.outbox.sending import Outbox
from appliance.store import models, rows
from appliance.store.database import Note, Store, by_nobody
from appliance.telling import columns

log = structlog.get_logger()

AT_ONCE = 200  # notices a look
LOOK = "look"  # the field of what we have seen for ourselves (upkeep.number)


class AccountEvents:
    """Makes events of notices, one each."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        inbox: Inbox,
        outbox: Outbox,
        on_limit: Callable[[int | None], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._inbox = inbox
        self._outbox = outbox
        self._on_limit = on_limit

    def read_new(self) -> int:
        """Read the notices that nobody has read; how many."""
        notices = self._inbox.unread_notices(AT_ONCE)
        if not notices:
            return 0
        limits: list[Told] = []

        def unit() -> list[Posted]:
            limits.clear()
            posted = [each for notice in notices for each in self._read(notice, limits)]
            self._inbox.mark_read([notice.id for notice in notices])
            return posted

        self._outbox.wake(self._store.write(unit))
        for event in limits:
            self._on_limit(event.limit)
        log.info("account webhooks read", count=len(notices))
        return len(notices)

    def _read(self, notice: models.Notice, limits: list[Told]) -> list[Posted]:
        """Inside a unit."""
        if rows.find(models.AccountEvent, notice=notice) is not None:
            return []
        content = json.loads(notice.raw)
        event = told(notice.field, content) if notice.field in FIELDS else fault_of(content)
        if event is None:
            return []
        if event.limit is not None:
            limits.append(event)
        return self._keep(notice.field, event, notice.id)

    def _keep(self, field: str, event: Told, notice_id: int | None) -> list[Posted]:
        error = _sentence(event)
        now = self._clock.now()
        row = rows.insert(
            models.AccountEvent,
            notice=notice_id,
            field=field,
            event=event.event,
            severity=event.severity,
            received_at=now,
            settled_at=now if event.severity == Severity.INFO else None,
            **columns(error),
        )
        if event.severity == Severity.INFO:
            return []
        is_grave = event.severity == Severity.CRITICAL
        urgency = Urgency.CRITICAL if is_grave else Urgency.WARNING
        return self._outbox.alert(f"account:{row.id}", error, urgency)

    def compare(self, seen: Iterable[Told]) -> None:
        """What we saw ourselves: what is new is told, what is over is settled."""
        wanted = {(event.event, _sentence(event).reason): event for event in seen}

        def unit() -> list[Posted]:
            known = {(row.event, row.error): row for row in open_events(LOOK)}
            for key in known.keys() - wanted.keys():
                _settle(known[key].id, self._clock.now())
            new = [wanted[key] for key in wanted.keys() - known.keys()]
            return [posted for event in new for posted in self._keep(LOOK, event, None)]

        self._outbox.wake(self._store.write(unit))


def settle(store: Store, clock: Clock, event_id: int, note: Note = by_nobody) -> bool:
    """Somebody has seen it. False if there is nothing to be seen any more."""
    now = clock.now()
    return store.act(lambda: _settle(event_id, now), note)


def _settle(event_id: int, at: datetime) -> bool:
    """Inside a unit."""
    row = rows.find(models.AccountEvent, id=event_id)
    if row is None or row.settled_at is not None:
        return False
    rows.update(models.AccountEvent, event_id, settled_at=at)
    return True


def _sentence(event: Told) -> PermanentError:
    return PermanentError(event.text, **event.values)


def open_events(field: str | None = None) -> list[models.AccountEvent]:
    """What costs and nobody has seen yet, newest first."""
    table = models.AccountEvent
    query = table.select().where(table.settled_at.is_null())
    if field is not None:
        query = query.where(table.field == field)
    return list(query.order_by(table.id.desc()))
