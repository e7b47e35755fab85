"""How quickly the doors say 200, one message a request and a hundred.

One run, one computer, the same client for all; ratios count, absolute figures are of this computer.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tests.bench import doors
from tests.bench.figures import Figure, median_of
from tests.bench.load import Order
from tests.support import until

PACES = (10, 50, 200)  # requests a second
BATCH = 100  # messages a request
CLIENTS = 16

Measured = dict[str, dict[str, float]]  # by "door, order"


def load(url: str, clients: int, seconds: float, rate: float, per_body: int = 1) -> dict[str, Any]:
    """The client's report on that door."""
    order = Order(url, doors.SECRET, clients, seconds, rate, per_body)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(order.__dict__),
        capture_output=True,
        text=True,
        cwd=doors.ROOT,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert not report["faults"], report["faults"]
    return report


def rest(data: Path) -> None:
    """Wait until the last flood has been worked off: it is no part of the next measurement."""
    query = "SELECT 1 FROM whatsapp_messages WHERE due_at IS NOT NULL LIMIT 1"
    with closing(sqlite3.connect(data / "greffier.db", timeout=10)) as store:
        until(lambda: not store.execute(query).fetchall(), 600, "the flood was not worked off")


def measure(seconds: float, rounds: int, environ: dict[str, str] | None = None) -> Measured:
    """Medians over the rounds; the doors take turns so that noise falls on all of them."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    given = environ or {}
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        data = Path(stack.enter_context(made))
        open_doors = {
            "hello": stack.enter_context(doors.hello()),
            "greffier": stack.enter_context(doors.own(data, **given)),
        }
        try:
            open_doors["peer"] = stack.enter_context(doors.peer(**given))
        except doors.UnavailableError as error:
            print(f"without the peer: {error}", file=sys.stderr)
        for _ in range(rounds):
            for name, door in open_doors.items():
                for order, arguments in _orders(name, seconds):
                    rest(data)
                    found[f"{name}, {order}"].append(load(door.url, *arguments))
        rest(data)
    return {name: median_of(reports) for name, reports in found.items()}


def _orders(door: str, seconds: float) -> Iterator[tuple[str, tuple[float, ...]]]:
    for pace in PACES:
        yield f"{pace}/s", (5, seconds, pace)
    yield "highest", (CLIENTS, seconds, 0)
    if door != "hello":
        yield f"batches of {BATCH}", (CLIENTS // 4, seconds, 0, BATCH)


def figures(found: Measured) -> Iterator[Figure]:
    """The table, and what the issue wants of it."""
    for name, values in found.items():
        rate = values["per_second"] * (BATCH if "batches" in name else 1)
        shown = f"{rate:,.0f} messages/s" if "highest" in name or "batches" in name else ""
        latency = f"p50 {values['p50_ms']:.1f}, p99 {values['p99_ms']:.1f} ms"
        yield Figure(f"ack: {name}", ", ".join(filter(None, (shown, latency))))
    p99 = found["greffier, 50/s"]["p99_ms"]
    yield Figure("ack p99 at 50/s", f"{p99:.1f} ms", "< 10 ms", p99 < 10)
    share = found["greffier, highest"]["per_second"] / found["hello, highest"]["per_second"]
    yield Figure("highest rate, of hello's", f"{share:.0%}", ">= 65 %", share >= 0.65)
    if "peer, 50/s" in found:
        yield from _beside_peer(found)


def _beside_peer(found: Measured) -> Iterator[Figure]:
    ratio = found["greffier, 50/s"]["p99_ms"] / found["peer, 50/s"]["p99_ms"]
    yield Figure("ack p99 at 50/s, of the peer's", f"{ratio:.2f} x", "<= 1.5 x", ratio <= 1.5)
    batches = found[f"greffier, batches of {BATCH}"]["per_second"] * BATCH
    more = batches / found["peer, highest"]["per_second"]
    yield Figure("batches, of the peer's one-by-one rate", f"{more:.1f} x", ">= 2 x", more >= 2)
