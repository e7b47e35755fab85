"""What Google Drive says, in our words: files, acts, refusals. Pure; nothing of Google's is
imported.

Source of the table: developers.google.com/workspace/drive/api/guides/handle-errors, and what was
measured (facts, drive-and-safety 1.6). The reason decides, not the HTTP status: the same full quota
comes as 403 or as 400.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from appliance.errors import GreffierError, PermanentError, TemporaryError, mark

FOLDER_TYPE = "application/vnd.google-apps.folder"


class Next(StrEnum):
    """What a refusal of Google's means for us: stands in `refusal` of the error that is raised."""

    AGAIN = "again"  # passes by itself: slower and slower
    RECONNECT = "reconnect"  # nothing works until a person connects again
    HOURLY = "hourly"  # nothing works until a person has made room, or switched something on
    DAILY = "daily"  # nothing works before midnight in California
    GONE = "gone"  # no such file, folder or session, or it is not ours to see
    TAKEN = "taken"  # a file with this id is there: it may be ours
    EXPIRED = "expired"  # the place in the list of changes is forgotten
    FOLDER_FULL = "folder_full"
    REFUSED = "refused"  # this file may not: a person must look
    BUG = "bug"


class Told(NamedTuple):
    """A row of the table."""

    next: Next
    text: str


SLOWER = mark("Google asks us to go slower: Greffier waits and goes on by itself")
TROUBLE = mark("Google Drive has a fault of its own (%(answer)s): Greffier tries again by itself")
UNREACHABLE = mark("Google cannot be reached: check the network; Greffier goes on by itself")
BROKEN = mark("the connection to Google broke (%(kind)s): Greffier tries again by itself")
UNREADABLE = mark(
    "Google's answer could not be read: check the network, is a sign-in page in between?"
)
SIGN_IN = mark("Google no longer accepts our sign-in: connect again, on the page Google Drive")
BAD_CLIENT = mark(
    "Google does not know the key file (%(answer)s): make a new one in the Google Cloud console, "
    "put it where [drive] credentials says, then connect again"
)
FULL = mark(
    "there is no room left on Google Drive: empty its bin or buy storage; Greffier looks every "
    "hour, and everything is safe on this computer"
)
FULL_ACCOUNT = mark(
    "this service account has no storage of its own: give it a shared drive in [drive] "
    "shared_drive, or connect a person's account"
)
NEEDS_SERVICE = mark(
    "a shared drive is reached by a service account only: set [drive] credentials to its JSON "
    "file, and make its address a member of the shared drive"
)
NOT_SWITCHED_ON = mark(
    "the Google Drive API is not switched on in your Google Cloud project: switch it on there; "
    "Greffier looks every hour"
)
DAILY = mark(
    "what Google allows in a day is used up: Greffier goes on after midnight in California by "
    "itself"
)
NO_FILE_RIGHT = mark(
    "the connected account may not change this on Drive: let its owner give it the right to edit, "
    "then try again"
)
NOT_OURS = mark(
    "Greffier may only touch what it has put on Drive itself: send the document again as a new one"
)
DOMAIN = mark(
    "the administrator of your Google Workspace forbids this: let them allow the app, then try "
    "again"
)
NO_PARENT_RIGHT = mark(
    "the connected account may not add to this folder on Drive: let its owner give it the right to "
    "edit, then try again"
)
NO_SCOPE = mark(
    "the sign-in does not cover Google Drive: connect again, and leave the box for Drive ticked"
)
FOLDER_FULL = mark(
    "this folder on Drive holds as many files as Google allows: Greffier goes on in a second one"
)
SHARED_FULL = mark(
    "the shared drive holds as many files as Google allows: name another in [drive] shared_drive"
)
NO_SHARED_DRIVE = mark(
    "the shared drive of [drive] shared_drive is not there, or the connected account may not see "
    "it: make the account a member of it that may manage content, then try again"
)
TOO_DEEP = mark(
    "the folders on the shared drive lie too deep for Google: move the top folder further up"
)
GONE = mark("it is no longer on Drive, or the connected account may not see it")
TAKEN = mark("Google has a file with this number already")
EXPIRED = mark("Google no longer knows where we stopped reading: everything is compared anew")
REFUSED = mark(
    "Google Drive refuses (%(answer)s): see what the account may do there, then try again"
)
BUG = mark("Google Drive did not understand us (%(answer)s): tell your support")

