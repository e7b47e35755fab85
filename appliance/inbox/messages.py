"""What came in. Owns whatsapp_messages, receipts, notices and webhook_bodies."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peewee import SQL

from appliance.clock import Clock
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.inbox.arrivals import Call, Delivery, insert_any, insert_plain
from appliance.inbox.details import Edit, Revoke
from appliance.inbox.envelope import Update, number_of
from appliance.inbox.reviving import revive
from appliance.jobs import Job, Jobs
from appliance.store import attempts, models, rows, work
from appliance.store.attempts import Outcome
from appliance.store.database import Note, Store, by_nobody
from appliance.store.fields import utc_text
from appliance.store.models import MessageStatus
from appliance.store.work import Later
from appliance.telling import columns

AT_LIMIT = mark("files are fetched as fast as Meta allows: this one is next when there is room")


@dataclass(frozen=True)
class Interrupted:
    """What `release_interrupted` found: how many messages and receipts were half-way."""

    messages: int
    receipts: int


class Inbox:
    """Stores each message once; says who waits."""

    def __init__(self, store: Store, jobs: Jobs, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    def keep(self, body: bytes, updates: Iterable[Update], error: str | None = None) -> int:
        """Commit the body and every update it holds that is new; then wake; return how many.

        A body that came before adds nothing: all of it was committed with it the first time.
        Raises TemporaryError when it cannot be stored; nothing of it is kept then.
        """
        delivery = Delivery(body, list(updates), error)
        if delivery.is_plain:
            calls = self._store.write_together(self._insert_together, delivery)
        else:
            calls = self._store.write(lambda: insert_any(self._store, delivery, self._now()))
        for call in calls:
            self._jobs.wake(*call)
        return len(calls)

    def _insert_together(self, deliveries: list[Delivery]) -> list[list[Call]]:
        return insert_plain(self._store, deliveries, self._now())

    def _now(self) -> str:
        """Inside a unit, where nobody sets the clock: read before, it may be the wrong hour's."""
        return utc_text(self._clock.now())

    def due(self, row_id: int) -> models.Message | Later | None:
        """A message that is due, not yet taken. Later: not yet. None: finished, or someone's."""
        return work.look(models.Message, row_id, self._clock.now())

    def due_receipt(self, row_id: int) -> models.Receipt | Later | None:
        """A receipt that is due to be applied, not yet taken."""
        return work.look(models.Receipt, row_id, self._clock.now())

    def claim(
        self, message: models.Message, then: Callable[[], object] | None = None
    ) -> models.Message | None:
        """Take it to work on, in a commit with the unit `then`. None: someone was quicker."""

        def unit() -> models.Message | None:
            taken = self.take(message)
            if taken is not None and then is not None:
                then()
            return taken

        return self._store.write(unit)

    def take(self, row: work.R) -> work.R | None:
        """Inside a unit: take it, where taking and finishing are one commit."""
        return work.claim(type(row), row.id, self._clock.now())

    def finish(self, message: models.Message, status: MessageStatus, **values: Any) -> None:
        """Inside a unit: the message needs nothing more. `values`: client, document, error…"""
        amendment = rows.find(models.Message, amends=message.wamid)  # it was quicker
        if amendment is not None:
            _mark(message, amendment, is_edit=amendment.type == "edit")
        now, told = self._clock.now(), {"error": None, "reason": None, **values}
        work.end(message, status=status, processed_at=now, **told)
        outcome = Outcome.FAILED if status == MessageStatus.ERROR else Outcome.DONE
        attempts.note(message, outcome, now, told)

    def mark_media_downloaded(self, message: models.Message) -> None:
        """Inside a unit: its file is on our disk, whatever happens now."""
        work.update(message, status=MessageStatus.MEDIA_DOWNLOADED)

    def apply_amendment(self, message: models.Message, amendment: Edit | Revoke) -> bool:
        """Inside a unit: what `message` edits or takes back is marked so; its document stays filed.

        False when the target is not here, or is not of the same sender: nobody edits another's
        words. One that comes later is marked then (`finish`): Meta promises no order.
        """
        work.update(message, amends=amendment.target)
        target = rows.find(models.Message, wamid=amendment.target)
        return target is not None and _mark(target, message, is_edit=isinstance(amendment, Edit))

    def try_again(self, message: models.Message, error: TemporaryError) -> timedelta | None:
        """Give the message back for another attempt; how long until it is due.

        None when its attempts are used up: then it is still ours, to be given up.
        """
        wait = work.wait_after(message, error)
        if wait is None:
            return None
        values = {"reason": columns(error)["reason"], "client": message.client_id}
        self._store.insist(
            lambda: work.give_back(message, error, self._clock.now(), wait, **values)
        )
        return wait

    def set_aside(self, message: models.Message, after: timedelta) -> Later:
        """Inside a unit: taken, but there is no room to fetch its file yet. That is no attempt."""
        work.update(
            message,
            due_at=self._clock.now() + after,
            leased_until=None,
            attempts=message.attempts - 1,
            **columns(PermanentError(AT_LIMIT)),
        )
        return Later(after)

    def call_in(self) -> int:
        """The limit changed: whoever waits for room to fetch a file is looked at now. How many."""
        table = models.Message

        def unit() -> list[models.Message]:
            now = self._clock.now()
            query = table.select().where(
                table.error.is_null(False),  # lets SQLite use the small index of rows with one
                table.status == MessageStatus.RECEIVED,
                table.due_at > now,
                table.leased_until.is_null(),
            )
            waiting = [row for row in query if row.error == AT_LIMIT]
            for row in waiting:
                work.update(row, due_at=now)
            return waiting

        called = self._store.write(unit)
        for row in called:
            self._jobs.wake(Job.MESSAGE, row.id, row.priority)
        return len(called)

    def adopt(self, number_id: str) -> int:
        """At start: what came for this number while the settings named another one is work now.

        Its files are fetched while Meta still has them. How many.
        """
        table = models.Message
        aside = table.select().where(SQL("direction = 'elsewhere'"))  # literal: a small index

        def unit() -> int:
            ours = [row for row in aside.clone() if number_of(json.loads(row.raw)) == number_id]
            now = self._clock.now()
            for row in ours:
                fresh = {"status": MessageStatus.RECEIVED, "processed_at": None, "due_at": now}
                work.update(row, direction="in", **fresh)
            return len(ours)

        return self._store.write(unit) if aside.exists() else 0

    def retry(self, row_id: int, note: Note = by_nobody) -> bool:
        """A person asks for another try of a failed message. True if it was in error."""
        row = self._store.act(lambda: revive(row_id, self._clock.now()), note)
        if row is not None:
            self._jobs.wake(Job.MESSAGE, row_id, row.priority)
        return row is not None

    def unread_notices(self, at_most: int) -> list[models.Notice]:
        """Oldest first."""
        table = models.Notice
        query = table.select().where(table.read_at.is_null())
        return list(query.order_by(table.id).limit(at_most))

    def mark_read(self, notice_ids: list[int]) -> None:
        """Inside a unit: what these notices say has been understood, as far as it can be."""
        table = models.Notice
        table.update(read_at=self._clock.now()).where(table.id.in_(notice_ids)).execute()

    def finish_receipt(self, receipt: models.Receipt) -> None:
        """Inside a unit: the receipt has been applied."""
        work.end(receipt)
        attempts.note(receipt, Outcome.DONE, self._clock.now())

    def shelve_receipt(self, row_id: int) -> None:
        """A receipt we stumble over is kept and shown; it is not work any more."""
        self._store.write(lambda: self._shelve(rows.find(models.Receipt, id=row_id)))

    def _shelve(self, receipt: models.Receipt | None) -> None:
        """Inside a unit."""
        if receipt is not None:
            told = {"error": "could not be applied"}
            work.end(receipt, **told)
            attempts.note(receipt, Outcome.FAILED, self._clock.now(), told)

    def release_interrupted(self) -> Interrupted:
        """At start: what the last process held is free again."""
        now = self._clock.now()

        def unit() -> Interrupted:
            return Interrupted(
                len(work.release_interrupted(models.Message, now)),
                len(work.release_interrupted(models.Receipt, now)),
            )

        return self._store.write(unit)


def _mark(target: models.Message, amendment: models.Message, *, is_edit: bool) -> bool:
    """Inside a unit: the target was edited or taken back, if its own sender says so."""
    if not _is_by_the_same(target, amendment):
        return False
    column = "edited_at" if is_edit else "revoked_at"
    at = amendment.sent_at or amendment.received_at
    rows.update(models.Message, target.id, **{column: at})
    return True


def _is_by_the_same(a: models.Message, b: models.Message) -> bool:
    is_one_sender = a.sender == b.sender or (a.user_id is not None and a.user_id == b.user_id)
    return bool(a.direction == b.direction and is_one_sender)
