"""The public door: all that a tunnel can reach. Verify, store, wake, answer; nothing else.

Source: Meta, webhooks/create-webhook-endpoint (verification, signature over the raw bytes, 200).

Meta's POST is answered by a bare WSGI function: it is the one path that must stay quick in a rush,
and half of a Flask request's cost is Flask. Everything else here is Flask's.
"""

import hmac
import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from appliance.errors import TemporaryError
from appliance.inbox import envelope
from appliance.inbox.messages import Inbox
from appliance.traffic import Traffic

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

PATH = "/api/webhooks/whatsapp"
RETRY_AFTER = "30"  # seconds, when our disk cannot take it: Meta comes again


class Answer(NamedTuple):
    """What Meta is told."""

    status: HTTPStatus
    body: dict[str, Any]


class Keys(NamedTuple):
    """What proves that it is Meta who calls, and about which number it may."""

    app_secret: str
    verify_token: str
    number_id: str | None = None  # None: any


def public_door(inbox: Inbox, traffic: Traffic, keys: Keys, max_body: int) -> "WSGIApplication":
    """The WSGI app of the public door. `max_body` in bytes."""
    others = _others(keys.verify_token)
    receive = _receiver(inbox, traffic, keys, max_body)

    def door(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == PATH:
            return _send(receive(environ), start)
        return others(environ, start)

    return door


def _receiver(
    inbox: Inbox, traffic: Traffic, keys: Keys, max_body: int
) -> "Callable[[WSGIEnvironment], Answer]":
    key = keys.app_secret.encode()

    def receive(environ: "WSGIEnvironment") -> Answer:
        """200 only once every update is durably on disk."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > max_body:
            return _fault(HTTPStatus(413), "too_large", f"the body is over {max_body} bytes")
        body = environ["wsgi.input"].read(size)
        if not _is_signed(body, environ.get("HTTP_X_HUB_SIGNATURE_256", ""), key):
            sentence = "the signature is missing or does not fit the body"
            return _fault(HTTPStatus.UNAUTHORIZED, "bad_signature", sentence)
        traffic.passes()  # only Meta's own count: nobody else may slow our work
        try:
            return _keep(inbox, body, keys.number_id)
        except TemporaryError:
            log.exception("webhook refused")
            sentence = "it cannot be stored now; send it again"
            return _fault(HTTPStatus.SERVICE_UNAVAILABLE, "cannot_store", sentence)

    return receive


def _keep(inbox: Inbox, body: bytes, number_id: str | None) -> Answer:
    """Store the body and all that can be understood of it; say so only then."""
    try:
        updates = envelope.for_number(envelope.read(envelope.parse(body)), number_id)
    except envelope.NotJsonError as error:
        inbox.keep(body, [], str(error))
        return _fault(HTTPStatus.BAD_REQUEST, "not_json", str(error))
    except envelope.NotUnderstoodError as error:
        inbox.keep(body, [], str(error))
        return Answer(HTTPStatus.OK, {"success": True, "queued": 0})
    return Answer(HTTPStatus.OK, {"success": True, "queued": inbox.keep(body, updates)})


def _is_signed(body: bytes, header: str, key: bytes) -> bool:
    """Compares in constant time, over the bytes as they came: never over re-written JSON."""
    expected = "sha256=" + hmac.digest(key, body, "sha256").hex()
    return hmac.compare_digest(header.encode(), expected.encode())


def _fault(status: HTTPStatus, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


def _send(answer: Answer, start: "StartResponse") -> list[bytes]:
    content = json.dumps(answer.body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", RETRY_AFTER))
    start(f"{answer.status.value} {answer.status.phrase}", headers)
    return [content]


def _others(verify_token: str) -> Flask:
    """Meta's handshake, a sign of life, and a 404 for all else."""
    app = Flask("greffier-public", static_folder=None)

    @app.get(PATH)
    def verify() -> Response:
        """Meta's handshake: its challenge back, as text, to who knows the token."""
        given = request.args.get("hub.verify_token", "")
        is_meta = hmac.compare_digest(given.encode(), verify_token.encode())
        if is_meta and request.args.get("hub.mode") == "subscribe":
            return _text(request.args.get("hub.challenge", ""), 200)
        return _text("forbidden", 403)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[dict[str, object], int]:
        """Whatever is not named above is not here; wrong methods included."""
        status = HTTPStatus.NOT_FOUND if (error.code or 404) < 500 else HTTPStatus(500)
        return _fault(status, status.phrase.lower().replace(" ", "_"), status.phrase).body, status

    return app


def _text(words: str, status: int) -> Response:
    return Response(words, status=status, mimetype="text/plain")
