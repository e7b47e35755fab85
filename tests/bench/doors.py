"""The doors that are measured, each in a process of its own: ours, hello, the seed's design."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.demo.stage import free_port

SECRET = "bench-app-secret"
THREADS = 32  # of hello: as many as our public door has
ROOT = Path(__file__).resolve().parents[2]
PEER = Path(__file__).with_name("peer")


class UnavailableError(Exception):
    """This computer lacks what a measurement needs; the text says what."""


@dataclass(frozen=True)
class Door:
    """A running program. `addresses`: what it printed, by the first word of the line."""

    process: "subprocess.Popen[str]"
    addresses: dict[str, str]

    @property
    def url(self) -> str:
        return self.addresses["webhook"]


@contextmanager
def started(command: list[str], environ: dict[str, str], lines: int = 1) -> Iterator[Door]:
    """The program, once it has printed so many addresses; ended afterwards."""
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
        said = [process.stdout.readline().split() for _ in range(lines)]
        if not all(said):
            raise RuntimeError(f"{command} did not start")
        yield Door(process, {line[0]: line[1] for line in said})
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@contextmanager
def hello() -> Iterator[Door]:
    """The least that Flask on waitress can do."""
    with started([sys.executable, "-m", "tests.bench.hello", str(THREADS)], {}) as door:
        yield door


def settings(data: Path) -> dict[str, str]:
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


@contextmanager
def own(data: Path, **environ: str) -> Iterator[Door]:
    """Our appliance on this data folder. Unless told otherwise its Meta is nobody."""
    command = [sys.executable, "-m", "appliance", "run", "--no-tray"]
    with started(command, settings(data) | environ, lines=2) as door:
        yield door


@contextmanager
def peer(**environ: str) -> Iterator[Door]:
    """Express + BullMQ + Redis with `appendfsync always`. Raises UnavailableError."""
    if missing := [name for name in ("node", "npm", "redis-server") if not shutil.which(name)]:
        raise UnavailableError(f"the peer needs {', '.join(missing)}")
    home = _installed()
    port = free_port(0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        redis = ["redis-server", "--port", str(port), "--dir", data, "--bind", "127.0.0.1"]
        redis += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        with _quiet(redis, environ):
            command = ["node", str(home / "server.js"), SECRET, str(port)]
            with started(command, {}) as door:
                yield door


def _installed() -> Path:
    """The peer with its packages, installed once a computer and version."""
    package, server = PEER / "package.json", PEER / "server.js"
    version = hashlib.sha256(package.read_bytes() + server.read_bytes()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"greffier-bench-peer-{version}"
    if not (home / "installed").exists():
        home.mkdir(exist_ok=True)
        for source in (package, server):
            shutil.copy(source, home)
        command = ["npm", "install", "--omit=dev", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnavailableError(f"the peer's packages cannot be installed: {done.stderr[-300:]}")
        (home / "installed").touch()
    return home


@contextmanager
def _quiet(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
