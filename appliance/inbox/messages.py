"""What came in. Owns whatsapp_messages, receipts, notices and webhook_bodies."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from appliance.clock import Clock
from appliance.errors import TemporaryError
from appliance.inbox.envelope import Incoming, Notice, Receipt, Update
from appliance.jobs import Jobs
from appliance.store import models, work
from appliance.store.database import Store
from appliance.store.fields import utc_text
from appliance.store.models import MessageStatus
from appliance.store.work import Later
from appliance.telling import columns

VIP = 10  # priority of a message from a client whom the firm marked

_BODY = """
INSERT INTO webhook_bodies (sha256, body, received_at, deliveries, error) VALUES (?, ?, ?, 1, ?)
ON CONFLICT (sha256) DO UPDATE SET deliveries = deliveries + 1
RETURNING id, deliveries
"""
_MESSAGE = """
INSERT INTO whatsapp_messages
  (wamid, direction, sender, user_id, profile_name, type, body, status, received_at, sent_at,
   processed_at, raw, webhook_body_id, is_duplicate, due_at, attempts, interruptions, priority)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, ?)
ON CONFLICT (wamid) DO NOTHING RETURNING id
"""
_RECEIPT = """
INSERT INTO receipts
  (wamid, status, happened_at, callback, raw, received_at, webhook_body_id, due_at,
   attempts, interruptions, priority)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
