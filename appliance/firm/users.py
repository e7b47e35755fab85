"""Who may sign in, from which browser, and who did what. Owns users, sessions and audit_log."""

import re
import secrets
import threading
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError, TemporaryError
from appliance.firm.throttle import NOW, Throttle, digest, wait_after
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Role, Session, User
from appliance.wording import mark

SHORTEST_PASSWORD = 12  # characters
LONGEST_NAME, LONGEST_PASSWORD = 200, 1000  # characters; folding takes the square of a text
FREE_TRIES = 5  # failures of one name before waiting begins
FREE_TRIES_OF_ORIGIN = 20  # an office behind one proxy is one address
IDLE = timedelta(minutes=60)
SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no more often than this
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


class SignInRefusedError(PermanentError):
    """Wrong name or password, or too many tries; says no more than that.

    `wait` is how long to wait before the next try; zero when the name or password was wrong.
    """

    def __init__(self, reason: str, wait: timedelta = NOW) -> None:
        super().__init__(reason)
        self.wait = wait


class Users:
    """The firm's people. Passwords are hashed with Argon2id, two at a time (46 MiB each)."""

    def __init__(self, store: Store, clock: Clock, session_hours: int) -> None:
        self._store = store
        self._clock = clock
        self._lifetime = timedelta(hours=session_hours)
        self._hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
        self._hashing = threading.BoundedSemaphore(2)
        self._dummy = self._hash(secrets.token_hex(16))
        self._origins = Throttle(FREE_TRIES_OF_ORIGIN)
        self._unknown = Throttle(FREE_TRIES)  # so that waiting betrays no existing name

    def add(self, name: str, role: str, email: str | None, password: str) -> None:
        """Let somebody sign in.

        Raises PermanentError: the name is taken or empty, the password too short, the role
        unknown, the e-mail address none.
        """
        if role not in list(Role):
            raise PermanentError(f"no role is called {role}: use {', '.join(Role)}")
        if email and not _ADDRESS.fullmatch(email):
            raise PermanentError(
                f"{email!r} is not an e-mail address: write it like nour@example.org"
            )
        _check_password(password)
        hashed = self._hash(password)
        self._store.write(lambda: self._add(_tidy(name), role, email or None, hashed))

    def _add(self, name: str, role: str, email: str | None, hashed: str) -> None:
        if not name:
            raise PermanentError("a user needs a name")
        known = User.get_or_none(User.name_key == names.key(name))
        if known is not None:
            raise PermanentError(_taken(known))
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
        user = User.get_or_none(User.name_key == names.key(_tidy(name)))
        if user is None:
            raise PermanentError(f"nobody is called {name}: see `greffier user list`")
        User.update(**changes).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user).execute()
        self.audit("greffier", action, user.name, None)

    def sign_in(self, name: str, password: str, origin: str) -> str:
        """Open a session; return its token. `origin` is the browser's address.

        Raises SignInRefusedError, after the same work whether or not the name exists. After five
        failures of a name, or twenty from one address, tries wait, each twice as long, 15 minutes
        at most; one that comes too early costs no hashing.
        """
        now = self._clock.now()
        if len(name) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            raise SignInRefusedError(mark("wrong name or password"))  # not even worth folding
        key = names.key(_tidy(name))
        user = User.get_or_none(User.name_key == key, User.disabled_at.is_null())
        wait = max(self._origins.wait(origin, now), self._wait_of(user, key, now))
        if wait > NOW:
            raise SignInRefusedError(f"too many tries: wait {in_seconds(wait)} s", wait)
        is_right = self._verify(user.password_hash if user else self._dummy, password)
        token = secrets.token_urlsafe(32)
        if is_right and user and self._store.write(lambda: self._open(user, token, origin, now)):
            return token
        self._origins.failed(origin, now)
        if user is None:
            self._unknown.failed(key, now)
        self._store.write(lambda: self._failed(user, origin, now))
        raise SignInRefusedError(mark("wrong name or password"))

    def _wait_of(self, user: User | None, key: str, now: datetime) -> timedelta:
        if user is None:
            return self._unknown.wait(key, now)
        return max(user.locked_until - now, NOW) if user.locked_until else NOW

    def _failed(self, user: User | None, origin: str, now: datetime) -> None:
        """Inside a unit. An unknown name is not written down: people type passwords there."""
        self.audit(user.name if user else "?", "sign-in refused", None, origin)
        if user is None:
            return
        failures = User.get_by_id(user.id).failures + 1
        wait = wait_after(failures, FREE_TRIES)
        User.update(failures=failures, locked_until=now + wait if wait else None).where(
            User.id == user.id
        ).execute()

    def _open(self, user: User, token: str, origin: str, now: datetime) -> bool:
        """Inside a unit. False: password or account changed while the old one was checked."""
        is_same = (User.password_hash == user.password_hash) & User.disabled_at.is_null()
        changed = User.update(failures=0, locked_until=None).where(User.id == user.id, is_same)
        if not changed.execute():
            return False
        Session.delete().where(Session.expires_at <= now).execute()
        Session.create(
            token_hash=digest(token),
            user=user,
            created_at=now,
            seen_at=now,
            expires_at=now + self._lifetime,
        )
        self.audit(user.name, "signed in", None, origin)
        return True

    def session(self, token: str, *, is_use: bool = True) -> User | None:
        """Who this token's browser belongs to; None once it ended or slept for an hour.

        `is_use` is False when a page asks by itself: an unattended screen must fall asleep.
        """
        now = self._clock.now()
        query = Session.select(Session, User).join(User).where(Session.token_hash == digest(token))
        found = query.where(
            Session.expires_at > now, Session.seen_at > now - IDLE, User.disabled_at.is_null()
        ).first()
        if found is None:
            return None
        if is_use and found.seen_at + SEEN_EVERY <= now:
            seen = Session.update(seen_at=now).where(Session.id == found.id)
            with suppress(TemporaryError):  # a full disk must not hide the page that says so
                self._store.write(seen.execute)
        user: User = found.user
        return user

    def forget_sessions(self) -> int:
        """Inside a unit: those that have ended are forgotten; how many."""
        return int(Session.delete().where(Session.expires_at <= self._clock.now()).execute())

    def sign_out(self, token: str) -> None:
        """End this session."""
        self._store.write(Session.delete().where(Session.token_hash == digest(token)).execute)

    def audit(self, actor: str, action: str, subject: str | None, detail: str | None) -> None:
        """Inside a unit: write down who did what."""
        AuditEntry.create(
            at=self._clock.now(), actor=actor, action=action, subject=subject, detail=detail
        )

    def note(self, actor: str, action: str, subject: str | None) -> None:
        """Outside a unit: write down who did what, in a commit of its own."""
        self._store.write(lambda: self.audit(actor, action, subject, None))

    def addresses(self, role: str) -> list[str]:
        """The e-mail addresses of everybody who has this role and may sign in."""
        query = User.select().where(User.role == role, User.disabled_at.is_null())
        return [user.email for user in query.order_by(User.name_key) if user.email]

    def is_known(self, lawyer: str | None) -> bool:
        """Whether a dossier's lawyer is somebody who may sign in, or is an address itself."""
        if not lawyer or "@" in lawyer:
            return bool(lawyer)
        return _named(lawyer) is not None

    def address_of(self, lawyer: str | None) -> str | None:
        """Where a dossier's lawyer is written to: a user's name, or itself an address."""
        if not lawyer:
            return None
        if "@" in lawyer:
            return lawyer.strip()
        user = _named(lawyer)
        return user.email if user else None

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(_as_typed_anywhere(password))

    def _verify(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(hashed, _as_typed_anywhere(password))
            except (VerificationError, InvalidHashError):
                return False


def _named(name: str) -> User | None:
    is_named = User.name_key == names.key(_tidy(name))
    found: User | None = User.get_or_none(is_named, User.disabled_at.is_null())
    return found


def in_seconds(wait: timedelta) -> int:
    """Whole seconds, rounded up: who waits as long as they were told may try."""
    return -int(-wait.total_seconds() // 1)


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise PermanentError(f"a password has at least {SHORTEST_PASSWORD} characters")


def _as_typed_anywhere(password: str) -> bytes:
    """A Mac and a Windows keyboard write the same « é » in different bytes."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _tidy(name: str) -> str:
    """Phones add a space after a word; nobody sees it."""
    return " ".join(name.split())


def _taken(user: User) -> str:
    if user.disabled_at is not None:
        return f"{user.name} exists already and is disabled: choose another name"
    return f"{user.name} exists already: `greffier user password` changes theirs"
