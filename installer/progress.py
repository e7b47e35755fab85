"""Runs a command and shows that it lives: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

WHEEL = "|/-\\"
BEAT_SECONDS = 0.2
PLAIN_EVERY_SECONDS = 15.0
STOP_WITHIN_SECONDS = 5.0
TAIL_BYTES = 2000
DETAIL_LETTERS = 70


class Progress:
    """Tells a person what is being done, for how long, and how it ended."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._moving = (
            stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
        )
        self._beats = 0
        self._told_at = 0.0

    def step(
        self,
        title: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        env: Mapping[str, str],
    ) -> int:
        """Run a command, its output in `log`, and answer its exit code; never leaves it behind."""
        started = time.monotonic()
        self.begin(title)
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=str(cwd),
                env=dict(env),
            )
            try:
                code = self._wait(child, title, log, started)
            except BaseException:
                self.erase()
                stop(child)
                raise
        self.end(title, "done" if code == 0 else "failed", started)
        return code

    def begin(self, title: str) -> None:
        """Say that something begins; a moving line says so by itself."""
        self._told_at = time.monotonic()
        if not self._moving:
            self.say(f"{title} ...")

    def beat(self, title: str, detail: str, started: float) -> None:
        """Show that it goes on."""
        now = time.monotonic()
        seconds = int(now - started)
        if self._moving:
            self._beats += 1
            wheel = WHEEL[self._beats % len(WHEEL)]
            self._redraw(f"{wheel} {title}  {seconds} s  {detail}")
        elif now - self._told_at >= PLAIN_EVERY_SECONDS:
            self._told_at = now
            self.say(f"  still at it after {seconds} s  {detail}".rstrip())

    def end(self, title: str, outcome: str, started: float) -> None:
        """Say how it ended."""
        self.erase()
        self.say(f"{title}: {outcome}, {time.monotonic() - started:.1f} s")

    def waiting(self, what: str) -> Callable[[], None]:
        """Give what is to be called again and again while something else has to end first."""
        title = f"Waiting for {what}"
        started = 0.0

        def wait() -> None:
            nonlocal started
            if not started:
                started = time.monotonic()
                self.begin(title)
            self.beat(title, "", started)

        return wait

    def say(self, text: str) -> None:
        """Print a line at once."""
        print(text, file=self._stream, flush=True)

    def _wait(self, child: subprocess.Popen[bytes], title: str, log: Path, started: float) -> int:
        while True:
            try:
                return child.wait(timeout=BEAT_SECONDS)
            except subprocess.TimeoutExpired:
                self.beat(title, last_line(log), started)

    def _redraw(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + text[:width].ljust(width))
        self._stream.flush()

    def erase(self) -> None:
        """Leave no moving line behind."""
        if self._moving:
            self._redraw("")
            self._stream.write("\r")
            self._stream.flush()


def last_line(log: Path) -> str:
    """Read the last line with something on it, for the moving line."""
    with log.open("rb") as output:
        output.seek(max(0, output.seek(0, os.SEEK_END) - TAIL_BYTES))
        lines = output.read().decode("utf-8", "replace").split("\n")
    said = [line.strip() for line in lines if line.strip()] or [""]
    return "".join(letter for letter in said[-1] if letter.isprintable())[:DETAIL_LETTERS]


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child: it may have heard Ctrl-C by itself; then politely, then not."""
    for end in (child.terminate, child.kill):
        try:
            child.wait(timeout=STOP_WITHIN_SECONDS if end == child.kill else 1)
        except subprocess.TimeoutExpired:
            end()
    child.wait()
