"""Who signs in to Google, and how: a person's consent from this computer, or a service account.

The desktop sign-in is OAuth's code flow with a loopback address, state and PKCE (Google,
identity/protocols/oauth2/native-app; RFC 8252, 7636). Its two steps are ours, because Google's own
library for them refuses an address that is not https, which the simulated Google's is not, unless
the environment says otherwise for the whole process.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import httplib2
from google.auth.credentials import Credentials
from google.oauth2.credentials import Credentials as PersonCredentials
from google.oauth2.service_account import Credentials as ServiceCredentials
from googleapiclient.http import build_http

from appliance.clock import Clock
from appliance.errors import ConfigError, Fault
from appliance.gateways.drive_answers import BAD_CLIENT, SIGN_IN, Next, Told, error_of, told
from appliance.gateways.google_refusals import not_understood, reason_of, translated
from appliance.vault import Vault

SCOPE = "https://www.googleapis.com/auth/drive.file"
# drive.file does not show a shared drive to an app; a service account sees nothing but the drives
# of which somebody has made it a member.
SERVICE_SCOPE = "https://www.googleapis.com/auth/drive"
TIMEOUT = 20.0  # seconds without progress; over TLS each 16 KB counts for itself
WHERE = "[drive] credentials"


@dataclass(frozen=True)
class KeyFile:
    """Google's JSON: of a desktop client ("installed") or of a service account."""

    content: Mapping[str, Any]
    is_service_account: bool

    @property
    def client_id(self) -> str:
        return str(self.content.get("client_id", ""))


def read_key_file(path: Path | None) -> KeyFile:
    """Raises ConfigError, with the remedy, when it is not one of Google's two."""
    if path is None:
        raise _fault(
            "is missing: set it to the path of the JSON file from the Google Cloud console"
        )
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise _fault(f"{path} cannot be read: {error.strerror}") from error
    except ValueError:
        raise _fault(f"{path} is not Google's JSON file: download it again") from None
    if isinstance(found, dict) and found.get("type") == "service_account":
        return KeyFile(found, is_service_account=True)
    client = found.get("installed") if isinstance(found, dict) else None
    if not isinstance(client, dict) or not client.get("client_id"):
        raise _fault(
            f"{path} is not for a desktop program: in the Google Cloud console, make an OAuth "
            f"client of the type “Desktop app”, and download its JSON file"
        )
    return KeyFile(client, is_service_account=False)


class _OneAtATime:
    """Credentials that eight threads may share: one of them refreshes, the others use it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refreshing = threading.Lock()

    def refresh(self: Any, request: Any) -> None:
        before = self.token
        with self._refreshing:
            if self.token == before:
                super().refresh(request)  # type: ignore[misc] # of the class beside this one


class _Person(_OneAtATime, PersonCredentials):
    pass


class _Service(_OneAtATime, ServiceCredentials):
    pass


def credentials_of(key_file: KeyFile, refresh_token: str | None) -> Credentials | None:
    """Credentials that get their access tokens by themselves; None while nobody has signed in."""
    content = key_file.content
    if key_file.is_service_account:
        try:
            made: Credentials = _Service.from_service_account_info(  # type: ignore[no-untyped-call]
                content, scopes=[SERVICE_SCOPE]
            )
        except ValueError:
            raise _fault("the service account's file is damaged: download it again") from None
        return made
    if refresh_token is None:
        return None
    return _Person(
        token=None,
        refresh_token=refresh_token,
        token_uri=content["token_uri"],
        client_id=content["client_id"],
        client_secret=content.get("client_secret"),
        scopes=[SCOPE],
    )


class Wallet:
    """Our sign-in: one set of credentials for all threads, and its secret in the vault."""

    def __init__(self, key_file: KeyFile, refresh_token: str | None, vault: Vault) -> None:
        self.key_file = key_file
        self._token = refresh_token
        self._vault = vault
        self._credentials = credentials_of(key_file, refresh_token)

    def credentials(self) -> Credentials | None:
        """Whose they are is known to Google only; None while nobody has signed in."""
        return self._credentials

    def keep(self, refresh_token: str) -> None:
        """A person has signed in: kept, then used. Raises ConfigError if it cannot be kept."""
        self._vault.set("drive", "token", refresh_token)
        self._token = refresh_token
        self._credentials = credentials_of(self.key_file, refresh_token)

    def forget(self) -> str | None:
        """Nobody is signed in any more; the secret that was, to be revoked. A key file stays."""
        self._vault.delete("drive", "token")
        was, self._token = self._token, None
        self._credentials = credentials_of(self.key_file, None)
        return was


def http() -> httplib2.Http:
    """A connection of Google's client for one thread: own timeout, 308 is no redirect."""
    made: httplib2.Http = build_http()
    made.timeout = TIMEOUT
    return made


@dataclass(frozen=True)
class Consent:
    """A sign-in that was begun: where the browser goes, and what only we know of it."""

    address: str
    state: str
    verifier: str
    redirect: str


class SignIn:
    """The two steps of a person's consent, and taking it back."""

    def __init__(self, key_file: KeyFile, clock: Clock) -> None:
        self._client = key_file.content
        self._clock = clock

    def begin(self, redirect: str) -> Consent:
        """Where the browser is sent. `redirect` is a loopback address of ours."""
        verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": self._client["client_id"],
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",  # else Google gives no refresh token the second time
        }
        address = f"{self._client['auth_uri']}?{urlencode(asked)}"
        return Consent(address, state, verifier, redirect)

    def finish(self, consent: Consent, code: str) -> str:
        """Exchange the code that the browser brought for the refresh token, a secret.

        Raises what `translated` does; RECONNECT when Google refuses the code, or the person left
        the box for Drive empty.
        """
        asked = {
            "client_id": self._client["client_id"],
            "client_secret": self._client.get("client_secret", ""),
            "code": code,
            "code_verifier": consent.verifier,
            "grant_type": "authorization_code",
            "redirect_uri": consent.redirect,
        }
        answer = self._post(str(self._client["token_uri"]), asked)
        if SCOPE not in str(answer.get("scope", SCOPE)).split():
            raise error_of(told(403, "insufficientPermissions"))
        token = answer.get("refresh_token")
        if not isinstance(token, str) or not token:
            raise error_of(Told(Next.RECONNECT, SIGN_IN))
        return token

    def revoke(self, refresh_token: str) -> None:
        """Tell Google that the consent is over. Raises as `finish` does."""
        self._post(urljoin(str(self._client["token_uri"]), "revoke"), {"token": refresh_token})

    def _post(self, address: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """One try: a code is good for one exchange only."""
        connection = http()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with translated(self._clock.now, connection.close):
            response, content = connection.request(address, "POST", urlencode(asked), headers)
        connection.close()
        status = int(response.status)
        if status >= 400:
            raise _refused(status, reason_of(content))
        try:
            found = json.loads(content or b"{}")
        except ValueError:
            raise not_understood() from None
        if not isinstance(found, dict):
            raise not_understood()
        return found


def _refused(status: int, reason: str) -> Exception:
    row = told(status, reason)
    if row.next not in {Next.AGAIN, Next.RECONNECT}:
        row = Told(Next.RECONNECT, BAD_CLIENT)
    return error_of(row, answer=f"{status} {reason}".strip())


def _fault(what: str) -> ConfigError:
    return ConfigError([Fault(WHERE, what)])
