"""What counts as a number of an address or a form."""

import pytest

from appliance.dashboard.numbers import LARGEST_ID, number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("0042", 42), (str(LARGEST_ID), LARGEST_ID)],
)
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    [None, "", "0", "-1", "+1", "1.0", " 1", "1_0", "²", "٣", "x", str(LARGEST_ID + 1), "9" * 5000],
)
def test_what_is_none_or_too_large_for_any_row_is_as_unsaid(text: str | None) -> None:
    assert number_in(text) is None


def test_a_place_may_ask_for_less() -> None:
    assert (number_in("99", 100), number_in("101", 100)) == (99, None)
