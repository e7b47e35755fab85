"""What a virtual environment should be, what it is, and so what must be done about it: pure."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

READY = "ready"
INSTALL = "install"
REBUILD = "rebuild"

STAMP_NAME = "greffier.json"
LOCK_NAME = "greffier.lock"
LOG_NAME = "install.log"

# Run by the environment's own Python: its version, and what is not installed of what Greffier
# asks for. Only unconditional requirements are looked at: that is enough to see a hole.
PROBE = """
import json, re, sys
from importlib import metadata
from importlib.util import find_spec

def here(name):
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False

asked = (metadata.requires("greffier") or []) if here("greffier") else []
asked = [re.match(r"[A-Za-z0-9._-]+", line)[0] for line in asked if ";" not in line]
print(json.dumps({
    "python": list(sys.version_info[:2]),
    "pip": find_spec("pip") is not None,
    "complete": all(here(name) for name in ["greffier", *asked]),
}))
"""


class Wanted(NamedTuple):
    """What the environment must have been made from."""

    project: str
    place: str
    extras: frozenset[str]


class Found(NamedTuple):
    """What the environment's Python says of itself."""

    python: tuple[int, ...]
    pip: bool
    complete: bool


class Stamp(NamedTuple):
    """What the last bootstrap left behind: `making` until it came to its end."""

    state: str
    project: str
    place: str
    python: tuple[int, ...]
    extras: frozenset[str]


DAMAGED = Stamp("damaged", "", "", (), frozenset())


def wanted(root: Path, venv: Path, extras: frozenset[str]) -> Wanted:
    """Say what an environment at `venv` must be made from, for the code at `root`."""
    project = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    return Wanted(project, f"{root} {venv}", extras)


def decide(want: Wanted, stamp: Stamp | None, found: Found | None) -> str:
    """Answer READY, INSTALL (pip is enough) or REBUILD (begin again from an empty folder).

    An environment without a stamp was made by hand, or pip failed in it: it is kept.
    """
    if found is None or not found.pip or found.python < (3, 11):
        return REBUILD
    if stamp is None:
        return INSTALL
    if stamp.state != READY or stamp.place != want.place or stamp.python != found.python:
        return REBUILD
    if stamp.project != want.project or not want.extras <= stamp.extras or not found.complete:
        return INSTALL
    return READY


def stamp_as_text(stamp: Stamp) -> str:
    """Write a stamp down."""
    fields: dict[str, Any] = stamp._asdict()
    return json.dumps({**fields, "extras": sorted(stamp.extras)}, indent=2)


def stamp_from_text(text: str) -> Stamp:
    """Read a stamp; what cannot be read is DAMAGED."""
    try:
        fields = json.loads(text)
        return Stamp(
            state=str(fields["state"]),
            project=str(fields["project"]),
            place=str(fields["place"]),
            python=tuple(fields["python"]),
            extras=frozenset(fields["extras"]),
        )
    except (ValueError, KeyError, TypeError):
        return DAMAGED


def found_from_text(text: str) -> Found | None:
    """Read the probe's answer; None when there is none."""
    try:
        fields = json.loads(text)
        return Found(tuple(fields["python"]), bool(fields["pip"]), bool(fields["complete"]))
    except (ValueError, KeyError, TypeError):
        return None
