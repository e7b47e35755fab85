"""A door is not held by those who never finish what they say."""

import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from appliance.listening import Door
from tests.support import until

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

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
