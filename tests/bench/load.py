"""A client that plays Meta against a door, in a process of its own: `python -m tests.bench.load`.

Reads a JSON order on stdin, prints a JSON report on stdout: latencies in milliseconds.
"""

import hashlib
import hmac
import http.client
import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


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


def _client(order: Order, number: int, until: float, times: list[float], faults: list[str]) -> None:
    target = urlsplit(order.url)
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
    every = order.clients / order.rate if order.rate else 0.0
    due = time.perf_counter() + every * number / order.clients
    while time.perf_counter() < until:
        body = body_of(order.per_body)
        digest = hmac.new(order.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}
        if every:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += every
        started = time.perf_counter()
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            faults.append(f"HTTP {answer.status}")
    connection.close()


def play(order: Order) -> dict[str, Any]:
    """Send, and report how it went."""
    times: list[float] = []
    faults: list[str] = []
    started = time.perf_counter()
    until = started + order.seconds
    threads = [
        threading.Thread(target=_client, args=(order, n, until, times, faults))
        for n in range(order.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    times.sort()
    return {
        "requests": len(times),
        "per_second": len(times) / spent,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(len(times) * 0.99)],
        "max_ms": times[-1],
        "faults": sorted(set(faults)),
    }


if __name__ == "__main__":
    print(json.dumps(play(Order(**json.load(sys.stdin)))))
