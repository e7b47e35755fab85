"""What an administrator may read of other people's work."""

import json

import pytest

from appliance import masking


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+21620111222", "+…22"),
        ("21620111222", "…22"),
        ("TN.111000111", "…11"),
        ("+216", "…"),
        ("", ""),
    ],
)
def test_a_number_is_shown_to_its_last_two_digits(number: str, shown: str) -> None:
    assert masking.number(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to 21620111222: no", "to …22: no"),
        ("to +216 20 111 222", "to +…22"),
        ("for TN.111000111", "for …11"),
        ("HTTP 400, code 131056: (#131056)", "HTTP 400, code 131056: (#131056)"),
        ("20.111.222 and 71-000-111", "…22 and …11"),
        ("v23.0, 3 of 12", "v23.0, 3 of 12"),
    ],
)
def test_no_whole_number_stands_in_a_sentence(text: str, shown: str) -> None:
    assert masking.sentence(text) == shown


def test_of_a_reason_only_what_names_nobody_is_kept() -> None:
    values = {"name": "bail.pdf", "answer": "code 1 for 21620111222", "count": 3, "client": "Amel"}
    told = {"text": "%(name)s of %(client)s: %(answer)s, %(count)d", "values": values}
    error, reason = masking.columns({"error": "x", "reason": json.dumps(told)})
    assert error == "… of …: code 1 for …22, 3"
    assert reason is not None
    assert json.loads(reason)["values"] == {
        "name": "…", "answer": "code 1 for …22", "count": 3, "client": "…"
    }  # fmt: skip


def test_where_there_is_only_a_sentence_its_numbers_go() -> None:
    assert masking.columns({"error": "21620111222 is wrong"}) == ("…22 is wrong", None)
    assert masking.columns({"error": None, "reason": None}) == (None, None)
