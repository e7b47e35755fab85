"""One running appliance a data folder: the lock that says so, and how to reach it from this PC."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from appliance.disk import write_private
from appliance.errors import ConfigError, Fault


@dataclass(frozen=True)
class Instance:
    """Where the running appliance listens. `token` opens /api/health to who may read the file."""

    pid: int
    public_url: str
    dashboard_url: str
    token: str


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the data folder. Raises ConfigError when another process has it."""
    lock = FileLock(data / "greffier.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        what = "Greffier is already running on this data folder: stop it first (`greffier status`)"
        raise ConfigError([Fault(str(data), what)]) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def announced(data: Path, instance: Instance) -> Iterator[None]:
    """While open, `<data>/instance.json` (0600) tells commands on this PC where we are."""
    path = data / "instance.json"
    write_private(path, json.dumps(asdict(instance)).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read(data: Path) -> Instance | None:
    """The instance that announced itself there, if any; it may have died since."""
    try:
        return Instance(**json.loads((data / "instance.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def key(data: Path, name: str = "dashboard.key") -> bytes:
    """A secret of this data folder's own, made once: forms stay valid over a restart.

    Only this user may read it. It is in no copy of the database.
    """
    path = data / name
    if not path.exists():
        write_private(path, secrets.token_bytes(32))
    return path.read_bytes()
