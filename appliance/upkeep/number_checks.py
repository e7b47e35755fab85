"""What Meta says of the firm's number, and whether it is as it should be: lines of the doctor's."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from appliance.config import Config
from appliance.errors import GreffierError, PermanentError
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.account import Told, limit_of
from appliance.inbox.door import PATH
from appliance.limits import NO_LIMIT
from appliance.upkeep.finding import Finding
from appliance.upkeep.number import Wanted, ill_quality, ill_template, ill_webhook, webhook_of

UNVERIFIED_LIMIT = 250  # people a day; Meta, messaging-limits: more only after verification
UNSEEN = "not looked at, for Meta did not tell: mend what is broken above, then check again"


def check_number(config: Config, whatsapp: WhatsAppGateway) -> Iterator[Finding]:
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
    if limit is None or limit >= NO_LIMIT:
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
