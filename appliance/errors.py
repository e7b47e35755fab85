"""Errors are named by what happens next.

GreffierError
├── TemporaryError   may work later: the work is tried again
├── PermanentError   can never work as it is: a person must look
├── AmbiguousError   may have happened: never repeated blindly
└── ConfigError      must not start: says every fault at once
StoppedError         Greffier is being stopped: done another time
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Stop = Callable[[], bool]
"""Whether Greffier is being stopped: long work asks between two steps, and ends."""


class StoppedError(Exception):
    """Greffier is being stopped: what was begun is done another time."""


def mark(msgid: str) -> str:
    """The same text; marks it for the catalogs, where it is translated."""
    return msgid


def marks(one: str, many: str) -> tuple[str, str]:
    """The same texts, as the two forms of one: what `Wording.plural` takes."""
    return one, many


@dataclass(frozen=True)
class Sentence:
    """A marked text with `%(name)s` in it, and what fills it in: said in any language later.

    A value may be a sentence itself, an instant, or a number with one decimal (a float). As a
    string it is English.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.values:
            return self.text
        return self.text % {name: _plain(value) for name, value in self.values.items()}


def sentence(text: str, **values: object) -> Sentence:
    """The sentence that this marked text says, filled in with these values."""
    return Sentence(text, values)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case float():
            return f"{value:.1f}"
    return value


class GreffierError(Exception):
    """Whatever we raise on purpose; `reason` is a sentence a person can read.

    A reason that reaches the page or a letter is a marked text with `%(name)s` in it and its
    `values`, so that it can be said in other languages too. The value of `why` is itself marked.
    `refusal`: what Meta's code means (gateways.refusals), where there was one.
    """

    refusal: Any = None

    def __init__(self, text: str, **values: object) -> None:
        self.text = text
        self.values = values
        self.reason = text % values if values else text
        super().__init__(self.reason)


class TemporaryError(GreffierError):
    """May work later.

    `after` is how long to wait at least; None leaves it to the caller's schedule of attempts.
    `counts` is False when the fault is not this work's own (our token is dead, our disk is
    full): such an attempt is not held against it.
    """

    def __init__(
        self, text: str, after: timedelta | None = None, *, counts: bool = True, **values: object
    ) -> None:
        super().__init__(text, **values)
        self.after = after
        self.counts = counts


class PermanentError(GreffierError):
    """Will not work however often it is tried."""


class AmbiguousError(GreffierError):
    """It may have happened outside, or not: nobody may repeat it blindly."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where it is, what it is and what to do about it.

    `said`: the same for people who read another language, where it reaches a page.
    """

    where: str
    what: str
    said: Sentence | None = field(default=None, compare=False)

    @classmethod
    def of(cls, where: str, said: Sentence) -> "Fault":
        """One that can be said in any language."""
        return cls(where, str(said), said)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class ConfigError(GreffierError):
    """The appliance must not start like this. Carries every fault found, not the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
