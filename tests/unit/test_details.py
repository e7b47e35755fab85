"""What a message of each kind says, in types and in one line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.firm.parties import EventKind, IdentityChange, folded
from appliance.inbox import context, senders
from appliance.inbox.context import Context, Fault
from appliance.inbox.details import (
    CallPermission,
    Choice,
    Detail,
    Edit,
    Flow,
    Location,
    Order,
    Reaction,
    Revoke,
    SharedContact,
    Unsupported,
    Welcome,
    detail_of,
    kind_of,
)
from appliance.inbox.envelope import media_of, read
from appliance.inbox.lines import line_of

QUOTED = {"from": "21671000000", "id": "wamid.ours"}


def raw(kind: str, content: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "from": "21620111222", "type": kind, kind: content, **more}


def interactive(kind: str, content: Any) -> dict[str, Any]:
    return raw("interactive", {"type": kind, kind: content}, context=QUOTED)


CARD = {"name": {"formatted_name": "Me Trabelsi"}, "phones": [{"phone": "+216 20 111 222"}]}
NUMBER = {"phone": "20111222", "wa_id": "21620111222"}


@pytest.mark.parametrize(
    ("message", "detail", "line"),
    [
        (raw("text", {"body": "Bonjour"}), None, "Bonjour"),
        (raw("image", {"id": "1", "caption": "Le bail"}), None, "Le bail"),
        (raw("image", {"id": "1", "caption": ""}), None, None),
        (raw("sticker", {"id": "1"}), None, None),
        (
            interactive("button_reply", {"id": "b1", "title": "Oui"}),
            Choice("b1", "Oui", "wamid.ours"),
            "Oui",
        ),
        (
            interactive("list_reply", {"id": "d:7", "title": "Bail", "description": "2026"}),
            Choice("d:7", "Bail", "wamid.ours"),
            "Bail",
        ),
        (
            raw("button", {"payload": "stop", "text": "Ne plus écrire"}, context=QUOTED),
            Choice("stop", "Ne plus écrire", "wamid.ours"),
            "Ne plus écrire",
        ),
        (
            interactive("nfm_reply", {"body": "Sent", "response_json": '{"a": "x", "b": [1]}'}),
            Flow({"a": "x", "b": [1]}),
            "a: x, b: …",
        ),
        (interactive("nfm_reply", {"body": "Sent", "response_json": "{"}), Flow(None), "Sent"),
        (interactive("nfm_reply", {"body": "Sent", "response_json": None}), Flow(None), "Sent"),
        (interactive("nfm_reply", {"response_json": "[" * 9999}), Flow(None), None),
        (
            interactive("call_permission_reply", {"response": "accept"}),
            CallPermission(is_granted=True),
            "accept",
        ),
        (interactive("product", {"title": "Bague"}), None, "Bague"),
        (raw("interactive"), None, None),
        (
            raw("reaction", {"message_id": "wamid.2", "emoji": "👍"}),
            Reaction("wamid.2", "👍"),
            "👍",
        ),
        (raw("reaction", {"message_id": "wamid.2", "emoji": ""}), Reaction("wamid.2", None), None),
        (raw("reaction", {"message_id": "wamid.2"}), Reaction("wamid.2", None), None),
        (raw("reaction", {"emoji": "👍"}), None, None),
        (
            raw(
                "edit",
                {
                    "original_message_id": "wamid.2",
                    "message": {"type": "text", "text": {"body": "corrigé"}},
                },
            ),
            Edit("wamid.2", "corrigé"),
            "corrigé",
        ),
        (raw("revoke", {"original_message_id": "wamid.2"}), Revoke("wamid.2"), None),
        (
            raw("location", {"latitude": "36.8", "longitude": 10.18, "name": "Palais de justice"}),
            Location(36.8, 10.18, "Palais de justice", None),
            "Palais de justice (36.80000, 10.18000)",
        ),
        (
            raw("location", {"latitude": "nan", "longitude": True, "address": "Tunis"}),
            Location(None, None, None, "Tunis"),
            "Tunis",
        ),
        (
            raw("contacts", [CARD, {"phones": [{"wa_id": "33612345678"}]}, 7]),
            SharedContact(("Me Trabelsi",), ("+21620111222", "+33612345678"), None, is_own=False),
            "Me Trabelsi +216 20 111 222; 33612345678",
        ),
        (
            raw("contacts", [{"origin": "contact_request", "phones": [NUMBER]}]),
            SharedContact((), ("+21620111222",), None, is_own=True),
            "20111222",
        ),
        (
            raw("contacts", [{"origin": "other", "user_id": "TN.1", "phones": [{"phone": "123"}]}]),
            SharedContact((), (), "TN.1", is_own=False),
            "123",
        ),
        (raw("contacts", []), None, None),
        (
            raw(
                "order",
                {
                    "catalog_id": "c",
                    "text": "Merci",
                    "product_items": [{"product_retailer_id": "p", "quantity": 2}],
                },
            ),
            Order("c", "Merci", (("p", "2"),)),
            "Merci — 2 × p",
        ),
        (raw("unsupported", {"type": "poll"}), Unsupported("poll"), None),
        (raw("unsupported"), Unsupported(None), None),
        (raw("request_welcome"), Welcome(), None),
        (raw("something_new", {"body": "?"}), None, "?"),
    ],
)
def test_a_message_of_each_kind_says_what_it_says(
    message: dict[str, Any], detail: Detail | None, line: str | None
) -> None:
    assert detail_of(message) == detail
    assert line_of(message) == line


def system(kind: str, **said: str) -> dict[str, Any]:
    return raw("system", {"type": kind, "body": "…", **said})


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (
            system("user_changed_number", wa_id="21622", user_id="TN.2", previous_user_id="TN.1"),
            IdentityChange(EventKind.NUMBER_CHANGED, "+21620111222", "+21622", "TN.1", "TN.2"),
        ),
        (
            system("customer_changed_number", new_wa_id="21622"),
            IdentityChange(EventKind.NUMBER_CHANGED, "+21620111222", "+21622"),
        ),
        (
            system("user_changed_number", new_wa_id="21620111222", customer="21611"),
            IdentityChange(EventKind.NUMBER_CHANGED, "+21611", "+21620111222"),
        ),
        (
            {
                "type": "system",
                "system": {
                    "type": "user_changed_user_id",
                    "previous_user_id": "TN.1",
                    "user_id": "TN.2",
                    "parent_user_id": "TN.ENT.2",
                },
            },
            IdentityChange(
                EventKind.USER_ID_CHANGED,
                old_user_id="TN.1",
                new_user_id="TN.2",
                new_parent_user_id="TN.ENT.2",
            ),
        ),
        (
            {
                "type": "system",
                "from_user_id": "TN.1",
                "system": {"type": "customer_identity_changed"},
            },
            IdentityChange(EventKind.IDENTITY_CHANGED, old_user_id="TN.1"),
        ),
        (system("other_user_id"), None),
        (system("something_new"), None),
        (raw("system", {"type": ["x"]}), None),
    ],
)
def test_a_change_of_identity_says_who_was_who(
    message: dict[str, Any], change: IdentityChange | None
) -> None:
    assert detail_of(message) == change


def test_who_changed_without_a_number_is_known_by_the_old_id() -> None:
    system = {"type": "user_changed_user_id", "previous_user_id": "TN.1", "user_id": "TN.2"}
    message = {"id": "wamid.1", "type": "system", "system": system}
    body = {"entry": [{"changes": [{"field": "messages", "value": {"messages": [message]}}]}]}

    (update,) = read(body)

    assert update.sender == "TN.1"  # type: ignore[union-attr]


def test_a_missing_type_is_that_of_the_content() -> None:
    assert kind_of({"location": {}}) == "location"
    assert kind_of({"location": {}, "text": {}}) == "unknown"
    assert kind_of({"type": 7, "image": {}}) == "image"


def test_what_is_quoted_and_what_was_forwarded_are_told_apart() -> None:
    assert context.context_of({"context": QUOTED}) == Context("wamid.ours", False, False)
    assert context.context_of({"context": {"forwarded": True}}) == Context(None, True, False)
    often = {"context": {"frequently_forwarded": True}}
    assert context.context_of(often) == Context(None, True, True)
    assert context.context_of({"context": 7}) == Context(None, False, False)


def test_the_advertisement_behind_a_message_is_kept() -> None:
    found = context.referral_of({"referral": {"source_type": "ad", "source_id": "1"}})

    assert found is not None
    assert (found.source_type, found.source_id, found.headline) == ("ad", "1", None)
    assert context.referral_of({}) is None


def test_errors_are_read_wherever_their_details_stand() -> None:
    errors = [
        {"code": 131051, "title": "t", "error_data": {"details": "d"}},
        {"code": True, "details": "e"},
        "x",
    ]

    assert context.faults_of({"errors": errors}) == (
        Fault(131051, "t", "d"),
        Fault(None, None, "e"),
    )
    assert context.faults_of([]) == ()


def test_errors_come_before_the_type() -> None:
    lost = raw("image", {"id": "m1"}, errors=[{"code": 131052}])
    other = raw("image", {"id": "m1"}, errors=[{"code": 131000}])

    assert media_of(lost) is None
    assert media_of(other) is not None


def test_what_the_firm_wrote_on_its_phone_is_not_from_the_client() -> None:
    contact = {"wa_id": "21620111222", "user_id": "TN.1", "profile": {"name": "Amel"}}
    echo = {**raw("text", {"body": "Bonjour"}), "from": "21671000000", "to": "21620111222"}
    value = {"contacts": [contact], "message_echoes": [echo]}

    (update,) = read({"entry": [{"changes": [{"field": "smb_message_echoes", "value": value}]}]})

    assert (update.direction, update.sender) == ("out", "+21671000000")  # type: ignore[union-attr]
    assert (update.user_id, update.profile_name) == (None, None)  # type: ignore[union-attr]
    assert update.raw["_contact"] == contact
    assert senders.recipient_of(update.raw) == "+21620111222"


def test_a_file_that_follows_the_history_is_history() -> None:
    value = {"messages": [raw("image", {"id": "m1"})]}

    (update,) = read({"entry": [{"changes": [{"field": "history", "value": value}]}]})

    assert update.direction == "history"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("message", "contact", "is_theirs"),
    [
        ({"from": "5215512345678"}, {"wa_id": "525512345678"}, True),
        ({"from": "21620111222"}, {"user_id": "TN.1"}, True),
        ({"from": "21620111222"}, {"wa_id": "21622333444"}, False),
        ({"from_user_id": "TN.1"}, {"user_id": "TN.2"}, False),
        ({"from": "21620111222", "from_user_id": "TN.1"}, {"wa_id": "1", "user_id": "TN.1"}, True),
        (
            {"from_user_id": "TN.1", "from_parent_user_id": "TN.ENT.1"},
            {"user_id": "uTN.1", "parent_user_id": "TN.ENT.1"},
            True,
        ),
    ],
)
def test_a_lone_contact_is_the_sender_unless_it_names_another(
    message: dict[str, Any], contact: dict[str, Any], is_theirs: bool
) -> None:
    assert senders.profile_of(message, {"contacts": [contact]}) == (contact if is_theirs else {})


def test_a_parent_id_is_found_in_either_place() -> None:
    assert senders.parent_user_id_of({"from_parent_user_id": "TN.ENT.1"}) == "TN.ENT.1"
    assert senders.parent_user_id_of({"_contact": {"parent_user_id": "TN.ENT.1"}}) == "TN.ENT.1"
    assert senders.parent_user_id_of({}) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ali Ben Salah", "BEN-SALAH  Ali"), ("Société Zéphyr", "societe zephyr"), ("عَلِي", "علي")],
)
def test_a_name_is_one_however_it_is_spelt(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
KINDS = st.sampled_from(
    [
        "interactive",
        "button",
        "reaction",
        "edit",
        "revoke",
        "location",
        "contacts",
        "order",
        "system",
        "unsupported",
        "image",
        "text",
        "request_welcome",
    ]
)
WORDS = st.sampled_from(
    [
        "type",
        "id",
        "title",
        "message",
        "message_id",
        "original_message_id",
        "phones",
        "origin",
        "name",
        "product_items",
        "response_json",
        "latitude",
        "longitude",
        "wa_id",
        "nfm_reply",
    ]
)
CONTENT = st.dictionaries(WORDS, JSON | st.dictionaries(WORDS, JSON)) | JSON


@given(KINDS, CONTENT | st.lists(CONTENT, max_size=3), JSON)
def test_no_content_is_too_strange(kind: str, content: Any, other: Any) -> None:
    message = raw(kind, content, context=other, errors=other, referral=other)

    detail_of(message)
    context.context_of(message)
    context.referral_of(message)
    media_of(message)
    line = line_of(message)

    assert line is None or line.encode("utf-8") is not None
