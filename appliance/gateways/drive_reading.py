"""Google's description of Drive, and its files, as we write and read them."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from googleapiclient.http import MediaUpload

from appliance.gateways.drive_answers import Change, RemoteFile, Wanted
from appliance.gateways.google_refusals import not_understood, our_fault

CHUNK = 2 * 1024 * 1024  # bytes, a multiple of 256 KiB: 17 s of a line of 1 Mbit/s
MARK = "greffier"  # the appProperty that says whose copy a file is


class Piece(MediaUpload):  # type: ignore[misc]
    """A file as bytes, read piece by piece. `before_bytes` is called before any of them leaves."""

    def __init__(self, path: Path, mime_type: str, *, in_chunks: bool) -> None:
        self._path, self._mime_type, self._in_chunks = path, mime_type, in_chunks
        self._size = path.stat().st_size
        self.before_bytes: Callable[[], object] = lambda: None

    def chunksize(self) -> int:
        return CHUNK

    def mimetype(self) -> str:
        return self._mime_type

    def size(self) -> int:
        return self._size

    def resumable(self) -> bool:
        return self._in_chunks

    def has_stream(self) -> bool:
        return False

    def getbytes(self, begin: int, length: int) -> bytes:
        self.before_bytes()
        with self._path.open("rb") as file:
            file.seek(begin)
            return file.read(length)


def description(base: str) -> dict[str, Any]:
    """Google's description of Drive v3, as packaged with its client, for this address."""
    documents = resources.files("googleapiclient.discovery_cache") / "documents"
    found: dict[str, Any] = json.loads((documents / "drive.v3.json").read_bytes())
    found["rootUrl"] = f"{base.rstrip('/')}/"
    found["baseUrl"] = f"{base.rstrip('/')}/drive/v3/"
    found.pop("mtlsRootUrl", None)
    return found


def body_of(wanted: Wanted) -> dict[str, Any]:
    if not wanted.drive_id:
        raise our_fault("no id was reserved")
    body = {
        "id": wanted.drive_id,
        "name": wanted.name,
        "mimeType": wanted.mime_type,
        "appProperties": {MARK: wanted.mark},
    }
    return body if wanted.parent_id is None else {**body, "parents": [wanted.parent_id]}


def object_of(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise not_understood()
    return answer


def text_of(found: Any) -> str:
    if not isinstance(found, str) or not found:
        raise not_understood()
    return found


def change_of(found: dict[str, Any]) -> Change:
    file = found.get("file")
    is_there = isinstance(file, dict) and not found.get("removed")
    return Change(str(found["fileId"]), file_of(file) if is_there else None)


def file_of(found: Any) -> RemoteFile:
    if not isinstance(found, dict) or not found.get("id"):
        raise not_understood()
    return RemoteFile(
        drive_id=str(found["id"]),
        name=str(found.get("name", "")),
        parents=tuple(found.get("parents") or ()),
        trashed=bool(found.get("trashed")),
        mime_type=str(found.get("mimeType", "")),
        sha256=found.get("sha256Checksum"),
        mark=(found.get("appProperties") or {}).get(MARK),
    )
