"""`python3 tests` runs every check, then every test, in their own environment.

It stops at the first failure. With arguments it runs only pytest, with these:
`python3 tests tests/unit -k hours`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from installer import bootstrap, failure
from installer.progress import Progress

CHECKS = (
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("mypy", ("-m", "mypy")),
    ("lint-imports", ("-c", "from importlinter.cli import lint_imports_command as c; c()")),
)
SHOWN_LINES = 200
# File by file, side by side: they wait more than they work. In our order (tests/conftest.py): left
# alone it begins with the files of many tests, and ends with one that takes minutes by itself.
# When one of the four dies (a fault in C), the run ends and names the test: with a new one in its
# place xdist 3.8 waits for ever for the tests of the file that was being run.
TOGETHER = (
    *("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"),
    *("--max-worker-restart", "0"),
)


def main(arguments: Sequence[str]) -> int:
    """Run the checks and the tests; the last words are pytest's."""
    progress = Progress(sys.stdout)
    python = str(bootstrap.ready_python(progress, extras=["test"]))
    if not arguments:
        code = checked(python, progress)
        if code != 0:
            return code
        progress.say(f"[{len(CHECKS) + 1}/{len(CHECKS) + 1}] pytest ...")
    chosen = arguments or TOGETHER
    return bootstrap.hand_over([python, "-m", "pytest", *chosen], bootstrap.ROOT)


def checked(python: str, progress: Progress) -> int:
    """Run each check; show what the first that fails has to say, and answer its exit code."""
    log = bootstrap.venv_folder() / "check.log"
    for number, (title, arguments) in enumerate(CHECKS, start=1):
        code = progress.step(
            f"[{number}/{len(CHECKS) + 1}] {title}",
            [python, *arguments],
            log=log,
            cwd=bootstrap.ROOT,
            env=bootstrap.child_environment(),
        )
        if code != 0:
            progress.say(failure.last_lines(log, SHOWN_LINES))
            return code
    return 0


if __name__ == "__main__":
    bootstrap.main_of(main)
