"""The firm's people: who they are, and what of it changes. Owns users.

What they need beside it has parts of its own: audit, sessions, sign_in, factors, passes.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from appliance import names
from appliance.clock import Clock
from appliance.errors import PermanentError
from appliance.firm.account import Account
from appliance.firm.audit import Audit
from appliance.firm.factors import Factors
from appliance.firm.passes import Passes, new_token
from appliance.firm.passwords import Passwords, keeping
from appliance.firm.sessions import Sessions
from appliance.firm.sign_in import Hall, SignIn, SignInRefusedError, Visit, in_seconds
from appliance.store.database import Store
from appliance.store.models import PassKind, Role, User
from appliance.wording import mark

__all__ = ["SignInRefusedError", "Users", "in_seconds"]

LONGEST_NAME = 100  # characters
GREFFIER = "greffier"  # who acts where nobody of the firm did: a command on this computer
LAST_ADMIN = mark("%(name)s is the only administrator: let somebody else be one first.")
NOBODY = mark("nobody is called %(name)s: see `greffier user list`")
NO_NAME = mark("a user needs a name")
LONG_NAME = mark("a name has at most %(count)d characters")
NO_ROLE = mark("no role is called %(role)s: use %(roles)s")
NO_ADDRESS = mark("%(email)s is not an e-mail address: write it like nour@example.org")
TAKEN = mark("%(name)s exists already: `greffier user password` changes theirs")
TAKEN_BY_DISABLED = mark("%(name)s exists already and is disabled: choose another name")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def _nothing(_: User) -> None:
    """Nobody is refused."""


class Users:
    """The firm's people, and the parts that let them in."""

    def __init__(self, store: Store, clock: Clock, session_hours: int) -> None:
        self._store = store
        self._clock = clock
        self._passwords = Passwords()
        self._passes = Passes(clock)
        self.journal = Audit(store, clock)
        self.sessions = Sessions(store, clock, timedelta(hours=session_hours))
        self.factors = Factors(store, clock)
        hall = Hall(self._passwords, self.sessions, self._passes, self.factors, self.journal)
        self.entrance = SignIn(store, clock, hall)
        self.account = Account(store, hall)

    # -- who they are

    def add(
        self, name: str, role: str, email: str | None, password: str, by: str = GREFFIER
    ) -> None:
        """Let somebody sign in.

        Raises PermanentError: the name is taken or empty, the password too short, the role
        unknown, the e-mail address none.
        """
        _check(role, email)
        hashed = self._passwords.hash(password)
        self._store.write(lambda: self._add(_tidy(name), role, email or None, hashed, by))

    def invite_new(self, name: str, role: str, email: str | None, by: str) -> str:
        """Let somebody choose a password and sign in; the token of their invitation, shown once.

        Raises PermanentError as `add` does.
        """
        _check(role, email)
        hashed, token = self._passwords.nobodys(), new_token()

        def unit() -> None:
            made = self._add(_tidy(name), role, email or None, hashed, by)
            self._invite(made, by, token)

        self._store.write(unit)
        return token

    def _add(self, name: str, role: str, email: str | None, hashed: str, by: str) -> User:
        if not name:
            raise PermanentError(NO_NAME)
        if len(name) > LONGEST_NAME:
            raise PermanentError(LONG_NAME, count=LONGEST_NAME)
        known = User.get_or_none(User.name_key == names.key(name))
        if known is not None:
            raise _taken(known)
        made: User = User.create(
            name=name,
            name_key=names.key(name),
            role=role,
            email=email,
            password_hash=hashed,
            created_at=self._clock.now(),
        )
        self.audit(by, "user added", name, role)
        return made

    def everybody(self) -> list[User]:
        """Everybody, by name."""
        return list(User.select().order_by(User.name_key))

    def numbered(self, user_id: int) -> User | None:
        """The user of this number."""
        found: User | None = User.get_or_none(User.id == user_id)
        return found

    # -- what changes. Who loses something is out at once: their sessions and invitations end.

    def set_password(self, name: str, password: str, by: str = GREFFIER) -> None:
        """Change it; every open session of theirs ends."""
        changes = keeping(self._passwords.hash(password))
        self._change(name, by, "password changed", changes)

    def disable(self, name: str, by: str = GREFFIER) -> None:
        """They sign in no more; every open session of theirs ends. Never the last administrator."""
        changes: dict[str, object] = {"disabled_at": self._clock.now()}
        self._change(name, by, "user disabled", changes, _refuse_if_last_admin)

    def enable(self, name: str, by: str) -> None:
        """They may sign in again, with the password they had."""
        self._change(name, by, "user enabled", {"disabled_at": None})

    def set_role(self, name: str, role: str, by: str) -> None:
        """They are something else; every open session of theirs ends."""
        _check(role, None)
        refuse = _refuse_if_last_admin if role != Role.ADMIN else _nothing
        self._change(name, by, "role changed", {"role": role}, refuse, role)

    def set_email(self, name: str, email: str | None, by: str) -> None:
        """Where they are written to."""
        _check(Role.ADMIN, email)

        def unit() -> None:
            user = _somebody(name)
            User.update(email=email or None).where(User.id == user.id).execute()
            self.audit(by, "e-mail changed", user.name, None)

        self._store.write(unit)

    def _change(
        self,
        name: str,
        by: str,
        action: str,
        changes: dict[str, object],
        refuse: Callable[[User], None] = _nothing,
        detail: str | None = None,
    ) -> None:
        def unit() -> None:
            user = _somebody(name)
            refuse(user)
            User.update(**changes).where(User.id == user.id).execute()
            self.sessions.end_all(user)
            self._passes.revoke(user)
            self.audit(by, action, user.name, detail)

        self._store.write(unit)

    def end_sessions(self, name: str, by: str) -> int:
        """They are signed out everywhere; of how many browsers."""

        def unit() -> int:
            user = _somebody(name)
            ended = self.sessions.end_all(user)
            self._passes.revoke(user)
            self.audit(by, "sessions ended", user.name, str(ended))
            return ended

        return self._store.write(unit)

    def reset_factor(self, name: str, by: str = GREFFIER) -> bool:
        """The telephone is lost: the password is enough again. False if it was."""

        def unit() -> bool:
            user = _somebody(name)
            was_on = self.factors.off(user)
            if was_on:
                self.sessions.end_all(user)
                self._passes.revoke(user)
                self.audit(by, "second factor reset", user.name, None)
            return was_on

        return self._store.write(unit)

    # -- invitations

    def invite(self, name: str, by: str) -> str:
        """Let them choose a new password; the token, shown once. The old password stays until."""
        token = new_token()
        self._store.write(lambda: self._invite(_somebody(name), by, token))
        return token

    def _invite(self, user: User, by: str, token: str) -> None:
        self._passes.make(PassKind.INVITATION, user, by, token)
        self.audit(by, "invitation made", user.name, None)

    # -- who is there, and what they did

    def sign_in(self, name: str, password: str, origin: str, browser: str = "") -> str:
        """Open a session; return its token. See `SignIn.by_password` for what it raises."""
        return self.entrance.by_password(name, password, Visit(origin, browser))

    def session(self, token: str, *, is_use: bool = True) -> User | None:
        """Who this token's browser belongs to. See `Sessions.user`."""
        return self.sessions.user(token, is_use=is_use)

    def forget_sessions(self) -> int:
        """Inside a unit: those that have ended are forgotten; how many."""
        return self.sessions.forget()

    def sign_out(self, token: str) -> None:
        """End this session."""
        user = self.session(token, is_use=False)

        def unit() -> None:
            if self.sessions.end(token) and user is not None:
                self.audit(user.name, "signed out", None, None)

        self._store.write(unit)

    def audit(self, actor: str, action: str, subject: str | None, detail: str | None) -> None:
        """Inside a unit: write down who did what. See firm.deeds for how acts are spelt."""
        self.journal.add(actor, action, subject, detail)

    def note(self, actor: str, action: str, subject: str | None) -> None:
        """Outside a unit, before what has no commit of its own: write down who does what."""
        self._store.write(lambda: self.audit(actor, action, subject, None))

    # -- where they are written to

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


