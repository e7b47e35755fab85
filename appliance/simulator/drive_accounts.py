"""Who uses Drive: people, a service account, and the app that asks in their name."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

SCOPES = "https://www.googleapis.com/auth/"
WHOLE = SCOPES + "drive"
OWN_FILES = SCOPES + "drive.file"
READ_ONLY = SCOPES + "drive.readonly"
METADATA = SCOPES + "drive.metadata.readonly"

Role = Literal["reader", "writer", "fileOrganizer", "organizer"]
_MAY_WRITE = {"writer", "fileOrganizer", "organizer", "owner"}
GIB = 1024**3


def may_write(role: str | None) -> bool:
    return role in _MAY_WRITE


@dataclass
class Account:
    """A Google account. `quota_limit` is in bytes; a service account has no storage at all."""

    email: str
    name: str
    quota_limit: int = 15 * GIB
    is_service: bool = False

    @property
    def number(self) -> str:
        """What Drive calls its permission id."""
        return str(int(hashlib.sha256(self.email.encode()).hexdigest()[:16], 16))


@dataclass(frozen=True)
class App:
    """An OAuth client of the kind "Desktop app"; its consent screen is "testing" or published."""

    client_id: str
    client_secret: str
    project: str = "greffier-simulateur"


@dataclass(frozen=True)
class Caller:
    """In whose name a request comes, by which app, and what was granted."""

    account: Account
    client_id: str
    scopes: frozenset[str]

    @property
    def sees_all(self) -> bool:
        """Whether it sees more than what this app made (api-specific-auth: drive.file)."""
        return bool(self.scopes & {WHOLE, READ_ONLY, METADATA})

    @property
    def writes(self) -> bool:
        return bool(self.scopes & {WHOLE, OWN_FILES})


@dataclass
class SharedDrive:
    """A drive that the organisation owns. Its id is also its root folder's."""

    id: str
    name: str
    members: dict[str, Role] = field(default_factory=dict)
    created_at: float = 0.0
