"""The technical log as people look at it: its latest lines, never a secret.

The log holds ids, statuses and durations by its own rule (logbook). What is shown or handed on is
masked all the same: a library may have written down more than it should.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from appliance import masking
from appliance.config import Config
from appliance.errors import ConfigError
from appliance.vault import SECRETS, Vault

MOST = 200  # lines that are shown
READ = 4_000_000  # bytes from the end that are looked through
LEVELS = ("debug", "info", "warning", "error", "critical")
MASK = "•••"
_SHORTEST = 6  # characters: a shorter secret would mask half the words of the log
_LOOKS_SECRET = re.compile(
    r"(?i)bearer\s+[\w.~+/=-]{8,}"
    r"|\bEAA[A-Za-z0-9]{20,}"  # Meta's access tokens
    r"|\bya29\.[\w-]{10,}|\b1//[\w-]{20,}"  # Google's
    r"|(?<=://)[^\s/@:\"]+:[^\s/@\"]+(?=@)"  # user:password in an address
    r"|((?:access_token|app_secret|verify_token|password|client_secret|refresh_token)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]{4,}"
)
_NUMBER = re.compile(r"(?<!\w)\+\d{7,15}(?!\d)")


class Masking:
    """Takes out what is secret: the values that the vault keeps now, and what looks like one."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets

    def __call__(self, text: str) -> str:
        """The text without secrets, and telephone numbers by their last digits only."""
        for secret in sorted({*self._known()}, key=len, reverse=True):
            text = text.replace(secret, MASK)
        text = _LOOKS_SECRET.sub(lambda found: f"{found[1] or ''}{MASK}", text)
        return _NUMBER.sub(lambda found: masking.number(found[0]), text)

    def _known(self) -> Iterator[str]:
        for secret in self._secrets():
            if len(secret) >= _SHORTEST:
                yield from (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])


def secrets_of(config: Config, vault: Vault) -> Iterator[str]:
    """Every secret that this process knows, and those that are kept now, as far as they are read.

    The settings in force hold them even where the vault can no longer be read.
    """
    yield from config.alerts.addresses.values()
    for name in SECRETS:
        section, key = name.split(".")
        if secret := getattr(getattr(config, section), key):
            yield secret.get_secret_value()
        with suppress(ConfigError):
            yield vault.get(section, key) or ""


@dataclass(frozen=True)
class Line:
    """One event. `more`: its other fields, as text; `at` is None where it has no time."""

    at: datetime | None
    level: str
    event: str
    more: str


def latest(data: Path, least: str, words: str, masked: Masking) -> list[Line]:
    """The newest lines of at least this level that hold these words, newest first."""
    wanted = set(LEVELS[LEVELS.index(least) :])
    found: list[Line] = []
    for raw in reversed(tail(data)):
        line = _line(masked(raw))
        if line.level in wanted and words.lower() in f"{line.event} {line.more}".lower():
            found.append(line)
            if len(found) == MOST:
                break
    return found


def tail(data: Path) -> list[str]:
    """The last lines of the log, oldest first, a few megabytes at most."""
    files = sorted(
        (data / "logs").glob("greffier.log*"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    lines: deque[str] = deque()
    left = READ
    for path in files:
        content = _end_of(path, left)
        lines.extendleft(reversed(content.decode("utf-8", "replace").splitlines()))
        left -= len(content)
        if left <= 0:
            break
    return list(lines)


def _end_of(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - most, 0))
            if size > most:
                file.readline()  # half a line
            return file.read()
    except OSError:
        return b""  # it was rotated away meanwhile


def _line(raw: str) -> Line:
    try:
        fields = json.loads(raw)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return Line(None, "warning", raw[:500], "")
    at = _instant(fields.pop("timestamp", ""))
    level, event = (str(fields.pop(name, "")) for name in ("level", "event"))
    more = " ".join(f"{name}={_short(value)}" for name, value in fields.items())
    return Line(at, level if level in LEVELS else "warning", event[:500], more)


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _short(value: object) -> str:
    text = " | ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:1000]