def _check(role: str, email: str | None) -> None:
    if role not in list(Role):
        raise PermanentError(NO_ROLE, role=role, roles=", ".join(Role))
    if email and not _ADDRESS.fullmatch(email):
        raise PermanentError(NO_ADDRESS, email=repr(email))


def _refuse_if_last_admin(user: User) -> None:
    """Inside a unit: somebody must be there who can let others in."""
    others = (User.role == Role.ADMIN) & User.disabled_at.is_null() & (User.id != user.id)
    is_admin = user.role == Role.ADMIN and user.disabled_at is None
    if is_admin and not User.select().where(others).exists():
        raise PermanentError(LAST_ADMIN, name=user.name)


def _somebody(name: str) -> User:
    user: User | None = User.get_or_none(User.name_key == names.key(_tidy(name)))
    if user is None:
        raise PermanentError(NOBODY, name=name)
    return user


def _named(name: str) -> User | None:
    is_named = User.name_key == names.key(_tidy(name))
    found: User | None = User.get_or_none(is_named, User.disabled_at.is_null())
    return found


def _tidy(name: str) -> str:
    """Phones add a space after a word; nobody sees it."""
    return " ".join(name.split())


def _taken(user: User) -> PermanentError:
    if user.disabled_at is not None:
        return PermanentError(TAKEN_BY_DISABLED, name=user.name)
    return PermanentError(TAKEN, name=user.name)
