"""What administrators look at: whether the office receives, planned tasks, the log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.errors import ConfigError, Sentence
from appliance.store.models import CheckResult, Message
from appliance.telling import from_json
from appliance.upkeep.bundle import Bundle
from appliance.upkeep.checkup import TASK, Checkup, results
from appliance.upkeep.finding import BROKEN, OFF, OK, WARNING
from appliance.upkeep.logs import Line, Masking, latest
from appliance.upkeep.settings import Settings
from appliance.upkeep.taskbook import Planned, TaskBook
from appliance.vault import SECRETS

# While one of these is broken, what clients send may not arrive.
ESSENTIAL = frozenset(
    {
        "config",
        "app secret",
        "workers",
        "data folder",
        "documents",
        "database",
        "disk",
        "whatsapp token",
        "whatsapp webhook",
        "webhook address",
    }
)
OLD = timedelta(hours=3)
SEVERITIES = ("error", "warning", "off", "ok")  # as they are listed


@dataclass(frozen=True)
class CheckSeen:
    """One line of the health page."""

    name: str
    severity: str
    told: Sentence
    checked_at: datetime | None
    is_under_way: bool


@dataclass(frozen=True)
class HealthSeen:
    """`tone` is good, todo or bad; `first` is the first thing to mend, if there is one."""

    tone: str
    last_message_at: datetime | None
    last_check_at: datetime | None
    checks: list[CheckSeen]
    troubles: int
    first: CheckSeen | None
    is_under_way: bool


class HealthBoard:
    """Read only, but for what may be asked to be done now."""

    def __init__(
        self,
        checkup: Checkup,
        book: TaskBook,
        masked: Masking,
        bundle: Bundle,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._checkup = checkup
        self._book = book
        self._masked = masked
        self._bundle = bundle
        self._settings = settings
        self._clock = clock

    def health(self) -> HealthSeen:
        """What was last found: nobody outside is asked."""
        under_way = self._checkup.under_way()
        found = [_seen(row, under_way) for row in results()]
        known = {one.name for one in found}
        order = {name: number for number, name in enumerate(self._checkup.names)}
        found += [
            CheckSeen(name, OFF, Sentence(""), None, is_under_way=True)
            for name in under_way - known
        ]
        found.sort(key=lambda one: (SEVERITIES.index(one.severity), order.get(one.name, 99)))
        bad = [one for one in found if one.severity in {"error", "warning"}]
        is_blind = any(one.severity == "error" for one in bad)
        times = [one.checked_at for one in found if one.checked_at]
        return HealthSeen(
            tone="bad" if is_blind else "todo" if bad or self._is_old(times) else "good",
            last_message_at=_last_received_at(),
            last_check_at=max(times, default=None),
            checks=found,
            troubles=len(bad),
            first=bad[0] if bad else None,
            is_under_way=bool(under_way),
        )

    def _is_old(self, times: list[datetime]) -> bool:
        """Whether nobody has looked for too long: then good news is no news."""
        return not times or self._clock.now() - max(times) > OLD

    def has_check(self, name: str) -> bool:
        """Whether there is such a line."""
        return name in self._checkup.names

    def check(self, name: str) -> None:
        """Have this line, or all with an empty name, looked at now."""
        if name:
            self._checkup.ask(name)
        else:
            self._book.ask(TASK)

    def has_task(self, name: str) -> bool:
        """Whether there is such a task."""
        return any(task.name == name for task in self._book.tasks())

    def tasks(self) -> list[Planned]:
        """What Greffier does by itself."""
        return self._book.tasks()

    def do_now(self, name: str) -> None:
        """Have a task done as soon as its thread is free."""
        self._book.ask(name)

    def log(self, level: str, words: str) -> list[Line]:
        """The latest lines, newest first, without secrets."""
        return latest(self._bundle.data, level, words, self._masked)

    def bundle(self, at: datetime) -> bytes:
        """The file for support, made now."""
        return self._bundle.made(results(), self._kept(), at)

    def _kept(self) -> dict[str, str]:
        sections = {name.split(".")[0] for name in SECRETS}
        try:
            found = [one for section in sections for one in self._settings.secrets(section)]
        except ConfigError:
            return {}  # the check of the settings says why they cannot be read
        return {".".join(one.name): one.kept_in for one in found if one.kept_in}


def _last_received_at() -> datetime | None:
    """When somebody last wrote, as far as anything has come in."""
    newest = Message.select(Message.received_at).where(Message.direction == "in")
    last = newest.order_by(Message.received_at.desc()).first()
    return last.received_at if last is not None else None


def _seen(row: CheckResult, under_way: frozenset[str]) -> CheckSeen:
    broken = "error" if row.name in ESSENTIAL else "warning"
    severity = {OK: "ok", OFF: "off", WARNING: "warning", BROKEN: broken}[row.state]
    is_under_way = row.name in under_way
    return CheckSeen(row.name, severity, from_json(row.told), row.checked_at, is_under_way)
