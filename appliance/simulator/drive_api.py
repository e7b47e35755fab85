"""The routes of Drive v3 (developers.google.com/workspace/drive/api/reference/rest/v3).

Which scopes a method takes is what its page of the reference lists.
"""

from typing import Any

from flask import Flask, jsonify, request, send_file
from werkzeug.wrappers import Response

from appliance.simulator import drive_masks
from appliance.simulator.drive_accounts import METADATA, OWN_FILES, READ_ONLY, WHOLE, Caller
from appliance.simulator.drive_files import KNOWN_FIELDS, File, rfc3339
from appliance.simulator.drive_filing import Filing, Wish
from appliance.simulator.drive_gate import Gate, flag, json_body, number
from appliance.simulator.drive_history import History, Scope
from appliance.simulator.drive_ids import Ids
from appliance.simulator.drive_listing import MAX_PAGE, Listing, Search
from appliance.simulator.drive_refusals import RefusedError, forbidden, missing
from appliance.simulator.drive_tree import Tree

READS = frozenset({WHOLE, OWN_FILES, READ_ONLY, METADATA})
CONTENT = frozenset({WHOLE, OWN_FILES, READ_ONLY})
WRITES = frozenset({WHOLE, OWN_FILES})
DRIVES = frozenset({WHOLE, READ_ONLY})
_BASE = "/drive/v3"
_USUAL = "kind,id,name,mimeType"


class DriveApi:
    """Answers as Drive v3 does: partial answers, 404 for what the app does not see."""

    def __init__(self, gate: Gate, tree: Tree, filing: Filing, ids: Ids) -> None:
        self._gate, self._tree, self._filing, self._ids = gate, tree, filing, ids
        self._listing = Listing(tree)
        self.history = History(tree)

    def join(self, app: Flask) -> None:
        one = f"{_BASE}/files/<identity>"
        app.add_url_rule(f"{_BASE}/about", "about", self.about)
        app.add_url_rule(f"{_BASE}/files/generateIds", "generate_ids", self.generate_ids)
        app.add_url_rule(f"{_BASE}/files", "list", self.list_files)
        app.add_url_rule(f"{_BASE}/files", "create", self.create, methods=["POST"])
        app.add_url_rule(one, "get", self.get)
        app.add_url_rule(one, "update", self.update, methods=["PATCH"])
        app.add_url_rule(one, "delete", self.delete, methods=["DELETE"])
        app.add_url_rule(f"{_BASE}/changes/startPageToken", "start_token", self.start_token)
        app.add_url_rule(f"{_BASE}/changes", "changes", self.changes)
        app.add_url_rule(f"{_BASE}/drives", "drives", self.drives)
        app.add_url_rule(f"{_BASE}/drives/<identity>", "drive", self.drive)

    # -- files

    def generate_ids(self) -> Response:
        def answer() -> Response:
            self._gate.caller(WRITES)
            made = self._ids.generate(number("count", 10))
            space = request.args.get("space", "drive")
            return jsonify(kind="drive#generatedIds", space=space, ids=made)

        return self._gate.play("generate_ids", answer)

    def create(self) -> Response:
        """Metadata only: a folder, or a file without bytes."""

        def answer() -> Response:
            wish = self._wish(json_body())
            return self.told(wish.caller, self._filing.create(wish, None))

        return self._gate.play("create", answer)

    def get(self, identity: str) -> Response:
        """The metadata, or with alt=media the bytes."""
        if request.args.get("alt") == "media":
            return self._gate.play("download", lambda: self._bytes(identity))

        def answer() -> Response:
            caller = self._gate.caller(READS)
            return self.told(caller, self._tree.find(caller, identity, _all_drives()))

        return self._gate.play("get", answer)

    def _bytes(self, identity: str) -> Response:
        caller = self._gate.caller(CONTENT)
        file = self._tree.find(caller, identity, _all_drives())
        if file.blob is None:
            message = "Only files with binary content can be downloaded."
            raise forbidden("fileNotDownloadable", message)
        return send_file(file.blob.path, file.mime_type, conditional=True, etag=False)

    def update(self, identity: str) -> Response:
        def answer() -> Response:
            wish = self._wish(json_body())
            return self.told(wish.caller, self._filing.update(wish, identity, moves(), None))

        return self._gate.play("update", answer)

    def delete(self, identity: str) -> Response:
        def answer() -> Response:
            self._filing.delete(self._gate.caller(WRITES), identity, _all_drives())
            return Response(status=204)

        return self._gate.play("delete", answer)

    def list_files(self) -> Response:
        return self._gate.play("list", self._list)

    def _list(self) -> Response:
        caller, token = self._gate.caller(READS), request.args.get("pageToken")
        ids = self._listing.rest(token) if token else self._listing.first(caller, _search())
        page, further = self._listing.page(ids, number("pageSize", 100))
        with self._tree.bell.lock:
            seen = [one.resource() for one in self._listing.show(caller, page)]
        answer = {"kind": "drive#fileList", "incompleteSearch": False, "files": seen}
        if further:
            answer["nextPageToken"] = further
        usual = f"kind,nextPageToken,incompleteSearch,files({_USUAL})"
        return masked(answer, usual, below="files")

    # -- changes

    def start_token(self) -> Response:
        def answer() -> Response:
            start = self.history.start(self._gate.caller(READS), _scope(knows_drives=True))
            return masked({"kind": "drive#startPageToken", "startPageToken": start}, "*")

        return self._gate.play("changes", answer)

    def changes(self) -> Response:
        return self._gate.play("changes", self._changes)

    def _changes(self) -> Response:
        caller, token = self._gate.caller(READS), request.args.get("pageToken")
        if not token:
            raise missing("pageToken")
        size = max(1, min(number("pageSize", 100), MAX_PAGE))
        scope = _scope(knows_drives=_all_drives() and _with_shared())
        answer = self.history.page(caller, token, size, scope)
        usual = (
            "kind,nextPageToken,newStartPageToken,"
            f"changes(kind,type,changeType,time,removed,fileId,driveId,file({_USUAL}))"
        )
        return masked(answer, usual)

    # -- drives and the person

    def drives(self) -> Response:
        """Those that the person is a member of. Not for drive.file (its page of the reference)."""

        def answer() -> Response:
            caller = self._gate.caller(DRIVES)
            mine = [
                one for one in self._tree.drives.values() if caller.account.email in one.members
            ]
            told = [_drive(one.id, one.name, one.created_at) for one in mine]
            return masked({"kind": "drive#driveList", "drives": told}, "*")

        return self._gate.play("drives", answer)

    def drive(self, identity: str) -> Response:
        def answer() -> Response:
            caller = self._gate.caller(DRIVES)
            found = self._tree.find_drive(caller, identity)
            return masked(_drive(found.id, found.name, found.created_at), "kind,id,name")

        return self._gate.play("drives", answer)

    def about(self) -> Response:
        """Here `fields` must be given (reference/rest/v3/about/get)."""

        def answer() -> Response:
            caller = self._gate.caller(READS)
            if "fields" not in request.args:
                message = "The 'fields' parameter is required for this method."
                raise RefusedError(400, "required", message, location="fields")
            return masked(self._about(caller), "*")

        return self._gate.play("about", answer)

    def _about(self, caller: Caller) -> dict[str, Any]:
        account = caller.account
        with self._tree.bell.lock:
            used = str(self._tree.used_by(account))
            in_trash = str(self._tree.used_by(account, only_trash=True))
        limit = "0" if account.is_service else str(account.quota_limit)
        return {
            "kind": "drive#about",
            "user": {
                "kind": "drive#user",
                "displayName": account.name,
                "me": True,
                "permissionId": account.number,
                "emailAddress": account.email,
            },
            "storageQuota": {
                "limit": limit,
                "usage": used,
                "usageInDrive": used,
                "usageInDriveTrash": in_trash,
            },
            "maxUploadSize": str(5 * 1024**4),
            "importFormats": {},
            "exportFormats": {},
            "appInstalled": False,
            "canCreateDrives": False,
        }

    # -- shared with uploads

    def told(self, caller: Caller, file: File) -> Response:
        """A file as an answer, with the fields asked for."""
        with self._tree.bell.lock:
            resource = self._tree.seen(caller, file).resource()
        return masked(resource, _USUAL, below="")

    def _wish(self, metadata: dict[str, Any]) -> Wish:
        return Wish(self._gate.caller(WRITES), metadata, _all_drives())


