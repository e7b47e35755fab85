"""Nothing was lost: what Meta gave us, beside what became of it. Owns `inventories`.

Every message has one outcome, every id in a body that was kept is a message, every document's bytes
are where its row says, or at least on the shelf. What is not so is named. Reads only, in small
steps, so that it can be taken at any moment.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import peewee
import structlog

from appliance.clock import Clock
from appliance.disk import sha256_of
from appliance.errors import Stop, StoppedError
from appliance.inbox import envelope
from appliance.safety.quarantine import quarantine_of
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import MessageStatus, OutgoingStatus

log = structlog.get_logger()

STEP = 500  # rows looked at between two looks at the stop sign
NAMED = 200  # missing things that are named; more than that is one disaster, not many
SLICES = 30  # each night re-reads a thirtieth of all files: a disk that rots is found in a month
HEADINGS = ("received", "filed", "pending", "rejected", "processed", "failed", "working")
WORDS = {
    "filed": "filed",
    "pending": "to be filed",
    "rejected": "set aside by a person",
    "processed": "with nothing to file",
    "failed": "failed and shown",
    "working": "under way",
}
UNFINISHED = (MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED)
UNSENT = (OutgoingStatus.QUEUED, OutgoingStatus.SENDING)


@dataclass
class Inventory:
    """`counts` by heading; `received` is the sum of the others unless something is missing."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    displaced: int = 0  # a person moved, changed or removed the file; its bytes are on the shelf
    last_body_id: int = 0

    def sentence(self) -> str:
        """The sum, in words."""
        counts = self.counts
        parts = ", ".join(f"{counts[name]} {word}" for name, word in WORDS.items() if counts[name])
        moved = f"; {self.displaced} files moved or changed by hand" if self.displaced else ""
        return f"{counts['received']} received" + (f" = {parts}" if parts else "") + moved


@dataclass(frozen=True)
class Places:
    """Where the bytes are: the firm's folders, and the shelf of what was downloaded."""

    documents: Path
    media: Path

    @property
    def quarantine(self) -> Path:
        """What was taken out of both."""
        return self.media.parent / "quarantine"


def take(places: Places, since_body: int, slice_: int | None, stop: Stop) -> Inventory:
    """Count and compare. `since_body`: compare the bodies after this one.

    `slice_` (0 to 29): which thirtieth of the files is read to its last byte; None: sizes only.
    Raises StoppedError when `stop` says so.
    """
    found = Inventory(_counts(), last_body_id=since_body)
    checks = (_unfinished(), _unsent(), _fileless(), _bodies(found), _files(found, places, slice_))
    for check in checks:
        for fault in check:
            if stop():
                raise StoppedError
            if fault is not None and len(found.missing) < NAMED:
                found.missing.append(fault)
    return found


def _counts() -> Counter[str]:
    """How many messages came in, and under which heading each of them ended."""
    message, document = models.Message, models.Document
    is_work = message.due_at.is_null(False) | message.leased_until.is_null(False)
    became = peewee.Case(None, [(document.rejected_at.is_null(False), "rejected")], document.status)
    rows = (
        message.select(message.status, became, is_work, peewee.fn.count(message.id))
        .left_outer_join(document)
        .where(message.direction == "in")
        .group_by(message.status, became, is_work)
        .tuples()
    )
    counts: Counter[str] = Counter()
    for status, filed, is_working, count in rows:
        counts["received"] += count
        counts[_heading(status, filed, is_working=bool(is_working))] += count
    return counts


def _heading(status: str, filed: str | None, *, is_working: bool) -> str:
    match status, filed:
        case MessageStatus.ERROR, _:
            return "failed"
        case MessageStatus.PROCESSED, _:
            return "processed"
        case MessageStatus.DOCUMENT_CREATED, str():
            return filed
        case _:
            return "working" if is_working else "missing"


def _unfinished() -> Iterator[str]:
    table = models.Message
    idle = table.due_at.is_null() & table.leased_until.is_null()
    query = table.select(table.wamid, table.sender, table.received_at)
    for row in query.where(table.status.in_(UNFINISHED), idle, table.direction == "in"):
        yield f"message {row.wamid} from {row.sender} of {_day(row)}: nobody works on it"


