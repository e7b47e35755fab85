"""Work on something that is kept already: looked into, scanned, read, mirrored. Owns chores.

A message is filed, confirmed and told without waiting for any of it. `post` makes the row in the
commit of what makes it necessary; job "chore" claims it, lets the handler of its kind do the work
and commits, in one unit, what came of it and that it is done. Cut anywhere, it is done again as a
whole: every handler looks first at what is there already.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import structlog

from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.hands import Hands
from appliance.jobs import Job, Jobs
from appliance.store import attempts, rows, work
from appliance.store.attempts import Outcome
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Chore, ChoreStatus
from appliance.store.work import Later
from appliance.telling import columns
from appliance.wording import mark

log = structlog.get_logger()

TOO_OFTEN = mark("Greffier stopped too often while working on it")
BROKE = mark("an unexpected fault of Greffier's (%(kind)s): try again, else call your support")
HIGH, USUAL, LOW = 0, -10, -20  # priorities; what takes minutes (reading scans) is LOW
QUICK_HANDS, SLOW_HANDS = 2, 1  # slow ones do what is LOW: it never keeps the rest waiting
OUTSIDE_HANDS = 3  # for what mostly waits for somebody else's computer
LET_GO = 2.0  # seconds that a stop leaves an upload: a chunk that is cut is sent again
PATIENCE = 6.0  # seconds that a stop waits for what is under way; then it is done again, at start


class Kind(StrEnum):
    """What there is to do. Its subject is a document, but for the last five."""

    EXAMINE = "examine"  # what is it really, can it harm
    DEPICT = "depict"  # what people see of it: a copy to look at, a thumbnail, a first page
    SCAN = "scan"  # by a virus scanner, where there is one
    READ = "read"  # its text, for search
    MIRROR = "mirror"  # on Google Drive as it is here
    MIRROR_DOSSIER = "mirror_dossier"  # its folder there, of this name
    MIRROR_CLIENT = "mirror_client"
    PROVE = "prove"  # a delivery is complete: its receipt
    WITNESS = "witness"  # once a day: the receipts are checked, and their last one written down
    DESTROY = "destroy"  # a dossier's documents, once two people have said so


OUTSIDE = frozenset({Kind.MIRROR, Kind.MIRROR_DOSSIER, Kind.MIRROR_CLIENT})


class Posted(NamedTuple):
    """A chore that is asked for, and when it is due."""

    row_id: int
    due_at: datetime
    priority: int


Finish = Callable[[], Iterable[Posted] | None]
"""A unit that commits what came of the work; the further chores that it posted."""
Handler = Callable[[int], Finish | None]
"""Does the work on the subject with this id, and says what is to be committed with its end.

Raises TemporaryError (due again), PermanentError (failed, for a person to look at).
"""


class Orders:
    """Makes the rows, also in a process that does none of the work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def post(
        self,
        kind: Kind,
        subject_id: int,
        *,
        priority: int = USUAL,
        after: timedelta = timedelta(),
    ) -> Posted:
        """Inside a unit: this is to be done (once more). Hand what it returns to `wake` after."""
        now = self._clock.now()
        due_at = now + after
        row = rows.find(Chore, kind=kind.value, subject_id=subject_id)
        if row is None:
            values = {"kind": kind.value, "subject_id": subject_id, "priority": priority}
            row = rows.insert(Chore, **values, due_at=due_at, created_at=now)
        else:
            fresh = {"status": ChoreStatus.OPEN, "posted": row.posted + 1, "due_at": due_at}
            work.update(row, **fresh, attempts=0, interruptions=0, error=None, reason=None)
        return Posted(row.id, due_at, row.priority)