def masked(answer: dict[str, Any], usual: str, below: str | None = None) -> Response:
    """Only what `fields` asks for. `below` says where files are: their fields must be known."""
    mask = drive_masks.read(request.args.get("fields") or usual)
    asked = mask if not below else mask.get(below, {})
    if below is not None:
        for name in asked:
            if name != "*" and name not in KNOWN_FIELDS:
                raise drive_masks.unknown_field(name)
    return jsonify(drive_masks.apply(mask, answer))


def moves() -> tuple[list[str], list[str]]:
    """addParents and removeParents."""
    return _names("addParents"), _names("removeParents")


def _names(parameter: str) -> list[str]:
    return [one for one in request.args.get(parameter, "").split(",") if one]


def _all_drives() -> bool:
    return flag("supportsAllDrives") or flag("supportsTeamDrives")


def _with_shared() -> bool:
    return flag("includeItemsFromAllDrives") or flag("includeTeamDriveItems")


def _search() -> Search:
    """`corpora=teamDrive` and its siblings are the old names, which rclone 1.60 still uses."""
    asked = request.args
    corpora = asked.get("corpora", "user")
    return Search(
        q=asked.get("q", ""),
        corpora="drive" if corpora == "teamDrive" else corpora,
        drive_id=asked.get("driveId") or asked.get("teamDriveId"),
        all_drives=_all_drives(),
        with_shared=_with_shared(),
        order=asked.get("orderBy", ""),
    )


def _scope(*, knows_drives: bool) -> Scope:
    asked = request.args
    return Scope(
        drive_id=asked.get("driveId") or asked.get("teamDriveId"),
        knows_drives=knows_drives,
        with_removed=asked.get("includeRemoved", "true") == "true",
    )


def _drive(identity: str, name: str, at: float) -> dict[str, Any]:
    return {"kind": "drive#drive", "id": identity, "name": name, "createdTime": rfc3339(at)}
