"""Whose a conversation is, what is noted, seen and done of it, and who is answering just now.

Owns threads, thread_notes, thread_looks and thread_claims. What was seen and what is done is kept
as a number of messages, not as the id of the last one: messages are worked on side by side, and one
that is ready late must not be taken for one that was seen.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.firm.users import Users
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import Thread, ThreadClaim, ThreadLook, ThreadNote, User

CLAIM = timedelta(seconds=20)  # a browser renews it while somebody types
LONGEST_NOTE = 4000  # characters


@dataclass(frozen=True)
class Claim:
    """Who is answering, or may."""

    user_id: int
    name: str


class Threads:
    """What the firm's people do with conversations. Each method is a commit of its own."""

    def __init__(self, store: Store, clock: Clock, users: Users) -> None:
        self._store = store
        self._clock = clock
        self._users = users

    def assign(self, person_id: int, to: User | None, by: str) -> bool:
        """It is this user's from now on, or nobody's. False if it was already."""

        def unit() -> bool:
            thread = self._thread(person_id)
            if thread.assigned_id == (to.id if to else None):
                return False
            values = {"assigned": to, "assigned_at": self._clock.now(), "assigned_by": by}
            rows.update(Thread, thread.id, **values)
            told = to.name if to else None
            self._users.audit(by, "conversation assigned", str(person_id), told)
            return True

        return self._store.write(unit)

    def note(self, person_id: int, body: str, form: str, by: str) -> bool:
        """Write something for the others to read. The same form with the same words: False."""
        said = hashlib.sha256(body.encode()).hexdigest()[:32]  # the words stand in one place only
        key = f"{person_id}:{form}:{said}"

        def unit() -> bool:
            if rows.find(ThreadNote, dedupe_key=key) is not None:
                return False
            now = self._clock.now()
            values = {"author": by, "body": body, "created_at": now, "dedupe_key": key}
            rows.insert(ThreadNote, correspondent=person_id, **values)
            self._users.audit(by, "note written", str(person_id), None)
            return True

        return self._store.write(unit)

    def done(self, person_id: int, count: int, by: str) -> None:
        """Nothing is left to do of these `count` messages. One that came since opens it again."""

        def unit() -> None:
            thread = self._thread(person_id)
            there = min(count, count_of(person_id))  # more would keep what comes next shut, too
            values = {"done_count": there, "done_at": self._clock.now(), "done_by": by}
            rows.update(Thread, thread.id, **values)
            self._users.audit(by, "conversation done", str(person_id), None)

        self._store.write(unit)

    def reopen(self, person_id: int, by: str) -> None:
        """There is something left to do after all."""

        def unit() -> None:
            thread = self._thread(person_id)
            rows.update(Thread, thread.id, done_count=0, done_at=None, done_by=None)
            self._users.audit(by, "conversation reopened", str(person_id), None)

        self._store.write(unit)

    def seen(self, person_id: int, user: User, count: int) -> None:
        """They have seen `count` messages of it; fewer than before changes nothing."""
        known = rows.find(ThreadLook, user=user, correspondent=person_id)
        if known is None or known.seen_count < count:
            self._store.write(lambda: self._see(person_id, user, count))

    def _see(self, person_id: int, user: User, count: int) -> None:
        known = rows.find(ThreadLook, user=user, correspondent=person_id)
        values = {"seen_count": count, "looked_at": self._clock.now()}
        if known is None:
            rows.insert(ThreadLook, user=user, correspondent=person_id, **values)
        elif known.seen_count < count:
            rows.update(ThreadLook, known.id, **values)

    def unsee(self, person_id: int, user: User) -> None:
        """They want to look at the last message again: it counts as unread."""

        def unit() -> None:
            known = rows.find(ThreadLook, user=user, correspondent=person_id)
            if known is not None and known.seen_count > 0:
                rows.update(ThreadLook, known.id, seen_count=known.seen_count - 1)

        self._store.write(unit)

    def claim(self, person_id: int, user: User) -> Claim | None:
        """They are answering, for some seconds. Somebody else is: who, and nothing changes."""

        def unit() -> Claim | None:
            now = self._clock.now()
            other = claimed_by_other(person_id, user.id, now)
            if other is None:  # theirs, or ended
                ThreadClaim.delete().where(ThreadClaim.correspondent == person_id).execute()
                until = now + CLAIM
                rows.insert(ThreadClaim, correspondent=person_id, user=user, until_at=until)
            return other

        return self._store.write(unit)

    def release(self, person_id: int, user: User) -> None:
        """They are answering no more."""
        self._store.write(lambda: release(person_id, user.id))

    def _thread(self, person_id: int) -> Thread:
        """Inside a unit: its row, made if it has none."""
        found = rows.find(Thread, correspondent=person_id)
        return found if found is not None else rows.insert(Thread, correspondent=person_id)


def claimed_by_other(person_id: int, user_id: int, now: datetime) -> Claim | None:
    """Who else is answering just now. Reads only."""
    found = rows.find(ThreadClaim, correspondent=person_id)
    if found is None or found.user_id == user_id or found.until_at <= now:
        return None
    return Claim(found.user_id, found.user.name)


def release(person_id: int, user_id: int) -> None:
    """Inside a unit: this user's claim ends."""
    is_theirs = (ThreadClaim.correspondent == person_id, ThreadClaim.user == user_id)
    ThreadClaim.delete().where(*is_theirs).execute()


def count_of(person_id: int) -> int:
    """How many messages of theirs there are. Reads only."""
    table = models.Message
    return int(table.select().where(table.correspondent == person_id).count())
