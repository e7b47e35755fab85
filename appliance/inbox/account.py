"""What Meta says of the account itself, and whether it costs. Pure.

Source: Meta, webhooks/overview and webhooks/reference/<field>. A shape that is not documented is
kept as an event without a judgment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.errors import mark
from appliance.inbox.context import faults_of
from appliance.inbox.fields import Json, first_text, object_at, objects_at, text
from appliance.limits import NO_LIMIT

FIELDS = frozenset(
    {
        "account_update",
        "account_alerts",
        "account_review_update",
        "business_capability_update",
        "phone_number_quality_update",
        "phone_number_name_update",
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
        "security",
        "user_preferences",
        "business_username_update",
        "business_status_update",
        "payment_configuration_update",
    }
)


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"  # costs, or will
    CRITICAL = "critical"  # the firm is not heard any more, or soon


@dataclass(frozen=True)
class Told:
    """One event: Meta's own word for it, how bad it is, a marked sentence with its values."""

    event: str
    severity: Severity
    text: str
    values: Json
    limit: int | None = None  # what Meta now lets the firm begin a day


RESTRICTED = mark(
    "Meta restricts the account (%(event)s): see Business Support Home at once; what clients send "
    "may stop coming"
)
ACCOUNT = mark("Meta changed the account (%(event)s)")
ALERT = mark("Meta warns: %(event)s. See WhatsApp Manager")
REVIEW = mark("Meta's review of the account: %(event)s")
LIMIT = mark("the firm may now write first to %(limit)s people a day")
QUALITY = mark("the quality of the firm's number: %(event)s; many people block or report it")
QUALITY_WELL = mark("the quality of the firm's number: %(event)s")
NAME = mark("Meta's decision on the name that people see: %(event)s")
TEMPLATE = mark(
    "the template %(name)s (%(language)s) may not be used: %(event)s; see WhatsApp Manager"
)
TEMPLATE_WELL = mark("the template %(name)s (%(language)s): %(event)s")
CATEGORY = mark(
    "Meta counts the template %(name)s as %(event)s now: it costs more; change or replace it in "
    "WhatsApp Manager"
)
SECURITY = mark("the number's PIN: %(event)s; if nobody of the firm did that, act at once")
FAULT = mark("Meta reports a fault of the account or of the number (%(event)s)")
OTHER = mark("Meta says of the account: %(event)s")

MOST_FAULTS = 5  # said in one sentence
MOST_DIGITS = 9
_BAD_ACCOUNT = frozenset(
    {"ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE", "ACCOUNT_DELETED"}
    | {"ACCOUNT_OFFBOARDED", "PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED"}
)
_BAD_QUALITY = frozenset({"FLAGGED", "DOWNGRADE"})
_BAD_TEMPLATE = frozenset({"REJECTED", "PAUSED", "DISABLED", "FLAGGED", "PENDING_DELETION"})
_BAD_DECISIONS = frozenset({"REJECTED", "DECLINED", "DEFERRED"})


def told(field: str, value: Any) -> Told:
    """What a webhook of one of `FIELDS` says."""
    content = value if isinstance(value, dict) else {}
    event, severity, sentence, values = _READERS.get(field, _other)(content)
    limit = _limit(content) if field == "business_capability_update" else None
    return Told(event, severity, sentence, {"event": event, **values}, limit)


def fault_of(value: Any) -> Told | None:
    """What Meta says went wrong with the account or the number, of a `messages` value that holds
    no message (webhooks/reference/messages, errors). None: nothing.
    """
    faults = faults_of(value) if isinstance(value, dict) else ()
    if not faults:
        return None
    said = "; ".join(f"{each.code}: {each.details or each.title}" for each in faults[:MOST_FAULTS])
    return Told("error", Severity.WARNING, FAULT, {"event": said}, None)


_Read = tuple[str, Severity, str, Json]


def _account(value: Json) -> _Read:
    event = first_text(value.get("event")) or "?"
    details = [
        text(each.get("restriction_type")) or "" for each in objects_at(value, "restriction_info")
    ]
    kind = first_text(object_at(value, "violation_info").get("violation_type"), *details)
    word = f"{event}, {kind}" if kind else event
    state = text(object_at(value, "ban_info").get("waba_ban_state"))
    if state == "REINSTATE":
        return f"{event}, {state}", Severity.INFO, ACCOUNT, {}
    if event in _BAD_ACCOUNT:
        return word, Severity.CRITICAL, RESTRICTED, {}
    return word, Severity.INFO, ACCOUNT, {}


