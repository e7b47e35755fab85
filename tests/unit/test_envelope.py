"""What Meta's JSON says."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.inbox import envelope, fields
from appliance.inbox.envelope import Incoming, Notice, Receipt


def body(*messages: Any, **value: Any) -> dict[str, Any]:
    change = {"field": "messages", "value": {"messages": list(messages), **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def text(wamid: str = "wamid.1", **more: Any) -> dict[str, Any]:
    content = {"from": "21620111222", "timestamp": "1763870400", "type": "text"}
    return {"id": wamid, **content, "text": {"body": "Bonjour"}, **more}


def only(payload: Any) -> Any:
    (update,) = envelope.read(payload)
    return update


def test_a_text_is_read_with_who_wrote_it_and_when() -> None:
    contact = {"wa_id": "21620111222", "user_id": "TN.1", "profile": {"name": "Amel"}}

    message = only(body(text(), contacts=[contact]))

    assert isinstance(message, Incoming)
    assert (message.sender, message.user_id, message.profile_name) == (
        "+21620111222",
        "TN.1",
        "Amel",
    )
    assert message.text == "Bonjour"
    assert message.sent_at is not None
    assert message.sent_at.isoformat() == "2025-11-23T04:00:00+00:00"


def test_a_sender_without_a_number_is_known_by_the_user_id() -> None:
    message = text(from_user_id="TN.42")
    del message["from"]

    assert only(body(message)).sender == "TN.42"


def test_a_user_id_in_the_place_of_the_number_is_no_number() -> None:
    assert only(body(text(**{"from": "TN.42"}))).sender == "TN.42"


def test_contacts_are_joined_on_the_id_not_on_their_place() -> None:
    contacts = [
        {"wa_id": "21622333444", "profile": {"name": "Karim"}},
        {"wa_id": "21620111222", "profile": {"name": "Amel"}},
    ]

    assert only(body(text(), contacts=contacts)).profile_name == "Amel"


@pytest.mark.parametrize("stamp", [1763870400, "1763870400"])
def test_a_timestamp_may_be_text_or_a_number(stamp: object) -> None:
    assert only(body(text(timestamp=stamp))).sent_at.year == 2025


def test_a_document_carries_its_file_and_its_hash_in_hex() -> None:
    digest = hashlib.sha256(b"x").digest()
    document = {
        "id": "m1",
        "mime_type": "application/pdf",
        "filename": "bail.pdf",
        "caption": "Le bail",
        "sha256": base64.b64encode(digest).decode(),
    }

    message = only(body(text(type="document", document=document)))

    assert message.media == envelope.Media("m1", "application/pdf", digest.hex(), "bail.pdf")
    assert message.text == "Le bail"


@pytest.mark.parametrize("declared", ["", "zz", None, 7, "AAAA"])
def test_a_hash_that_is_none_is_not_compared(declared: object) -> None:
    assert fields.hex_digest(declared) is None


def test_a_sticker_is_no_document() -> None:
    sticker = {"id": "m1", "mime_type": "image/webp"}

    assert only(body(text(type="sticker", sticker=sticker))).media is None


def test_one_broken_update_leaves_its_neighbours_alone() -> None:
    payload = body(text("wamid.1"), {"type": "text"}, 7, text("wamid.2"))
    payload["entry"][0]["changes"].insert(0, "nonsense")
    payload["entry"].append({"no": "changes"})

    updates = envelope.read(payload)

    assert [u.wamid for u in updates if isinstance(u, Incoming)] == ["wamid.1", "wamid.2"]
    assert len([u for u in updates if isinstance(u, Notice) and u.error]) == 4


def test_messages_and_receipts_of_one_value_are_both_read() -> None:
    receipt = {
        "id": "wamid.9",
        "status": "delivered",
        "timestamp": "1763870400",
        "biz_opaque_callback_data": "ours",
    }

    message, status = envelope.read(body(text(), statuses=[receipt]))

    assert isinstance(message, Incoming)
    assert isinstance(status, Receipt)
    assert (status.wamid, status.status, status.callback) == ("wamid.9", "delivered", "ours")


def test_an_account_event_is_kept_without_an_error() -> None:
    change = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}

    notice = only({"entry": [{"id": "1", "time": 1, "changes": [change]}]})

    assert notice == Notice("account_update", {"event": "VERIFIED_ACCOUNT"})


@pytest.mark.parametrize("payload", [None, [], {}, {"entry": {}}, {"entry": []}, "x", 3])
def test_json_of_no_shape_of_metas_is_said_not_to_be_understood(payload: object) -> None:
    with pytest.raises(envelope.NotUnderstoodError):
        envelope.read(payload)


def test_a_bomb_of_brackets_is_not_understood() -> None:
    with pytest.raises(envelope.NotUnderstoodError):
        envelope.parse(b"[" * 200_000)


def test_an_integer_of_ten_thousand_digits_is_not_understood() -> None:
    with pytest.raises(envelope.NotUnderstoodError):
        envelope.parse(b'{"entry": ' + b"9" * 10_000 + b"}")


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"<html>"])
def test_what_is_no_json_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(envelope.NotJsonError):
        envelope.parse(raw)


def test_half_a_surrogate_pair_becomes_storable() -> None:
    payload = json.loads(json.dumps(body(text(text={"body": "a\ud800b\0c"}))))

    message = only(payload)

    assert message.text == "a\ufffdb\ufffdc"
    message.text.encode("utf-8")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
KEYS = st.sampled_from(["id", "from", "type", "timestamp", "text", "image", "contacts", "status"])


@given(st.lists(st.dictionaries(KEYS, JSON)), st.lists(JSON))
def test_whatever_stands_in_a_value_nothing_breaks(items: list[Any], contacts: list[Any]) -> None:
    updates = envelope.read(body(*items, statuses=items, contacts=contacts))

    assert len(updates) == 2 * len(items)


def test_a_file_that_meta_itself_lost_is_recognised() -> None:
    assert envelope.is_lost_at_meta({"errors": [{"code": 131052}]})
    assert not envelope.is_lost_at_meta({"errors": [{"code": 131051}, "x"]})
    assert not envelope.is_lost_at_meta({})
