"""An app of Google's, in plain requests: for tests of the played Drive."""

import json
from typing import Any

import requests

from appliance.simulator.drive_accounts import OWN_FILES, WHOLE, Account
from appliance.simulator.google_drive import Drive

FOLDER = "application/vnd.google-apps.folder"
UNIT = 256 * 1024

Answer = requests.Response


class App:
    """Calls Drive in somebody's name, with the scopes it was granted. Never raises for a status."""

    def __init__(self, drive: Drive, *scopes: str, account: Account | None = None) -> None:
        self.drive = drive
        self.token = drive.access_token(*(scopes or (OWN_FILES,)), account=account)

    def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        url = path if path.startswith("http") else f"{self.drive.url}{path}"
        return requests.request(method, url, headers=headers, timeout=10, **more)

    def ids(self, count: int = 1) -> list[str]:
        found: list[str] = self.call(
            "GET", "/drive/v3/files/generateIds", params={"count": count}
        ).json()["ids"]
        return found

    def create(self, name: str = "acte.pdf", **metadata: Any) -> Answer:
        """Metadata alone. What Google takes as a parameter is given in `params`."""
        params = metadata.pop("params", {})
        body = {"name": name, **metadata}
        return self.call("POST", "/drive/v3/files", params=params, json=body)

    def folder(self, name: str = "Dossiers", **metadata: Any) -> str:
        answer = self.create(name, mimeType=FOLDER, **metadata)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def put(self, data: bytes, name: str = "acte.pdf", **metadata: Any) -> Answer:
        """All at once, as multipart/related."""
        params = {"uploadType": "multipart", **metadata.pop("params", {})}
        body = b"\r\n".join(
            [
                b"--mark",
                b"Content-Type: application/json; charset=UTF-8",
                b"",
                json.dumps({"name": name, **metadata}).encode(),
                b"--mark",
                b"Content-Type: application/pdf",
                b"",
                data,
                b"--mark--",
                b"",
            ]
        )
        headers = {"Content-Type": "multipart/related; boundary=mark"}
        return self.call(
            "POST", "/upload/drive/v3/files", params=params, data=body, headers=headers
        )

    def get(self, identity: str, fields: str = "*", **params: Any) -> Answer:
        return self.call("GET", f"/drive/v3/files/{identity}", params={"fields": fields, **params})

    def patch(self, identity: str, params: dict[str, str] | None = None, **body: Any) -> Answer:
        return self.call("PATCH", f"/drive/v3/files/{identity}", params=params, json=body)

    def delete(self, identity: str, **params: Any) -> Answer:
        return self.call("DELETE", f"/drive/v3/files/{identity}", params=params)

    def list(self, q: str = "", **params: Any) -> Answer:
        return self.call("GET", "/drive/v3/files", params={"q": q, **params})

    def names(self, q: str = "", **params: Any) -> set[str]:
        answer = self.list(q, **params)
        assert answer.status_code == 200, answer.text
        return {file["name"] for file in answer.json()["files"]}

    def start_token(self, **params: Any) -> str:
        answer = self.call("GET", "/drive/v3/changes/startPageToken", params=params)
        return str(answer.json()["startPageToken"])

    def changes(self, token: str, **params: Any) -> Answer:
        return self.call("GET", "/drive/v3/changes", params={"pageToken": token, **params})

    def begin(self, size: int, name: str = "scan.pdf", **metadata: Any) -> Answer:
        """A resumable session's beginning."""
        params = {"uploadType": "resumable", **metadata.pop("params", {})}
        headers = {
            "X-Upload-Content-Type": "application/pdf",
            "X-Upload-Content-Length": str(size),
        }
        body = {"name": name, **metadata}
        return self.call(
            "POST", "/upload/drive/v3/files", params=params, json=body, headers=headers
        )

    def send(self, session: str, data: bytes, span: str) -> Answer:
        """One request of a session; `span` is what follows "bytes " in Content-Range."""
        headers = {"Content-Range": f"bytes {span}"}
        return self.call("PUT", session, data=data, headers=headers)


def whole(drive: Drive, account: Account | None = None) -> App:
    """An app that may see everything of an account."""
    return App(drive, WHOLE, account=account)


def reason(answer: Answer) -> str:
    """What decides, in Google's errors."""
    return str(answer.json()["error"]["errors"][0]["reason"])
