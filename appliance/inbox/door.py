"""The public door: all that a tunnel can reach. Verify, store, wake, answer; nothing else.

Source: Meta, webhooks/create-webhook-endpoint (verification, signature over the raw bytes, 200).
"""

import hashlib
import hmac

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from appliance.errors import TemporaryError
from appliance.inbox import envelope
from appliance.inbox.messages import Inbox

log = structlog.get_logger()

PATH = "/api/webhooks/whatsapp"
RETRY_AFTER = "30"  # seconds, when our disk cannot take it: Meta comes again


def public_door(inbox: Inbox, app_secret: str, verify_token: str, max_body: int) -> Flask:
    """The Flask app of the public door. `max_body` in bytes."""
    app = Flask("greffier-public", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body
    key = app_secret.encode()

    @app.get(PATH)
    def verify() -> Response:
        """Meta's handshake: its challenge back, as text, to who knows the token."""
        if _is_meta(request.args.get("hub.verify_token", ""), verify_token):
            return _text(request.args.get("hub.challenge", ""), 200)
        return _text("forbidden", 403)

    @app.post(PATH)
    def receive() -> tuple[dict[str, object], int]:
        """200 only once every update is durably on disk."""
        body = request.get_data(cache=False)
        if not _is_signed(body, request.headers.get("X-Hub-Signature-256", ""), key):
            return _error("bad_signature", "the signature is missing or does not fit the body", 401)
        return _keep(inbox, body)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.errorhandler(TemporaryError)
    def cannot_store(error: TemporaryError) -> tuple[dict[str, object], int, dict[str, str]]:
        log.error("webhook refused", reason=error.reason)
        answer, status = _error("cannot_store", "it cannot be stored now; send it again", 503)
        return answer, status, {"Retry-After": RETRY_AFTER}

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> tuple[dict[str, object], int]:
        return _error("too_large", f"the body is over {max_body} bytes", 413)

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[dict[str, object], int]:
        """Whatever is not named above is not here; wrong methods included."""
        return _error("not_found", "not found", 404 if (error.code or 404) < 500 else 500)

    return app


def _keep(inbox: Inbox, body: bytes) -> tuple[dict[str, object], int]:
    """Store the body and all that can be understood of it; say so only then."""
    try:
        updates = envelope.read(envelope.parse(body))
    except envelope.NotJsonError as error:
        inbox.keep(body, [], str(error))
        return _error("not_json", str(error), 400)
    except envelope.NotUnderstoodError as error:
        inbox.keep(body, [], str(error))
        return {"success": True, "queued": 0}, 200
    return {"success": True, "queued": inbox.keep(body, updates)}, 200


def _is_meta(given: str, verify_token: str) -> bool:
    return hmac.compare_digest(given.encode(), verify_token.encode())


def _is_signed(body: bytes, header: str, key: bytes) -> bool:
    """Compares in constant time, over the bytes as they came: never over re-written JSON."""
    expected = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(header.encode(), expected.encode())


def _error(code: str, message: str, status: int) -> tuple[dict[str, object], int]:
    return {"error": {"code": code, "message": message}}, status


def _text(words: str, status: int) -> Response:
    return Response(words, status=status, mimetype="text/plain")
