"""What every channel carries, and what every channel promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Parcel:
    """One thing to send. `callback` is ours and unique: it settles what became of it.

    `content`: what a WhatsApp message holds instead of plain text, as Meta wants it; with
    "status" in it, no message but the news that one was read.
    """

    recipient: str
    text: str
    callback: str
    subject: str = ""
    html: str = ""
    content: Mapping[str, Any] | None = None


class Channel(Protocol):
    """A way out of this machine."""

    def send(self, parcel: Parcel) -> str:
        """Send it; return the other side's id for it.

        Raises TemporaryError (not sent, may work later), PermanentError (never will) or
        AmbiguousError (nobody can tell whether it was sent).
        """
        ...
