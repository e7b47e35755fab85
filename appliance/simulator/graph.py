"""The routes of Meta's Graph API that the appliance calls."""

from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, redirect, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from appliance.simulator import attachments
from appliance.simulator.account import Account
from appliance.simulator.faults import (
    Astray,
    Cut,
    Faults,
    Html,
    Operation,
    Redirect,
    Refuse,
    Slow,
    Truncate,
    WrongBytes,
)
from appliance.simulator.media import Media, MediaShelf
from appliance.simulator.refusals import MESSAGES, RefusedError, bad_token, no_such_object
from appliance.simulator.sending import Desk
from appliance.simulator.server import Server, cut

_VERSION = "/v<int:major>.<int:minor>"
_FILES = "/whatsapp_business/attachments"


class GraphApi:
    """Answers as Meta does: a bearer token for everything, Graph errors, versioned paths."""

    def __init__(self, account: Account, desk: Desk, shelf: MediaShelf, faults: Faults) -> None:
        self._account, self._desk, self._shelf, self._faults = account, desk, shelf, faults
        self._server: Server | None = None

    def join(self, app: Flask, server: Server) -> None:
        self._server = server
        app.add_url_rule(f"{_VERSION}/<node>", "node", self.node)
        app.add_url_rule(f"{_VERSION}/<node>/messages", "send", self.messages, methods=["POST"])
        app.add_url_rule(f"{_VERSION}/<node>/media", "upload", self.upload, methods=["POST"])
        app.add_url_rule(
            f"{_VERSION}/<node>/subscribed_apps",
            "subscribed_apps",
            self.subscribed_apps,
            methods=["GET", "POST", "DELETE"],
        )
        app.add_url_rule(f"{_VERSION}/<node>/message_templates", "templates", self.templates)
        app.add_url_rule(f"{_FILES}/<token>", "file", self.file)
        app.register_error_handler(RefusedError, lambda refusal: (refusal.body(), refusal.status))

    def address_of(self, media: Media) -> str:
        """A new address of the file's, good for five minutes."""
        return f"{self._server.url if self._server else ''}{_FILES}/{self._shelf.issue(media)}"

    def node(self, node: str, **_: int) -> Response:
        """GET /<PHONE_NUMBER_ID>, /<WABA_ID> or /<MEDIA_ID>."""
        if node == self._account.phone_number_id:
            return self._play("account", self._number)
        if node == self._account.business_account_id:
            return self._play("account", lambda: jsonify(id=node, name=self._account.verified_name))
        return self._play("media_info", lambda: self._media_info(node))

    def messages(self, node: str, **_: int) -> Response:
        """POST /<PHONE_NUMBER_ID>/messages: a message, or that one was read."""
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise RefusedError(100, "The body must be a JSON object")
        if node != self._account.phone_number_id:
            raise no_such_object(node)
        if "status" in body:
            return self._play("read", lambda: jsonify(self._desk.mark_read(body)))
        return self._play("send", lambda: jsonify(self._send(body)))

    def upload(self, node: str, **_: int) -> Response:
        """POST /<PHONE_NUMBER_ID>/media: a file that is going to be sent, by its id."""
        file = request.files.get("file")  # read to its end, whatever becomes of it: as Meta does
        if node != self._account.phone_number_id:
            raise no_such_object(node)
        return self._play("upload", lambda: self._keep(file))

    def subscribed_apps(self, node: str, **_: int) -> Response:
        """Whether our app receives this account's events; POST subscribes, DELETE ends it."""
        if node != self._account.business_account_id:
            raise no_such_object(node)
        return self._play("account", self._subscribed_apps)

    def templates(self, node: str, **_: int) -> Response:
        """GET /<WABA_ID>/message_templates, in pages of `limit`."""
        if node != self._account.business_account_id:
            raise no_such_object(node)
        return self._play("account", self._templates)

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        attachments.check_sent(body, self._shelf.uploaded)
        return self._desk.send(body)

    def _keep(self, file: FileStorage | None) -> Response:
        if file is None:
            raise RefusedError(100, "The parameter file is required")
        data, form = file.read(), request.form
        product, declared = form.get("messaging_product", ""), form.get("type", "")
        attachments.check_upload(product, declared, file.mimetype, len(data))
        return jsonify(id=self._shelf.keep(data, file.mimetype, is_ours=True).media_id)

    def _templates(self) -> Response:
        known = sorted(self._account.templates.items())
        size, start = int(request.args.get("limit", 25)), int(request.args.get("after", 0))
        data = [
            {
                "name": name,
                "language": language,
                "status": template.status,
                "category": template.category,
                "components": [{"type": "BODY", "text": template.text}],
            }
            for (name, language), template in known[start : start + size]
        ]
        page: dict[str, Any] = {"data": data}
        if start + size < len(known):
            after = f"limit={size}&after={start + size}"
            page["paging"] = {"next": f"{request.base_url}?{after}"}
        return jsonify(page)

    def file(self, token: str) -> Response:
        """The bytes. Meta wants the token here too, and some client named in User-Agent."""
        return self._play("media_bytes", lambda: self._bytes(token))

    def _play(self, operation: Operation, answer: Callable[[], Response]) -> Response:
        """Answer, unless something goes wrong on order."""

        def authorised() -> Response:
            self._check_token()
            return answer()

        match self._faults.take(operation):
            case None:
                return authorised()
            case Refuse(status, code):
                raise RefusedError(code, MESSAGES.get(code, "A fault on order"), status=status)
            case Cut(after_accept):
                return self._cut(authorised if after_accept else None)
            case Slow(seconds):
                return self._slow(authorised(), seconds)
            case Truncate():
                return _truncated(authorised())
            case WrongBytes():
                return _with_wrong_bytes(authorised())
            case Html():
                return Response("<!doctype html><title>Login</title>", content_type="text/html")
            case Redirect() | Astray() as fault:
                return self._elsewhere(fault, authorised)

    def _cut(self, answer: Callable[[], Response] | None) -> Response:
        if answer is not None:
            answer()
        return cut()

    def _slow(self, answer: Response, seconds: float) -> Response:
        """A caller that has gone by then is not waited for at `stop`."""
        stopped = self._server is not None and self._server.stopping.wait(seconds)
        return cut() if stopped else answer

    def _elsewhere(self, fault: Redirect | Astray, answer: Callable[[], Response]) -> Response:
        if isinstance(fault, Redirect):
            return redirect(fault.to)
        found, here = answer(), self._server.url if self._server else ""
        found.set_data(found.get_data().replace(here.encode(), fault.host.encode()))
        return found

    def _check_token(self) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._account.access_token}":
            raise bad_token()

    def _number(self) -> Response:
        """The fields asked for, or Meta's default ones (business-phone-numbers)."""
        account = self._account
        facts: dict[str, Any] = {
            "verified_name": account.verified_name,
            "display_phone_number": account.display_phone_number,
            "quality_rating": account.quality_rating,
            "whatsapp_business_manager_messaging_limit": account.messaging_limit,
            "throughput": {"level": "STANDARD"},
            "webhook_configuration": account.webhook_configuration,
        }
        asked = request.args.get("fields", "").split(",") if "fields" in request.args else facts
        found = {name: facts[name] for name in asked if name in facts}
        return jsonify({**found, "id": account.phone_number_id})

    def _subscribed_apps(self) -> Response:
        if request.method == "GET":
            app = {"name": "Greffier (simulateur)", "id": "670843887433847"}
            known = [{"whatsapp_business_api_data": app}]
            return jsonify(data=known if self._account.app_is_subscribed else [])
        self._account.app_is_subscribed = request.method == "POST"
        return jsonify(success=True)

    def _media_info(self, media_id: str) -> Response:
        """Meta fails when `phone_number_id` is given and is not the one that got the file."""
        media = self._shelf.find(media_id)
        if request.args.get("phone_number_id", self._account.phone_number_id) != (
            self._account.phone_number_id
        ):
            raise no_such_object(media_id)
        return jsonify(
            messaging_product="whatsapp",
            url=self.address_of(media),
            mime_type=media.mime_type,
            sha256=media.sha256,
            file_size=len(media.data),
            id=media_id,
        )

    def _bytes(self, token: str) -> Response:
        if not request.headers.get("User-Agent"):
            raise RefusedError(100, "A User-Agent is required")
        media = self._shelf.behind(token)
        if media is None:
            return Response("Not Found", status=404, content_type="text/plain")
        return Response(media.data, content_type=media.mime_type)


def _truncated(answer: Response) -> Response:
    whole = answer.get_data()
    answer.set_data(whole[: len(whole) // 2])
    answer.headers["Content-Length"] = str(len(whole))
    return answer


def _with_wrong_bytes(answer: Response) -> Response:
    answer.set_data(bytes(byte ^ 0xFF for byte in answer.get_data()))
    return answer
