"""Somebody who hears alerts: an HTTP server that keeps what is posted to it, or refuses it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Listener:
    """Takes Apprise's `json://` posts. `refused`: paths that are answered with 500."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []  # the path, and what was said
        self.asked: list[str] = []  # every path, in order, refused or not
        self.refused: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answers())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def address(self, token: str) -> str:
        """An Apprise address of ours with this secret in it."""
        return f"json://127.0.0.1:{self._server.server_port}/{token}"

    def said(self, token: str) -> list[dict[str, Any]]:
        """What the address with this secret was told."""
        return [said for path, said in self.heard if path == f"/{token}"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answers(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.rstrip("/")
                listener.asked.append(path)
                is_refused = path in listener.refused
                if not is_refused:
                    listener.heard.append((path, json.loads(body)))
                self.send_response(500 if is_refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        return Answers
