"""Files that take a while to make: two at once in the whole house."""

import threading
from contextlib import ExitStack

from appliance.wording import mark

AT_ONCE = 2  # each keeps a thread of the dashboard
BUSY = mark("Two files are being made already: wait until one of them is done, then try again.")


class Saving:
    """Whoever saves a dossier or a long list takes a place, or hears that none is free."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def place(self) -> ExitStack | None:
        """A place that is free again when this is closed; None: there is none, say `BUSY`."""
        if not self._places.acquire(blocking=False):
            return None
        held = ExitStack()
        held.callback(self._places.release)
        return held
