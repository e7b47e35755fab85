"""A client that plays Meta against a door, in a process of its own: `python -m tests.bench.load`.

Reads a JSON order on stdin, prints a JSON report on stdout: latencies in milliseconds. Every
request is made and signed beforehand, and one thread serves all connections, so that the door is
what is measured.
"""

import hashlib
import hmac
import itertools
import json
import re
import selectors
import socket
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
MOST = 6000  # requests a second that are prepared for; a door that is quicker sees them end sooner


@dataclass(frozen=True)
class Order:
    """What to send. `rate` in requests/s over all clients; 0 sends as fast as answers come."""

    url: str
    secret: str
    clients: int
    seconds: float
    rate: float
    per_body: int = 1


def body_of(count: int) -> bytes:
    """A webhook body of so many new text messages."""
    messages = [
        {
            "from": "21620111222",
            "id": f"wamid.{uuid.uuid4().hex}",
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": "Bonjour, voici ma question."},
        }
        for _ in range(count)
    ]
    contact = {"profile": {"name": "Amel"}, "wa_id": "21620111222"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "21671000000", "phone_number_id": "1"},
        "contacts": [contact],
        "messages": messages,
    }
    change = {"field": "messages", "value": value}
    entry = {"id": "102290129340398", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def request_of(body: bytes, target: SplitResult, secret: str) -> bytes:
    """The bytes that Meta would send."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\n"
        f"Content-Type: application/json\r\n"
        f"User-Agent: facebookexternalua\r\nX-Hub-Signature-256: sha256={digest}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Client:
    """One connection, with one request under way at most."""

    socket: socket.socket
    began: float = 0.0
    answer: bytes = b""

    def send(self, request: bytes, due: float | None) -> None:
        """`due`: when it should have been sent; a late start is part of what its sender waits."""
        self.began = due or time.perf_counter()
        self.answer = b""
        self.socket.sendall(request)

    def status(self) -> int | None:
        """The answer's status once it is whole. Raises ConnectionError when the door hangs up."""
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("the door closed the connection")
        self.answer += got
        head, separator, rest = self.answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        is_whole = separator and length and len(rest) >= int(length[1])
        return int(head[9:12]) if is_whole else None


@dataclass
class Report:
    """How it went."""

    times: list[float] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)

    def take(self, client: Client, status: int) -> None:
        self.times.append((time.perf_counter() - client.began) * 1000)
        if status != 200:
            self.faults.add(f"HTTP {status}")

    def summed(self, spent: float) -> dict[str, Any]:
        times = sorted(self.times)
        return {
            "requests": len(times),
            "per_second": len(times) / spent,
            "p50_ms": times[len(times) // 2],
            "p99_ms": times[int(len(times) * 0.99)],
            "max_ms": times[-1],
            "faults": sorted(self.faults),
        }


def play(order: Order) -> dict[str, Any]:
    """Send, and report how it went."""
    target = urlsplit(order.url)
    requests = deque(_prepared(order, target))
    report, selector = Report(), selectors.DefaultSelector()
    idle: deque[Client] = deque()
    for _ in range(order.clients):
        client = Client(socket.create_connection((str(target.hostname), target.port), 30))
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client.socket, selectors.EVENT_READ, client)
        idle.append(client)
    started = time.perf_counter()
    due = _due(order, started)
    following = next(due)
    while requests and time.perf_counter() < started + order.seconds:
        while idle and requests and following <= time.perf_counter():
            idle.popleft().send(requests.popleft(), following if order.rate else None)
            following = next(due)
        wait = max(0.0, following - time.perf_counter()) if idle else 1.0
        for key, _ in selector.select(wait):
            status = key.data.status()
            if status is not None:
                report.take(key.data, status)
                idle.append(key.data)
    return report.summed(time.perf_counter() - started)


def _prepared(order: Order, target: SplitResult) -> Iterator[bytes]:
    rate = order.rate or MOST / order.per_body**0.5
    for _ in range(int(rate * order.seconds) + order.clients):
        yield request_of(body_of(order.per_body), target, order.secret)


def _due(order: Order, started: float) -> Iterator[float]:
    """When each request is to be sent."""
    if not order.rate:
        return itertools.repeat(0.0)
    return (started + number / order.rate for number in itertools.count())


if __name__ == "__main__":
    print(json.dumps(play(Order(**json.load(sys.stdin)))))
