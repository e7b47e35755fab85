"""One file or folder of the played Drive, and what is told of it (reference/rest/v3/files)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from appliance.simulator.drive_bytes import Blob

FOLDER = "application/vnd.google-apps.folder"
BINARY = "application/octet-stream"
GOOGLE_TYPE = "application/vnd.google-apps."

# The names that a mask may ask for, whether or not this Drive ever fills them.
KNOWN_FIELDS = frozenset(
    (
        "appProperties",
        "capabilities",
        "clientEncryptionDetails",
        "contentHints",
        "contentRestrictions",
        "copyRequiresWriterPermission",
        "createdTime",
        "description",
        "downloadRestrictions",
        "driveId",
        "explicitlyTrashed",
        "exportLinks",
        "fileExtension",
        "folderColorRgb",
        "fullFileExtension",
        "hasAugmentedPermissions",
        "hasThumbnail",
        "headRevisionId",
        "iconLink",
        "id",
        "imageMediaMetadata",
        "inheritedPermissionsDisabled",
        "isAppAuthorized",
        "kind",
        "labelInfo",
        "lastModifyingUser",
        "linkShareMetadata",
        "md5Checksum",
        "mimeType",
        "modifiedByMe",
        "modifiedByMeTime",
        "modifiedTime",
        "name",
        "originalFilename",
        "ownedByMe",
        "owners",
        "parents",
        "permissionIds",
        "permissions",
        "properties",
        "quotaBytesUsed",
        "resourceKey",
        "sha1Checksum",
        "sha256Checksum",
        "shared",
        "sharedWithMeTime",
        "sharingUser",
        "shortcutDetails",
        "size",
        "spaces",
        "starred",
        "teamDriveId",
        "thumbnailLink",
        "thumbnailVersion",
        "trashed",
        "trashedTime",
        "trashingUser",
        "version",
        "videoMediaMetadata",
        "viewedByMe",
        "viewedByMeTime",
        "viewersCanCopyContent",
        "webContentLink",
        "webViewLink",
        "writersCanShare",
    )
)


@dataclass
class File:
    """`owner` is an address, or None in a shared drive; `app` the client id that made it.

    `role_of` overrides by address what a person may do here and below: None is no access;
    `known_to` are the addresses that ever had access.
    """

    id: str
    name: str
    mime_type: str
    parent: str | None
    owner: str | None
    drive_id: str | None = None
    app: str | None = None
    blob: Blob | None = None
    revision: str | None = None
    trashed: bool = False
    gone: bool = False
    version: int = 1
    created_at: float = 0.0
    modified_at: float = 0.0
    original_name: str = ""
    description: str | None = None
    starred: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    app_properties: dict[str, dict[str, str]] = field(default_factory=dict)
    role_of: dict[str, str | None] = field(default_factory=dict)
    known_to: set[str] = field(default_factory=set)

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER

    @property
    def size(self) -> int:
        return self.blob.size if self.blob else 0


@dataclass(frozen=True)
class Seen:
    """A file as one app sees it: its private properties are those of this app only."""

    file: File
    client_id: str
    trashed: bool
    root: str
    owned_by_me: bool = False

    def text(self, field: str) -> str:
        texts = {
            "name": self.file.name,
            "mimeType": self.file.mime_type,
            "modifiedTime": rfc3339(self.file.modified_at),
            "createdTime": rfc3339(self.file.created_at),
        }
        return texts[field]

    def switch(self, field: str) -> bool:
        return self.trashed if field == "trashed" else self.file.starred

    def has_parent(self, identity: str) -> bool:
        return self.file.parent == (self.root if identity == "root" else identity)

    def has_owner(self, address: str) -> bool:
        return self.owned_by_me if address == "me" else self.file.owner == address

    def has_property(self, kind: str, key: str, value: str) -> bool:
        return self._properties(kind).get(key) == value

    def _properties(self, kind: str) -> dict[str, str]:
        private = self.file.app_properties.get(self.client_id, {})
        return private if kind == "appProperties" else self.file.properties

    def resource(self) -> dict[str, Any]:
        """All fields that this Drive fills. Absent is what Drive leaves out."""
        file = self.file
        told = {
            "kind": "drive#file",
            "id": file.id,
            "name": file.name,
            "mimeType": file.mime_type,
            "description": file.description,
            "starred": file.starred,
            "trashed": self.trashed,
            "explicitlyTrashed": file.trashed,
            "parents": [file.parent] if file.parent else None,
            "version": str(file.version),
            "createdTime": rfc3339(file.created_at),
            "modifiedTime": rfc3339(file.modified_at),
            "ownedByMe": self.owned_by_me,
            "isAppAuthorized": file.app == self.client_id,
            "properties": self._properties("properties") or None,
            "appProperties": self._properties("appProperties") or None,
            "spaces": ["drive"],
            **self._place(),
            **self._content(),
        }
        return {name: value for name, value in told.items() if value is not None}

    def _place(self) -> dict[str, Any]:
        """Only a file of a person has an owner, only a shared drive's a driveId."""
        file = self.file
        kind = "folders" if file.is_folder else "file/d"
        told: dict[str, Any] = {"webViewLink": f"https://drive.google.com/{kind}/{file.id}"}
        if file.owner is not None:
            told["owners"] = [{"kind": "drive#user", "emailAddress": file.owner}]
        if file.drive_id is not None:
            told["driveId"] = told["teamDriveId"] = file.drive_id
        return told

    def _content(self) -> dict[str, Any]:
        """Only what has bytes has sums, a size and a revision."""
        blob, file = self.file.blob, self.file
        if blob is None:
            return {"quotaBytesUsed": "0"}
        return {
            "size": str(blob.size),
            "quotaBytesUsed": str(blob.size),
            "md5Checksum": blob.md5,
            "sha1Checksum": blob.sha1,
            "sha256Checksum": blob.sha256,
            "headRevisionId": file.revision,
            "originalFilename": file.original_name,
            "fileExtension": file.name.rpartition(".")[2] if "." in file.name else "",
        }


def rfc3339(at: float) -> str:
    """Drive's instants: UTC, milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
