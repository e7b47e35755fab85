"""Resumable uploads (developers.google.com/workspace/drive/api/guides/manage-uploads).

A session takes chunks of multiples of 256 KiB, the last one of any size; it may be asked what it
has, and goes on after any break. It dies after a week.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from appliance.simulator.bell import Bell
from appliance.simulator.drive_bytes import Blob, Store, Stream, blob_of, pieces
from appliance.simulator.drive_files import File
from appliance.simulator.drive_filing import Wish
from appliance.simulator.drive_refusals import RefusedError

UNIT = 256 * 1024
SESSION_LIFE = 7 * 24 * 3600.0  # seconds
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass
class Session:
    """One upload on its way. `target` is the file to change; None makes a new one."""

    token: str
    wish: Wish
    target: str | None
    moves: tuple[list[str], list[str]]
    path: Path
    began_at: float
    total: int | None = None
    file: File | None = None
    lock: Lock = field(default_factory=Lock)

    @property
    def received(self) -> int:
        return self.path.stat().st_size

    def agree(self, total: int | None) -> None:
        """The whole size, known from the first request that tells it. Raises RefusedError 400."""
        if total is not None and self.total not in (None, total):
            raise _wrong("The total size differs from the one announced.")
        self.total = self.total if total is None else total


@dataclass(frozen=True)
class Span:
    """A Content-Range: first and last byte of this request (None: only asking), and the total."""

    first: int | None
    last: int | None
    total: int | None

    @property
    def asks_only(self) -> bool:
        return self.first is None


def read_span(header: str | None) -> Span:
    """Without a header the whole file comes at once. Raises RefusedError 400."""
    if not header:
        return Span(0, None, None)
    match = _RANGE.fullmatch(header)
    if match is None:
        raise RefusedError(400, "badRequest", "Failed to parse Content-Range header.")
    first, last, total = match.groups()
    size = None if total == "*" else int(total)
    return Span(None, None, size) if first is None else Span(int(first), int(last), size)


class Uploads:
    """The sessions, by the secret in their address."""

    def __init__(self, bell: Bell, store: Store, clock: Callable[[], float]) -> None:
        self._bell, self._store, self._clock = bell, store, clock
        self._sessions: dict[str, Session] = {}

    def begin(
        self, wish: Wish, target: str | None, moves: tuple[list[str], list[str]], size: str | None
    ) -> Session:
        """`size` is what X-Upload-Content-Length says, if anything."""
        total = int(size) if size and size.isdecimal() else None
        token = "AHmUCY" + secrets.token_urlsafe(64)
        session = Session(token, wish, target, moves, self._store.new(), self._clock(), total=total)
        with self._bell:
            self._sessions[token] = session
        return session

    def find(self, token: str) -> Session:
        """Raises RefusedError 404 for one that is unknown, dead or older than a week."""
        with self._bell.lock:
            session = self._sessions.get(token)
        if session is None or self._clock() - session.began_at >= SESSION_LIFE:
            raise RefusedError(404, "notFound", "Not Found")
        return session

    def kill(self, token: str | None = None) -> None:
        """Forget one session, or all of them."""
        with self._bell:
            for each in list(self._sessions) if token is None else [token]:
                self._sessions.pop(each, None)

    @property
    def open(self) -> list[Session]:
        """Those whose file is not there yet."""
        with self._bell.lock:
            return [one for one in self._sessions.values() if one.file is None]

    def take(
        self, session: Session, span: Span, body: Stream, length: int | None, at_most: int | None
    ) -> bool:
        """Keep a chunk's bytes; whether the file is whole now.

        Raises RefusedError 400 for a chunk that does not follow, of the wrong length, or neither
        last nor a multiple of 256 KiB. With `at_most` only so many bytes are read and kept.
        """
        first = span.first or 0
        self._judge(session, span, length)
        skip = session.received - first
        count = length if at_most is None else min(at_most, length or at_most)
        with session.path.open("ab") as file:
            for piece in pieces(body, count):
                file.write(piece[skip:] if skip < len(piece) else b"")
                skip = max(0, skip - len(piece))
        if session.total is None and span.last is None:
            session.total = session.received
        return at_most is None and session.received == session.total

    def _judge(self, session: Session, span: Span, length: int | None) -> None:
        first, have = span.first or 0, session.received
        if first > have:
            raise _wrong(
                f"According to the Content-Range header, the upload offset is {first} byte(s), "
                f"which exceeds already uploaded size of {have} byte(s)."
            )
        if span.last is None or length is None:
            return
        promised = span.last - first + 1
        if length != promised:
            raise _wrong(
                f"There were {length} byte(s) in the request body.  There should have been "
                f"{promised} byte(s) (starting at offset {first} and ending at offset "
                f"{span.last}) according to the Content-Range header."
            )
        if session.total is not None and span.last >= session.total:
            raise _wrong("The Content-Range goes beyond the total size.")
        if span.last + 1 != session.total and promised % UNIT:
            raise _wrong(f"All chunks but the last must be multiples of {UNIT} bytes.")

    def whole(self, session: Session) -> Blob:
        return blob_of(session.path)


def _wrong(message: str) -> RefusedError:
    return RefusedError(400, "badRequest", f"Invalid request.  {message}")
