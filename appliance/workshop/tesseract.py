"""Scanned pages are read by tesseract, where it is installed: nicely, and for so long at most.

It is given only pictures that our own child has made, never what a stranger sent.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from appliance.errors import PermanentError, TemporaryError, mark

LANGUAGES = ("fra", "ara", "eng")
SECONDS = 180.0  # a page; a dense one takes ten
MEMORY_BYTES = 1200 * 1024 * 1024  # of address space: three languages and a page
NICENESS = 15
NOT_READ = mark("Tesseract could not read this page (code %(code)d): update it, or remove it.")
TOO_SLOW = mark("Tesseract took too long for a page: try again when this computer has less to do.")
_ON_WINDOWS = Path(r"C:\Program Files\Tesseract-OCR\tesseract.exe")  # where its installer puts it


@dataclass(frozen=True)
class Tesseract:
    """The program, and those of our languages that it knows."""

    program: str
    languages: tuple[str, ...]

    @classmethod
    def found(cls) -> Self | None:
        """The one of this computer; None without it, or if it knows none of our languages."""
        program = shutil.which("tesseract") or (str(_ON_WINDOWS) if _ON_WINDOWS.exists() else None)
        if program is None:
            return None
        try:
            listed = subprocess.run(  # noqa: S603 - our own command
                [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        known = listed.stdout.split()
        languages = tuple(one for one in LANGUAGES if one in known)
        return cls(program, languages) if languages else None

    def read(self, picture: Path) -> str:
        """The words of one page. Raises TemporaryError (too slow), PermanentError (it failed)."""
        order = [self.program, str(picture), "stdout", "-l", "+".join(self.languages)]
        process = subprocess.Popen(  # noqa: S603 - our own command
            order,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
            creationflags=_QUIETLY,
        )
        with process:
            _restrain(process.pid)
            try:
                said, _ = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise TemporaryError(TOO_SLOW) from error
        if process.returncode != 0:
            raise PermanentError(NOT_READ, code=process.returncode)
        return said.decode("utf-8", errors="replace")


def _environment() -> dict[str, str]:
    """Nothing of ours; one thread, since the others would wait for each other."""
    return {"PATH": os.defpath, "OMP_THREAD_LIMIT": "1"}


def _restrain(pid: int) -> None:
    """Its limits, as far as the system lets a parent set them."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    if sys.platform == "linux":
        import resource

        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))


if sys.platform == "win32":
    _QUIETLY = subprocess.CREATE_NO_WINDOW | subprocess.IDLE_PRIORITY_CLASS
else:
    _QUIETLY = 0
