"""The key of a service account, and what it signs (developers.google.com/identity/protocols/
oauth2/service-account: a JWT with RS256, at most an hour long)."""

import base64
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from appliance.simulator.drive_accounts import Account
from appliance.simulator.drive_refusals import GrantError

MAX_LIFE = 3600.0  # seconds
_KEY_ID = "simulateur0000000000000000000000000000001"


class ServiceKey:
    """Made when first asked for."""

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        self._account, self._clock = account, clock
        self.deleted = False

    @cached_property
    def _private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def file(self, token_uri: str, project: str) -> dict[str, Any]:
        """The JSON file that the Google Cloud console gives for download."""
        pem = self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": project,
            "private_key_id": _KEY_ID,
            "private_key": pem.decode(),
            "client_email": self._account.email,
            "client_id": self._account.number,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
        }

    def scopes_of(self, assertion: str) -> frozenset[str]:
        """The scopes that a signed request asks for. Raises GrantError."""
        try:
            signed, _, signature = assertion.rpartition(".")
            claims = json.loads(_decoded(signed.partition(".")[2]))
            self._private.public_key().verify(
                _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            raise GrantError("invalid_grant", "Invalid JWT Signature.") from None
        except ValueError:
            raise GrantError("invalid_request", "Bad Request") from None
        self._judge(claims)
        return frozenset(str(claims.get("scope", "")).split())

    def _judge(self, claims: dict[str, Any]) -> None:
        begins, ends = float(claims.get("iat", 0)), float(claims.get("exp", 0))
        now = self._clock()
        if self.deleted or claims.get("iss") != self._account.email:
            raise GrantError("invalid_grant", "Invalid grant: account not found")
        if not str(claims.get("aud", "")).endswith("/token"):
            raise GrantError("invalid_grant", "Invalid JWT: Failed audience check.")
        if ends - begins > MAX_LIFE or not begins - 300 <= now <= ends:
            raise GrantError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            )
        if not claims.get("scope"):
            raise GrantError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
