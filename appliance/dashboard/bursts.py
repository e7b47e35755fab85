"""What one person sends in a row is one thing to whoever reads it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.store.models import Message

TOGETHER = timedelta(minutes=2)  # facts/peers.md 7.1: an album is grouped, same sender


@dataclass(frozen=True)
class Burst:
    """Messages of one sender, each within two minutes of the one before; oldest first."""

    messages: Sequence[Message]

    @property
    def first(self) -> Message:
        return self.messages[0]

    @property
    def last(self) -> Message:
        return self.messages[-1]

    @property
    def words(self) -> str:
        """The first words that were written with it; not what WhatsApp itself says, in English."""
        theirs = (each.body for each in self.messages if each.body and each.type != "system")
        return next(theirs, "")


def bursts(messages: Iterable[Message]) -> list[Burst]:
    """Those that came in a row, together; what came last stands first.

    By when they were sent, as far as Meta says so: what waited while this PC was off comes all at
    once, and was not written at once.
    """
    open_: dict[object, list[Message]] = {}
    made: list[list[Message]] = []
    for message in sorted(messages, key=lambda one: (one.received_at, one.id)):
        key = message.correspondent_id or message.sender
        group = open_.get(key)
        if group is not None and abs(_at(message) - _at(group[-1])) <= TOGETHER:
            group.append(message)
        else:
            open_[key] = [message]
            made.append(open_[key])
    found = [Burst(group) for group in made]
    return sorted(found, key=lambda one: (one.last.received_at, one.last.id), reverse=True)


def _at(message: Message) -> datetime:
    instant: datetime = message.sent_at or message.received_at
    return instant
