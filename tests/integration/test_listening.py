"""A door is not held by those who never finish what they say, nor by those who never listen."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from appliance.listening import Door
from tests.support import until

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WITHIN = 1.0  # seconds
REQUEST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n"


def app(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door("x", app, "127.0.0.1", 0, threads=2, max_body=1000, within=WITHIN)
    made.open()
    yield made
    made.close()


def connect(door: Door) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", door.port))
    made.settimeout(0.05)
    return made


ROW = b"x" * 65_536
LARGE = 64 * 1024 * 1024  # bytes: more than all buffers between us and the other side hold


class Stream:
    """An answer that is made while it is sent, and who hears when it was ended."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def __call__(self, _: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/csv")])
        return self._rows()

    def _rows(self) -> Iterator[bytes]:
        self.begun.set()
        try:
            for _ in range(LARGE // len(ROW)):
                yield ROW
        finally:
            self.ended.set()


class Ended(BytesIO):
    """A file that says when it was closed."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.ended = threading.Event()

    def close(self) -> None:
        self.ended.set()
        super().close()


@contextmanager
def opened(app: "WSGIApplication", read_within: float = WITHIN) -> Iterator[Door]:
    at = ("127.0.0.1", 0)
    door = Door("x", app, *at, threads=1, max_body=1000, within=WITHIN, read_within=read_within)
    door.open()
    yield door
    door.close()


@contextmanager
def who_never_reads(door: Door) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", door.port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        yield connection


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("said", [REQUEST[:20], REQUEST, REQUEST + b"o"])
def test_whoever_drips_a_byte_now_and_then_is_shown_out(door: Door, said: bytes) -> None:
    """Each byte is a sign of life: waitress itself would wait for ever."""
    with connect(door) as connection:
        connection.sendall(said)
        drip = iter(b"X-Long: " + b"a" * 10_000)

        def dripped() -> bool:
            if said != REQUEST + b"o":
                try:
                    connection.sendall(bytes([next(drip)]))
                except OSError:
                    return True
            return is_closed(connection)

        until(dripped, within=10)


def test_a_connection_that_is_kept_open_is_served_again_and_again(door: Door) -> None:
    with connect(door) as connection:
        connection.settimeout(5)
        for _ in range(3):
            connection.sendall(REQUEST)
            connection.sendall(b"ab")
            answer = b""
            while not answer.endswith(b"ok"):
                answer += connection.recv(1000)
            connection.settimeout(WITHIN + 0.5)
            with pytest.raises(TimeoutError):  # longer than a request may take: nothing is open
                connection.recv(1)
            connection.settimeout(5)


def _said_by(peer: "WSGIEnvironment") -> str:
    return f"{peer['wsgi.url_scheme']} {peer['REMOTE_ADDR']}"


@pytest.mark.parametrize(
    ("proxy", "seen"), [("127.0.0.1", "https 192.168.1.50"), (None, "http 127.0.0.1")]
)
def test_a_proxy_is_believed_only_where_one_may_stand(proxy: str | None, seen: str) -> None:
    met: list[str] = []

    def noting(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        met.append(_said_by(environ))
        return app(environ, start)

    door = Door("x", noting, "127.0.0.1", 0, threads=2, max_body=1000, proxy=proxy)
    door.open()
    said = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 6.6.6.6, 192.168.1.50\r\n"
    with connect(door) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n" + said + b"\r\n")
        until(lambda: met)
    door.close()

    assert met == [seen], "only what the proxy itself adds, not what came before it"


def test_whoever_stops_reading_holds_no_thread() -> None:
    """waitress would let the thread that makes the answer wait for ever."""
    stream = Stream()
    with opened(stream) as door, who_never_reads(door):
        until(stream.begun.is_set)
        until(stream.ended.is_set, within=10, what="the only thread is held")


def test_whoever_reads_a_few_bytes_now_and_then_holds_no_thread_either() -> None:
    stream = Stream()
    with opened(stream) as door, who_never_reads(door) as connection:
        connection.settimeout(0.05)

        def sipped() -> bool:
            with suppress(OSError):
                connection.recv(10)
            return stream.ended.is_set()

        until(sipped, within=10, what="the only thread is held")


def test_a_file_that_nobody_reads_holds_no_thread_and_is_closed() -> None:
    """waitress sends a file by itself; it closes nobody whose line is full."""
    file = Ended(b"x" * LARGE)

    def app(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        start("200 OK", [])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return [b"ok"] if environ["PATH_INFO"] == "/other" else wrapped

    with opened(app) as door, who_never_reads(door), connect(door) as other:
        other.settimeout(5)
        other.sendall(b"GET /other HTTP/1.1\r\nHost: here\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 200"), "the only thread is held"
        until(file.ended.is_set, within=10)


def test_whoever_reads_slowly_but_reads_gets_all_of_it() -> None:
    """Some hundred kilobytes a second, for longer than a reader may be silent."""
    stream, got = Stream(), 0
    with opened(stream) as door, who_never_reads(door) as connection:
        connection.settimeout(5)
        end = monotonic() + 2.5 * WITHIN

        def read_a_little() -> bool:
            nonlocal got
            got += len(connection.recv(4096))
            return monotonic() > end

        until(read_a_little)
        while got < LARGE and (data := connection.recv(1_000_000)):
            got += len(data)
    assert got >= LARGE


def test_whoever_reads_nothing_for_a_while_goes_on_where_they_were() -> None:
    """A telephone in a tunnel: an answer may be silent for longer than a request."""
    stream, got = Stream(), 0
    with opened(stream, 4 * WITHIN) as door, who_never_reads(door) as connection:
        connection.settimeout(5)
        until(stream.begun.is_set)
        assert not stream.ended.wait(2.5 * WITHIN), "nobody is in such a hurry"
        while got < LARGE and (data := connection.recv(1_000_000)):
            got += len(data)
    assert got >= LARGE
