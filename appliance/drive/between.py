"""Between two chunks of an upload, which may take hours."""

from datetime import timedelta

from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.drive.places import MayLeave
from appliance.errors import TemporaryError, mark
from appliance.store import rows
from appliance.store.models import Document
from appliance.store.work import LEASE

KEPT_BACK = mark("It may not leave this computer any more")
STOPPING = mark("Greffier is being stopped: it goes on at the next start")


class Between:
    """What is looked at between two chunks: are we stopped, may it leave, is it ours."""

    def __init__(self, work: Chores, clock: Clock, document_id: int, may_leave: MayLeave) -> None:
        self._chores = work
        self._may_leave = may_leave
        self._clock = clock
        self._document_id = document_id
        self._prolonged_at = clock.steady()

    def __call__(self) -> None:
        if self._chores.stopping.is_set():
            raise TemporaryError(STOPPING, counts=False)
        document = rows.find(Document, id=self._document_id)
        if document is None or not self._may_leave(document):
            raise TemporaryError(KEPT_BACK, timedelta(seconds=1), counts=False)
        now = self._clock.steady()
        if now - self._prolonged_at > LEASE.total_seconds() / 10:
            self._chores.prolong(Kind.MIRROR, self._document_id)
            self._prolonged_at = now