def _alert(value: Json) -> _Read:
    inner = object_at(value, "alert_info") or value
    word = first_text(inner.get("alert_type"), inner.get("alert_description")) or "?"
    grave = {"CRITICAL": Severity.CRITICAL, "WARNING": Severity.WARNING}
    severity = grave.get(text(inner.get("alert_severity")) or "", Severity.INFO)
    return word, severity, ALERT, {}


def _review(value: Json) -> _Read:
    word = text(value.get("decision")) or "?"
    severity = Severity.CRITICAL if word in _BAD_DECISIONS else Severity.INFO
    return word, severity, REVIEW, {}


def _capability(value: Json) -> _Read:
    limit = _limit(value)
    shown = "∞" if limit in {None, NO_LIMIT} else str(limit)
    return "limit", Severity.INFO, LIMIT, {"limit": shown}


def _quality(value: Json) -> _Read:
    word = text(value.get("event")) or "?"
    if word in _BAD_QUALITY:
        return word, Severity.WARNING, QUALITY, {}
    return word, Severity.INFO, QUALITY_WELL, {}


def _name(value: Json) -> _Read:
    word = text(value.get("decision")) or "?"
    severity = Severity.WARNING if word in _BAD_DECISIONS else Severity.INFO
    return word, severity, NAME, {}


def _template(value: Json) -> _Read:
    word = first_text(value.get("event"), value.get("new_quality_score")) or "?"
    reason = text(value.get("reason"))
    is_bad = word in _BAD_TEMPLATE
    said = f"{word}, {reason}" if reason and reason != "NONE" else word
    severity = Severity.WARNING if is_bad else Severity.INFO
    return said, severity, TEMPLATE if is_bad else TEMPLATE_WELL, _named(value)


def _components(value: Json) -> _Read:
    return "text changed", Severity.INFO, TEMPLATE_WELL, _named(value)


def _template_quality(value: Json) -> _Read:
    word = text(value.get("new_quality_score")) or "?"
    severity = Severity.WARNING if word in {"RED", "YELLOW"} else Severity.INFO
    return word, severity, TEMPLATE_WELL, _named(value)


def _category(value: Json) -> _Read:
    word = first_text(value.get("new_category"), value.get("correct_category")) or "?"
    if word == "MARKETING":
        return word, Severity.WARNING, CATEGORY, _named(value)
    return word, Severity.INFO, TEMPLATE_WELL, _named(value)


def _security(value: Json) -> _Read:
    return text(value.get("event")) or "?", Severity.WARNING, SECURITY, {}


def _other(value: Json) -> _Read:
    word = first_text(value.get("event"), value.get("status"), value.get("decision")) or "?"
    return word, Severity.INFO, OTHER, {}


def _named(value: Json) -> Json:
    return {
        "name": text(value.get("message_template_name")) or "?",
        "language": text(value.get("message_template_language")) or "?",
    }


def _limit(value: Json) -> int | None:
    """Meta documents TIER_250 … TIER_UNLIMITED and shows the number 2000: both are read."""
    for key in ("max_daily_conversations_per_business", "max_daily_conversation_per_phone"):
        given = value.get(key)
        if isinstance(given, int) and not isinstance(given, bool):
            return given if given > 0 else NO_LIMIT
        if found := limit_of(given):
            return found
    return None


def limit_of(tier: object) -> int | None:
    """How many people a day a tier stands for ("TIER_2K"); None for what is no tier."""
    if tier == "TIER_UNLIMITED":
        return NO_LIMIT
    bare = tier.removeprefix("TIER_") if isinstance(tier, str) else ""
    digits, thousand = bare.removesuffix("K"), 1000 if bare.endswith("K") else 1
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) * thousand if is_number else None


_READERS: dict[str, Callable[[Json], _Read]] = {
    "account_update": _account,
    "account_alerts": _alert,
    "account_review_update": _review,
    "business_capability_update": _capability,
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _name,
    "message_template_status_update": _template,
    "message_template_quality_update": _template_quality,
    "message_template_components_update": _components,
    "template_category_update": _category,
    "security": _security,
}
