"""The routes below /upload (developers.google.com/workspace/drive/api/guides/manage-uploads)."""

import io
import json
from typing import Any
from urllib.parse import quote

from flask import Flask, request
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from appliance.simulator.drive_api import WRITES, DriveApi, moves
from appliance.simulator.drive_bytes import Blob, Store, Stream
from appliance.simulator.drive_faults import Operation
from appliance.simulator.drive_files import File
from appliance.simulator.drive_filing import Filing, Wish
from appliance.simulator.drive_gate import Gate, flag, json_body, no_answer
from appliance.simulator.drive_refusals import RefusedError, missing
from appliance.simulator.drive_tree import Tree
from appliance.simulator.drive_uploads import Session, Uploads, read_span

_Parts = tuple[dict[str, Any], str | None, bytes]
_PATHS = ("/upload/drive/v3/files", "/resumable/upload/drive/v3/files")


class UploadApi:
    """Simple, multipart and resumable uploads, for new files and for new content of known ones."""

    def __init__(
        self, gate: Gate, tree: Tree, filing: Filing, store: Store, uploads: Uploads, api: DriveApi
    ) -> None:
        self._gate, self._tree, self._filing, self._store = gate, tree, filing, store
        self._uploads, self._api = uploads, api
        self.known_as: str | None = None

    def join(self, app: Flask) -> None:
        for number, path in enumerate(_PATHS):
            app.add_url_rule(path, f"upload{number}", self.new, methods=["POST", "PUT"])
            app.add_url_rule(
                f"{path}/<identity>", f"upload_to{number}", self.change, methods=["PATCH", "PUT"]
            )

    def new(self) -> Response:
        """Of a new file: all at once, a session's beginning, or a session's next chunk."""
        if "upload_id" in request.args:
            return self._chunk(request.args["upload_id"])
        return self._upload(None)

    def change(self, identity: str) -> Response:
        if "upload_id" in request.args:
            return self._chunk(request.args["upload_id"])
        return self._upload(identity)

    def _upload(self, target: str | None) -> Response:
        kind = request.args.get("uploadType")
        if kind == "resumable":
            return self._gate.play("upload_start", lambda: self._begin(target))
        if kind not in ("media", "multipart"):
            raise missing("uploadType")
        operation: Operation = "update" if target else "create"
        return self._gate.play(operation, lambda: self._at_once(kind, target))

    # -- all at once

    def _at_once(self, kind: str, target: str | None) -> Response:
        caller = self._gate.caller(WRITES)
        data = request.get_data()
        if kind == "media":
            parts: _Parts = {}, request.mimetype or None, data
        else:
            parts = _parts(data)
        metadata, media_type, content = parts
        wish = Wish(caller, metadata, _all_drives(), media_type)
        return self._api.told(caller, self._keep(wish, target, self._store.keep(content), moves()))

    def _keep(
        self, wish: Wish, target: str | None, blob: Blob, to: tuple[list[str], list[str]]
    ) -> File:
        if target is None:
            return self._filing.create(wish, blob)
        return self._filing.update(wish, target, to, blob)

    # -- in pieces

    def _begin(self, target: str | None) -> Response:
        """Refuses at once what could never be kept; then says where the pieces go."""
        caller, headers = self._gate.caller(WRITES), request.headers
        wish = Wish(caller, json_body(), _all_drives(), headers.get("X-Upload-Content-Type"))
        size = headers.get("X-Upload-Content-Length")
        length = int(size) if size and size.isdecimal() else 0
        if target is None:
            self._filing.judge_new(wish, length)
        else:
            with self._tree.bell.lock:
                file = self._tree.find_to_change(caller, target, wish.all_drives)
                self._filing.judge_update(wish, file, length)
        session = self._uploads.begin(wish, target, moves(), size)
        answer = Response(status=200)
        answer.headers["Location"] = self._address(session)
        answer.headers["X-GUploader-UploadID"] = session.token
        return answer

    def _address(self, session: Session) -> str:
        """The request's own address with the session's secret."""
        here = request.url.partition("?")[0]
        if self.known_as:
            here = self.known_as + request.path
        fields = request.args.get("fields")
        asked = f"&fields={quote(fields)}" if fields else ""
        return f"{here}?uploadType=resumable{asked}&upload_id={session.token}"

    def _chunk(self, token: str) -> Response:
        return self._gate.play(
            "upload_chunk", lambda: self._next(token), kill=lambda: self._uploads.kill(token)
        )

    def _next(self, token: str) -> Response:
        self._gate.holder()
        session = self._uploads.find(token)
        with session.lock:
            if session.file is not None:
                return self._api.told(session.wish.caller, session.file)
            return self._go_on(session)

    def _go_on(self, session: Session) -> Response:
        span, kept = read_span(request.headers.get("Content-Range")), self._gate.partial()
        session.agree(span.total)
        body: Stream = io.BytesIO() if span.asks_only else request.stream
        whole = not span.asks_only and self._uploads.take(
            session, span, body, request.content_length, kept
        )
        if kept is not None:
            return no_answer()
        if whole or (span.asks_only and session.received == session.total):
            return self._finish(session)
        return _incomplete(session)

    def _finish(self, session: Session) -> Response:
        """The file exists from here on. A refusal leaves the session as it is."""
        blob = self._uploads.whole(session)
        session.file = self._keep(session.wish, session.target, blob, session.moves)
        return self._api.told(session.wish.caller, session.file)


def _incomplete(session: Session) -> Response:
    """308, with the bytes that are kept; without Range when there are none."""
    answer = Response(status=308)
    if session.received:
        answer.headers["Range"] = f"bytes=0-{session.received - 1}"
    answer.headers["X-GUploader-UploadID"] = session.token
    return answer


def _all_drives() -> bool:
    return flag("supportsAllDrives") or flag("supportsTeamDrives")


def _parts(data: bytes) -> _Parts:
    """Metadata, type and content of a multipart/related body (RFC 2387).

    Lines may end in CRLF, as they should, or in LF alone, as Google's own Python client sends.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind != "multipart/related" or "boundary" not in options:
        raise RefusedError(400, "badRequest", "Multipart must be multipart/related.")
    mark = b"--" + options["boundary"].encode()
    _, found, rest = data.partition(mark)
    end = b"\r\n" if rest.startswith(b"\r\n") else b"\n"
    parts = rest.removeprefix(end).split(end + mark)
    if not found or len(parts) != 3:
        raise RefusedError(400, "badRequest", "Malformed multipart body.")
    (_, first), (media_type, content) = (_part(one, end) for one in (parts[0], parts[1]))
    try:
        metadata = json.loads(first)
    except ValueError:
        raise RefusedError(400, "parseError", "Parse Error") from None
    return metadata, media_type, content


def _part(part: bytes, end: bytes) -> tuple[str | None, bytes]:
    head, _, content = part.removeprefix(end).partition(end + end)
    for line in head.split(end):
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() == "content-type":
            return value.strip(), content
    return None, content
