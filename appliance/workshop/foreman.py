"""What the appliance asks of the workshop: each task in a child that may die of it.

One child at a time, one task at a time. It stays for the next task, is ended when there was none
for a while (so that an idle appliance stays small), and replaced after any fault, whatever it was.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import structlog

from appliance.disk import DISK_FULL
from appliance.errors import TemporaryError, mark
from appliance.workshop import apprentice
from appliance.workshop.faults import Flaw, UndecodableError

log = structlog.get_logger()

BUSY = mark("Greffier is busy showing other files: wait a minute, then try again.")
NO_CHILD = mark("Greffier cannot start the program that shows files (%(cause)s): restart Greffier.")
NOT_NOW = mark("The disk does not let this file be read or shown now: check it, then try again.")
CLOSED = mark("Greffier is stopping: this is done after its next start.")
SOON = timedelta(seconds=1)  # the next start does it at once
IDLE = 30.0  # seconds without a task after which the child is ended
PATIENCE = 300.0  # seconds that background work waits for its turn
COMMAND = "workshop"  # of `greffier`, hidden: how a frozen build starts the child
_LONGEST_ANSWER = 1_000_000  # bytes
_ENDING = 1.0  # seconds that a child may take to end by itself
_ANSWERED = frozenset({Flaw.TOO_SLOW, Flaw.STOPPED})


class Task(StrEnum):
    """What the child can do; what it is given is in `pictures`, `papers`, `binding`, `writings`."""

    DEPICT_PICTURE = "depict_picture"
    FRAME = "frame"
    DEPICT_PAGES = "depict_pages"
    PAGE = "page"
    PDF_TEXT = "pdf_text"
    ATTACHED = "attached"
    TEXT = "text"
    BIND = "bind"


SECONDS = {Task.BIND: 90, Task.PDF_TEXT: 90}
USUAL_SECONDS = 30  # a photo of 12 megapixels takes a third of one


class Workshop:
    """Decodes files of strangers. Any thread may ask."""

    def __init__(self, folder: Path, idle: float = IDLE, seconds: int | None = None) -> None:
        self._folder = folder  # where the child stands
        self._idle = idle
        self._seconds = seconds
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def do(self, task: Task, patience: float = PATIENCE, **given: Any) -> dict[str, Any]:
        """Have it done and return what came. Files are written by the child where `given` says.

        Raises UndecodableError when the file is at fault (after two tries where it killed or
        stopped the child), TemporaryError when all are busy for longer than `patience` seconds,
        the disk is full, or the appliance stops.
        """
        if not self._turn.acquire(timeout=patience):
            raise TemporaryError(BUSY, counts=False)
        try:
            self._stay()
            return self._result(task, given)
        finally:
            self._leave_later()
            self._turn.release()

    @property
    def child(self) -> int | None:
        """The process id of the child, while there is one."""
        child = self._child
        return child.pid if child is not None and child.is_alive else None

    def close(self) -> None:
        """End the child, whatever it does; nothing is done any more."""
        self._is_closed = True
        child = self._child
        if child is not None:
            child.kill()  # whoever waits for it hears at once that it is gone
        with self._turn:
            self._stay()
            self._end()

    def _result(self, task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
        seconds = self._seconds or SECONDS.get(task, USUAL_SECONDS)
        answer = self._answer(task, given, seconds)
        if answer.get("fault") in _ANSWERED:  # perhaps it was not the file: once more, afresh
            answer = self._answer(task, given, seconds)
        came = answer.get("came")
        if isinstance(came, dict):
            return came
        if answer["fault"] == apprentice.DISK_FULL:
            raise TemporaryError(DISK_FULL, counts=False, folder=str(self._folder))
        if answer["fault"] == apprentice.DISK_FAULT:
            raise TemporaryError(NOT_NOW)
        raise UndecodableError(Flaw(answer["fault"]))

    def _answer(self, task: Task, given: Mapping[str, Any], seconds: int) -> dict[str, Any]:
        """What the child says, or what its silence means."""
        if self._is_closed:
            raise TemporaryError(CLOSED, SOON, counts=False)
        if self._child is None or not self._child.is_alive:
            self._end()  # its pipes are still open
            self._child = _Child(self._folder)
        asked = {"task": task, "seconds": seconds, "given": given}
        answer = _understood(self._child.ask(asked, seconds))
        if self._is_closed:
            raise TemporaryError(CLOSED, SOON, counts=False)
        if "fault" in answer:
            self._end()
            log.warning("file not decoded", task=task, why=answer["fault"], kind=answer.get("kind"))
        return answer

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _stay(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave_later(self) -> None:
        if self._child is not None and not self._is_closed:
            self._timer = threading.Timer(self._idle, self._retire)
            self._timer.daemon = True
            self._timer.start()

    def _retire(self) -> None:
        if self._turn.acquire(blocking=False):  # else somebody has work for it
            try:
                self._end()
            finally:
                self._turn.release()


class _Child:
    """The process, and the thread that reads what it says."""

    def __init__(self, folder: Path) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=_environment(),
                start_new_session=True,
                creationflags=_QUIETLY,
            )
        except OSError as error:
            raise TemporaryError(NO_CHILD, counts=False, cause=error.strerror) from error
        self.pid = self._process.pid
        self._said: queue.Queue[bytes] = queue.Queue()
        reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        reader.start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: Mapping[str, Any], seconds: float) -> bytes:
        """Its answer; empty if it died or says too much, None-like JSON if it takes too long."""
        try:
            self._pipe.write(json.dumps(asked).encode() + b"\n")
            self._pipe.flush()
            return self._said.get(timeout=seconds)
        except OSError:
            return b""
        except queue.Empty:
            self.kill()
            return json.dumps({"fault": Flaw.TOO_SLOW}).encode()

    @property
    def _pipe(self) -> IO[bytes]:
        pipe = self._process.stdin
        if pipe is None:
            raise BrokenPipeError
        return pipe

    def _read(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:
            while line := pipe.readline(_LONGEST_ANSWER):
                self._said.put(line)
        self._said.put(b"")

    def end(self) -> None:
        """Let it end by itself, if it does so soon."""
        with suppress(OSError):
            self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)
        self.kill()

    def kill(self) -> None:
        """End it now."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)


