"""How the Graph API says no (support/error-codes)."""

import secrets
from typing import Any

MESSAGES = {
    1: "API Unknown",
    2: "API Service",
    4: "API Too Many Calls",
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131021: "Recipient cannot be sender",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    132001: "Template name does not exist in the translation",
}
HREF = "/documentation/business-messaging/whatsapp/support/error-codes"
OBJECT_IS_GONE = 33  # subcode of 100


class RefusedError(Exception):
    """A request that Meta refuses, with its HTTP status and Graph code."""

    def __init__(self, code: int, details: str, status: int = 400, subcode: int | None = None):
        super().__init__(details)
        self.code, self.details, self.status, self.subcode = code, details, status, subcode

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {MESSAGES.get(self.code, 'Unknown error')}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": secrets.token_urlsafe(9),
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": error}


def no_such_object(identity: str) -> RefusedError:
    """Meta's words for an id that is unknown, expired or another number's."""
    details = f"Object with ID '{identity}' does not exist or cannot be loaded"
    return RefusedError(100, details, subcode=OBJECT_IS_GONE)


def bad_token() -> RefusedError:
    return RefusedError(190, "Invalid OAuth access token", status=401)


def failure(code: int, details: str) -> dict[str, Any]:
    """One of `statuses[].errors` (webhooks/reference/messages/status)."""
    title = MESSAGES[code]
    data = {"details": details}
    return {"code": code, "title": title, "message": title, "error_data": data, "href": HREF}
