"""Says in one sentence why Greffier could not be installed, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

OLDEST = (3, 11)

NO_VENV_ON_DEBIAN = (
    "This Python cannot make virtual environments yet. Run this, then start again:\n"
    "  sudo apt install python3-venv"
)
NO_VENV = (
    "This Python cannot make virtual environments: its parts 'venv' and 'ensurepip' are missing. "
    "Install them, or a Python from https://www.python.org/downloads/, and start again."
)

REMEDIES = (
    (
        r"No space left|Errno 28|WinError 112",
        "The disk is full: make some room and start again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError",
        (
            "The package server's certificate is not trusted here. If a proxy replaces\n"
            "certificates, set PIP_CERT to the file of its certificate authority and start again."
        ),
    ),
    (
        r"ProxyError|Proxy Authentication|Tunnel connection failed",
        "The proxy refuses: check HTTPS_PROXY (http://user:password@name:port) and start again.",
    ),
    (
        (
            r"NewConnectionError|Failed to establish a new connection|Connection refused|timed out"
            r"|Name or service not known|name resolution|getaddrinfo failed|Max retries exceeded"
            r"|Network is unreachable|Connection aborted|ConnectionResetError|Connection reset"
        ),
        (
            "The package server cannot be reached: check the network. Behind a proxy, set\n"
            "HTTPS_PROXY (http://name:port) and start again."
        ),
    ),
    (
        r"WinError 206|filename or extension is too long|File name too long",
        "The folder's path is too long: move Greffier to a shorter one and start again.",
    ),
    (
        r"WinError 5\b|WinError 32\b|Permission denied|Errno 13",
        (
            "A file could not be written. Stop Greffier if it runs, check that this folder is\n"
            "yours to write in, and start again."
        ),
    ),
    (
        r"No matching distribution found",
        (
            "The package server has not all that is needed for this Python and this machine.\n"
            "Another Python (3.11 or newer, from https://www.python.org/downloads/) may help;\n"
            "with a package server of your own, check PIP_INDEX_URL."
        ),
    ),
)
NO_REMEDY = "The lines above say why. Once it is repaired, start again: nothing is left to undo."


class InstallError(Exception):
    """Installing cannot go on; the text tells a person what to do."""


def sentence_for_version(version: Sequence[int], executable: str) -> str | None:
    """Say that this Python is too old, or nothing when it will do."""
    if tuple(version[:2]) >= OLDEST:
        return None
    found = ".".join(str(part) for part in version[:3])
    wanted = ".".join(str(part) for part in OLDEST)
    return (
        f"Greffier needs Python {wanted} or newer; this is Python {found} ({executable}).\n"
        "Install a newer one from https://www.python.org/downloads/ and start again with it."
    )


def remedy_for(output: str) -> str:
    """Find what to do about this output of pip."""
    for pattern, sentence in REMEDIES:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    return NO_REMEDY


def last_lines(log: Path, count: int) -> str:
    """Read the end of a log, whatever its encoding."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])
