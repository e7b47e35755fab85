"""More of Meta's rules that the played Meta keeps: breaking one is refused, over real HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from appliance.simulator.account import Account
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta

TOKEN = "token"
AYA = "21698765432"
ROW = {"id": "1", "title": "Dossier 2026-7", "description": "ouvert en mars"}


@pytest.fixture
def meta() -> Iterator[Meta]:
    with Meta(Account("secret", TOKEN, "verify")) as played:
        yield played


@pytest.fixture
def aya(meta: Meta) -> Phone:
    phone = meta.phone(AYA, "Aya")
    phone.writes("Bonjour")
    return phone


def post(meta: Meta, body: dict[str, Any]) -> tuple[int, int]:
    """The status, and Meta's code (0: accepted)."""
    whole = {"messaging_product": "whatsapp", "to": f"+{AYA}", **body}
    url = f"{meta.url}/v23.0/{meta.account.phone_number_id}/messages"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, json=whole, headers={"Authorization": f"Bearer {TOKEN}"})
    return answer.status_code, answer.json().get("error", {}).get("code", 0)


def a_list(**changes: Any) -> dict[str, Any]:
    action = {"button": "Choisir", "sections": [{"rows": [ROW]}], **changes}
    interactive = {"type": "list", "body": {"text": "Lequel ?"}, "action": action}
    return {"type": "interactive", "interactive": interactive}


def a_template(name: str = "recu", *values: str) -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    components = [{"type": "body", "parameters": parameters}] if values else []
    template = {"name": name, "language": {"code": "fr"}, "components": components}
    return {"type": "template", "template": template}


RULES = {
    "a list of one line": (a_list(), 0),
    "eleven lines": (
        a_list(sections=[{"rows": [{"id": str(n), "title": "t"} for n in range(11)]}]),
        131009,
    ),
    "two lines of one id": (a_list(sections=[{"rows": [ROW, ROW]}]), 131009),
    "a title of 25 characters": (a_list(sections=[{"rows": [{**ROW, "title": "t" * 25}]}]), 131009),
    "a description of 73": (
        a_list(sections=[{"rows": [{**ROW, "description": "d" * 73}]}]),
        131009,
    ),
    "an id of 201": (a_list(sections=[{"rows": [{**ROW, "id": "i" * 201}]}]), 131009),
    "a button of 21": (a_list(button="b" * 21), 131009),
    "a list without a button": (a_list(button=None), 131008),
    "an unknown field of the list": (a_list(colour="red"), 100),
    "an unknown field of a line": (a_list(sections=[{"rows": [{**ROW, "icon": "x"}]}]), 100),
    "a quote of nothing": ({"type": "text", "text": {"body": "x"}, "context": {}}, 131008),
    "an unknown field of a quote": (
        {"type": "text", "text": {"body": "x"}, "context": {"message_id": "w", "from": "x"}},
        100,
    ),
    "an unknown field of the text": ({"type": "text", "text": {"body": "x", "bold": True}}, 100),
    "four buttons": (
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": str(n), "title": "t"}} for n in range(4)
                    ]
                },
            },
        },
        131009,
    ),
    "a contact request": (
        {
            "type": "interactive",
            "interactive": {
                "type": "contact_request",
                "body": {"text": "Votre numéro ?"},
                "action": {"name": "request_contact_info"},
            },
        },
        0,
    ),
    "a contact request of another name": (
        {
            "type": "interactive",
            "interactive": {
                "type": "contact_request",
                "body": {"text": "Votre numéro ?"},
                "action": {"name": "give_me"},
            },
        },
        131009,
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_message_is_judged_by_metas_rules(meta: Meta, aya: Phone, rule: str) -> None:
    """Meta, messages/interactive-list-messages, interactive-reply-buttons, text-messages."""
    body, code = RULES[rule]
    assert post(meta, body)[1] == code


def test_a_template_wants_its_variables_and_to_be_approved(meta: Meta) -> None:
    """Meta, support/error-codes 132000, 132001, 132015, 132016."""
    assert post(meta, a_template())[1] == 132001
    meta.approve_template("recu", "fr", parameters=1)
    assert post(meta, a_template())[1] == 132000
    assert post(meta, a_template("recu", "Aya"))[1] == 0
    for status, code in (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)):
        meta.judge_template("recu", "fr", status)
        assert post(meta, a_template("recu", "Aya"))[1] == code


def test_the_firm_may_begin_with_so_many_people_a_day(meta: Meta) -> None:
    """Meta, messaging-limits: unique users outside their window; answers do not count."""
    meta.approve_template("recu", "fr")
    meta.account.messaging_limit = "TIER_2"
    meta.phone(AYA, "Aya").writes("Bonjour")
    assert post(meta, a_template())[1] == 0, "in her window"
    numbers = ["+21611111111", "+21622222222", "+21611111111", "+21633333333"]
    assert [post(meta, {**a_template(), "to": to})[1] for to in numbers] == [0, 0, 0, 131048]


def test_a_message_can_fail_after_it_was_accepted(meta: Meta, aya: Phone) -> None:
    meta.fail_sends(131026)
    assert post(meta, {"type": "text", "text": {"body": "Bien reçu"}}) == (200, 0)
    meta.settle()
    assert aya.received == []


def test_only_what_is_shown_can_be_touched(meta: Meta, aya: Phone) -> None:
    post(meta, a_list())
    meta.settle()
    (sent,) = aya.received
    with pytest.raises(KeyError):
        aya.taps(sent, "2")
    assert aya.taps(sent, "1")


def test_typing_is_a_part_of_reading(meta: Meta, aya: Phone) -> None:
    wamid = aya.writes("Vous êtes là ?")
    read = {"status": "read", "message_id": wamid}
    assert post(meta, {**read, "typing_indicator": {"type": "text"}})[0] == 200
    assert post(meta, {**read, "typing_indicator": {"type": "image"}})[1] == 131009
    assert aya.lines[-1].tick == "read"


def test_a_reaction_opens_no_window(meta: Meta) -> None:
    phone = meta.phone(AYA, "Aya")
    phone.reacts("wamid.x", "👍")
    assert phone.last_wrote_at is None
    phone.writes("Bonjour")
    assert phone.last_wrote_at is not None
    assert time.time() - phone.last_wrote_at < 60


def test_the_account_is_described_in_pages(meta: Meta) -> None:
    for number in range(5):
        meta.approve_template(f"t{number}", "fr")
    url: str | None = (
        f"{meta.url}/v23.0/{meta.account.business_account_id}/message_templates?limit=2"
    )
    names = []
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        while url:
            page = session.get(url).json()
            names += [each["name"] for each in page["data"]]
            url = page.get("paging", {}).get("next")
    assert names == ["hello_world", *(f"t{number}" for number in range(5))]
