"""The doctor: one list of checks, each a sentence and, when something is wrong, its remedy."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config, missing_secrets, not_yet, without_effect
from appliance.disk import check_writable
from appliance.drive import fitting as drive_fitting
from appliance.drive.standing import standing
from appliance.errors import ConfigError, GreffierError, PermanentError
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.keeping import cleaning, countdown
from appliance.outbox import holds
from appliance.safety import fitting
from appliance.safety.waiting import counts
from appliance.sharing import refuse_shared_folder
from appliance.store import copies
from appliance.store.database import reading
from appliance.store.models import Hold
from appliance.upkeep.door_checks import check_dashboard
from appliance.upkeep.finding import Finding, find
from appliance.upkeep.health import LOW_DISK
from appliance.upkeep.inventory import Places, latest, take
from appliance.upkeep.number_checks import check_number

CLOCK_OFF = 60  # seconds
HELD = {
    holds.ALL: "all messages are held",
    holds.TEMPLATES: "templates are held, answers go out",
    holds.RECIPIENT: "messages to one person are held",
}
SHOWN = 5  # missing things that are named in one line


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
        yield from find(name, check)
    yield from check_number(config, whatsapp)
    yield from _holds(config.firm.data, clock)
    yield from find("files at meta", lambda: _at_meta(config, clock))
    yield from find("clean-up", lambda: _clean_up(config.firm.data))
    if idle := without_effect(config):
        yield Finding("settings", "off", f"without effect in this version: {', '.join(idle)}")
    yield from _email(config)
    yield from _scanner(config, clock)
    yield from _safety(config.firm.data)
    yield from _drive(config, clock)
    yield check_dashboard(config)
    yield Finding("tunnel", "off", "Greffier starts none: run your own towards the webhook's port")


def _config(config: Config) -> str:
    faults = missing_secrets(config) + not_yet(config) + drive_fitting.faults(config.drive)
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
    """Received = filed + pending + set aside + processed + failed, and what is under way."""
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


def _holds(data: Path, clock: Clock) -> list[Finding]:
    """What keeps messages from going out: a line for each hold that somebody must end."""
    try:
        held = _open_holds(data)
    except GreffierError as error:
        return [Finding("sending", "broken", str(error))]
    for_ever = [hold for hold in held if hold.until_at is None or _is_for_all(hold, clock)]
    if for_ever:
        return [Finding("sending", "broken", _held(hold)) for hold in for_ever]
    passing = sum(hold.until_at > clock.now() for hold in held)
    sentence = f"held for a while, {passing} time(s): goes on by itself" if passing else "free"
    return [Finding("sending", "ok", sentence)]


def _is_for_all(hold: Hold, clock: Clock) -> bool:
    """Held for a time, but for everybody: somebody should know."""
    return bool(hold.scope != holds.RECIPIENT and hold.until_at > clock.now())


def _at_meta(config: Config, clock: Clock) -> str:
    """Files that clients sent, that are not here, and that Meta keeps for some days only."""
    if not (config.firm.data / "greffier.db").exists():
        return "nothing was received yet"
    with reading(config.firm.data):
        files = countdown.missing(clock.now(), timedelta(days=config.retention.media_days))
    if any(one.is_soon for one in files):
        raise PermanentError("%(what)s, and ask for them again", what=countdown.sentence(files))
    return countdown.sentence(files)


def _clean_up(data: Path) -> str:
    """When the night last removed what is no longer needed."""
    if not (data / "greffier.db").exists():
        return "nothing was received yet"
    with reading(data):
        last = cleaning.latest()
    if last is None:
        return "not yet: the first is tonight"
    orphans = len(json.loads(last.orphans))
    strange = f"; {orphans} files in media that nothing speaks of: see the dashboard"
    done = f"last on {last.started_at:%Y-%m-%d %H:%M} UTC: {last.messages} messages emptied"
    return done + (strange if orphans else "")


def _open_holds(data: Path) -> list[Hold]:
    if not (data / "greffier.db").exists():
        return []
    with reading(data):
        return holds.open_holds()


def _held(hold: Hold) -> str:
    return f"{HELD[hold.scope]} since {hold.since_at:%Y-%m-%d %H:%M} UTC: {hold.error}"


def _scanner(config: Config, clock: Clock) -> list[Finding]:
    clamd = fitting.scanner(config, clock)
    if clamd is None:
        what = "none: documents are looked into, not scanned; to have that done, run clamd and set"
        return [
            Finding("virus scanner", "off", f"{what} [documents] antivirus = clamd://HOST:PORT")
        ]
    return find("virus scanner", clamd.check)


def _safety(data: Path) -> list[Finding]:
    """What waits for a person who looks at it: said, but nothing of ours is broken."""

    def check() -> str:
        if not (data / "greffier.db").exists():
            return "nothing was received yet"
        with reading(data):
            doubted = counts()
        said = f"{doubted.to_check} to be checked, {doubted.quarantined} in quarantine"
        where = " (page Safety)" if doubted.to_check or doubted.quarantined else ""
        if doubted.failed:
            raise PermanentError(f"{doubted.failed} could not be examined: see the page Safety")
        return said + where

    return find("safety", check)


def _drive(config: Config, clock: Clock) -> list[Finding]:
    """Asked of Google itself; then what waits and what failed here."""
    if not config.drive.enabled:
        return [Finding("drive", "off", "no copy on Google Drive: set [drive] enabled = yes")]

    def check() -> str:
        address = drive_fitting.account(config, clock)
        if not (config.firm.data / "greffier.db").exists():
            return f"connected as {address}"
        with reading(config.firm.data):
            seen = standing()
        if seen.failed:
            what = f"{seen.failed} failed, the last: {seen.sentence_of_first}"
            raise PermanentError(f"{what}; see the page Google Drive")
        return f"connected as {address}: {seen.mirrored} mirrored, {seen.waiting} wait"

    return find("drive", check)


def _email(config: Config) -> list[Finding]:
    if not config.email.host:
        return [Finding("email", "off", "no letters to the lawyers: set [email] host and sender")]

    def check() -> str:
        SmtpGateway(config.email).check()
        return f"{config.email.host} accepts us"

    return find("email", check)
