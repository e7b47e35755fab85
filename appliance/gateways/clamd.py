"""Asks ClamAV's daemon about a file, over TCP (clamd(8): INSTREAM, PING, VERSION).

It holds no file of ours and learns no name: only bytes are sent.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from appliance.clock import Clock
from appliance.disk import chunks_of
from appliance.errors import TemporaryError, mark

CONNECT_TIMEOUT = 5  # seconds
SEND_TIMEOUT = 30  # seconds for a piece
ANSWER_TIMEOUT = 180  # seconds: its own limit for a scan is two minutes
AGAIN = timedelta(minutes=1)  # a scanner that is away is asked no more often than this
BROKE_OFF_WAIT = timedelta(minutes=1)
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"stream: (.+) FOUND")
# What it only suspects: https://docs.clamav.net, "Heuristics" and potentially unwanted programs.
_ONLY_DOUBTS = ("Heuristics.", "PUA.", "Sanesecurity.Foxhole.")
_LOCKED = "Heuristics.Encrypted."

AWAY = mark(
    "the virus scanner cannot be reached at %(address)s (%(cause)s): start clamd, or correct "
    "[documents] antivirus. Documents are filed and confirmed meanwhile, and scanned later"
)
BROKE_OFF = mark(
    "the virus scanner broke off while it looked at this file (%(cause)s): it is asked again; if "
    "that goes on, look into the log of clamd"
)
ODD = mark(
    "the virus scanner answered %(answer)s: look into the log of clamd, and whether its base of "
    "signatures is complete"
)


@dataclass(frozen=True)
class Clean:
    """Nothing was found."""


@dataclass(frozen=True)
class Infected:
    """A signature of its base was found."""

    signature: str


@dataclass(frozen=True)
class Doubtful:
    """It has a suspicion only. `is_locked`: it could not look inside for want of a password."""

    signature: str
    is_locked: bool


@dataclass(frozen=True)
class TooLarge:
    """Larger than its StreamMaxLength: it did not look at all."""


Verdict = Clean | Infected | Doubtful | TooLarge


class Clamd:
    """A virus scanner at `clamd://host:port`. One that is away is asked once in `again`."""

    def __init__(self, address: str, clock: Clock, again: timedelta = AGAIN) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._clock = clock
        self._again = again
        self._away_until = 0.0  # steady seconds
        self._cause = ""
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why it could not be asked last time; None if it could."""
        return self._trouble

    def state(self) -> dict[str, str]:
        """The same as the appliance's health says it."""
        if self._trouble:
            return {"status": "degraded", "sentence": self._trouble}
        return {"status": "ok", "sentence": "answered when it was last asked"}

    def scan(self, path: Path) -> Verdict:
        """What it says of the bytes at `path`.

        Raises TemporaryError: away (which counts against no file), or broken off in the middle
        (which does: a file that kills every scanner must not be handed over for ever).
        """
        if self._clock.steady() < self._away_until:
            raise self._away(self._cause)
        with self._session() as connection:
            try:
                answer = _stream(connection, path)
            except OSError as error:
                cause = _cause(error)
                raise TemporaryError(BROKE_OFF, BROKE_OFF_WAIT, cause=cause) from error
        self._trouble = None
        return _verdict(answer)

    def check(self) -> str:
        """Its version, and that of its base. Raises TemporaryError as `scan` does."""
        for command, expected in (("PING", "PONG"), ("VERSION", "ClamAV")):
            with self._session() as connection:
                try:
                    connection.sendall(f"z{command}\0".encode())
                    answer = _answer(connection)
                except OSError as error:
                    raise self._is_away(error) from error
            if not answer.startswith(expected):
                raise TemporaryError(ODD, counts=False, answer=answer[:100])
        self._trouble, self._away_until = None, 0.0
        return answer

    @contextmanager
    def _session(self) -> Iterator[socket.socket]:
        address = (self._host, self._port)
        try:
            connection = socket.create_connection(address, timeout=CONNECT_TIMEOUT)
        except OSError as error:
            raise self._is_away(error) from error
        with connection:
            yield connection

    def _is_away(self, error: OSError) -> TemporaryError:
        self._away_until = self._clock.steady() + self._again.total_seconds()
        self._cause = _cause(error)
        away = self._away(self._cause)
        self._trouble = away.reason
        return away

    def _away(self, cause: str) -> TemporaryError:
        address = f"{self._host}:{self._port}"
        return TemporaryError(AWAY, self._again, counts=False, address=address, cause=cause)


def _stream(connection: socket.socket, path: Path) -> str:
    """Hand the file over in pieces; the answer. It may come before the end: then no more is sent.

    A scanner that has had enough answers and closes. What it said is read before its end of the
    line is missed.
    """
    connection.settimeout(SEND_TIMEOUT)
    connection.sendall(b"zINSTREAM\0")
    try:
        for piece in chunks_of(path):
            connection.sendall(len(piece).to_bytes(4) + piece)
        connection.sendall(bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        answer = _answer(connection)
        if not answer:
            raise
        return answer
    connection.settimeout(ANSWER_TIMEOUT)
    return _answer(connection)


def _answer(connection: socket.socket) -> str:
    said = bytearray()
    while len(said) < _LONGEST_ANSWER and b"\0" not in said:
        part = connection.recv(_LONGEST_ANSWER)
        if not part:
            break
        said += part
    if not said:
        raise ConnectionResetError("no answer")
    return said.partition(b"\0")[0].decode(errors="replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Clean()
    found = _FOUND.fullmatch(answer)
    if found and found[1].startswith(_ONLY_DOUBTS):
        return Doubtful(found[1], is_locked=found[1].startswith(_LOCKED))
    if found:
        return Infected(found[1])
    if "size limit exceeded" in answer:
        return TooLarge()
    raise TemporaryError(ODD, BROKE_OFF_WAIT, answer=answer[:100])


def _cause(error: OSError) -> str:
    return error.strerror or type(error).__name__
