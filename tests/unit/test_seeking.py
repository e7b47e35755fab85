"""What somebody types finds what others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import seeking


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("RG 24/01234", ["2024x1234"]),
        ("rg n° 24-1234", ["2024x1234"]),
        ("2024 / 1234", ["2024x1234"]),
        ("1234/2024", ["2024x1234"]),
        ("12/24", ["2012x24", "2024x12"]),
        ("2026-0042", ["2026x42"]),
        ("affaire 98765", []),
        ("+216 20 123 456", []),
        ("1234567/24", []),
    ],
)
def test_a_court_number_has_one_form_of_all_its_spellings(text: str, numbers: list[str]) -> None:
    assert seeking.numbered(text) == numbers


def test_the_last_word_may_be_begun_and_a_single_letter_is_only_itself() -> None:
    assert seeking.query(["bail", "fact"]).endswith('"fact"*)')
    assert '"bail"*' not in seeking.query(["bail", "fact"])
    assert seeking.query(["b"]) == '("b")'


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("Voici la FACTURE du loyer", "facture", "FACTURE"),
        ("deux factures", "facture", "factures"),
        ("والعقد هنا", "عقد", "والعقد"),
        ("société", "soc", "société"),
        ("rien", "zzz", ""),
    ],
)
def test_a_snippet_shows_where_it_stands(text: str, asked: str, found: str) -> None:
    assert seeking.snippet(text, seeking.asked(asked)).found == found


@given(st.text())
def test_whatever_is_typed_is_a_query_that_holds_only_words(text: str) -> None:
    words = seeking.asked(text)
    if words:
        said = seeking.query(words)
        assert said.count('"') % 2 == 0
        assert all(word.isalnum() for word in words)
