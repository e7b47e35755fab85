"""Whom settings name for alerts, and what an alert may say to them."""

from datetime import UTC, datetime
from socket import socket
from time import monotonic

import pytest
from pydantic import SecretStr, ValidationError

from appliance import masking
from appliance.config import Alerts, Urgency
from appliance.errors import PermanentError, TemporaryError
from appliance.gateways import alerts
from appliance.gateways.parcel import Parcel
from appliance.outbox import alarms


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("slack://a/b/c", ["slack://a/b/c"]),
        ("slack://a/b/c tgram://x/y", ["slack://a/b/c", "tgram://x/y"]),
        (" slack://a/b/c,\n tgram://x/y ;", ["slack://a/b/c", "tgram://x/y"]),
        ("mailtos://u:p@h?to=a@b,c@d", ["mailtos://u:p@h?to=a@b,c@d"]),
        ("form://h/p?u=https://x", ["form://h/p?u=https://x"]),
    ],
)
def test_several_addresses_stand_in_one_setting(text: str, addresses: list[str]) -> None:
    config = Alerts(error=SecretStr(text))
    names = [f"alerts.error {number}" for number in range(1, len(addresses) + 1)]
    assert config.addresses == dict(zip(names, addresses, strict=True))
    assert config.told_of(Urgency.ERROR) == names


@pytest.mark.parametrize("text", ["hunter2", "hunter2 slack://a/b/c", "://hunter2", "-- ,"])
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Alerts.model_validate({"error": text})
    assert "is not an Apprise address" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_where_the_most_urgent_has_nobody_the_next_lower_hears() -> None:
    warned, errors = SecretStr("json://w"), SecretStr("json://e")
    lowest, both = Alerts(warning=warned), Alerts(warning=warned, error=errors)
    assert [lowest.told_of(each) for each in Urgency] == [["alerts.warning 1"]] * 3
    assert both.told_of(Urgency.WARNING) == ["alerts.warning 1"]
    assert both.told_of(Urgency.CRITICAL) == ["alerts.error 1"]
    assert Alerts(critical=errors).told_of(Urgency.ERROR) == [], "no telephone rings for less"
    assert Alerts().told_of(Urgency.CRITICAL) == []


def test_an_address_that_apprise_does_not_understand_is_named_and_not_shown() -> None:
    text = "json://127.0.0.1/good nonsense://hunter2 json:// slack://hunter2"
    found = alerts.faults(Alerts(critical=SecretStr(text)))
    assert [fault.where for fault in found] == ["alerts.critical"] * 3
    assert all(f"alerts.critical {number}:" in one.what for number, one in enumerate(found, 2))
    assert "hunter2" not in str([str(fault) for fault in found])


def test_no_address_can_make_an_alert_last() -> None:
    """Workers are few: time limits and repetitions that an address asks for are cut."""
    with socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        config = Alerts(
            error=SecretStr(f"json://127.0.0.1:{deaf.getsockname()[1]}/x?rto=0.3&retry=9&wait=30")
        )
        began = monotonic()
        with pytest.raises(TemporaryError, match="error 1 was not reached"):
            alerts.AlertGateway(config).send(Parcel("alerts.error 1", "words", "id"))
        assert monotonic() - began < 5
    service = alerts._service("json://127.0.0.1/x?rto=900&cto=900")
    assert (service.socket_connect_timeout, service.socket_read_timeout) == (5.0, 15.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "it is full"),
        ({"count": 2, "day": "26/11/2026"}, "it is full"),
        ({"at": datetime(2026, 11, 26, tzinfo=UTC)}, "it is full"),
        ({"name": "Divorce.pdf"}, alarms.SOMETHING),
        ({"count": 2, "dossier": "2026-0042"}, alarms.SOMETHING),
        ({"number": "+21620111222"}, alarms.SOMETHING),
    ],
)
def test_a_sentence_is_said_only_if_it_names_nobody(values: dict[str, object], said: str) -> None:
    error = PermanentError("it is full", **values)
    harmless = alarms.harmless(error)
    assert harmless.text == said
    assert not {"Divorce.pdf", "2026-0042", "+21620111222"} & {*map(str, harmless.values.values())}


def test_what_the_other_side_wrote_is_left_out() -> None:
    told = alarms.harmless(
        PermanentError("refused (%(answer)s): renew it", answer="code 190: Amel")
    )
    assert told.reason == "refused (…): renew it"
    event = alarms.harmless(PermanentError("Meta: %(event)s", event="LOCKED for 21620111222"))
    assert event.reason == "Meta: LOCKED for …22"


def test_the_name_of_an_address_is_no_number_to_be_hidden() -> None:
    assert masking.number("alerts.critical 2") == "alerts.critical 2"
    assert masking.number("alerts.critical 2+21620111222") == "…22"
