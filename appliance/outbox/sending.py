"""Sends what was posted, each once, and follows what became of it. Owns outbox.

queued → sending (its own commit) → the request → sent, or queued again, or failed, or unknown.
Who is found in `sending` after a crash was perhaps sent: nobody repeats it blindly. A receipt that
carries our callback tells.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog

from appliance.clock import Clock
from appliance.errors import AmbiguousError, GreffierError, PermanentError, TemporaryError
from appliance.gateways.parcel import Channel, Parcel
from appliance.jobs import Job, Jobs
from appliance.outbox.letters import Letters
from appliance.outbox.posting import Post, Posted, Posting
from appliance.replies.announcements import Announcements
from appliance.store import models, work
from appliance.store.database import Store
from appliance.store.models import OutgoingStatus
from appliance.store.work import Later
from appliance.telling import columns
from appliance.wording import mark

log = structlog.get_logger()

REPEATABLE = frozenset({"email"})  # a second copy bears the same Message-ID: see gateways.smtp
WINDOW_CLOSED = mark(
    "the client wrote more than 24 hours ago: WhatsApp lets the firm answer no more"
)
CUT_SHORT = mark("Greffier stopped while it was being sent: it may have been sent")
BROKE = mark("an unexpected fault of Greffier's (%(kind)s): tell your support")
UNDELIVERED = mark("WhatsApp did not deliver it (%(answer)s): answer the client another way")

_RANK = {
    OutgoingStatus.QUEUED: 0,
    OutgoingStatus.SENDING: 1,
    OutgoingStatus.UNKNOWN: 2,
    OutgoingStatus.SENT: 3,
    OutgoingStatus.DELIVERED: 4,
    OutgoingStatus.READ: 5,
    OutgoingStatus.FAILED: 6,
}
_OF_RECEIPT = {  # Meta, webhooks/reference/messages/status
    "sent": OutgoingStatus.SENT,
    "delivered": OutgoingStatus.DELIVERED,
    "read": OutgoingStatus.READ,
    "played": OutgoingStatus.READ,
    "failed": OutgoingStatus.FAILED,
}


class Outbox:
    """What goes out."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        posting: Posting,
        letters: Letters,
        channels: Mapping[str, Channel],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._posting = posting
        self._letters = letters
        self._channels = channels

    def post(self, post: Post, told: Announcements) -> list[Posted]:
        """Inside a unit: make the rows that announce it. Hand what it returns to `wake` after."""
        return self._posting.post(post, told, self._clock.now())

    def alert(self, key: str, error: GreffierError) -> list[Posted]:
        """Inside a unit: tell the firm's people, once for this `key`. Hand it to `wake` after."""
        return self._posting.alert(key, error, self._clock.now())

    def wake(self, posted: Iterable[Posted]) -> None:
        """After the commit: have each row looked at when it is due."""
        now = self._clock.now()
        for row in posted:
            if row.due_at <= now:
                self._jobs.wake(Job.OUTGOING, row.row_id, row.priority)
            else:
                self._jobs.wake_later(Job.OUTGOING, row.row_id, row.due_at - now)

    def deliver(self, row_id: int) -> Later | None:
        """Job "outgoing": send one row if it is due."""
        now = self._clock.now()
        row = work.look(models.Outgoing, row_id, now)
        if not isinstance(row, models.Outgoing):
            return row
        taken = self._store.write(lambda: self._take(row_id, now))
        return None if taken is None else self._send(*taken)

    def _take(self, row_id: int, now: datetime) -> tuple[models.Outgoing, Parcel] | None:
        """Claim a row and write down what will be sent. From here on it is `sending`."""
        row = work.claim(models.Outgoing, row_id, now)
        if row is None:
            return None
        if row.expires_at is not None and row.expires_at <= now:
            work.update(row, **_ended(OutgoingStatus.FAILED, PermanentError(WINDOW_CLOSED)))
            return None
        parcel = self._letters.parcel(row)
        work.update(
            row,
            status=OutgoingStatus.SENDING,
            sending_at=now,
            due_at=None,
            subject=parcel.subject,
            body=parcel.text,
        )
        return row, parcel

    def _send(self, row: models.Outgoing, parcel: Parcel) -> Later | None:
        try:
            remote_id = self._channels[row.channel].send(parcel)
        except TemporaryError as error:
            return self._again(row, error)
        except PermanentError as error:
            self._end(row, OutgoingStatus.FAILED, error)
        except AmbiguousError as error:
            self._end(row, OutgoingStatus.UNKNOWN, error)
        else:
            sent_at = self._clock.now()
            self._store.insist(lambda: self._was_sent(row.id, remote_id, sent_at))
            log.info("outgoing sent", id=row.id, channel=row.channel)
        return None

    def _was_sent(self, row_id: int, remote_id: str, sent_at: datetime) -> None:
        """A receipt may have come before the answer: what it said is not taken back."""
        self._move(row_id, OutgoingStatus.SENT, remote_id=remote_id, sent_at=sent_at)

    def _again(self, row: models.Outgoing, error: TemporaryError) -> Later | None:
        """Certainly not sent: due again, or failed when its attempts are used up."""
        now = self._clock.now()
        at = work.due_after(row, error, now)
        if at is None:
            self._end(row, OutgoingStatus.FAILED, error)
            return None
        values = {"status": OutgoingStatus.QUEUED, "reason": columns(error)["reason"]}
        self._store.insist(lambda: work.give_back(row, error, at, **values))
        log.warning("outgoing postponed", id=row.id, attempt=row.attempts)
        return Later(at - now)

    def _end(self, row: models.Outgoing, status: OutgoingStatus, error: GreffierError) -> None:
        self._store.insist(lambda: self._move(row.id, status, error))
        log.error("outgoing not sent", id=row.id, status=str(status))

    def _move(
        self,
        row_id: int,
        status: OutgoingStatus,
        error: GreffierError | None = None,
        **values: Any,
    ) -> None:
        """Inside a unit: forward only. What is learnt beside the status is kept in any case."""
        row: models.Outgoing = models.Outgoing.get_by_id(row_id)
        is_forward = _RANK[status] > _RANK[row.status]
        if status == OutgoingStatus.FAILED and row.status in {
            OutgoingStatus.DELIVERED,
            OutgoingStatus.READ,
        }:
            is_forward = False
        if is_forward:
            values = {**_ended(status, error), **values}
        if values:
            work.update(row, **values)

    def settle(self, receipt: models.Receipt) -> None:
        """Inside a unit: let a receipt of Meta's reach its row. Other apps' receipts have none."""
        status = _OF_RECEIPT.get(receipt.status)
        row = _row_of(receipt)
        if status is None or row is None:
            return
        values: dict[str, Any] = {"remote_id": receipt.wamid}
        if row.sent_at is None and status != OutgoingStatus.FAILED:
            values["sent_at"] = receipt.happened_at or receipt.received_at
        is_failed = status == OutgoingStatus.FAILED
        error = _failure(json.loads(receipt.raw)) if is_failed else None
        self._move(row.id, status, error, **values)

    def recover(self, *, at_start: bool) -> int:
        """Rows left in `sending` by a crash, or by a thread that died: unknown, or e-mail again.

        At start nobody else can hold one; later only an ended lease proves it. How many.
        """
        now = self._clock.now()
        return self._store.write(lambda: self._recover(now, at_start=at_start))

    def _recover(self, now: datetime, *, at_start: bool) -> int:
        table = models.Outgoing
        left = table.status == OutgoingStatus.SENDING
        if not at_start:
            left &= table.leased_until <= now
        rows = list(table.select().where(left))
        for row in rows:
            if row.channel in REPEATABLE and row.interruptions < work.MAX_INTERRUPTIONS:
                work.update(
                    row,
                    status=OutgoingStatus.QUEUED,
                    due_at=now,
                    leased_until=None,
                    attempts=row.attempts - 1,
                    interruptions=row.interruptions + 1,
                )
            else:
                work.update(row, **_ended(OutgoingStatus.UNKNOWN, AmbiguousError(CUT_SHORT)))
        return len(rows)

    def broke(self, row_id: int, error: BaseException) -> Later | None:
        """A fault of ours stopped the job. In `sending` nobody can tell; before, nothing left."""
        row: models.Outgoing | None = models.Outgoing.get_or_none(models.Outgoing.id == row_id)
        if row is None or row.status not in {OutgoingStatus.QUEUED, OutgoingStatus.SENDING}:
            return None
        is_sending = row.status == OutgoingStatus.SENDING
        status = OutgoingStatus.UNKNOWN if is_sending else OutgoingStatus.FAILED
        self._end(row, status, PermanentError(BROKE, kind=type(error).__name__))
        return None


def _ended(status: OutgoingStatus, error: GreffierError | None) -> dict[str, Any]:
    told = columns(error) if error else {"error": None, "reason": None}
    return {"status": status, "due_at": None, "leased_until": None, **told}


def _row_of(receipt: models.Receipt) -> models.Outgoing | None:
    """By our callback, which is known even when Meta's answer never came; else by Meta's id."""
    table = models.Outgoing
    found: models.Outgoing | None = None
    if receipt.callback:
        found = table.get_or_none(table.callback == receipt.callback)
    return found or table.get_or_none(table.remote_id == receipt.wamid)


def _failure(raw: dict[str, Any]) -> GreffierError:
    """Meta's reason in a `failed` status: code and details (titles are to be removed)."""
    errors = raw.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    fault = first if isinstance(first, dict) else {}
    data = fault.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = details or fault.get("message") or fault.get("title")
    code = f"code {fault.get('code', '?')}"
    return PermanentError(UNDELIVERED, answer=f"{code}: {str(words)[:300]}" if words else code)
