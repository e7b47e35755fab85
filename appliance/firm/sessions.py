"""Which browsers are signed in: until they sign out, sleep for an hour, or their time is over.

Owns sessions."""

from contextlib import suppress
from datetime import timedelta

from appliance.clock import Clock
from appliance.errors import TemporaryError
from appliance.firm.throttle import digest
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Session, User

IDLE = timedelta(minutes=60)
SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no more often than this
LONGEST_BROWSER = 300  # characters of what a browser calls itself


class Sessions:
    """Signed-in browsers, by the hash of their token."""

    def __init__(self, store: Store, clock: Clock, lifetime: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._lifetime = lifetime

    def open(self, user: User, token: str, origin: str, browser: str) -> None:
        """Inside a unit: this browser is theirs from now on, by a token that it never had before.

        `origin`: its address; `browser`: what it calls itself, which may be anything.
        """
        now = self._clock.now()
        self.forget()
        rows.insert(
            Session,
            token_hash=digest(token),
            user=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + self._lifetime,
            origin=origin,
            browser=browser[:LONGEST_BROWSER].encode("utf-8", "replace").decode(),
        )

    def user(self, token: str, *, is_use: bool = True) -> User | None:
        """Who this token's browser belongs to; None once it ended or slept for an hour.

        `is_use` is False when a page asks by itself: an unattended screen must fall asleep.
        """
        now = self._clock.now()
        query = Session.select(Session, User).join(User).where(Session.token_hash == digest(token))
        found = query.where(self._is_open(), User.disabled_at.is_null()).first()
        if found is None:
            return None
        if is_use and found.seen_at + SEEN_EVERY <= now:
            seen = Session.update(seen_at=now).where(Session.id == found.id)
            with suppress(TemporaryError):  # a full disk must not hide the page that says so
                self._store.write(seen.execute)
        user: User = found.user
        return user

    def of(self, user: User) -> list[Session]:
        """Those that are open, the last used first."""
        query = Session.select().where(Session.user == user.id, self._is_open())
        return list(query.order_by(Session.seen_at.desc(), Session.id.desc()))

    def counts(self) -> dict[int, int]:
        """How many are open, by the number of the user."""
        counted: dict[int, int] = {}
        for (user_id,) in Session.select(Session.user).where(self._is_open()).tuples():
            counted[user_id] = counted.get(user_id, 0) + 1
        return counted

    def _is_open(self) -> object:
        now = self._clock.now()
        return (Session.expires_at > now) & (Session.seen_at > now - IDLE)

    def is_this(self, session: Session, token: str) -> bool:
        """Whether the session is this token's."""
        return bool(session.token_hash == digest(token))

    def end(self, token: str) -> int:
        """Inside a unit: the browser with this token is signed out."""
        return int(Session.delete().where(Session.token_hash == digest(token)).execute())

    def end_one(self, user: User, session_id: int) -> int:
        """Inside a unit: one of theirs; nobody else's."""
        theirs = (Session.id == session_id) & (Session.user == user.id)
        return int(Session.delete().where(theirs).execute())

    def end_all(self, user: User, but: str = "") -> int:
        """Inside a unit: all of theirs, but the one with this token; how many."""
        others = (Session.user == user.id) & (Session.token_hash != digest(but))
        return int(Session.delete().where(others).execute())

    def forget(self) -> int:
        """Inside a unit: those that have ended are forgotten; how many."""
        return int(Session.delete().where(Session.expires_at <= self._clock.now()).execute())
