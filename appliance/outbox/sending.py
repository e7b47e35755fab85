"""Sends what was posted, each once, and follows what became of it. Owns outbox.

queued → sending (its own commit) → the request → sent, or queued again, or failed, or unknown.
A document is brought to Meta while its row is still queued: that, nobody can have got.
Who is found in `sending` after a crash was perhaps sent: nobody repeats it blindly. A receipt that
carries our callback tells. What may not leave yet is queued with its time, or `held`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from appliance.clock import Clock
from appliance.config import Urgency
from appliance.errors import AmbiguousError, GreffierError, PermanentError, TemporaryError
from appliance.gateways.parcel import Channel, Parcel
from appliance.gateways.refusals import Refusal
from appliance.jobs import Job, Jobs
from appliance.outbox import alarms, asides, enclosures, holds, outcomes, recovery
from appliance.outbox.posting import Post, Posted, Posting
from appliance.outbox.readers import forget
from appliance.outbox.taking import Taking
from appliance.outbox.uploading import Uploading
from appliance.replies.announcements import Announcements, Kind
from appliance.store import attempts, models, work
from appliance.store.attempts import Outcome
from appliance.store.database import Store
from appliance.store.models import OutgoingStatus
from appliance.store.work import Later
from appliance.telling import columns
from appliance.wording import mark

log = structlog.get_logger()

BROKE = mark("an unexpected fault of Greffier's (%(kind)s): tell your support")


class Outbox:
    """What goes out."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        posting: Posting,
        taking: Taking,
        uploading: Uploading,
        channels: Mapping[str, Channel],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self.posting = posting
        self._taking = taking
        self._uploading = uploading
        self._channels = channels

    def post(self, post: Post, told: Announcements) -> list[Posted]:
        """Inside a unit: make the rows that announce it. Hand what it returns to `wake` after."""
        return self.posting.post(post, told, self._clock.now())

    def alert(
        self, key: str, error: GreffierError, urgency: Urgency = Urgency.ERROR
    ) -> list[Posted]:
        """Inside a unit: tell the firm's people, once for this `key`. Hand it to `wake` after."""
        return self.posting.alert(key, error, self._clock.now(), urgency=urgency)

    def hold_all(self, error: GreffierError) -> None:
        """Meta lets us do nothing for now: sending is held, and people are told, once a day."""
        self.wake(self._store.write(lambda: self._hold_scope(holds.ALL, error)))

    def resume(self, scope: str = holds.ALL) -> int:
        """What held all sending is over: how many rows go out now."""
        now = self._clock.now()
        released = self._store.write(lambda: holds.end(scope, now))
        self.wake(Posted(row.id, now, row.priority) for row in released)
        return len(released)

    def wake(self, posted: Iterable[Posted]) -> None:
        """After the commit: have each row looked at when it is due."""
        self._jobs.wake_when_due(Job.OUTGOING, posted, self._clock.now())

    def deliver(self, row_id: int) -> Later | None:
        """Job "outgoing": send one row if it is due, and if it may leave now."""
        row = work.look(models.Outgoing, row_id, self._clock.now())
        if not isinstance(row, models.Outgoing):
            return row
        if enclosures.waits_for_upload(row, self._clock.now()):
            return self._bring(row_id)
        taken = self._store.write(lambda: self._taking.take(row_id, self._clock.now()))
        return self._send(*taken) if isinstance(taken, tuple) else taken

    def _bring(self, row_id: int) -> Later | None:
        """Its document first, while nobody can have got it: then it is sent like any other."""
        row = self._store.write(lambda: self._taking.reserve(row_id, self._clock.now()))
        if not isinstance(row, models.Outgoing):
            return row
        try:
            media_id = self._uploading.bring(row.document)
        except GreffierError as error:
            return self._refused(row, error)
        now = self._clock.now()
        self._store.insist(lambda: self._taking.brought(row, media_id, now))
        log.info("document brought to meta", id=row.id)
        return self.deliver(row_id)

    def _send(self, row: models.Outgoing, parcel: Parcel) -> Later | None:
        try:
            remote_id = self._channels[row.channel].send(parcel)
        except GreffierError as error:
            return self._refused(row, error)
        sent_at = self._clock.now()
        self.wake(self._store.insist(lambda: self._sent(row, remote_id, sent_at)) or [])
        log.info("outgoing sent", id=row.id, channel=row.channel)
        return None

    def _sent(self, row: models.Outgoing, remote_id: str, sent_at: datetime) -> list[Posted]:
        """Inside a unit: Meta has accepted it. What came before this answer is not taken back.

        A receipt without our callback may have come before Meta's id was known: it is settled now.
        """
        outcomes.sent(row, remote_id, sent_at)
        attempts.note(row, Outcome.DONE, sent_at)
        early = models.Receipt.select().where(models.Receipt.wamid == remote_id)
        return [posted for receipt in list(early) for posted in self.settle(receipt)]

    def _refused(self, row: models.Outgoing, error: GreffierError) -> Later | None:
        """Not sent, or nobody can tell: what Meta's code means decides, else the kind of error."""
        refusal = error.refusal
        if refusal is not None and refusal.action in asides.HOLDING:
            return self._hold(row, error, refusal)
        match error:
            case TemporaryError():
                return self._again(row, error)
            case AmbiguousError() if row.kind == Kind.READ:  # ticks: nobody has to look
                self._store.insist(lambda: forget(row))
            case AmbiguousError():
                self._end(row, OutgoingStatus.UNKNOWN, error)
            case _:
                self._end(row, OutgoingStatus.FAILED, error)
        return None

    def _hold(self, row: models.Outgoing, error: GreffierError, refusal: Refusal) -> Later | None:
        """It certainly was not sent, and others would fare no better."""
        now = self._clock.now()
        aside = asides.after(refusal, row, now)

        def unit() -> list[Posted]:
            asides.put(row, error, aside)
            attempts.note(row, Outcome.HELD, now, columns(error), counts=aside.is_attempt)
            return self._keep_hold(row, error, refusal)

        self.wake(self._store.insist(unit) or [])
        log.error("outgoing held", id=row.id, action=str(refusal.action))
        return Later(aside.due_at - now) if aside.due_at else None

    def _keep_hold(
        self, row: models.Outgoing, error: GreffierError, refusal: Refusal
    ) -> list[Posted]:
        """Inside a unit: hold what this refusal says is to be held; tell people, once."""
        now = self._clock.now()
        scope = asides.scope_of(refusal)
        if scope is None:
            return []
        if scope == holds.RECIPIENT:
            until = now + refusal.wait(row.attempts)
            holds.open_hold(scope, error, now, until, row.recipient)
            return []
        ends_at = now + refusal.wait(1) if scope == holds.TEMPLATES else None
        return self._hold_scope(scope, error, ends_at)

    def _hold_scope(
        self, scope: str, error: GreffierError, until: datetime | None = None
    ) -> list[Posted]:
        """Inside a unit: until then, or until somebody has acted."""
        now = self._clock.now()
        if not holds.open_hold(scope, error, now, until):
            return []
        cause = hashlib.sha256(error.text.encode()).hexdigest()[:12]
        key = f"{scope}:{cause}:{now:%Y-%m-%d}"  # once a day
        urgency = Urgency.CRITICAL if scope == holds.ALL else Urgency.ERROR
        return self.posting.alert(key, error, now, urgency=urgency)

    def _again(self, row: models.Outgoing, error: TemporaryError) -> Later | None:
        """Certainly not sent: due again, or failed when its attempts are used up."""
        wait = work.wait_after(row, error)
        if wait is None or alarms.is_stale(row, self._clock.now()):
            self._end(row, OutgoingStatus.FAILED, error)
            return None
        values = {"status": OutgoingStatus.QUEUED, "reason": columns(error)["reason"]}
        self._store.insist(lambda: work.give_back(row, error, self._clock.now(), wait, **values))
        log.warning("outgoing postponed", id=row.id, attempt=row.attempts)
        return Later(wait)

    def _end(self, row: models.Outgoing, status: OutgoingStatus, error: GreffierError) -> None:
        outcome = Outcome.FAILED if status == OutgoingStatus.FAILED else Outcome.UNKNOWN

        def unit() -> None:
            outcomes.move(row.id, status, error)
            attempts.note(row, outcome, self._clock.now(), columns(error))

        self._store.insist(unit)
        log.error("outgoing not sent", id=row.id, status=str(status))

    def settle(self, receipt: models.Receipt) -> list[Posted]:
        """Inside a unit: let a receipt of Meta's reach its row. Other apps' receipts have none."""
        row = outcomes.row_of(receipt)
        if row is None:
            return []
        error = outcomes.settle(row, receipt)
        refusal = error.refusal if error else None
        if error is None or refusal is None or row.status not in outcomes.OPEN:
            return []
        posted = self._keep_hold(row, error, refusal)
        if outcomes.is_for_another_time(refusal, row.attempts):
            due_at = outcomes.again(row, refusal, self._clock.now())
            posted += [Posted(row.id, due_at, row.priority)] if due_at else []
        return posted

    def recover(self, *, at_start: bool) -> int:
        """Rows left in `sending` by a crash, or by a thread that died: unknown, or e-mail again.

        At start nobody else can hold one; later only an ended lease proves it. How many.
        """
        now = self._clock.now()
        return self._store.write(lambda: recovery.recover(now, at_start=at_start))

    def broke(self, row_id: int, error: BaseException) -> Later | None:
        """A fault of ours stopped the job: an attempt like any other while nothing had left.

        In `sending` nobody can tell.
        """
        row: models.Outgoing | None = models.Outgoing.get_or_none(models.Outgoing.id == row_id)
        if row is None or row.status not in {OutgoingStatus.QUEUED, OutgoingStatus.SENDING}:
            return None
        kind = type(error).__name__
        if row.status == OutgoingStatus.SENDING:
            self._end(row, OutgoingStatus.UNKNOWN, PermanentError(BROKE, kind=kind))
            return None
        if row.leased_until is None:
            now = self._clock.now()
            row = self._store.write(lambda: work.claim(models.Outgoing, row_id, now))
        return self._again(row, TemporaryError(BROKE, kind=kind)) if row else None