def _unsent() -> Iterator[str]:
    table = models.Outgoing
    idle = table.due_at.is_null() & table.leased_until.is_null() & table.held.is_null()
    for row in table.select().where(table.status.in_(UNSENT), idle):
        yield f"{row.kind} to {row.recipient}: nobody sends it"


def _fileless() -> Iterator[str]:
    table = models.Message
    lone = table.select(table.wamid, table.sender, table.received_at).where(
        table.status == MessageStatus.DOCUMENT_CREATED, table.document.is_null()
    )
    for row in lone:
        yield f"message {row.wamid} from {row.sender} of {_day(row)}: its document is gone"


def _bodies(found: Inventory) -> Iterator[str | None]:
    """Every message that Meta's bodies speak of is a row."""
    table = models.WebhookBody
    while True:
        full = peewee.fn.length(table.body) > 0  # an older one was compared, then emptied
        query = table.select().where(table.id > found.last_body_id, table.error.is_null(), full)
        bodies = list(query.order_by(table.id).limit(STEP))
        if not bodies:
            return
        for body in bodies:
            yield None
            yield from _unread(body)
        found.last_body_id = bodies[-1].id


def _unread(body: models.WebhookBody) -> Iterator[str]:
    updates = envelope.read(envelope.parse(bytes(body.body)))
    wamids = [update.wamid for update in updates if isinstance(update, envelope.Incoming)]
    for some in _in_steps(wamids):
        table = models.Message
        known = {
            wamid for (wamid,) in table.select(table.wamid).where(table.wamid.in_(some)).tuples()
        }
        for wamid in set(some) - known:
            yield f"message {wamid} of {_day(body)}: received, but not in the store"


def _files(found: Inventory, places: Places, slice_: int | None) -> Iterator[str | None]:
    """Every document's bytes are there. A file that a person moved is no loss: we hold a copy."""
    table, last = models.Document, 0
    while documents := list(
        table.select()
        .where(table.id > last, table.stored_at.is_null(False))
        .order_by(table.id)
        .limit(STEP)
    ):
        for document in documents:
            is_read = slice_ is not None and document.id % SLICES == slice_
            yield _fault(document, found, places, is_read=is_read)
        last = documents[-1].id


def _fault(
    document: models.Document, found: Inventory, places: Places, *, is_read: bool
) -> str | None:
    filed = document.local_path and places.documents / document.local_path
    if filed and _holds(filed, document, is_read):
        return None
    if quarantine_of(document, places.quarantine).is_file():
        return None
    if _holds(places.media / document.sha256[:2] / document.sha256, document, is_read):
        found.displaced += 1
        return None
    return f"document {document.local_path or document.name}: its file is gone or damaged"


def _holds(path: Path, document: models.Document, is_read: bool) -> bool:
    try:
        is_there = path.stat().st_size == document.size
        return is_there and (not is_read or sha256_of(path) == document.sha256)
    except OSError:
        return False


def _day(row: Any) -> str:
    return f"{row.received_at:%Y-%m-%d}"


def _in_steps(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, STEP)):
        yield some


class Inventories:
    """Takes an inventory a night and remembers it."""

    def __init__(self, store: Store, clock: Clock, places: Places) -> None:
        self._store = store
        self._clock = clock
        self._places = places

    def take(self, stop: Stop) -> Inventory:
        """Take one now and keep it. Raises StoppedError."""
        now, last = self._clock.now(), latest()
        since = last.last_body_id if last else 0
        found = take(self._places, since, now.toordinal() % SLICES, stop)
        self._store.write(lambda: _keep(found, now))
        if found.missing:
            log.error("inventory: something is missing", missing=found.missing)
        log.info("inventory taken", **found.counts)
        return found


def latest() -> models.Inventory | None:
    """The last inventory that was taken."""
    found: models.Inventory | None = (
        models.Inventory.select().order_by(models.Inventory.id.desc()).first()
    )
    return found


def _keep(found: Inventory, now: datetime) -> None:
    models.Inventory.create(
        taken_at=now,
        **{heading: found.counts[heading] for heading in HEADINGS},
        missing=json.dumps(found.missing, ensure_ascii=False),
        displaced=found.displaced,
        last_body_id=found.last_body_id,
    )
