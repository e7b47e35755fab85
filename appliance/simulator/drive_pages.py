"""My Drive as its owner sees it in a browser: what is there, and hands to change it with."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, render_template, request, send_file
from werkzeug.wrappers import Response

from appliance.simulator.drive_accounts import Account
from appliance.simulator.drive_person import Person
from appliance.simulator.drive_tree import Tree

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class DrivePages:
    """The page at /. Everything shown is escaped by Jinja."""

    def __init__(self, tree: Tree, person: Person, kept: Callable[[], list[Any]]) -> None:
        self._tree, self._person, self._kept = tree, person, kept
        self._acts: dict[str, Callable[[str, str], None]] = {
            "rename": person.renames,
            "trash": lambda identity, _: person.trashes(identity),
            "restore": lambda identity, _: person.restores(identity),
            "delete": lambda identity, _: person.deletes(identity),
            "take": lambda identity, _: person.takes_permission_away(identity),
        }

    def join(self, app: Flask) -> None:
        """As rules of this app; no other page has these addresses."""
        app.add_url_rule("/", "my_drive", self.my_drive)
        app.add_url_rule("/file/<identity>", "file", self.file)
        app.add_url_rule("/hands/<identity>", "hands", self.hands, methods=["POST"])

    def my_drive(self) -> Response:
        """Everything, the trash too, in order of paths."""
        account: Account = self._person.account
        page = Response(render_template("drive.html", files=self._kept(), person=account))
        page.content_type = "text/html; charset=utf-8"
        return _guarded(page)

    def file(self, identity: str) -> Response:
        """The bytes, always as a download: a client's file is not run in this page's name."""
        file = self._tree.files.get(identity)
        if file is None or file.gone or file.blob is None:
            abort(404)
        return _guarded(send_file(file.blob.path, as_attachment=True, download_name=file.name))

    def hands(self, identity: str) -> Response:
        """One act of the owner's. Refused when another site's page asks for it."""
        origin = request.headers.get("Origin")
        act = self._acts.get(request.form.get("act", ""))
        if origin and urlsplit(origin).netloc != request.host:
            abort(403)
        if act is None or identity not in {kept.id for kept in self._kept()}:
            abort(404)
        act(identity, request.form.get("name", "").strip() or "Sans titre")
        return redirect("/", code=303)


def _guarded(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY + "; form-action 'self'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
