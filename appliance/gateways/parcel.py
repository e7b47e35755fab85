"""What every channel carries, and what every channel promises."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Parcel:
    """One thing to send. `callback` is ours and unique: it settles what became of it."""

    recipient: str
    text: str
    callback: str
    subject: str = ""
    html: str = ""


class Channel(Protocol):
    """A way out of this machine."""

    def send(self, parcel: Parcel) -> str:
        """Send it; return the other side's id for it.

        Raises TemporaryError (not sent, may work later), PermanentError (never will) or
        AmbiguousError (nobody can tell whether it was sent).
        """
        ...
