"""What Meta accepts in POST /<PHONE_NUMBER_ID>/messages, and how it reads recipients. Pure."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.simulator import attachments, interactive
from appliance.simulator.account import Template
from appliance.simulator.refusals import RefusedError

LONGEST_TEXT = 4096  # characters of text.body (text-messages)
WINDOW = 24 * 3600.0  # seconds: the customer service window (messages/send-messages)
PAIR_SPAN = 6.0  # seconds; "1 message per 6 s to the same user" (pair-rate-limits),
PAIR_BURST = 45  # with a burst of up to 45 within 6 s

_TOP_LEVEL = frozenset(
    [
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        "text",
        "template",
        "interactive",
        *attachments.PLAYED,
        "status",
        "message_id",
        "typing_indicator",
    ]
)
_STOPPED = {"PAUSED": 132015, "DISABLED": 132016}
_STATES_KNOWN = frozenset({"APPROVED", *_STOPPED})
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_PHONE = re.compile(r"\+?[\d\s().-]{5,25}")


@dataclass(frozen=True)
class Address:
    """Whom Meta understood. `lost`: it will say yes and deliver to nobody."""

    given: str
    number: str | None = None
    user_id: str | None = None
    lost: bool = False

    @property
    def key(self) -> str:
        return self.number or self.user_id or self.given


def address_of(body: dict[str, Any], country_code: str) -> Address:
    """Read `to` (which wins) or `recipient`. Raises RefusedError.

    Meta, send-messages#phone-formats: without a plus sign the business's own country code is
    prepended; a user id in `to` is accepted and lost (business-scoped-user-ids, chatwoot 15150).
    """
    to, recipient = body.get("to"), body.get("recipient")
    if to:
        return _phone_address(str(to), country_code)
    if not recipient:
        raise RefusedError(131008, "Parameter 'to' or 'recipient' is required")
    if not _USER_ID.fullmatch(str(recipient)):
        raise RefusedError(131009, "Parameter 'recipient' is not a business-scoped user id")
    return Address(str(recipient), user_id=str(recipient))


def _phone_address(to: str, country_code: str) -> Address:
    if _USER_ID.fullmatch(to):
        return Address(to, number="".join(filter(str.isdigit, to)), lost=True)
    if not _PHONE.fullmatch(to):
        raise RefusedError(131009, "Parameter 'to' is not a phone number")
    digits = re.sub(r"\D", "", to)
    return Address(to, number=digits if to.startswith("+") else country_code + digits)


def check_fields(body: dict[str, Any]) -> None:
    """Raises RefusedError for what no kind of request may hold."""
    unknown = sorted(body.keys() - _TOP_LEVEL)
    if unknown:
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param')
    if body.get("messaging_product") != "whatsapp":
        raise RefusedError(100, "The parameter messaging_product is required")


def check_message(body: dict[str, Any], templates: Mapping[tuple[str, str], Template]) -> None:
    """Raises RefusedError unless this is a message that the simulator can play."""
    if body.get("recipient_type", "individual") != "individual":
        raise RefusedError(131009, "The simulator plays recipient_type 'individual' only")
    callback = body.get("biz_opaque_callback_data", "")
    if not isinstance(callback, str):
        raise RefusedError(100, "biz_opaque_callback_data must be a string")
    _check_context(body)
    match body.get("type", "text"):
        case "text":
            _check_text(body)
        case "template":
            _check_template(body, templates)
        case "interactive":
            interactive.check(_part(body, "interactive"))
        case kind if kind in attachments.PLAYED:
            _part(body, kind)
        case _:
            raise RefusedError(
                131051,
                "The simulator plays text, template, interactive, document and image messages",
            )


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    if not isinstance(part, dict):
        raise RefusedError(131008, f"Parameter '{name}' is required")
    return part


def _check_context(body: dict[str, Any]) -> None:
    """What is answered is named by its id, and by nothing else (messages/contextual-replies)."""
    if "context" not in body:
        return
    context = _part(body, "context")
    unknown = sorted(context.keys() - {"message_id"})
    if unknown:
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param "context"')
    if not isinstance(context.get("message_id"), str) or not context["message_id"]:
        raise RefusedError(131008, "Parameter 'context.message_id' is required")


def _check_text(body: dict[str, Any]) -> None:
    text = _part(body, "text")
    unknown = sorted(text.keys() - {"body", "preview_url"})
    if unknown:
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param "text"')
    words = text.get("body")
    if not isinstance(words, str) or not words:
        raise RefusedError(131008, "Parameter 'text.body' is required")
    if len(words) > LONGEST_TEXT:
        raise RefusedError(
            100, f"Param text['body'] must be at most {LONGEST_TEXT} characters long."
        )


def _check_template(body: dict[str, Any], templates: Mapping[tuple[str, str], Template]) -> None:
    template = _part(body, "template")
    name, code = template.get("name"), _part(template, "language").get("code")
    found = templates.get((str(name), str(code)))
    if found is None or found.status not in _STATES_KNOWN:
        raise RefusedError(132001, f"template name ({name}) does not exist in {code}", status=404)
    if found.status in _STOPPED:
        raise RefusedError(_STOPPED[found.status], f"template {name} is {found.status}")
    parts = template.get("components", [])
    given = sum(len(part.get("parameters", [])) for part in parts if part.get("type") == "body")
    if given != found.parameters:
        details = f"body: number of localizable_params ({given}) does not match {found.parameters}"
        raise RefusedError(132000, details)


def text_of(body: dict[str, Any]) -> str:
    """What a person reads of a message."""
    match body.get("type", "text"):
        case "text":
            return str(body["text"]["body"])
        case "template":
            return f"[{body['template']['name']}]"
        case kind if kind in attachments.PLAYED:
            return str(body[kind].get("caption", ""))
        case _:
            shown = body["interactive"].get("body")
            return str(shown.get("text", "")) if isinstance(shown, dict) else ""


class MessagingLimit:
    """How many people the firm may begin to write to in a moving day (messaging-limits).

    Unique users, by templates outside their window. Which error follows Meta does not state:
    131048 is its nearest (UNVERIFIED).
    """

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def take(self, key: str, now: float, most: int) -> None:
        """Count somebody. Raises RefusedError when they are one too many."""
        self._last = {who: at for who, at in self._last.items() if at > now - WINDOW}
        if key not in self._last and len(self._last) >= most:
            raise RefusedError(131048, "The messaging limit of the business portfolio is reached")
        self._last[key] = now


class PairRate:
    """The pair limit: 45 messages to one person within 6 seconds, then 131056.

    Meta also wants the burst paid back afterwards; that part is not played.
    """

    def __init__(self) -> None:
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, now: float) -> None:
        """Count one message. Raises RefusedError when it is one too many."""
        times = self._sent[key]
        while times and times[0] <= now - PAIR_SPAN:
            times.popleft()
        if len(times) >= PAIR_BURST:
            raise RefusedError(131056, "Too many messages sent to this recipient in a short time")
        times.append(now)
