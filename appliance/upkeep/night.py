"""What is done once a night, in a thread of its own: it may take minutes and must delay nothing."""

import threading
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from appliance.clock import Clock
from appliance.upkeep.inventory import Inventories, StoppedError, latest

log = structlog.get_logger()

AT = time(3)  # in the firm's time zone; a PC that is off then does it when it is on again
LOOK_EVERY = timedelta(minutes=1)


class Night:
    """Takes the inventory when the last one is older than the last 3 o'clock."""

    def __init__(self, clock: Clock, zone: ZoneInfo, inventories: Inventories) -> None:
        self._clock = clock
        self._zone = zone
        self._inventories = inventories
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="night", daemon=True)

    def start(self) -> None:
        """Look every minute whether it is time."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was begun is left and done another time."""
        self._stop.set()
        self._thread.join()

    def look(self) -> bool:
        """Take the inventory if it is due. True if it was taken."""
        if not self._is_due():
            return False
        found = self._inventories.take(self._stop.is_set)
        if found.missing:
            log.error("inventory: something is missing", missing=found.missing)
        log.info("inventory taken", **found.counts)
        return True

    def _is_due(self) -> bool:
        last, now = latest(), self._clock.now()
        return last is None or not self._last_night(now) <= last.taken_at <= now

    def _last_night(self, now: datetime) -> datetime:
        here = now.astimezone(self._zone)
        tonight = datetime.combine(here.date(), AT, self._zone)
        return tonight if tonight <= here else tonight - timedelta(days=1)

    def _run(self) -> None:
        while not self._clock.wait(self._stop, LOOK_EVERY):
            try:
                self.look()
            except StoppedError:
                return
            except Exception:
                log.exception("the night's work failed")  # top of a thread; tried again in a minute
