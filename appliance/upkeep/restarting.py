"""Starting anew, so that what was saved counts: only when the next start would succeed."""

from collections.abc import Callable

from appliance.config import Config
from appliance.errors import Sentence
from appliance.listening import fault_of_address
from appliance.upkeep import readiness
from appliance.upkeep.proposal import told
from appliance.upkeep.settings import Settings


class Restarting:
    """`again` has this process drain and begin anew; None where nothing would start it again."""

    def __init__(self, settings: Settings, again: Callable[[], None] | None) -> None:
        self._settings = settings
        self._again = again

    @property
    def is_possible(self) -> bool:
        return self._again is not None

    def obstacles(self) -> list[Sentence]:
        """Why the next start would fail; asks for each new address whether it can be had."""
        judged = self._settings.judged()
        if judged.complaints:
            return [
                Sentence("%(where)s: %(what)s", {"where": one.place.label, "what": one.sentence})
                for one in judged.complaints
            ]
        faults = [told(fault) for fault in readiness.faults_of(judged.config)]
        return faults + self._addresses(judged.config)

    def _addresses(self, config: Config) -> list[Sentence]:
        now = self._settings.running
        doors = (
            ("webhook", config.webhook.host, config.webhook.port, now.webhook),
            ("dashboard", config.dashboard.host, config.dashboard.port, now.dashboard),
        )
        found = [
            fault_of_address(name, host, port)
            for name, host, port, before in doors
            if port and port not in {now.webhook.port, now.dashboard.port}
            if (host, port) != (before.host, before.port)
        ]
        return [told(fault) for fault in found if fault is not None]

    def begin(self) -> bool:
        """Start anew if nothing is in the way; False where it is. Returns before it happens."""
        if self._again is None or self.obstacles():
            return False
        self._again()
        return True
