"""How Google's APIs say no (developers.google.com/workspace/drive/api/guides/handle-errors).

Messages and reasons are Google's own words where a document or a public report quotes them.
"""

from typing import Any

MESSAGES = {
    "appNotAuthorizedToFile": "The user has not granted the app access to the file.",
    "authError": "Invalid Credentials",
    "backendError": "Backend Error",
    "badRequest": "Bad Request",
    "dailyLimitExceeded": "Daily Limit Exceeded",
    "domainPolicy": "The domain administrators have disabled Drive apps.",
    "fileIdInUse": "A file already exists with the provided ID.",
    "insufficientFilePermissions": "The user does not have sufficient permissions for this file.",
    "insufficientParentPermissions": "Insufficient permissions for the specified parent.",
    "internalError": "Internal Error",
    "notFound": "File not found: .",
    "numChildrenInNonRootLimitExceeded": (
        "The limit for this folder's number of children (files and folders) has been exceeded."
    ),
    "rateLimitExceeded": "Rate Limit Exceeded",
    "sharingRateLimitExceeded": "Rate limit exceeded.",
    "storageQuotaExceeded": "The user's Drive storage quota has been exceeded.",
    "teamDriveFileLimitExceeded": "The file limit for this shared drive has been exceeded.",
    "transientError": "Transient Error",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
}
_USAGE = {
    "dailyLimitExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "storageQuotaExceeded",
}
_USUAL = {
    400: "badRequest",
    401: "authError",
    403: "userRateLimitExceeded",
    404: "notFound",
    409: "fileIdInUse",
    429: "rateLimitExceeded",
    500: "internalError",
}


class RefusedError(Exception):
    """A request that Drive refuses. `location` names the parameter or header to blame."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str = "",
        *,
        location: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status, self.reason = status, reason
        self.message = message or MESSAGES.get(reason, reason)
        self.location, self.headers = location, headers or {}
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """`{"error": {"code", "message", "errors": [...]}}`, as every Google API answers."""
        one: dict[str, Any] = {
            "message": self.message,
            "domain": "usageLimits" if self.reason in _USAGE else "global",
            "reason": self.reason,
        }
        if self.location:
            in_header = self.location == "Authorization"
            one["location"] = self.location
            one["locationType"] = "header" if in_header else "parameter"
        return {"error": {"code": self.status, "message": self.message, "errors": [one]}}


class GrantError(Exception):
    """What the token endpoint refuses, in OAuth's shape (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status

    def body(self) -> dict[str, Any]:
        return {"error": self.error, "error_description": self.description}


def usual_reason(status: int) -> str:
    """The reason that Drive most often gives with this HTTP status."""
    return _USUAL.get(status, "backendError")


def not_found(identity: str) -> RefusedError:
    """Unknown, deleted, not shared, or not this app's: Drive does not say which."""
    return RefusedError(404, "notFound", f"File not found: {identity}.", location="fileId")


def bad_token() -> RefusedError:
    return RefusedError(401, "authError", location="Authorization")


def bad_value(location: str, message: str = "Invalid Value") -> RefusedError:
    return RefusedError(400, "invalid", message, location=location)


def missing(location: str) -> RefusedError:
    return RefusedError(400, "required", f"Required parameter: {location}", location=location)


def forbidden(reason: str, message: str = "") -> RefusedError:
    return RefusedError(403, reason, message)
