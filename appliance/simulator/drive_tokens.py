"""What the token endpoint grants and takes back (developers.google.com/identity/protocols/oauth2).

Codes serve once and for ten minutes. A refresh token of an app in "testing" lives seven days, of
a published one until it is revoked or unused for six months; a hundred live at a time for a client
and an account. Access tokens live an hour.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from appliance.simulator.bell import Bell
from appliance.simulator.drive_accounts import Account, App, Caller
from appliance.simulator.drive_refusals import GrantError

CODE_LIFE = 600.0  # seconds
ACCESS_LIFE = 3599.0
TESTING_LIFE = 7 * 24 * 3600.0
UNUSED_LIFE = 183 * 24 * 3600.0
MAX_LIVE = 100


@dataclass(frozen=True)
class Asked:
    """One sign-in, as the consent page was asked for it."""

    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None = None
    challenge: str | None = None
    challenge_is_plain: bool = False
    offline: bool = False


@dataclass
class Grant:
    """A consent that lasts: what a refresh token stands for."""

    account: Account
    client_id: str
    scopes: frozenset[str]
    given_at: float
    used_at: float
    testing: bool
    offline: bool = False
    revoked: bool = False

    def lives(self, at: float) -> bool:
        """Publishing the app later does not lengthen the life of what was granted before."""
        if self.revoked or at - self.used_at >= UNUSED_LIFE:
            return False
        return not (self.testing and at - self.given_at >= TESTING_LIFE)


@dataclass
class _Access:
    caller: Caller
    until: float
    grant: Grant | None


class Tokens:
    """Codes, refresh tokens and access tokens."""

    def __init__(self, app: App, bell: Bell, clock: Callable[[], float]) -> None:
        self._app, self._bell, self._clock = app, bell, clock
        self._codes: dict[str, tuple[Asked, Account, float]] = {}
        self._grants: dict[str, Grant] = {}
        self._access: dict[str, _Access] = {}
        self.access_life = ACCESS_LIFE
        self.testing = False

    # -- consent

    def code(self, asked: Asked, account: Account) -> str:
        """The person agreed."""
        code = "4/0A" + secrets.token_urlsafe(40)
        with self._bell:
            self._codes[code] = (asked, account, self._clock())
        return code

    def exchange(self, code: str, redirect_uri: str, verifier: str | None) -> tuple[str, str]:
        """A code for a refresh and an access token. Raises GrantError."""
        with self._bell:
            asked, account, at = self._codes.pop(code, (None, None, 0.0))
        if asked is None or account is None or self._clock() - at >= CODE_LIFE:
            raise GrantError("invalid_grant", "Malformed auth code.")
        if redirect_uri != asked.redirect_uri:
            raise GrantError("redirect_uri_mismatch", "Bad Request")
        if not _proves(asked, verifier):
            raise GrantError("invalid_grant", "Invalid code verifier.")
        refresh = self.grant(account, asked.scopes, offline=asked.offline)
        return refresh, self.refresh(refresh)

    def grant(self, account: Account, scopes: frozenset[str], offline: bool = True) -> str:
        """A new refresh token. The oldest of a hundred for this account dies for it."""
        token, now = "1//0" + secrets.token_urlsafe(48), self._clock()
        made = Grant(account, self._app.client_id, scopes, now, now, self.testing, offline)
        with self._bell:
            live = [one for one in self._grants.values() if one.lives(now)]
            for old in [one for one in live if one.account is account][: -MAX_LIVE + 1]:
                old.revoked = True
            self._grants[token] = made
        return token

    def grant_of(self, refresh: str) -> Grant:
        """Raises GrantError `invalid_grant` when it lives no more, whatever the reason."""
        found = self._grants.get(refresh)
        if found is None or not found.lives(self._clock()):
            raise GrantError("invalid_grant", "Token has been expired or revoked.")
        return found

    # -- access

    def refresh(self, refresh: str) -> str:
        """A new access token. Raises GrantError."""
        with self._bell:
            found = self.grant_of(refresh)
            found.used_at = self._clock()
            caller = Caller(found.account, found.client_id, found.scopes)
            return self._issue(caller, found)

    def issue(self, account: Account, client_id: str, scopes: frozenset[str]) -> str:
        """An access token without a consent, as a service account gets it."""
        with self._bell:
            return self._issue(Caller(account, client_id, scopes), None)

    def _issue(self, caller: Caller, grant: Grant | None) -> str:
        token = "ya29.a0" + secrets.token_urlsafe(60)
        self._access[token] = _Access(caller, self._clock() + self.access_life, grant)
        return token

    def caller(self, access: str) -> Caller | None:
        """Who comes with this token; None when it serves no more."""
        with self._bell.lock:
            found = self._access.get(access)
        if found is None or self._clock() >= found.until:
            return None
        return None if found.grant and found.grant.revoked else found.caller

    # -- the end

    def expire(self, access: str | None = None) -> None:
        """One access token, or all of them, serve no more."""
        with self._bell:
            for token in list(self._access) if access is None else [access]:
                self._access.pop(token, None)

    def revoke(self, token: str) -> bool:
        """Take back the whole consent by either of its tokens. Whether there was one."""
        with self._bell:
            access = self._access.get(token)
            found = self._grants.get(token) or (access.grant if access else None)
            if found is None or found.revoked:
                return self._access.pop(token, None) is not None
            found.revoked = True
            return True

    def revoke_all(self) -> None:
        """The person takes the app's access away in their Google account."""
        with self._bell:
            for grant in self._grants.values():
                grant.revoked = True

    @property
    def grants(self) -> list[Grant]:
        """Every consent ever given."""
        with self._bell.lock:
            return list(self._grants.values())


def _proves(asked: Asked, verifier: str | None) -> bool:
    """PKCE (RFC 7636): what was announced as a challenge must now be shown."""
    if asked.challenge is None:
        return verifier is None
    if verifier is None or not 43 <= len(verifier) <= 128:
        return False
    if asked.challenge_is_plain:
        return secrets.compare_digest(verifier, asked.challenge)
    digest = hashlib.sha256(verifier.encode()).digest()
    shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(shown, asked.challenge)