class Chores(Orders):
    """Each kind of work once a subject, until it is done or given up."""

    def __init__(self, store: Store, jobs: Jobs, clock: Clock) -> None:
        super().__init__(clock)
        self._store = store
        self._jobs = jobs
        self._handlers: dict[str, Handler] = {}
        self.stopping = threading.Event()  # long work looks at it between two steps
        self._quick = Hands("chores", QUICK_HANDS, self._attempt)
        self._slow = Hands("slow-chores", SLOW_HANDS, self._attempt)
        self._outside = Hands("outside-chores", OUTSIDE_HANDS, self._attempt)

    def on(self, kind: Kind, handler: Handler) -> None:
        """Let `handler` do the work of this kind."""
        self._handlers[kind] = handler

    def start(self) -> None:
        """Begin to work on what is woken."""
        for hands in (self._quick, self._slow, self._outside):
            hands.start()

    def hands(self) -> tuple[int, int]:
        """How many hands live, and how many should."""
        all_ = [hands.alive for hands in (self._quick, self._slow, self._outside)]
        return sum(alive for alive, _ in all_), sum(wanted for _, wanted in all_)

    def stop(self) -> None:
        """Begin nothing more, and let what is under way end, if that is soon."""
        self.stopping.set()
        self._slow.stop(0)
        self._outside.stop(LET_GO)
        self._quick.stop(PATIENCE)

    def wake(self, posted: Iterable[Posted] | None) -> None:
        """After the commit: have each looked at when it is due."""
        self._jobs.wake_when_due(Job.CHORE, posted or (), self._clock.now())

    def run(self, row_id: int) -> Later | None:
        """Job "chore": have one done, if it is due; returns at once."""
        chore = work.look(Chore, row_id, self._clock.now())
        if not isinstance(chore, Chore):
            return chore
        self._hands_for(chore).put(row_id, chore.priority)
        return None

    def _hands_for(self, chore: Chore) -> Hands:
        if chore.kind in OUTSIDE:
            return self._outside
        return self._slow if chore.priority <= LOW else self._quick

    def _attempt(self, row_id: int) -> None:
        self._jobs.attempt(Job.CHORE, row_id, self._take, self.broke)

    def _take(self, row_id: int) -> Later | None:
        now = self._clock.now()
        taken = self._store.write(lambda: work.claim(Chore, row_id, now))
        return self._do(taken) if taken is not None else None

    def prolong(self, kind: Kind, subject_id: int) -> None:
        """Long work goes on: nobody else takes it for another lease."""
        until = self._clock.now() + work.LEASE
        is_this = (Chore.kind == kind.value, Chore.subject_id == subject_id)
        held = Chore.leased_until.is_null(False)
        self._store.write(Chore.update(leased_until=until).where(*is_this, held).execute)

    def _do(self, chore: Chore) -> Later | None:
        handler = self._handlers.get(chore.kind)
        if handler is None:  # switched off since it was posted: it waits for the settings
            self._store.insist(lambda: work.update(chore, due_at=None, leased_until=None))
            return None
        try:
            if chore.interruptions > work.MAX_INTERRUPTIONS:
                raise PermanentError(TOO_OFTEN)
            self._finish(chore, handler(chore.subject_id))
        except TemporaryError as error:
            return self._again(chore, error)
        except PermanentError as error:
            self._give_up(chore, error)
        return None

    def _finish(self, chore: Chore, finish: Finish | None) -> None:
        def unit() -> list[Posted]:
            posted = list(finish() or ()) if finish is not None else []
            return posted + self._done(chore)

        self.wake(self._store.write(unit))
        log.info("chore done", kind=chore.kind, id=chore.id, subject=chore.subject_id)

    def _done(self, chore: Chore) -> list[Posted]:
        """Inside a unit: it is done, unless somebody asked for it again meanwhile."""
        ended = {"status": ChoreStatus.DONE, "done_at": self._clock.now(), "due_at": None}
        return self._end(chore, Outcome.DONE, **ended, error=None, reason=None)

    def _again(self, chore: Chore, error: TemporaryError) -> Later | None:
        wait = work.wait_after(chore, error)
        if wait is None:
            self._give_up(chore, error)
            return None
        values = {"attempts": chore.attempts - (not error.counts), **columns(error)}

        def unit() -> list[Posted]:
            return self._end(chore, Outcome.AGAIN, due_at=self._clock.now() + wait, **values)

        self.wake(self._store.insist(unit))
        log.warning("chore postponed", kind=chore.kind, id=chore.id, attempt=chore.attempts)
        return Later(wait)

    def _give_up(self, chore: Chore, error: GreffierError) -> None:
        """A person must look: it stands where its kind is shown, and may be asked for again."""
        ended = {"status": ChoreStatus.FAILED, "done_at": self._clock.now(), "due_at": None}
        values = {**ended, **columns(error)}
        self.wake(self._store.insist(lambda: self._end(chore, Outcome.FAILED, **values)))
        log.error("chore failed", kind=chore.kind, id=chore.id)

    def _end(self, chore: Chore, outcome: Outcome, **values: Any) -> list[Posted]:
        """Inside a unit: this attempt ends so; what was asked for meanwhile is due instead."""
        seen = rows.find(Chore, id=chore.id)
        if seen is None:
            return []
        counts = values.get("attempts", chore.attempts) == chore.attempts
        attempts.note(chore, outcome, self._clock.now(), values, counts=counts)
        if seen.posted != chore.posted:
            work.update(seen, leased_until=None)
            return [Posted(seen.id, seen.due_at, seen.priority)]
        work.update(seen, leased_until=None, **values)
        return []

    def broke(self, row_id: int, error: BaseException) -> Later | None:
        """A fault of ours stopped the job: counted as an attempt like any other."""
        chore = rows.find(Chore, id=row_id)
        if chore is None or chore.due_at is None:
            return None
        if chore.leased_until is None:
            now = self._clock.now()
            chore = self._store.write(lambda: work.claim(Chore, row_id, now))
        fault = TemporaryError(BROKE, kind=type(error).__name__)
        return self._again(chore, fault) if chore is not None else None

    def retry(self, row_id: int, note: Note = by_nobody) -> bool:
        """A person asks for another try of a failed one. True if it had failed."""
        self.wake(posted := self._store.act(lambda: self.revive(row_id), note))
        return bool(posted)

    def revive(self, row_id: int) -> list[Posted]:
        """Inside a unit: a failed one begins anew. Hand what it returns to `wake` after."""
        chore, now = rows.find(Chore, id=row_id, status=ChoreStatus.FAILED.value), self._clock.now()
        if chore is None:
            return []
        work.revive(chore, now, status=ChoreStatus.OPEN)
        return [Posted(chore.id, now, chore.priority)]

    def drop(self, row_id: int, error: PermanentError) -> Chore | None:
        """Inside a unit: given up, by a person; it stays, with the reason. None: it may not be."""
        chore, now = rows.find(Chore, id=row_id), self._clock.now()
        if chore is None or chore.status == ChoreStatus.DONE or not work.is_idle(chore, now):
            return None
        work.end(chore, status=ChoreStatus.FAILED, done_at=now, **columns(error))
        return chore

    def call_in(self, kinds: Iterable[Kind]) -> int:
        """What these waited for is there: those that are not due yet are done now. How many."""
        named = Chore.kind.in_([kind.value for kind in kinds])

        def unit() -> list[Posted]:
            now = self._clock.now()
            waits = (Chore.due_at > now, Chore.leased_until.is_null())
            waiting = list(Chore.select().where(named, *waits))
            for row in waiting:
                work.update(row, due_at=now)
            return [Posted(row.id, now, row.priority) for row in waiting]

        self.wake(called := self._store.write(unit))
        return len(called)

    def withdraw(self, kinds: Iterable[Kind], subject_id: int) -> None:
        """Inside a unit: what was asked for of this subject is not wanted any more."""
        asked = Chore.kind.in_([kind.value for kind in kinds]), Chore.subject_id == subject_id
        free = (Chore.status == ChoreStatus.OPEN, Chore.leased_until.is_null())
        ended = {"status": ChoreStatus.DONE, "due_at": None, "done_at": self._clock.now()}
        Chore.update(**ended).where(*asked, *free).execute()

    def release_interrupted(self) -> int:
        """At start: what the last process held is free again, and so is what waits for settings."""
        now = self._clock.now()

        def unit() -> int:
            idle = (Chore.status == ChoreStatus.OPEN, Chore.due_at.is_null())
            named = Chore.kind.in_(list(self._handlers))
            Chore.update(due_at=now).where(*idle, named).execute()
            return len(work.release_interrupted(Chore, now))

        return self._store.write(unit)
