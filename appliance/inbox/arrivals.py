"""What Meta delivered becomes rows: the path between its POST and our 200. In plain SQL.

Deliveries that hold nothing but messages, which is nearly all, are inserted many at a time: a
statement costs about as much for ten as for one, and other threads run while SQLite works.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from appliance.inbox.envelope import Incoming, Notice, Receipt, Update
from appliance.jobs import Job
from appliance.store.database import Store
from appliance.store.fields import utc_text
from appliance.store.models import MessageStatus

VIP = 10  # priority of a message from a client whom the firm marked

_BODIES = "INSERT INTO webhook_bodies (body, received_at, deliveries) VALUES {rows}"
_BODY = """
INSERT INTO webhook_bodies (sha256, body, received_at, deliveries, error) VALUES (?, ?, ?, 1, ?)
ON CONFLICT (sha256) WHERE sha256 IS NOT NULL DO UPDATE SET deliveries = deliveries + 1
RETURNING id, deliveries
"""
_MESSAGES = """
INSERT INTO whatsapp_messages
  (wamid, direction, sender, user_id, profile_name, type, body, status, received_at, sent_at,
   processed_at, raw, webhook_body_id, is_duplicate, due_at, attempts, interruptions, priority)
VALUES {rows} ON CONFLICT (wamid) DO NOTHING
"""
# What `history` told of the time before counts for nothing once the message itself comes.
_FORGET_HISTORY = """
DELETE FROM whatsapp_messages
WHERE wamid IN (SELECT value FROM json_each(?)) AND direction = 'history'
"""
_MESSAGE_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, ?)"
_LAST = "SELECT coalesce(max(id), 0) FROM whatsapp_messages"
# One row, however many it speaks of: fetching each would hand the interpreter to and fro.
_NEW = """
SELECT json_group_array(json_array(webhook_body_id, id, priority, due_at IS NOT NULL))
FROM whatsapp_messages WHERE id > ?
"""
_BODY_OF = """
SELECT webhook_bodies.body FROM webhook_bodies JOIN whatsapp_messages
ON whatsapp_messages.webhook_body_id = webhook_bodies.id WHERE whatsapp_messages.wamid = ?
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
WHERE clients.vip AND contacts.claimed_by IS NULL
AND contacts.value IN (SELECT value FROM json_each(?))
"""
_SIZES = (64, 8, 1)  # rows a statement: few different statements, which SQLite keeps prepared


class Call(NamedTuple):
    """A row to look at."""

    name: Job
    row_id: int
    priority: int


@dataclass(frozen=True)
class Delivery:
    """A body of Meta's with what could be understood of it."""

    body: bytes
    updates: Sequence[Update]
    error: str | None

    @property
    def is_plain(self) -> bool:
        """Messages and nothing else: each has an id of Meta's, by which it is known again."""
        return bool(self.updates) and all(isinstance(update, Incoming) for update in self.updates)


def insert_plain(store: Store, deliveries: Sequence[Delivery], now: str) -> list[list[Call]]:
    """Inside a unit: keep these deliveries of messages; for each, the rows that are new.

    `now`: when they came, as stored.

    A delivery of which nothing is new, and whose bytes came before, is not kept again.
    """
    first = _insert(store, _BODIES, "(?, ?, 1)", [(d.body, now) for d in deliveries])
    vips = _vips(store, [update for d in deliveries for update in d.updates])
    _forget_history(store, [update for d in deliveries for update in d.updates])
    last: int = store.execute(_LAST).fetchone()[0]
    rows = [
        _message_values(update, first + number, now, vips)
        for number, delivery in enumerate(deliveries)
        for update in delivery.updates
        if isinstance(update, Incoming)
    ]
    _insert(store, _MESSAGES, _MESSAGE_ROW, rows)
    calls: list[list[Call]] = [[] for _ in deliveries]
    known = set(range(len(deliveries)))
    for body_id, row_id, priority, is_work in json.loads(
        store.execute(_NEW, (last,)).fetchone()[0]
    ):
        known.discard(body_id - first)
        if is_work:
            calls[body_id - first].append(Call(Job.MESSAGE, row_id, priority))
    for number in known:
        if _came_before(store, deliveries[number]):
            store.execute("DELETE FROM webhook_bodies WHERE id = ?", (first + number,))
    return calls


