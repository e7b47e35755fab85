"""Between two chunks of an upload, which may take hours."""

from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.errors import TemporaryError, mark
from appliance.store.work import LEASE

STOPPING = mark("Greffier is being stopped: it goes on at the next start")


class Between:
    """What is looked at between two chunks: are we stopped, and is it still ours."""

    def __init__(self, work: Chores, clock: Clock, document_id: int) -> None:
        self._chores = work
        self._clock = clock
        self._document_id = document_id
        self._prolonged_at = clock.steady()

    def __call__(self) -> None:
        if self._chores.stopping.is_set():
            raise TemporaryError(STOPPING, counts=False)
        now = self._clock.steady()
        if now - self._prolonged_at > LEASE.total_seconds() / 10:
            self._chores.prolong(Kind.MIRROR, self._document_id)
            self._prolonged_at = now