ON CONFLICT (wamid, status) DO NOTHING RETURNING id
"""
_NOTICE = """
INSERT INTO notices (field, raw, error, received_at, webhook_body_id) VALUES (?, ?, ?, ?, ?)
"""
_VIP_SENDERS = """
SELECT contacts.value FROM contacts JOIN clients ON clients.id = contacts.client_id
WHERE clients.vip AND contacts.value IN ({marks})
"""


class Call(NamedTuple):
    """A row to look at."""

    name: str
    row_id: int
    priority: int


@dataclass(frozen=True)
class Interrupted:
    """What `release_interrupted` found: how many messages and receipts were half-way."""

    messages: int
    receipts: int


class Inbox:
    """Stores each message once; says who waits.

    The first insert is plain SQL: it is the path between Meta's POST and our 200.
    """

    def __init__(self, store: Store, jobs: Jobs, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    def keep(self, body: bytes, updates: Iterable[Update], error: str | None = None) -> int:
        """Commit the body and every update it holds that is new; then wake; return how many.

        A body that came before adds nothing: all of it was committed with it the first time.
        Raises TemporaryError when it cannot be stored; nothing of it is kept then.
        """
        now = self._clock.now()
        found = list(updates)
        calls = self._store.write(lambda: self._insert(body, found, error, utc_text(now)))
        for call in calls:
            self._jobs.wake(*call)
        return len(calls)

    def _insert(
        self, body: bytes, updates: list[Update], error: str | None, now: str
    ) -> list[Call]:
        digest = hashlib.sha256(body).hexdigest()
        rows = self._store.execute(_BODY, (digest, body, now, error)).fetchall()
        body_id, deliveries = rows[0]
        if deliveries > 1:
            return []
        vips = self._vips(updates)
        return list(self._insert_updates(updates, body_id, now, vips))

    def _insert_updates(
        self, updates: list[Update], body_id: int, now: str, vips: frozenset[str]
    ) -> Iterator[Call]:
        for update in updates:
            match update:
                case Incoming():
                    priority = VIP if {update.sender, update.user_id} & vips else 0
                    row_id = self._first(_MESSAGE, _message_values(update, body_id, now, priority))
                    if row_id is not None and update.direction == "in":
                        yield Call("message", row_id, priority)
                case Receipt():
                    row_id = self._first(_RECEIPT, _receipt_values(update, body_id, now))
                    if row_id is not None:
                        yield Call("receipt", row_id, 0)
                case Notice():
                    values = (update.field, _json(update.raw), update.error, now, body_id)
                    self._store.execute(_NOTICE, values)

    def _first(self, statement: str, values: tuple[Any, ...]) -> int | None:
        rows = self._store.execute(statement, values).fetchall()
        return rows[0][0] if rows else None

    def _vips(self, updates: list[Update]) -> frozenset[str]:
        senders: set[str] = set()
        for update in updates:
            if isinstance(update, Incoming):
                senders |= {update.sender, update.user_id or update.sender}
        if not senders:
            return frozenset()
        listed = sorted(senders)[:900]  # SQLite's limit on parameters is 999 in old versions
        statement = _VIP_SENDERS.format(marks=",".join("?" * len(listed)))
        rows = self._store.execute(statement, tuple(listed)).fetchall()
        return frozenset(value for (value,) in rows)

    def due(self, row_id: int) -> models.Message | Later | None:
        """A message that is due, not yet taken. Later: not yet. None: finished, or someone's."""
        return work.look(models.Message, row_id, self._clock.now())

    def due_receipt(self, row_id: int) -> models.Receipt | Later | None:
        """A receipt that is due to be applied, not yet taken."""
        return work.look(models.Receipt, row_id, self._clock.now())

    def claim(self, message: models.Message) -> models.Message | None:
        """Take it to work on, in a commit of its own. None: someone was quicker."""
        return self._store.write(lambda: self.take(message))

    def take(self, row: work.R) -> work.R | None:
        """Inside a unit: take it, where taking and finishing are one commit."""
        return work.claim(type(row), row.id, self._clock.now())

    def finish(self, message: models.Message, status: MessageStatus, **values: Any) -> None:
        """Inside a unit: the message needs nothing more. `values`: client, document, error…"""
        work.update(
            message,
            status=status,
            processed_at=self._clock.now(),
            due_at=None,
            leased_until=None,
            **{"error": None, "reason": None, **values},
        )

    def mark_media_downloaded(self, message: models.Message) -> None:
        """Inside a unit: its file is on our disk, whatever happens now."""
        work.update(message, status=MessageStatus.MEDIA_DOWNLOADED)

    def try_again(self, message: models.Message, error: TemporaryError) -> timedelta | None:
        """Give the message back for another attempt; how long until it is due.

        None when its attempts are used up: then it is still ours, to be given up.
        """
        now = self._clock.now()
        at = work.due_after(message, error, now)
        if at is None:
            return None
        reason = columns(error)["reason"]
        self._store.insist(
            lambda: work.give_back(message, error, at, reason=reason, client=message.client_id)
        )
        return at - now

    def retry(self, row_id: int) -> bool:
        """A person asks for another try of a failed message. True if it was in error."""
        now = self._clock.now()
        priority = self._store.write(lambda: self._revive(row_id, now))
        if priority is not None:
            self._jobs.wake("message", row_id, priority)
        return priority is not None

    def _revive(self, row_id: int, now: datetime) -> int | None:
        """Its priority; None when it was not in error."""
        table = models.Message
        query = table.update(
            status=MessageStatus.RECEIVED,
            error=None,
            reason=None,
            due_at=now,
            leased_until=None,
            attempts=0,
            interruptions=0,
            processed_at=None,
        )
        failed = table.status == MessageStatus.ERROR
        if not query.where(table.id == row_id, failed).execute():
            return None
        priority: int = table.get_by_id(row_id).priority
        return priority

    def finish_receipt(self, receipt: models.Receipt) -> None:
        """Inside a unit: the receipt has been applied."""
        work.update(receipt, due_at=None, leased_until=None)

    def shelve_receipt(self, row_id: int) -> None:
        """A receipt we stumble over is kept and shown in the log; it is not work any more."""
        table = models.Receipt
        values = {"due_at": None, "leased_until": None, "error": "could not be applied"}
        self._store.write(table.update(**values).where(table.id == row_id).execute)

    def release_interrupted(self) -> Interrupted:
        """At start: what the last process held is free again."""
        now = self._clock.now()

        def unit() -> Interrupted:
            return Interrupted(
                len(work.release_interrupted(models.Message, now)),
                len(work.release_interrupted(models.Receipt, now)),
            )

        return self._store.write(unit)


def _message_values(m: Incoming, body_id: int, now: str, priority: int) -> tuple[Any, ...]:
    is_work = m.direction == "in"
    return (
        m.wamid,
        m.direction,
        m.sender,
        m.user_id,
        m.profile_name,
        m.type,
        m.text,
        MessageStatus.RECEIVED if is_work else MessageStatus.PROCESSED,
        now,
        utc_text(m.sent_at) if m.sent_at else None,
        None if is_work else now,
        _json(m.raw),
        body_id,
        now if is_work else None,
        priority,
    )


def _receipt_values(r: Receipt, body_id: int, now: str) -> tuple[Any, ...]:
    happened = utc_text(r.happened_at) if r.happened_at else None
    return (r.wamid, r.status, happened, r.callback, _json(r.raw), now, body_id, now)


def _json(value: Any) -> str:
    """ASCII, so that a lone surrogate in hostile text is stored too."""
    return json.dumps(value, separators=(",", ":"))
