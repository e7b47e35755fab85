"""What Meta says of the firm's number, and whether it is as it should be: lines of the doctor's."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from appliance.config import Config
from appliance.errors import GreffierError, PermanentError, Sentence, mark, sentence
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.account import Told, limit_of
from appliance.inbox.door import PATH
from appliance.limits import NO_LIMIT
from appliance.upkeep.finding import BROKEN, OFF, OK, Finding
from appliance.upkeep.number import Wanted, ill_quality, ill_template, ill_webhook, webhook_of

OF_THE_NUMBER = ("webhook address", "number quality", "messaging limit", "template")
UNVERIFIED_LIMIT = 250  # people a day; Meta, messaging-limits: more only after verification
UNSEEN = mark("not looked at, for Meta did not tell: mend what is broken above, then check again")
UNTOLD = mark("Meta does not tell it: compare it in Meta's App Dashboard")
UNCOMPARED = mark("Meta sends to %(address)s: set [tunnel] public_url to have it compared")
NO_TEMPLATE = mark(
    "none: a confirmation that is later than 24 hours waits until the client writes; set "
    "[whatsapp] template_confirmation"
)
APPROVED = mark("%(name)s (%(language)s) is approved")
LIMIT = mark("the firm may write first to %(limit)s people a day%(ours)s%(verify)s")
OURS = mark(": Greffier keeps to that, not to the %(count)s of [limits] whatsapp_send")
VERIFY = mark("; verify the business in Meta's Business settings to be allowed more")


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
            yield Finding(name, OFF, Sentence(UNSEEN))
            continue
        try:
            yield check(number)
        except GreffierError as error:
            yield Finding(name, BROKEN, Sentence(error.text, error.values))


def _address(number: dict[str, Any], wanted: Wanted) -> Finding:
    """Meta's address for this number against ours (Meta, webhooks/override)."""
    _refuse(ill_webhook(number, wanted))
    told, name = webhook_of(number), "webhook address"
    if told is None:
        return Finding(name, OFF, Sentence(UNTOLD))
    if not wanted.webhook:
        return Finding(name, OFF, sentence(UNCOMPARED, address=told))
    return Finding(name, OK, sentence("%(address)s", address=told))


def _quality(number: dict[str, Any]) -> Finding:
    """Meta, messaging-limits: GREEN, YELLOW, RED; a number that is little used has none."""
    _refuse(ill_quality(number))
    rated = str(number.get("quality_rating", "")) == "GREEN"
    said = mark("good (GREEN)") if rated else mark("Meta has not rated it yet")
    return Finding("number quality", OK, Sentence(said))


def _messaging_limit(number: dict[str, Any], config: Config) -> Finding:
    """How many people a day the firm may write to first (Meta, messaging-limits)."""
    tier = str(number.get("whatsapp_business_manager_messaging_limit") or "")
    limit, ours = limit_of(tier), config.limits.whatsapp_send
    if limit is None or limit >= NO_LIMIT:
        none = sentence(mark("none that counts (%(tier)s)"), tier=tier)
        return Finding(
            "messaging limit", OK, none if tier else sentence(mark("Meta does not tell it"))
        )
    is_less, is_small = limit < ours.count, limit <= UNVERIFIED_LIMIT
    said = sentence(
        LIMIT,
        limit=limit,
        ours=sentence(OURS, count=ours.count) if is_less else "",
        verify=sentence(VERIFY) if is_small else "",
    )
    return Finding("messaging limit", OK, said)


def _template(whatsapp: WhatsAppGateway, wanted: Wanted) -> Finding:
    """The one that stands for a confirmation when the 24 hours are over."""
    approved = wanted.approved
    if not approved.name:
        return Finding("template", OFF, Sentence(NO_TEMPLATE))
    _refuse(ill_template(whatsapp.templates(), approved))
    said = sentence(APPROVED, name=approved.name, language=approved.language)
    return Finding("template", OK, said)


def _refuse(faults: Iterable[Told]) -> None:
    """Raise PermanentError for the first fault, with its remedy."""
    for fault in faults:
        raise PermanentError(fault.text, **fault.values)
