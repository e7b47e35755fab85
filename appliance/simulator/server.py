"""A real HTTP server on a real port, able to break a connection in the middle."""

import socket
import threading
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response


class ConnectionCutError(ConnectionError):
    """Raised while answering: the connection ends there, without another byte."""


class _Handler(WSGIRequestHandler):
    """Quiet, and really closes a connection that was cut."""

    def log(self, *_: Any) -> None:
        pass

    def connection_dropped(self, *_: Any) -> None:
        self.close_connection = True


class _Cut:
    """A body that ends the connection instead of beginning the answer."""

    def __iter__(self) -> "_Cut":
        return self

    def __next__(self) -> bytes:
        raise ConnectionCutError


def cut() -> Response:
    """No answer at all: the connection just ends (waitress would say 500)."""
    return Response(_Cut())


class Server:
    """Serves an app from `start` to `stop`. Started again, it keeps its port."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._app, self._host, self.port = app, host, port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    def start(self) -> None:
        with socket.create_server((self._host, self.port), backlog=128) as bound:
            self.port = bound.getsockname()[1]
            self._server = make_server(
                self._host,
                self.port,
                self._app,
                threaded=True,
                request_handler=_Handler,
                fd=bound.fileno(),
            )
        self.stopping.clear()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._thread.start()

    def stop(self) -> None:
        """Refuse new connections; requests that were made slow end now."""
        self.stopping.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
        self._server = self._thread = None
