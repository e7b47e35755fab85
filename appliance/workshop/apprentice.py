"""The child: does one task after another, and dies of what would harm the appliance.

A line of JSON in, a line of JSON out. It limits itself before it sees a file: memory (address
space), processor time, size of what it writes, and the time of each task by the clock. It ends
when its standard input does, so it never outlives the appliance by more than a task.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TextIO

from appliance.workshop.faults import Flaw

MEMORY_BYTES = 600 * 1024 * 1024  # of address space; 84 MB are the libraries'
FILE_BYTES = 512 * 1024 * 1024
NICENESS = 5  # what people see can wait a little for what comes in
DISK_FULL, DISK_FAULT = "disk_full", "disk_fault"  # not the fault of the file
_GRACE = 5  # seconds: the foreman is first to end a task that takes too long
_FULL = (errno.ENOSPC, errno.EDQUOT)
_BOMBS = frozenset({"DecompressionBombError", "DecompressionBombWarning", "MemoryError"})
_WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD

_TASKS = {
    "depict_picture": ("pictures", "depict"),
    "frame": ("pictures", "frame"),
    "depict_pages": ("papers", "depict"),
    "page": ("papers", "page"),
    "pdf_text": ("papers", "text"),
    "attached": ("papers", "attached"),
    "text": ("writings", "text"),
    "bind": ("binding", "bind"),
}

Given = dict[str, Any]


def main() -> None:
    """Work until there is no more to read."""
    answers = _own_channel()
    _limit_ourselves()
    for line in sys.stdin.buffer:
        answer = _answer(json.loads(line))
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _own_channel() -> TextIO:
    """Answers have a pipe of their own: what a library prints goes nowhere."""
    channel = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channel


def _limit_ourselves() -> None:
    """Where the system can. On Windows there are the foreman's clock and the limit of pixels."""
    if sys.platform == "win32":
        return
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the appliance, which ends us
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold a client's document
    os.nice(NICENESS)


def _limit_task(seconds: int) -> None:
    """This task dies of too much processor time, or too much of any, even without a foreman."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))
    signal.alarm(seconds + _GRACE)


def _answer(asked: Given) -> Given:
    _limit_task(int(asked["seconds"]))
    try:
        return {"came": _task(asked["task"])(**asked["given"])}
    except Exception as error:  # noqa: BLE001 - whatever a decoder raises, the file is at fault
        return {"fault": _fault(error), "kind": type(error).__name__}
    finally:
        if sys.platform != "win32":
            signal.alarm(0)


def _task(name: str) -> Callable[..., Given]:
    """The libraries of a task are imported with the first of its kind."""
    module, function = _TASKS[name]
    found: Callable[..., Given] = getattr(import_module(f"appliance.workshop.{module}"), function)
    return found


def _fault(error: Exception) -> str:
    kind = type(error).__name__
    if kind in _BOMBS:
        return Flaw.TOO_LARGE
    if getattr(error, "err_code", None) == _WRONG_PASSWORD or "encrypted" in str(error):
        return Flaw.LOCKED
    if isinstance(error, OSError) and error.errno is not None:
        return DISK_FULL if error.errno in _FULL else DISK_FAULT
    is_cut = kind in {"OSError", "EOFError"}  # Pillow's word for a file that ends too early
    return Flaw.INCOMPLETE if is_cut else Flaw.UNREADABLE