def _understood(line: bytes) -> dict[str, Any]:
    """The answer, taken for what a stranger says: the child may be in a stranger's hands."""
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("came"), dict):
        return answer
    known = {*Flaw, apprentice.DISK_FULL, apprentice.DISK_FAULT}
    if isinstance(answer, dict) and answer.get("fault") in known:
        return answer
    return {"fault": Flaw.STOPPED}


def whole(came: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number that the child told, between 0 and `most`. Raises PermanentError."""
    value = came.get(name)
    if not isinstance(value, int) or not 0 <= value <= most:
        raise UndecodableError(Flaw.UNREADABLE)
    return value


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, COMMAND]
    return [sys.executable, "-m", "appliance.workshop"]


def _environment() -> dict[str, str]:
    """Nothing of ours: no secret, no proxy, no address."""
    package = Path(__file__).resolve().parents[2]
    found = {"PYTHONPATH": str(package), "PYTHONUTF8": "1", "PATH": os.defpath}
    found["MALLOC_ARENA_MAX"] = "1"  # an arena of each thread would count against its memory
    if sys.platform == "win32":
        found["SYSTEMROOT"] = _windows_folder()
    return found


if sys.platform == "win32":
    _QUIETLY = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS

    def _windows_folder() -> str:
        """Python itself does not start without it."""
        import ctypes

        buffer = ctypes.create_unicode_buffer(260)
        ctypes.windll.kernel32.GetWindowsDirectoryW(buffer, len(buffer))
        return buffer.value

else:
    _QUIETLY = 0
