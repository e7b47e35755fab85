"""Each request to Google passes here: it is noted, met by faults, and let in with its token."""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, jsonify, request
from werkzeug.wrappers import Response

from appliance.simulator.bell import Bell
from appliance.simulator.drive_accounts import Caller
from appliance.simulator.drive_faults import (
    Drop,
    Fault,
    Faults,
    Html,
    Operation,
    Partial,
    Refuse,
    SessionDeath,
    Slow,
    TokenExpiry,
    Truncate,
)
from appliance.simulator.drive_refusals import RefusedError, bad_token, forbidden
from appliance.simulator.drive_tokens import Tokens
from appliance.simulator.server import Server, cut

_NO_SCOPE = "Request had insufficient authentication scopes."


@dataclass
class Request:
    """What was asked, and how it ended: an HTTP status, or None when the connection was cut."""

    operation: str
    method: str
    path: str
    query: dict[str, str]
    content_range: str | None = None
    fault: Fault | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)


class Gate:
    """Notes requests, lets faults happen, knows who comes."""

    def __init__(self, faults: Faults, tokens: Tokens, bell: Bell) -> None:
        self._faults, self._tokens, self._bell = faults, tokens, bell
        self._server: Server | None = None
        self.requests: list[Request] = []

    def join(self, app: Flask, server: Server) -> None:
        self._server = server
        app.register_error_handler(RefusedError, _refused)

    @property
    def url(self) -> str:
        return self._server.url if self._server else ""

    # -- one request

    def play(
        self,
        operation: Operation,
        answer: Callable[[], Response],
        kill: Callable[[], None] = lambda: None,
    ) -> Response:
        """The answer, unless something goes wrong on order. `kill` ends an upload's session."""
        noted = self._note(operation)
        noted.fault = self._faults.take(operation)
        try:
            done = self._meet(noted.fault, answer, kill)
        except RefusedError as refusal:
            noted.status = refusal.status
            _read_to_the_end()
            raise
        if done.status_code == _CUT:
            _hang_up()
            return cut()
        noted.status = done.status_code
        _read_to_the_end()
        return done

    def _note(self, operation: str) -> Request:
        noted = Request(
            operation,
            request.method,
            request.path,
            dict(request.args),
            request.headers.get("Content-Range"),
            headers={name: value for name, value in request.headers if name != "Authorization"},
        )
        g.noted = noted
        with self._bell:
            self.requests.append(noted)
        return noted

    def _meet(
        self, fault: Fault | None, answer: Callable[[], Response], kill: Callable[[], None]
    ) -> Response:
        match fault:
            case Refuse():
                return self._refuse(fault, answer)
            case Drop(after_applied):
                if after_applied:
                    answer()
                return no_answer()
            case Slow(seconds):
                return self._slow(answer(), seconds)
            case Truncate():
                return _truncated(answer())
            case Html():
                return Response("<!doctype html><title>Login</title>", content_type="text/html")
            case TokenExpiry():
                self._tokens.expire(_bearer())
            case SessionDeath():
                kill()
            case Partial() | None:
                pass
        return answer()

    def _refuse(self, fault: Refuse, answer: Callable[[], Response]) -> Response:
        if fault.after_applied:
            answer()
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        raise RefusedError(fault.status, fault.why, headers=wait)

    def _slow(self, answer: Response, seconds: float) -> Response:
        """A caller that has gone by then is not waited for at `stop`."""
        stopping = self._server.stopping if self._server else threading.Event()
        return no_answer() if stopping.wait(seconds) else answer

    def partial(self) -> int | None:
        """Of the chunk that comes now only so many bytes are to be kept."""
        fault = g.noted.fault
        return fault.kept if isinstance(fault, Partial) else None

    # -- who comes

    def caller(self, scopes: frozenset[str]) -> Caller:
        """Raises RefusedError 401 without a living token, 403 without one of these scopes."""
        found = self._tokens.caller(_bearer() or "")
        if found is None:
            raise bad_token()
        if not found.scopes & scopes:
            raise forbidden("insufficientPermissions", _NO_SCOPE)
        return found

    def holder(self) -> None:
        """An upload's address is enough; but a token that comes along must live."""
        token = _bearer()
        if token is not None and self._tokens.caller(token) is None:
            raise bad_token()


def _bearer() -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else None


_CUT = 599  # stands for no answer at all, until `play` has noted it


def no_answer() -> Response:
    """What ends the connection once it passes the gate."""
    return Response(status=_CUT)


def _hang_up() -> None:
    """At once, also in the middle of a body: the server would wait for the rest of it."""
    line: socket.socket = request.environ["werkzeug.socket"]
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _read_to_the_end() -> None:
    """A request is heard out before its answer, whatever that is: its sender may still be at it."""
    while request.stream.read(1024 * 1024):
        pass


def _truncated(answer: Response) -> Response:
    answer.direct_passthrough = False
    whole = answer.get_data()
    answer.set_data(whole[: len(whole) // 2])
    answer.headers["Content-Length"] = str(len(whole))
    return answer


def _refused(refusal: RefusedError) -> Response:
    answer = jsonify(refusal.body())
    answer.status_code = refusal.status
    answer.headers.update(refusal.headers)
    return answer


def flag(name: str) -> bool:
    """A parameter that is true or false; false when it does not come."""
    return request.args.get(name, "false") == "true"


def number(name: str, otherwise: int) -> int:
    """Raises RefusedError 400 when it is not a number."""
    text = request.args.get(name, str(otherwise))
    if not text.isdecimal():
        raise RefusedError(400, "invalidParameter", f"Invalid value '{text}'.", location=name)
    return int(text)


def json_body() -> dict[str, Any]:
    """Raises RefusedError 400 `parseError` for what is not a JSON object."""
    if not request.get_data(cache=True):
        return {}
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise RefusedError(400, "parseError", "Parse Error")
    return body