def _came_before(store: Store, delivery: Delivery) -> bool:
    """Whether the body in which its first message came was this very one."""
    wamid = next(update.wamid for update in delivery.updates if isinstance(update, Incoming))
    found = store.execute(_BODY_OF, (wamid,)).fetchone()
    return found is not None and bytes(found[0]) == delivery.body


def insert_any(store: Store, delivery: Delivery, now: str) -> list[Call]:
    """Inside a unit: keep a delivery of any kind, which came `now`; the rows that are new.

    It is known again by its bytes: what it holds may have no id.
    """
    digest = hashlib.sha256(delivery.body).hexdigest()
    values = (digest, delivery.body, now, delivery.error)
    ((body_id, deliveries),) = store.execute(_BODY, values).fetchall()
    if deliveries > 1:
        return []
    _forget_history(store, delivery.updates)
    return list(_insert_each(store, delivery.updates, body_id, now))


def _insert_each(store: Store, updates: Sequence[Update], body_id: int, now: str) -> Iterator[Call]:
    vips = _vips(store, updates)
    for update in updates:
        match update:
            case Incoming():
                values = _message_values(update, body_id, now, vips)
                statement = _MESSAGES.format(rows=_MESSAGE_ROW) + "RETURNING id"
                row_id = _first(store, statement, values)
                if row_id is not None and update.direction == "in":
                    yield Call(Job.MESSAGE, row_id, _priority(update, vips))
            case Receipt():
                row_id = _first(store, _RECEIPT, _receipt_values(update, body_id, now))
                if row_id is not None:
                    yield Call(Job.RECEIPT, row_id, 0)
            case Notice():
                raw = _json(update.raw)
                store.execute(_NOTICE, (update.field, raw, update.error, now, body_id))


def _forget_history(store: Store, updates: Sequence[Update]) -> None:
    """A message that comes for itself is work, even if `history` has spoken of it before."""
    live = [u.wamid for u in updates if isinstance(u, Incoming) and u.direction in ("in", "out")]
    if live:
        store.execute(_FORGET_HISTORY, (json.dumps(live),))


def _insert(store: Store, statement: str, row: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert all of them, many a statement; the id of the first (where none can be refused)."""
    before, at = 0, 0
    for size in _SIZES:
        while len(rows) - at >= size:
            values = tuple(value for some in rows[at : at + size] for value in some)
            made = store.execute(statement.format(rows=", ".join([row] * size)), values)
            before = before or made.lastrowid - size + 1
            at += size
    return before


def _first(store: Store, statement: str, values: tuple[Any, ...]) -> int | None:
    rows = store.execute(statement, values).fetchall()
    return rows[0][0] if rows else None


def _vips(store: Store, updates: Sequence[Update]) -> frozenset[str]:
    """Which of the senders belong to a client whom the firm marked."""
    senders = {who for u in updates if isinstance(u, Incoming) for who in (u.sender, u.user_id)}
    if not senders:
        return frozenset()
    rows = store.execute(_VIP_SENDERS, (json.dumps(list(senders)),)).fetchall()
    return frozenset(value for (value,) in rows)


def _priority(m: Incoming, vips: frozenset[str]) -> int:
    return VIP if m.sender in vips or m.user_id in vips else 0


def _message_values(m: Incoming, body_id: int, now: str, vips: frozenset[str]) -> tuple[Any, ...]:
    is_work = m.direction == "in"
    return (
        m.wamid,
        m.direction,
        m.sender,
        m.user_id,
        m.profile_name,
        m.type,
        m.text,
        str(MessageStatus.RECEIVED if is_work else MessageStatus.PROCESSED),
        now,
        utc_text(m.sent_at) if m.sent_at else None,
        None if is_work else now,
        _json(m.raw),
        body_id,
        now if is_work else None,
        _priority(m, vips),
    )


def _receipt_values(r: Receipt, body_id: int, now: str) -> tuple[Any, ...]:
    happened = utc_text(r.happened_at) if r.happened_at else None
    return (r.wamid, r.status, happened, r.callback, _json(r.raw), now, body_id, now)


# ASCII, so that a lone surrogate in hostile text is stored too.
_json: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":")).encode
