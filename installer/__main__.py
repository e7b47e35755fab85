"""`python3 installer demo` starts the demo, once what it needs is installed; so for any command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from installer import bootstrap
from installer.progress import Progress

USAGE = """\
Starts Greffier on a machine that has only Python 3.11 or newer.
The first time, it installs what Greffier needs in .venv, beside the code, and nowhere else.

  python3 installer demo       the demo, with a simulated WhatsApp
  python3 installer run        Greffier itself
  python3 installer check      is everything in order?
  python3 installer --help     this text; any other command: python3 installer <command> --help

On Windows, write py instead of python3."""


def main(arguments: Sequence[str]) -> int:
    """Hand a command to Greffier, in its environment."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    python = bootstrap.ready_python(Progress(sys.stderr))
    return bootstrap.hand_over([str(python), "-m", "appliance", *arguments], Path.cwd())


if __name__ == "__main__":
    bootstrap.main_of(main)
