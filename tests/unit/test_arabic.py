"""Arabic that a PDF holds from the wrong end is turned round; what is right is left alone."""

import pytest

from appliance.sights.arabic import both_ways, righted

RIGHT = "حكم المحكمة الابتدائية بتونس في القضية عدد 1234"
TURNED = "مكح ةمكحملا ةيئادتبالا سنوتب يف ةيضقلا عدد 1234"  # as PDFium reads Chromium's


def test_words_from_the_wrong_end_are_turned() -> None:
    text, was_turned = righted(TURNED)

    assert was_turned
    assert "حكم المحكمة الابتدائية بتونس" in text
    assert text.endswith("1234")


@pytest.mark.parametrize(
    "text", [RIGHT, "", "Jugement du tribunal", "ةيضقلا", RIGHT + "\n" + TURNED]
)
def test_what_is_right_or_uncertain_is_left_alone(text: str) -> None:
    assert righted(text) == (text, False)


def test_a_word_that_was_right_is_found_too() -> None:
    text, _ = righted(TURNED)

    assert "عدد" in both_ways(text)
