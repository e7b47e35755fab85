"""What an administrator asks of work: again, now, never, not yet. Each act is written down with it.

Many at once go in small commits, so that nobody waits for long; cut between two, the rest was not
done, and can be asked for again.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import structlog

from appliance.chores import Chores
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.firm.users import Users
from appliance.inbox import reviving as inbox
from appliance.jobs import Job, Jobs
from appliance.outbox import reviving as outbox
from appliance.store import rows, work
from appliance.store.database import Store
from appliance.telling import DROPPED
from appliance.wording import mark
from appliance.workload import pauses
from appliance.workload.states import WORK

log = structlog.get_logger()

MOST = 1000  # rows of one act
UNIT = 50  # rows a commit
LONGEST = 200  # characters of a reason
NO_REASON = mark("Write why: it stays beside the job.")


class Act(StrEnum):
    """What can be asked of a piece of work."""

    RETRY = "retry"  # what was given up begins anew
    HASTEN = "hasten"  # what waits for a later time is due now
    DROP = "drop"  # nobody works on it any more


class Ref(NamedTuple):
    """One row."""

    job: Job
    row_id: int


class Workload:
    """Sets work going, and stops it."""

    def __init__(
        self, store: Store, jobs: Jobs, clock: Clock, chores: Chores, users: Users
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._chores = chores
        self._users = users

    def retry(self, refs: Iterable[Ref], by: str) -> int:
        """Those that were given up or dropped begin anew. How many."""
        return self._each(refs, self._revived, by, "job tried again")

    def hasten(self, refs: Iterable[Ref], by: str) -> int:
        """Those that wait for a later time, or are held, are looked at now. How many."""
        return self._each(refs, self._hastened, by, "job made due")

    def drop(self, refs: Iterable[Ref], why: str, by: str) -> int:
        """Nobody works on these any more; the reason stays in each. How many.

        Not on what is being done just now. Raises PermanentError without a reason.
        """
        words = " ".join(why.split())[:LONGEST]
        if not words:
            raise PermanentError(NO_REASON)
        error = PermanentError(DROPPED, who=by, words=words)
        return self._each(refs, lambda ref: self._dropped(ref, error), by, "job dropped", words)

    def pause(self, lane: str, by: str) -> bool:
        """Nothing more of this lane is begun, until somebody resumes it. False if it was paused."""

        def unit() -> bool:
            is_new = pauses.pause(lane, by, self._clock.now())
            if is_new:
                self._users.audit(by, "work paused", lane, None)
            return is_new

        return self._store.write(unit)

    def resume(self, lane: str, by: str) -> bool:
        """It goes on, at once. False if it was not paused."""

        def unit() -> bool:
            was_paused = pauses.resume(lane)
            if was_paused:
                self._users.audit(by, "work resumed", lane, None)
            return was_paused

        was_paused = self._store.write(unit)
        if was_paused:
            pauses.call_due(self._jobs, self._clock.now())
        return was_paused

    def hands(self) -> tuple[int, int]:
        """How many workers and hands live, and how many should."""
        both = (self._jobs.workers(), self._chores.hands())
        return sum(alive for alive, _ in both), sum(wanted for _, wanted in both)

    def _each(
        self,
        refs: Iterable[Ref],
        do: Callable[[Ref], Any],
        by: str,
        action: str,
        detail: str | None = None,
    ) -> int:
        """Some rows a commit, together with the line of the journal that names them."""
        count, asked = 0, list(refs)[:MOST]
        for at in range(0, len(asked), UNIT):

            def unit(some: Sequence[Ref] = asked[at : at + UNIT]) -> list[tuple[Ref, int]]:
                done = [(ref, row.priority) for ref in some if (row := do(ref)) is not None]
                if done:
                    named = ", ".join(f"{ref.job} {ref.row_id}" for ref, _ in done)
                    self._users.audit(by, action, named, detail)
                return done

            done = self._store.write(unit)
            for ref, priority in done:
                self._jobs.wake(ref.job, ref.row_id, priority)
            count += len(done)
        log.info("work asked for", action=action, count=count)
        return count

    def _revived(self, ref: Ref) -> Any:
        """Inside a unit: the row, if it begins anew."""
        now = self._clock.now()
        match ref.job:
            case Job.MESSAGE:
                return inbox.revive(ref.row_id, now)
            case Job.RECEIPT:
                return inbox.revive_receipt(ref.row_id, now)
            case Job.OUTGOING:
                return outbox.revive(ref.row_id, now)
        return next(iter(self._chores.revive(ref.row_id)), None)

    def _hastened(self, ref: Ref) -> Any:
        """Inside a unit: the row, if it is due now and was not."""
        now, ids = self._clock.now(), [ref.row_id]
        if ref.job == Job.OUTGOING:
            return next(iter(outbox.hasten(ids, now)), None)
        return next(iter(work.hasten(WORK[ref.job], ids, now)), None)

    def _dropped(self, ref: Ref, error: PermanentError) -> Any:
        """Inside a unit: the row, if it was dropped."""
        now = self._clock.now()
        match ref.job:
            case Job.MESSAGE:
                return inbox.drop(ref.row_id, error, now)
            case Job.RECEIPT:
                return inbox.drop_receipt(ref.row_id, error, now)
            case Job.OUTGOING:
                return outbox.drop(ref.row_id, error, now)
        return self._chores.drop(ref.row_id, error)


def row_of(ref: Ref) -> Any:
    """The row, if it is still there."""
    return rows.find(WORK[ref.job], id=ref.row_id)
