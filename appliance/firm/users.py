"""Who may sign in, from which browser, and who did what. Owns users, sessions and audit_log."""

import hashlib
import secrets
import threading
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Role, Session, User
from appliance.wording import mark

SHORTEST_PASSWORD = 12  # characters
FREE_TRIES = 5  # failures before waiting begins
LONGEST_WAIT = timedelta(minutes=15)
IDLE = timedelta(minutes=60)
SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no more often than this


class SignInRefusedError(PermanentError):
    """Wrong name or password, or too many tries; says no more than that."""


class Users:
    """The firm's people. Passwords are hashed with Argon2id, two at a time (46 MiB each)."""

    def __init__(self, store: Store, clock: Clock, session_hours: int) -> None:
        self._store = store
        self._clock = clock
        self._lifetime = timedelta(hours=session_hours)
        self._hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
        self._hashing = threading.BoundedSemaphore(2)
        self._dummy = self._hash(secrets.token_hex(16))

    def add(self, name: str, role: str, email: str | None, password: str) -> None:
        """Let somebody sign in.

        Raises PermanentError: the name is taken, the password too short, the role unknown.
        """
        if role not in list(Role):
            raise PermanentError(f"no role is called {role}: use {', '.join(Role)}")
        _check_password(password)
        hashed = self._hash(password)
        self._store.write(lambda: self._add(name, role, email, hashed))

    def _add(self, name: str, role: str, email: str | None, hashed: str) -> None:
        if not names.key(name):
            raise PermanentError("a user needs a name")
        if User.get_or_none(User.name_key == names.key(name)):
            raise PermanentError(f"{name} exists already: `greffier user password` changes theirs")
        User.create(
            name=name,
            name_key=names.key(name),
            role=role,
            email=email,
            password_hash=hashed,
            created_at=self._clock.now(),
        )
        self.audit("greffier", "user added", name, role)

    def everybody(self) -> list[User]:
        """Everybody, by name."""
        return list(User.select().order_by(User.name_key))

    def set_password(self, name: str, password: str) -> None:
        """Change it; every open session of theirs ends."""
        _check_password(password)
        hashed = self._hash(password)
        changes: dict[str, object] = {"password_hash": hashed, "failures": 0, "locked_until": None}
        self._store.write(lambda: self._change(name, "password changed", changes))

    def disable(self, name: str) -> None:
        """They sign in no more; every open session of theirs ends."""
        changes: dict[str, object] = {"disabled_at": self._clock.now()}
        self._store.write(lambda: self._change(name, "user disabled", changes))

    def _change(self, name: str, action: str, changes: dict[str, object]) -> None:
        user = User.get_or_none(User.name_key == names.key(name))
        if user is None:
            raise PermanentError(f"nobody is called {name}: see `greffier user list`")
        User.update(**changes).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user).execute()
        self.audit("greffier", action, user.name, None)

    def sign_in(self, name: str, password: str, origin: str) -> str:
        """Open a session; return its token. `origin` is the browser's address, for the audit.

        Raises SignInRefusedError, after the same work whether or not the name exists. After five
        failures each next try waits, twice as long each time, 15 minutes at most.
        """
        now = self._clock.now()
        user = User.get_or_none(User.name_key == names.key(name), User.disabled_at.is_null())
        if user is not None and user.locked_until is not None and user.locked_until > now:
            raise SignInRefusedError(mark("too many tries: wait a quarter of an hour at most"))
        is_right = self._verify(user.password_hash if user else self._dummy, password)
        if user is None or not is_right:
            self._store.write(lambda: self._failed(user, origin, now))
            raise SignInRefusedError(mark("wrong name or password"))
        token = secrets.token_urlsafe(32)
        self._store.write(lambda: self._opened(user, token, origin, now))
        return token

    def _failed(self, user: User | None, origin: str, now: datetime) -> None:
        self.audit(user.name if user else "?", "sign-in refused", None, origin)
        if user is None:
            return
        failures = User.get_by_id(user.id).failures + 1
        wait = timedelta(seconds=2 ** max(failures - FREE_TRIES, 0))
        is_locked = failures >= FREE_TRIES
        User.update(
            failures=failures, locked_until=now + min(wait, LONGEST_WAIT) if is_locked else None
        ).where(User.id == user.id).execute()

    def _opened(self, user: User, token: str, origin: str, now: datetime) -> None:
        User.update(failures=0, locked_until=None).where(User.id == user.id).execute()
        Session.delete().where(Session.expires_at <= now).execute()
        Session.create(
            token_hash=_digest(token),
            user=user,
            created_at=now,
            seen_at=now,
            expires_at=now + self._lifetime,
        )
        self.audit(user.name, "signed in", None, origin)

    def session(self, token: str) -> User | None:
        """Who this token's browser belongs to; None once it ended or slept for an hour."""
        now = self._clock.now()
        found = Session.get_or_none(Session.token_hash == _digest(token), Session.expires_at > now)
        if found is None or found.seen_at + IDLE <= now:
            return None
        if found.user.disabled_at is not None:
            return None
        if found.seen_at + SEEN_EVERY <= now:
            query = Session.update(seen_at=now).where(Session.id == found.id)
            self._store.write(query.execute)
        user: User = found.user
        return user

    def sign_out(self, token: str) -> None:
        """End this session."""
        self._store.write(Session.delete().where(Session.token_hash == _digest(token)).execute)

    def audit(self, actor: str, action: str, subject: str | None, detail: str | None) -> None:
        """Inside a unit: write down who did what."""
        AuditEntry.create(
            at=self._clock.now(), actor=actor, action=action, subject=subject, detail=detail
        )

    def note(self, actor: str, action: str, subject: str | None) -> None:
        """Write down who did what, in a commit of its own."""
        self._store.write(lambda: self.audit(actor, action, subject, None))

    def addresses(self, role: str) -> list[str]:
        """The e-mail addresses of everybody who has this role and may sign in."""
        query = User.select().where(User.role == role, User.disabled_at.is_null())
        return [user.email for user in query.order_by(User.name_key) if user.email]

    def address_of(self, lawyer: str | None) -> str | None:
        """Where a dossier's lawyer is written to: a user's name, or itself an address."""
        if not lawyer:
            return None
        if "@" in lawyer:
            return lawyer
        user = User.get_or_none(User.name_key == names.key(lawyer), User.disabled_at.is_null())
        return user.email if user else None

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(password)

    def _verify(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise PermanentError(f"a password has at least {SHORTEST_PASSWORD} characters")


def _digest(token: str) -> str:
    """What the database keeps: a stolen copy of it opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()
