"""Errors are named by what happens next.

GreffierError
├── TemporaryError   may work later: the work is tried again
├── PermanentError   can never work as it is: a person must look
├── AmbiguousError   may have happened: never repeated blindly
└── ConfigError      must not start: says every fault at once
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


class GreffierError(Exception):
    """Whatever we raise on purpose; its text is a sentence a person can read."""


class TemporaryError(GreffierError):
    """May work later.

    `after` is how long to wait at least; None leaves it to the caller's schedule of attempts.
    `counts` is False when the fault is not this work's own (our token is dead, our disk is
    full): such an attempt is not held against it.
    """

    def __init__(self, reason: str, after: timedelta | None = None, *, counts: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.counts = counts


class PermanentError(GreffierError):
    """Will not work however often it is tried. `reason` is shown to a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AmbiguousError(GreffierError):
    """It may have happened outside, or not: nobody may repeat it blindly."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where it is, what it is and what to do about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class ConfigError(GreffierError):
    """The appliance must not start like this. Carries every fault found, not the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
