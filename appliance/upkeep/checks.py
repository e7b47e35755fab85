"""The doctor: one list of checks, each a sentence and, when something is wrong, its remedy."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.config import Config, missing_secrets, not_yet, without_effect
from appliance.disk import check_writable, refuse_shared_folder
from appliance.errors import ConfigError, GreffierError, PermanentError
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.account import Told, limit_of
from appliance.inbox.door import PATH
from appliance.keeping import cleaning, countdown
from appliance.outbox import holds
from appliance.store import copies
from appliance.store.database import reading
from appliance.store.models import Hold
from appliance.upkeep.health import LOW_DISK
from appliance.upkeep.inventory import Places, latest, take
from appliance.upkeep.number import Wanted, ill_quality, ill_template, ill_webhook, webhook_of

CLOCK_OFF = 60  # seconds
UNVERIFIED_LIMIT = 250  # people a day; Meta, messaging-limits: more only after verification
UNSEEN = "not looked at, for Meta did not tell: mend what is broken above, then check again"
HELD = {
    holds.ALL: "all messages are held",
    holds.TEMPLATES: "templates are held, answers go out",
    holds.RECIPIENT: "messages to one person are held",
}
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
    yield from _number(config, whatsapp)
    yield from _holds(config.firm.data, clock)
    yield from _find("files at meta", lambda: _at_meta(config, clock))
    yield from _find("clean-up", lambda: _clean_up(config.firm.data))
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


def _number(config: Config, whatsapp: WhatsAppGateway) -> Iterator[Finding]:
    """What Meta says of the firm's number: a line each, whether or not Meta can be asked."""
    wanted = Wanted.of(config, PATH)
    checks: list[tuple[str, Callable[[dict[str, Any]], Finding]]] = [
        ("webhook address", lambda number: _address(number, wanted)),
        ("number quality", _quality),
        ("messaging limit", lambda number: _messaging_limit(number, config)),
        ("template", lambda _: _template(whatsapp, wanted)),
    ]
    try:
        number = whatsapp.number()
    except GreffierError:  # the line of the token says why
        number = None
    for name, check in checks:
        if number is None:
            yield Finding(name, "off", UNSEEN)
            continue
        try:
            yield check(number)
        except GreffierError as error:
            yield Finding(name, "broken", str(error))


def _address(number: dict[str, Any], wanted: Wanted) -> Finding:
    """Meta's address for this number against ours (Meta, webhooks/override)."""
    _refuse(ill_webhook(number, wanted))
    told, name = webhook_of(number), "webhook address"
    if told is None:
        return Finding(name, "off", "Meta does not tell it: compare it in Meta's App Dashboard")
    if not wanted.webhook:
        advice = "set [tunnel] public_url to have it compared"
        return Finding(name, "off", f"Meta sends to {told}: {advice}")
    return Finding(name, "ok", told)


def _quality(number: dict[str, Any]) -> Finding:
    """Meta, messaging-limits: GREEN, YELLOW, RED; a number that is little used has none."""
    _refuse(ill_quality(number))
    rated = str(number.get("quality_rating", "")) == "GREEN"
    return Finding("number quality", "ok", "good (GREEN)" if rated else "Meta has not rated it yet")


def _messaging_limit(number: dict[str, Any], config: Config) -> Finding:
    """How many people a day the firm may write to first (Meta, messaging-limits)."""
    tier = str(number.get("whatsapp_business_manager_messaging_limit") or "")
    limit, ours = limit_of(tier), config.limits.whatsapp_send
    if limit is None:
        told = f"none that counts ({tier})" if tier else "Meta does not tell it"
        return Finding("messaging limit", "ok", told)
    sentence = f"the firm may write first to {limit} people a day"
    if limit < ours.count:
        sentence += f": Greffier keeps to that, not to the {ours.count} of [limits] whatsapp_send"
    if limit <= UNVERIFIED_LIMIT:
        sentence += "; verify the business in Meta's Business settings to be allowed more"
    return Finding("messaging limit", "ok", sentence)


def _template(whatsapp: WhatsAppGateway, wanted: Wanted) -> Finding:
    """The one that stands for a confirmation when the 24 hours are over."""
    if not wanted.template:
        what = "none: a confirmation that is later than 24 hours waits until the client writes"
        return Finding("template", "off", f"{what}; set [whatsapp] template_confirmation")
    _refuse(ill_template(whatsapp.templates(), wanted))
    return Finding("template", "ok", f"{wanted.template} ({wanted.template_language}) is approved")


def _refuse(faults: Iterable[Told]) -> None:
    """Raise PermanentError for the first fault, with its remedy."""
    for fault in faults:
        raise PermanentError(fault.text, **fault.values)


def _holds(data: Path, clock: Clock) -> list[Finding]:
    """What keeps messages from going out: a line for each hold that somebody must end."""
    try:
        held = _open_holds(data)
    except GreffierError as error:
        return [Finding("sending", "broken", str(error))]
    for_ever = [hold for hold in held if hold.until_at is None]
    if for_ever:
        return [Finding("sending", "broken", _held(hold)) for hold in for_ever]
    passing = sum(hold.until_at > clock.now() for hold in held)
    sentence = f"held for a while, {passing} time(s): goes on by itself" if passing else "free"
    return [Finding("sending", "ok", sentence)]


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


def _email(config: Config) -> list[Finding]:
    if not config.email.host:
        return [Finding("email", "off", "no letters to the lawyers: set [email] host and sender")]

    def check() -> str:
        SmtpGateway(config.email).check()
        return f"{config.email.host} accepts us"

    return _find("email", check)
