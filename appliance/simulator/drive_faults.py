"""What goes wrong at Google, on order: each request takes the next fault of its operation."""

import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

from appliance.simulator.bell import Bell
from appliance.simulator.drive_refusals import usual_reason

Operation = Literal[
    "about",
    "any",
    "changes",
    "create",
    "delete",
    "download",
    "drives",
    "generate_ids",
    "get",
    "list",
    "revoke",
    "token",
    "update",
    "upload_chunk",
    "upload_start",
]


@dataclass(frozen=True)
class Refuse:
    """An error of Google's. `reason` decides, not the status (guides/handle-errors).

    `after_applied`: what was asked has been done all the same. `retry_after` is in seconds.
    """

    status: int
    reason: str = ""
    retry_after: int | None = None
    after_applied: bool = False

    @property
    def why(self) -> str:
        return self.reason or usual_reason(self.status)


@dataclass(frozen=True)
class Drop:
    """The connection ends without an answer, before or after what was asked has been done."""

    after_applied: bool = False


@dataclass(frozen=True)
class Slow:
    """The right answer, so many seconds later. What was asked is done at once."""

    seconds: float


@dataclass(frozen=True)
class Partial:
    """Of an upload's chunk only these bytes are kept, then the connection ends."""

    kept: int


@dataclass(frozen=True)
class Truncate:
    """The connection ends before all the promised bytes of a download came."""


@dataclass(frozen=True)
class SessionDeath:
    """The upload session is forgotten: 404 from now on (guides/manage-uploads)."""


@dataclass(frozen=True)
class TokenExpiry:
    """The access token that comes with this request has just expired: 401."""


@dataclass(frozen=True)
class Html:
    """HTTP 200 with a page of HTML, as a captive portal or a proxy would."""


Fault = Refuse | Drop | Slow | Partial | Truncate | SessionDeath | TokenExpiry | Html
Word = Literal[
    "drop", "drop_after", "hang", "html", "partial", "session_death", "token_expiry", "truncate"
]
Order = int | tuple[int, str] | Word | Fault | None

NEVER = 3600.0  # seconds: longer than any caller waits
QUARTER = 256 * 1024
_WORDS: dict[str, Fault] = {
    "drop": Drop(),
    "drop_after": Drop(after_applied=True),
    "hang": Slow(NEVER),
    "html": Html(),
    "partial": Partial(QUARTER),
    "session_death": SessionDeath(),
    "token_expiry": TokenExpiry(),
    "truncate": Truncate(),
}
_PASSING: tuple[Fault, ...] = (
    Refuse(500),
    Refuse(502),
    Refuse(503),
    Refuse(503, after_applied=True),
    Refuse(429, retry_after=1),
    Refuse(403, "userRateLimitExceeded"),
    Refuse(403, "rateLimitExceeded"),
    Drop(),
    Drop(after_applied=True),
    Slow(0.05),
)
_OF_OPERATION: dict[str, tuple[Fault, ...]] = {
    "token": (Refuse(500), Refuse(503), Drop(), Slow(0.05)),
    "upload_chunk": (Partial(QUARTER), Partial(0), SessionDeath(), TokenExpiry()),
    "download": (Truncate(), TokenExpiry()),
}


@dataclass
class _Day:
    """A day on which a share of the requests meets a passing fault, the same for a seed."""

    chance: random.Random
    rate: float
    met: list[tuple[str, Fault]] = field(default_factory=list)

    def fault_of(self, operation: str) -> Fault | None:
        if self.chance.random() >= self.rate:
            return None
        own = _OF_OPERATION.get(operation, (TokenExpiry(),))
        fault = self.chance.choice(own if operation == "token" else own + _PASSING)
        self.met.append((operation, fault))
        return fault


class Faults:
    """Queues of faults per operation; those for "any" serve when the operation's own is empty.

    A fault is an HTTP status (with Drive's usual reason for it), a pair of status and reason, a
    word, an object of this module, or None: one good answer in between.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._queues: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._lasting: dict[str, Fault] = {}
        self._day: _Day | None = None

    def on(self, operation: Operation, *faults: Order) -> None:
        """The next requests of this operation meet these faults, one each, in order."""
        with self._bell:
            self._queues[operation].extend(_fault(fault) for fault in faults)

    def always(self, operation: Operation, fault: Order) -> None:
        """Every request of this operation meets this fault until `clear`."""
        found = _fault(fault)
        with self._bell:
            if found is not None:
                self._lasting[operation] = found

    def day(self, seed: int, rate: float = 0.2) -> None:
        """From now on this share of all requests meets a fault that passes, until `clear`."""
        with self._bell:
            self._day = _Day(random.Random(seed), rate)

    def clear(self) -> None:
        with self._bell:
            self._queues.clear()
            self._lasting.clear()
            self._day = None

    @property
    def met(self) -> list[tuple[str, Fault]]:
        """The faults that a day of them has dealt so far: operation and fault."""
        with self._bell.lock:
            return list(self._day.met) if self._day else []

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
            lasting = self._lasting.get(operation) or self._lasting.get("any")
            if lasting is None and self._day is not None:
                return self._day.fault_of(operation)
            return lasting


def _fault(order: Order) -> Fault | None:
    if isinstance(order, int):
        return Refuse(order)
    if isinstance(order, tuple):
        return Refuse(*order)
    if isinstance(order, str):
        return _WORDS[order]
    return order
