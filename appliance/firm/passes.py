"""Opens one thing, once, for a while: the second step of signing in, a password to choose. Owns
passes."""

import secrets
from datetime import timedelta

from appliance.clock import Clock
from appliance.firm.throttle import digest
from appliance.store import rows
from appliance.store.models import Pass, PassKind, User

LIVES = {PassKind.CODE: timedelta(minutes=5), PassKind.INVITATION: timedelta(days=3)}


class Passes:
    """Tokens that are kept as hashes only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def make(self, kind: PassKind, user: User, by: str, token: str) -> None:
        """Inside a unit: one more for them. An invitation replaces those before.

        `token`: see `new_token`; made outside of the unit, which may run twice.
        """
        now = self._clock.now()
        Pass.delete().where(Pass.expires_at <= now).execute()
        if kind == PassKind.INVITATION:
            Pass.delete().where(Pass.user == user.id, Pass.kind == kind).execute()
        times = {"created_at": now, "expires_at": now + LIVES[kind]}
        rows.insert(Pass, token_hash=digest(token), kind=kind, user=user.id, by=by, **times)

    def holder(self, kind: PassKind, token: str) -> User | None:
        """Whose it is; None once it was used, has ended, or they may not sign in any more."""
        query = Pass.select(Pass, User).join(User)
        found = query.where(
            Pass.token_hash == digest(token),
            Pass.kind == kind,
            Pass.expires_at > self._clock.now(),
            User.disabled_at.is_null(),
        ).first()
        return found.user if found else None

    def spend(self, kind: PassKind, token: str) -> bool:
        """Inside a unit: it opens nothing more. False if somebody was quicker."""
        used = Pass.delete().where(Pass.token_hash == digest(token), Pass.kind == kind)
        return bool(used.execute())

    def revoke(self, user: User) -> None:
        """Inside a unit: none of theirs opens anything more."""
        Pass.delete().where(Pass.user == user.id).execute()


def new_token() -> str:
    """A name that nobody guesses."""
    return secrets.token_urlsafe(32)
