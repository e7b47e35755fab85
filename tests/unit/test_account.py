"""What Meta says of the account, and how bad it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.inbox import envelope
from appliance.inbox.account import FIELDS, Severity, fault_of, limit_of, told
from appliance.limits import NO_LIMIT

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
TEMPLATE = {"message_template_name": "recu", "message_template_language": "fr"}
CASES: list[tuple[str, dict[str, Any], Severity, str]] = [
    ("account_update", {"event": "VERIFIED_ACCOUNT"}, Severity.INFO, "VERIFIED_ACCOUNT"),
    (
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}],
        },
        Severity.CRITICAL,
        "ACCOUNT_RESTRICTION, RESTRICTED_BIZ_INITIATED_MESSAGING",
    ),
    ("account_update", {"event": "DISABLED_UPDATE"}, Severity.CRITICAL, "DISABLED_UPDATE"),
    (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
        Severity.INFO,
        "DISABLED_UPDATE, REINSTATE",
    ),
    (
        "account_alerts",
        {"alert_severity": "CRITICAL", "alert_type": "OBA_REJECTED"},
        Severity.CRITICAL,
        "OBA_REJECTED",
    ),
    ("account_review_update", {"decision": "REJECTED"}, Severity.CRITICAL, "REJECTED"),
    ("phone_number_quality_update", {"event": "FLAGGED"}, Severity.WARNING, "FLAGGED"),
    ("phone_number_quality_update", {"event": "UPGRADE"}, Severity.INFO, "UPGRADE"),
    (
        "message_template_status_update",
        {**TEMPLATE, "event": "REJECTED", "reason": "INVALID_FORMAT"},
        Severity.WARNING,
        "REJECTED, INVALID_FORMAT",
    ),
    (
        "message_template_status_update",
        {**TEMPLATE, "event": "APPROVED", "reason": None},
        Severity.INFO,
        "APPROVED",
    ),
    (
        "template_category_update",
        {**TEMPLATE, "previous_category": "UTILITY", "new_category": "MARKETING"},
        Severity.WARNING,
        "MARKETING",
    ),
    ("security", {"event": "PIN_CHANGED", "requester": "1"}, Severity.WARNING, "PIN_CHANGED"),
    ("user_preferences", {}, Severity.INFO, "?"),
]


@pytest.mark.parametrize(("field", "value", "severity", "event"), CASES)
def test_an_event_is_read_and_judged(
    field: str, value: dict[str, Any], severity: Severity, event: str
) -> None:
    found = told(field, value)
    assert (found.severity, found.event) == (severity, event)
    assert found.text % found.values


@pytest.mark.parametrize("limit", [2000, "TIER_2K"])
def test_a_limit_is_read_as_a_number_and_as_a_tier(limit: object) -> None:
    value = {"max_daily_conversations_per_business": limit}
    assert told("business_capability_update", value).limit == 2000


@pytest.mark.parametrize(
    ("tier", "people"),
    [
        ("TIER_250", 250),
        ("TIER_100K", 100_000),
        ("TIER_UNLIMITED", NO_LIMIT),
        (None, None),
        (7, None),
    ],
)
def test_tiers(tier: object, people: int | None) -> None:
    assert limit_of(tier) == people


@pytest.mark.parametrize("value", [None, 7, [], {"event": {}}, {"alert_info": 3}])
@pytest.mark.parametrize("field", sorted(FIELDS))
def test_no_shape_makes_it_stumble(field: str, value: object) -> None:
    found = told(field, value)
    assert found.text % found.values


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="shared/payloads is not beside this checkout")
def test_what_others_collected_can_be_read() -> None:
    seen: dict[str, set[str]] = {}
    for path in sorted(PAYLOADS.rglob("*.json")):
        for update in envelope.read(json.loads(path.read_text("utf-8"))):
            if isinstance(update, envelope.Notice) and update.field in FIELDS:
                found = told(update.field, update.raw)
                assert found.text % found.values
                seen.setdefault(update.field, set()).add(found.event)
    assert len(seen) >= 8
    assert not any(events == {"?"} for field, events in seen.items() if field not in _WORDLESS)


_WORDLESS = frozenset({"user_preferences"})  # about a person, and marketing only


def test_what_meta_says_went_wrong_with_the_account_is_an_event() -> None:
    fault = {"code": 131042, "title": "Payment", "error_data": {"details": "Unpaid bill"}}
    found = fault_of({"errors": [fault]})

    assert found is not None
    assert (found.severity, found.values["event"]) == (Severity.WARNING, "131042: Unpaid bill")


@pytest.mark.parametrize("value", [None, 7, {}, {"errors": []}, {"messages": [], "errors": 3}])
def test_without_errors_there_is_none(value: object) -> None:
    assert fault_of(value) is None
