"""What goes wrong, on order: each request takes the next fault that waits for its operation."""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from appliance.simulator.bell import Bell

Operation = Literal["media_info", "media_bytes", "upload", "send", "read", "account", "any"]


@dataclass(frozen=True)
class Refuse:
    """A Graph error. Meta: build on the code, not on the HTTP status (support/error-codes)."""

    status: int
    code: int


@dataclass(frozen=True)
class Cut:
    """The connection ends without an HTTP answer, after the request was accepted or not."""

    after_accept: bool = False


@dataclass(frozen=True)
class Slow:
    """The right answer, but so many seconds later. The request is accepted at once."""

    seconds: float


@dataclass(frozen=True)
class Truncate:
    """The connection ends before all the promised bytes came."""


@dataclass(frozen=True)
class WrongBytes:
    """Bytes of the right length that do not match the announced hash."""


@dataclass(frozen=True)
class Html:
    """HTTP 200 with a page of HTML, as a captive portal or a proxy would."""


@dataclass(frozen=True)
class Redirect:
    """HTTP 302 to another address, as a proxy or a thief of tokens would."""

    to: str


@dataclass(frozen=True)
class Astray:
    """The right answer, but every address in it is at another host."""

    host: str  # "http://127.0.0.1:1234"


Fault = Refuse | Cut | Slow | Truncate | WrongBytes | Html | Redirect | Astray
Word = Literal["timeout", "cut", "truncate", "wrong_bytes", "html"]

NEVER = 3600.0  # seconds: longer than any caller waits
_WORDS: dict[Word, Fault] = {
    "timeout": Slow(NEVER),
    "cut": Cut(),
    "truncate": Truncate(),
    "wrong_bytes": WrongBytes(),
    "html": Html(),
}
_CODES = {401: 190, 403: 10, 404: 100, 429: 130429, 500: 131000, 503: 131016}


class Faults:
    """Queues of faults per operation; those for "any" serve when the operation's own is empty.

    A fault is an HTTP status (with Meta's usual code for it), a word, an object of this module,
    or None: one good answer in between.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._queues: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._lasting: dict[str, Fault] = {}

    def on(self, operation: Operation, *faults: int | Word | Fault | None) -> None:
        """The next requests of this operation meet these faults, one each, in order."""
        with self._bell:
            self._queues[operation].extend(_fault(fault) for fault in faults)

    def always(self, operation: Operation, fault: int | Word | Fault) -> None:
        """Every request of this operation meets this fault until `clear`."""
        found = _fault(fault)
        with self._bell:
            if found is not None:
                self._lasting[operation] = found

    def clear(self) -> None:
        with self._bell:
            self._queues.clear()
            self._lasting.clear()

    def waiting(self, operation: Operation) -> int:
        """How many ordered faults no request has met yet."""
        with self._bell.lock:
            return len(self._queues[operation])

    def take(self, operation: Operation) -> Fault | None:
        """The fault that this request meets."""
        with self._bell:
            for name in (operation, "any"):
                if self._queues[name]:
                    return self._queues[name].popleft()
            return self._lasting.get(operation) or self._lasting.get("any")


def _fault(fault: int | Word | Fault | None) -> Fault | None:
    if isinstance(fault, int):
        return Refuse(fault, _CODES.get(fault, 2 if fault >= 500 else 100))
    if isinstance(fault, str):
        return _WORDS[fault]
    return fault
