"""The doctor: one list of checks, each a sentence and, when something is wrong, its remedy."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config, missing_secrets, not_yet, without_effect
from appliance.disk import check_writable, refuse_shared_folder
from appliance.errors import ConfigError, GreffierError, PermanentError
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.store import copies
from appliance.store.database import reading
from appliance.upkeep.health import LOW_DISK
from appliance.upkeep.inventory import Places, latest, take

CLOCK_OFF = 60  # seconds
SHOWN = 5  # missing things that are named in one line


@dataclass(frozen=True)
class Finding:
    """`state` is ok, off (switched off on purpose) or broken; `sentence` holds the remedy."""

    name: str
    state: str
    sentence: str


def examine(config: Config, clock: Clock) -> Iterator[Finding]:
    """Run every check, in the order in which one would mend them."""
    whatsapp = WhatsAppGateway(config.whatsapp)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("config", lambda: _config(config)),
        ("data folder", lambda: _folder(config.firm.data)),
        ("documents", lambda: _folder(config.documents.folder)),
        ("database", lambda: _database(config.firm.data)),
        ("nothing lost", lambda: _inventory(config)),
        ("disk", lambda: _disk(config.firm.data)),
        ("whatsapp token", lambda: _token(whatsapp)),
        ("whatsapp webhook", lambda: _subscription(whatsapp)),
        ("clock", lambda: _clock(whatsapp, clock)),
    ]
    for name, check in checks:
        yield from _find(name, check)
    if idle := without_effect(config):
        yield Finding("settings", "off", f"without effect in this version: {', '.join(idle)}")
    yield from _email(config)
    yield Finding("drive", "off", "the copy on Google Drive is not in this version yet")
    yield Finding("tunnel", "off", "Greffier starts none: run your own towards the webhook's port")


def _find(name: str, check: Callable[[], str]) -> list[Finding]:
    """One finding, or one for each fault: each has its own remedy."""
    try:
        return [Finding(name, "ok", check())]
    except ConfigError as error:
        return [Finding(name, "broken", str(fault)) for fault in error.faults]
    except GreffierError as error:
        return [Finding(name, "broken", str(error))]


def _config(config: Config) -> str:
    faults = missing_secrets(config) + not_yet(config)
    if faults:
        raise ConfigError(faults)
    return f"complete for {config.firm.name}"


def _folder(folder: Path) -> str:
    check_writable(folder)
    return str(folder)


def _database(data: Path) -> str:
    fault = refuse_shared_folder(data)
    if fault is not None:
        raise ConfigError([fault])
    path = data / "greffier.db"
    if not path.exists():
        return "none yet: the first start makes it"
    try:
        copies.check(path)
    except PermanentError as error:
        remedy = "put the last good copy back with `greffier restore FILE`; copies are in `backups`"
        raise PermanentError(f"{error.reason}: {remedy}") from error
    return f"whole, {path.stat().st_size / 1e6:.1f} MB"


def _inventory(config: Config) -> str:
    """Received = filed + pending + processed + failed, and what is still being worked on."""
    data = config.firm.data
    if not (data / "greffier.db").exists():
        return "nothing was received yet"
    with reading(data):
        last = latest()
        places = Places(config.documents.folder, data / "media")
        found = take(places, last.last_body_id if last else 0, None, lambda: False)
    if found.missing:
        first = "; ".join(found.missing[:SHOWN])
        raise PermanentError(
            f"{len(found.missing)} missing: {first}. Keep the data folder as it is, make a copy of "
            "it, and call your support"
        )
    return found.sentence()


def _disk(data: Path) -> str:
    free = shutil.disk_usage(data).free
    if free < LOW_DISK:
        raise PermanentError(f"only {free / 1e6:.0f} MB free: make room on this disk")
    return f"{free / 1e9:.0f} GB free"


def _token(whatsapp: WhatsAppGateway) -> str:
    number = whatsapp.number()
    return f"works for {number.get('display_phone_number', 'the number')}"


def _subscription(whatsapp: WhatsAppGateway) -> str:
    if not whatsapp.subscriptions():
        raise PermanentError(
            "no app receives this account's messages: in Meta's App Dashboard, WhatsApp, "
            "Configuration, subscribe to the field `messages`"
        )
    return "the account's messages are sent to an app"


def _clock(whatsapp: WhatsAppGateway, clock: Clock) -> str:
    off = abs(whatsapp.seconds_ahead(clock.now()))
    if off > CLOCK_OFF:
        raise PermanentError(f"{off:.0f} s off Meta's: let this PC set its time from the internet")
    return f"within {max(off, 1):.0f} s of Meta's"


def _email(config: Config) -> list[Finding]:
    if not config.email.host:
        return [Finding("email", "off", "no letters to the lawyers: set [email] host and sender")]

    def check() -> str:
        SmtpGateway(config.email).check()
        return f"{config.email.host} accepts us"

    return _find("email", check)
