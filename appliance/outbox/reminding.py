"""The letter of the morning: how many deadlines are late or near. It names no client, no dossier.

Once a day and address, on days on which there is something to say; what could not be sent one day
gives way to the next day's. A letter is read on locked screens and kept by mail servers, so it
sends people to the page, which opens for who signs in.
"""

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from appliance.clock import Clock
from appliance.errors import PermanentError, Stop
from appliance.firm.recipients import Recipients
from appliance.jobs import Job, Jobs
from appliance.outbox.addressees import hears
from appliance.outbox.posting import Posted
from appliance.outbox.readers import forget
from appliance.replies.announcements import Kind
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Deadline, Dossier, Outgoing, OutgoingStatus
from appliance.telling import columns
from appliance.wording import mark

AHEAD = timedelta(days=7)
NEAR = mark(
    "Deadlines of your dossiers: %(late)s late, %(today)s due today, %(soon)s due within seven "
    "days."
)


class When(StrEnum):
    """When something is due, as the letter counts it."""

    LATE = "late"
    TODAY = "today"
    SOON = "soon"


class Reminders:
    """Posts the letters, and calls for them after the commit."""

    def __init__(
        self, store: Store, jobs: Jobs, clock: Clock, zone: ZoneInfo, recipients: Recipients
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._zone = zone
        self._recipients = recipients

    def post(self, _: Stop) -> None:
        """A letter to everybody who hears of a dossier with a deadline that is late or near."""
        posted = self._store.write(self._unit)
        self._jobs.wake_when_due(Job.OUTGOING, posted, self._clock.now())

    def _unit(self) -> list[Posted]:
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        _forget_before(today)
        posted = (self._letter(*each, today, now) for each in self._counts(today).items())
        return [one for one in posted if one is not None]

    def _counts(self, today: date) -> dict[str, Counter[When]]:
        """How many of each, by address."""
        query = Deadline.select(Deadline.due_on, Dossier.lawyer, Dossier.access).join(Dossier)
        near = query.where(Deadline.done_at.is_null(), Deadline.due_on <= today + AHEAD)
        found: dict[str, Counter[When]] = {}
        for each in near:
            for address in hears(self._recipients, each.dossier):
                found.setdefault(address, Counter())[_when(each.due_on, today)] += 1
        return found

    def _letter(
        self, address: str, counts: Counter[When], today: date, now: datetime
    ) -> Posted | None:
        """None: it was posted this morning already."""
        key = _key(today, address)
        if rows.find(Outgoing, dedupe_key=key) is not None:
            return None
        told = PermanentError(NEAR, **{when.value: counts[when] for when in When})
        made = rows.insert(
            Outgoing,
            channel="email",
            kind=Kind.DEADLINES,
            recipient=address,
            due_at=now,
            dedupe_key=key,
            callback=str(uuid.uuid4()),
            content=columns(told)["reason"],
            created_at=now,
        )
        return Posted(made.id, now, 0)


def _forget_before(today: date) -> None:
    """What could not leave on another morning counts what is no longer so."""
    table = Outgoing
    waits = (table.status == OutgoingStatus.QUEUED, table.leased_until.is_null())
    for row in table.select().where(table.kind == Kind.DEADLINES, *waits):
        if not row.dedupe_key.startswith(_key(today, "")):
            forget(row)


def _key(today: date, address: str) -> str:
    return f"{Kind.DEADLINES}:{today}:{address}"


def _when(due_on: date, today: date) -> When:
    if due_on < today:
        return When.LATE
    return When.TODAY if due_on == today else When.SOON
