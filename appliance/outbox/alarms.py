"""The rows of an alert: letters to people of the firm, short words to the addresses of [alerts].

A row bears the name of an address, never the address: it holds tokens. What leaves for Slack or by
SMS is read by others, so that nobody is named in it: neither a client nor a dossier nor a file.
Everything here runs inside a unit.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance import masking
from appliance.config import Urgency
from appliance.errors import GreffierError, PermanentError, mark
from appliance.replies.announcements import Kind
from appliance.store import models, rows
from appliance.telling import columns

Names = Callable[[Urgency], Sequence[str]]
"""Names of the addresses that hear of what is so urgent."""

CHANNEL = "alert"
LASTS = timedelta(days=1)  # what nobody took for so long is no news any more
SOMETHING = mark("something needs you: what it is, is on Greffier's pages")
_PLAIN = frozenset({"day", "kind", "language", "limit", "signature"})  # values that name nobody
_SAID_BY_OTHERS = frozenset({"answer"})


@dataclass(frozen=True)
class Alarm:
    """What is told, once for its `key`."""

    key: str
    error: GreffierError
    urgency: Urgency


def nobody(_: Urgency) -> Sequence[str]:
    """No address is named."""
    return ()


def letters(alarm: Alarm, addresses: Iterable[str], now: datetime) -> list[models.Outgoing]:
    """A letter to each of these e-mail addresses."""
    content = columns(alarm.error)["reason"]
    return _rows("email", alarm.key, addresses, content, now)


def short(alarm: Alarm, names: Iterable[str], now: datetime) -> list[models.Outgoing]:
    """A short alert to each of the addresses that have these names."""
    said = json.loads(columns(harmless(alarm.error))["reason"])
    content = json.dumps(said | {"urgency": alarm.urgency})
    return _rows(CHANNEL, alarm.key, names, content, now)


def harmless(error: GreffierError) -> GreffierError:
    """The same sentence, if what fills it in names nobody; else one that says to go and look."""
    values = {name: _harmless(name, value) for name, value in error.values.items()}
    return PermanentError(SOMETHING if None in values.values() else error.text, **values)


def urgency_of(row: models.Outgoing) -> Urgency:
    """How urgent the alert in this row is."""
    return Urgency(json.loads(row.content)["urgency"])


def is_stale(row: models.Outgoing, now: datetime) -> bool:
    """Whether this alert has waited so long that it is not tried any more."""
    return bool(row.channel == CHANNEL and row.created_at + LASTS <= now)


def _harmless(name: str, value: object) -> object:
    """The value, or what stands for it; None: it may name somebody."""
    if name in _SAID_BY_OTHERS:
        return masking.HIDDEN
    if name == "event":  # Meta's, of the account: a number in it may be anybody's
        return masking.sentence(str(value))
    return value if name in _PLAIN or isinstance(value, int | float | datetime) else None


def _rows(
    channel: str, key: str, recipients: Iterable[str], content: str, now: datetime
) -> list[models.Outgoing]:
    keys: dict[str, Any] = {f"alert:{key}:{each}": each for each in recipients}
    return [
        rows.insert(
            models.Outgoing,
            channel=channel,
            kind=Kind.ALERT,
            recipient=recipient,
            due_at=now,
            dedupe_key=dedupe_key,
            callback=str(uuid.uuid4()),
            content=content,
            created_at=now,
        )
        for dedupe_key, recipient in keys.items()
        if rows.find(models.Outgoing, dedupe_key=dedupe_key) is None
    ]