REASONS = {
    "rateLimitExceeded": Told(Next.AGAIN, SLOWER),
    "userRateLimitExceeded": Told(Next.AGAIN, SLOWER),
    "sharingRateLimitExceeded": Told(Next.AGAIN, SLOWER),
    "quotaExceeded": Told(Next.AGAIN, SLOWER),  # the project's, a minute's
    "backendError": Told(Next.AGAIN, TROUBLE),
    "internalError": Told(Next.AGAIN, TROUBLE),
    "transientError": Told(Next.AGAIN, TROUBLE),
    "authError": Told(Next.RECONNECT, SIGN_IN),
    "invalid_grant": Told(Next.RECONNECT, SIGN_IN),
    "required": Told(Next.RECONNECT, SIGN_IN),  # with 401: no credentials at all
    "insufficientPermissions": Told(Next.RECONNECT, NO_SCOPE),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Told(Next.RECONNECT, NO_SCOPE),
    "invalid_client": Told(Next.RECONNECT, BAD_CLIENT),
    "unauthorized_client": Told(Next.RECONNECT, BAD_CLIENT),
    "deleted_client": Told(Next.RECONNECT, BAD_CLIENT),
    "dailyLimitExceeded": Told(Next.DAILY, DAILY),
    "storageQuotaExceeded": Told(Next.HOURLY, FULL),
    "accessNotConfigured": Told(Next.HOURLY, NOT_SWITCHED_ON),
    "insufficientFilePermissions": Told(Next.REFUSED, NO_FILE_RIGHT),
    "appNotAuthorizedToFile": Told(Next.REFUSED, NOT_OURS),
    "domainPolicy": Told(Next.REFUSED, DOMAIN),
    "insufficientParentPermissions": Told(Next.REFUSED, NO_PARENT_RIGHT),
    "numChildrenInNonRootLimitExceeded": Told(Next.FOLDER_FULL, FOLDER_FULL),
    "teamDriveFileLimitExceeded": Told(Next.REFUSED, SHARED_FULL),
    "teamDriveHierarchyTooDeep": Told(Next.REFUSED, TOO_DEEP),
    "notFound": Told(Next.GONE, GONE),
    "fileIdInUse": Told(Next.TAKEN, TAKEN),
    "badRequest": Told(Next.BUG, BUG),
    "invalid": Told(Next.BUG, BUG),
}
STATUSES = {
    401: Told(Next.RECONNECT, SIGN_IN),
    403: Told(Next.REFUSED, REFUSED),
    404: Told(Next.GONE, GONE),
    408: Told(Next.AGAIN, TROUBLE),
    409: Told(Next.TAKEN, TAKEN),
    410: Told(Next.EXPIRED, EXPIRED),
    429: Told(Next.AGAIN, SLOWER),
}
PASSES = frozenset({Next.AGAIN, Next.RECONNECT, Next.HOURLY, Next.DAILY, Next.EXPIRED})


def told(status: int, reason: str) -> Told:
    """The row for an answer of Google's. 401 with `required` only: with 400 it is a bug of ours."""
    row = REASONS.get(reason)
    if row is not None and not (reason == "required" and status != 401):
        return row
    if status >= 500:
        return Told(Next.AGAIN, TROUBLE)
    return STATUSES.get(status, Told(Next.BUG, BUG))


def error_of(row: Told, **values: object) -> GreffierError:
    """The error that says so: `refusal` is what is next. Nothing of it is the work's own fault."""
    used = {name: value for name, value in values.items() if f"%({name})s" in row.text}
    error: GreffierError
    if row.next in PASSES:
        error = TemporaryError(row.text, None, counts=False, **used)
    else:
        error = PermanentError(row.text, **used)
    error.refusal = row.next
    return error


@dataclass(frozen=True)
class RemoteFile:
    """A file or folder as it is on Drive."""

    drive_id: str
    name: str = ""
    parents: Sequence[str] = ()
    trashed: bool = False
    mime_type: str = ""
    sha256: str | None = None
    mark: str | None = None  # whose copy it is: see drive.keys.mark_of

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER_TYPE


@dataclass(frozen=True)
class Wanted:
    """A file or folder as we want it on Drive. `parent_id` None: at the top of the account."""

    drive_id: str
    name: str
    parent_id: str | None
    mark: str
    mime_type: str = FOLDER_TYPE


@dataclass(frozen=True)
class Change:
    """What happened to one file; `file` None: deleted, or no longer ours to see."""

    drive_id: str
    file: RemoteFile | None


@dataclass(frozen=True)
class Account:
    """Who is connected. `identity` is Google's, and stays when the address changes."""

    identity: str
    address: str
