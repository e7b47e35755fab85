"""The doctor: one list of checks, each a sentence and, when something is wrong, its remedy."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config, without_effect
from appliance.disk import check_writable
from appliance.drive import fitting as drive_fitting
from appliance.drive.standing import standing
from appliance.errors import ConfigError, PermanentError, Sentence, mark, sentence
from appliance.gateways import alerts
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.safety import fitting
from appliance.sharing import refuse_shared_folder
from appliance.store import copies
from appliance.store.database import reading
from appliance.upkeep.door_checks import check_dashboard
from appliance.upkeep.finding import OFF, OK, Finding, find
from appliance.upkeep.health import LOW_DISK
from appliance.upkeep.kept_checks import KeptChecks, Reading
from appliance.upkeep.number import NOT_SUBSCRIBED
from appliance.upkeep.number_checks import OF_THE_NUMBER, check_number
from appliance.upkeep.readiness import incomplete

CLOCK_OFF = 60  # seconds
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
DAMAGED = mark(
    "%(what)s: put the last good copy back with `greffier restore FILE`; copies are in `backups`"
)
NO_ROOM = mark("only %(free)s MB free: make room on this disk")
CLOCK_IS_OFF = mark("%(seconds)s s off Meta's: let this PC set its time from the internet")
NO_SCANNER = mark(
    "none: documents are looked into, not scanned; to have that done, run clamd and set "
    "[documents] antivirus = clamd://HOST:PORT"
)
NO_DRIVE = mark("no copy on Google Drive: set [drive] enabled = yes")
DRIVE_FAILED = mark("%(count)s failed, the last: %(why_last)s; see the page Google Drive")
NO_EMAIL = mark("no letters to the lawyers: set [email] host and sender")
IDLE = mark("without effect in this version: %(names)s")
NO_ALERTS = mark(
    "by e-mail to the lawyers only: for a telephone, write an address of Apprise under Settings, "
    "Alerts, or run `greffier secret set alerts.critical`"
)
ALERTS_KEPT = mark("%(count)s addresses: the page Settings, Alerts sends them a test")
ALERTS_UNDERSTOOD = mark("%(count)s addresses are understood: Settings, Alerts sends them a test")
NO_APP_SECRET = mark(
    "is missing: nobody could tell Meta's messages from another's; copy it from Meta's App "
    "Dashboard, and run `greffier secret set whatsapp.app_secret`"
)
FEW_WORKERS = mark("only %(alive)s of %(wanted)s are at work: restart Greffier")
NO_TUNNEL = mark("Greffier starts none: run your own towards the webhook's port")


@dataclass(frozen=True)
class Patient:
    """What is examined, and how it is reached."""

    config: Config
    clock: Clock
    whatsapp: WhatsAppGateway
    reading: Reading
    workers: Callable[[], tuple[int, int]] | None = None  # alive, wanted: of a running Greffier


@dataclass(frozen=True)
class Check:
    """One question, which answers under these names. `every`: how old its answer may be."""

    names: tuple[str, ...]
    run: Callable[[], Iterable[Finding]]
    every: timedelta = HOURLY


def examine(config: Config, clock: Clock) -> Iterator[Finding]:
    """Run every check, in the order in which one would mend them; also beside a running Greffier.

    Not within one: the store would be read past it.
    """
    beside = Patient(
        config, clock, WhatsAppGateway(config.whatsapp), lambda: reading(config.firm.data)
    )
    for check in checks_of(beside):
        yield from check.run()


def checks_of(patient: Patient) -> list[Check]:
    """Every check, in the order in which one would mend them."""
    config, whatsapp, data = patient.config, patient.whatsapp, patient.config.firm.data
    kept = KeptChecks(config, patient.clock, patient.reading)

    def one(name: str, check: Callable[[], Sentence], every: timedelta = HOURLY) -> Check:
        return Check((name,), lambda: find(name, check), every)

    def some(name: str, run: Callable[[], Iterable[Finding]]) -> Check:
        return Check((name,), run)

    return [
        one("config", lambda: _config(config)),
        one("app secret", lambda: _app_secret(config)),
        some("workers", lambda: _workers(patient)),
        one("data folder", lambda: _folder(data)),
        one("documents", lambda: _folder(config.documents.folder)),
        one("database", lambda: _database(data), DAILY),
        one("nothing lost", kept.inventory, DAILY),
        one("disk", lambda: _disk(data)),
        one("whatsapp token", lambda: _token(whatsapp)),
        one("whatsapp webhook", lambda: _subscription(whatsapp)),
        one("clock", lambda: _clock(whatsapp, patient.clock)),
        Check(OF_THE_NUMBER, lambda: check_number(config, whatsapp)),
        some("sending", kept.holds),
        one("waiting work", kept.waiting),
        one("files at meta", kept.at_meta),
        one("clean-up", kept.clean_up),
        some("backup", kept.backup),
        some("settings", lambda: _idle(config)),
        some("email", lambda: _email(config)),
        some("alerts", lambda: _alerts(patient)),
        some("virus scanner", lambda: _scanner(config, patient.clock)),
        some("safety", kept.safety),
        some("drive", lambda: _drive(patient, kept)),
        some("dashboard", lambda: [check_dashboard(config)]),
        some("tunnel", lambda: [Finding("tunnel", OFF, Sentence(NO_TUNNEL))]),
        one("version", kept.version),
    ]


def _config(config: Config) -> Sentence:
    faults = incomplete(config)
    if faults:
        raise ConfigError(faults)
    return sentence(mark("complete for %(firm)s"), firm=config.firm.name)


def _app_secret(config: Config) -> Sentence:
    if config.whatsapp.app_secret is None:
        raise PermanentError(NO_APP_SECRET)
    return Sentence(mark("set: only what Meta has signed is taken in"))


def _workers(patient: Patient) -> list[Finding]:
    if patient.workers is None:
        return []
    alive, wanted = patient.workers()

    def check() -> Sentence:
        if alive < wanted:
            raise PermanentError(FEW_WORKERS, alive=alive, wanted=wanted)
        return sentence(mark("all %(wanted)s are at work"), wanted=wanted)

    return find("workers", check)


def _folder(folder: Path) -> Sentence:
    check_writable(folder)
    return sentence("%(path)s", path=str(folder))


def _database(data: Path) -> Sentence:
    fault = refuse_shared_folder(data)
    if fault is not None:
        raise ConfigError([fault])
    path = data / "greffier.db"
    if not path.exists():
        return Sentence(mark("none yet: the first start makes it"))
    try:
        copies.check(path)
    except PermanentError as error:
        raise PermanentError(DAMAGED, what=error.reason) from error
    return sentence(mark("whole, %(size)s MB"), size=path.stat().st_size / 1e6)


def _disk(data: Path) -> Sentence:
    free = shutil.disk_usage(data).free
    if free < LOW_DISK:
        raise PermanentError(NO_ROOM, free=f"{free / 1e6:.0f}")
    return sentence(mark("%(free)s GB free"), free=f"{free / 1e9:.0f}")


def _token(whatsapp: WhatsAppGateway) -> Sentence:
    number = whatsapp.number().get("display_phone_number", "?")
    return sentence(mark("works for %(number)s"), number=number)


def _subscription(whatsapp: WhatsAppGateway) -> Sentence:
    if not whatsapp.subscriptions():
        raise PermanentError(NOT_SUBSCRIBED)
    return Sentence(mark("the account's messages are sent to an app"))


def _clock(whatsapp: WhatsAppGateway, clock: Clock) -> Sentence:
    off = abs(whatsapp.seconds_ahead(clock.now()))
    if off > CLOCK_OFF:
        raise PermanentError(CLOCK_IS_OFF, seconds=f"{off:.0f}")
    return sentence(mark("within %(seconds)s s of Meta's"), seconds=f"{max(off, 1):.0f}")


def _idle(config: Config) -> list[Finding]:
    idle = without_effect(config)
    return [Finding("settings", OFF, sentence(IDLE, names=", ".join(idle)))] if idle else []


def _scanner(config: Config, clock: Clock) -> list[Finding]:
    clamd = fitting.scanner(config, clock)
    if clamd is None:
        return [Finding("virus scanner", OFF, Sentence(NO_SCANNER))]
    return find("virus scanner", lambda: sentence("%(answer)s", answer=clamd.check()))


def _drive(patient: Patient, kept: KeptChecks) -> list[Finding]:
    """Asked of Google itself; then what waits and what failed here."""
    config = patient.config
    if not config.drive.enabled:
        return [Finding("drive", OFF, Sentence(NO_DRIVE))]

    def check() -> Sentence:
        address = drive_fitting.account(config, patient.clock)
        if kept.is_empty:
            return sentence(mark("connected as %(address)s"), address=address)
        with patient.reading():
            seen = standing()
        if seen.failed:
            raise PermanentError(DRIVE_FAILED, count=seen.failed, why_last=seen.sentence_of_first)
        counts = {"mirrored": seen.mirrored, "waiting": seen.waiting}
        what = mark("connected as %(address)s: %(mirrored)s mirrored, %(waiting)s wait")
        return sentence(what, address=address, **counts)

    return find("drive", check)


def _email(config: Config) -> list[Finding]:
    if not config.email.host:
        return [Finding("email", OFF, Sentence(NO_EMAIL))]

    def check() -> Sentence:
        SmtpGateway(config.email).check()
        return sentence(mark("%(host)s accepts us"), host=config.email.host)

    return find("email", check)


def _alerts(patient: Patient) -> list[Finding]:
    """Nobody is sent anything: only a trial of the settings does that.

    Within a running Greffier they are counted only: what understands them takes 12 MB of memory,
    which most never need. They were understood when they were saved there.
    """
    addresses = patient.config.alerts
    count = len(addresses.addresses)
    if not count:
        return [Finding("alerts", OFF, Sentence(NO_ALERTS))]
    if patient.workers is not None:
        return [Finding("alerts", OK, sentence(ALERTS_KEPT, count=count))]

    def check() -> Sentence:
        faults = alerts.faults(addresses)
        if faults:
            raise ConfigError(faults)
        return sentence(ALERTS_UNDERSTOOD, count=count)

    return find("alerts", check)
