"""How quickly the public door says 200, beside a bare hello: `python -m tests.bench.ack`.

One run, one machine, the same client for both; ratios count, absolute figures are of this computer.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.load import Order
from tests.support import until

SECRET = "bench-app-secret"
THREADS = 32
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(command: list[str], environ: dict[str, str]) -> Iterator[str]:
    """The program, running; yields the address of its webhook."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("webhook"):
                yield line.split()[1]
                return
        raise RuntimeError(f"{command} did not start")
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def greffier(data: Path) -> dict[str, str]:
    """The environment of an appliance whose Meta is nobody."""
    return {
        "GREFFIER_FIRM_DATA": str(data),
        "GREFFIER_WEBHOOK_PORT": "0",
        "GREFFIER_DASHBOARD_PORT": "0",
        "GREFFIER_WHATSAPP_PHONE_NUMBER_ID": "1",
        "GREFFIER_WHATSAPP_BUSINESS_ACCOUNT_ID": "1",
        "GREFFIER_WHATSAPP_GRAPH_URL": "http://127.0.0.1:9",
        "GREFFIER_WHATSAPP_ACCESS_TOKEN": "bench-token",
        "GREFFIER_WHATSAPP_APP_SECRET": SECRET,
        "GREFFIER_WHATSAPP_VERIFY_TOKEN": "bench-verify",
        "GREFFIER_KEYRING": "off",
    }


def load(url: str, clients: int, seconds: float, rate: float) -> dict[str, Any]:
    """The client's report on that door."""
    order = Order(url, SECRET, clients, seconds, rate)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(order.__dict__),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def rest(data: Path) -> None:
    """Wait until the last flood has been worked off: it is no part of the next measurement."""
    with closing(sqlite3.connect(data / "greffier.db", timeout=10)) as store:
        query = "SELECT 1 FROM whatsapp_messages WHERE due_at IS NOT NULL LIMIT 1"
        until(lambda: not store.execute(query).fetchall(), 300, "the flood was not worked off")


def measure(seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Medians over the rounds; the two doors take turns so that noise falls on both."""
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        hello_command = [sys.executable, "-m", "tests.bench.hello", str(THREADS)]
        own_command = [sys.executable, "-m", "appliance", "run", "--no-tray"]
        with started(hello_command, {}) as hello, started(own_command, greffier(Path(data))) as own:
            for _ in range(rounds):
                for name, url in (("hello", hello), ("greffier", own)):
                    rest(Path(data))
                    found.setdefault(f"{name} 50/s", []).append(load(url, 5, seconds, 50))
                    rest(Path(data))
                    found.setdefault(f"{name} most", []).append(load(url, 16, seconds, 0))
    return {name: _median(reports) for name, reports in found.items()}


def _median(reports: list[dict[str, Any]]) -> dict[str, float]:
    keys = ("per_second", "p50_ms", "p99_ms", "max_ms")
    return {key: statistics.median(report[key] for report in reports) for key in keys}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.seconds, chosen.rounds)
    if chosen.json:
        print(json.dumps(found))
        return
    print(f"{'':16} {'per second':>10} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    for name, values in found.items():
        print(
            f"{name:16} {values['per_second']:10.0f} {values['p50_ms']:8.2f} "
            f"{values['p99_ms']:8.2f} {values['max_ms']:8.2f}"
        )
    ratio = found["greffier most"]["per_second"] / found["hello most"]["per_second"]
    print(f"highest rate: {ratio:.0%} of hello")


if __name__ == "__main__":
    main()
