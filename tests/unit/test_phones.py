"""However a number is written, it is one number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phones import from_wa_id, is_user_id, normalise, split, variants

tunisian = st.from_regex(r"2[0-9]{7}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20 123 456", "+21620123456"),
        ("20.123.456", "+21620123456"),
        ("+216 20-123-456", "+21620123456"),
        ("00216 20 123 456", "+21620123456"),
        ("(00216) 20 123 456", "+21620123456"),
        ("216 20 123 456", "+21620123456"),
        ("tel:+21620123456", "+21620123456"),
        ("٢٠ ١٢٣ ٤٥٦", "+21620123456"),
        ("\u200e+216\u00a020\u202f123 456\u200f", "+21620123456"),
        ("71 123 456 poste 12", "+21671123456"),
        ("71 123 456 ext. 12", "+21671123456"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("33612345678", "+33612345678"),
    ],
)
def test_a_number_is_the_same_however_people_write_it(text: str, number: str) -> None:
    assert normalise(text, "TN") == number


def test_a_number_without_prefix_is_at_home_in_the_firm_s_country() -> None:
    assert normalise("06 12 34 56 78", "FR") == "+33612345678"


@pytest.mark.parametrize(
    "text", ["", "22", "Mme Gharbi", "20123456abc", "1800FLOWERS", "0612345678", "2,16E+10", "+"]
)
def test_what_is_not_a_number_is_none(text: str) -> None:
    assert normalise(text, "TN") is None


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    number = normalise(text, "TN")

    assert number is None or re.fullmatch(r"\+[0-9]{3,17}", number)


@given(tunisian, st.lists(st.sampled_from(["", " ", ".", "-", "\u00a0"]), min_size=8, max_size=8))
def test_spaces_dots_and_dashes_do_not_matter(digits: str, gaps: list[str]) -> None:
    text = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=True))

    assert normalise(text, "TN") == f"+216{digits}"


@given(tunisian, st.sampled_from(["TN", "FR", "US", "MA"]))
def test_a_normal_number_is_normal_everywhere(digits: str, country: str) -> None:
    assert normalise(f"+216{digits}", country) == f"+216{digits}"
    assert normalise(f"00216{digits}", country) == f"+216{digits}"
    assert from_wa_id(f"216{digits}") == f"+216{digits}"


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("21620123456", "+21620123456"),
        ("+21620123456", "+21620123456"),
        ("5215512345678", "+5215512345678"),
        ("554899998888", "+554899998888"),
        ("5491123456789", "+5491123456789"),
        ("12", "+12"),
        ("TN.13491208655302741918", "TN.13491208655302741918"),
        ("", ""),
    ],
)
def test_an_id_of_meta_s_keeps_its_digits(digits: str, number: str) -> None:
    assert from_wa_id(digits) == number


@given(st.from_regex(r"[1-9][0-9]{4,14}", fullmatch=True))
def test_reading_an_id_twice_changes_nothing(digits: str) -> None:
    assert from_wa_id(from_wa_id(digits)) == from_wa_id(digits)


@pytest.mark.parametrize("text", ["TN.1", "US.13491208655302741918", "FR.ENT.abc9"])
def test_a_user_id_is_recognised(text: str) -> None:
    assert is_user_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "21620123456", "+21620123456", "tn.1", "TN.", "TN.a-b", "TN.1\n", "TN." + "1" * 129],
)
def test_anything_else_is_not_a_user_id(text: str) -> None:
    assert not is_user_id(text)


@pytest.mark.parametrize(
    "cell",
    [
        "20 123 456/+216 98 765 432",
        "20 123 456 | +216 98 765 432",
        "20 123 456, +216 98 765 432,",
        "20 123 456 et +216 98 765 432",
        "20 123 456 ; +216 98 765 432",
        "20 123 456\r\n+216 98 765 432\n",
    ],
)
def test_a_cell_may_hold_several_numbers(cell: str) -> None:
    assert split(cell) == ["20 123 456", "+216 98 765 432"]


def test_an_empty_cell_holds_none() -> None:
    assert split(" ") == []


@pytest.mark.parametrize(
    ("number", "others"),
    [
        ("+5511988887777", {"+551188887777"}),
        ("+551188887777", {"+5511988887777"}),
        ("+551138887777", set()),
        ("+5511938887777", set()),
        ("+5215512345678", {"+525512345678"}),
        ("+525512345678", {"+5215512345678"}),
        ("+5491123456789", {"+541123456789"}),
        ("+541123456789", set()),
        ("+21620123456", set()),
        ("+55", set()),
        ("TN.5511988887777", set()),
        ("5511988887777", set()),
        ("", set()),
    ],
)
def test_a_number_is_searched_in_its_other_form_too(number: str, others: set[str]) -> None:
    assert variants(number) == {number} | others


numbers = st.from_regex(r"\+(55|52|521|54|549|216|33|1)[0-9]{7,11}", fullmatch=True)
brazilian_landline = st.from_regex(r"\+55[1-9]{2}[2-5][0-9]{7}", fullmatch=True)
argentine_landline = st.from_regex(r"\+54[1-8][0-9]{9}", fullmatch=True)


@given(numbers | st.text())
def test_other_forms_name_each_other_unless_one_may_be_a_landline(number: str) -> None:
    for other in variants(number):
        assert other == number or number in variants(other) or number.startswith("+549")


@given(numbers)
def test_no_form_is_of_another_country_or_of_another_line(number: str) -> None:
    for other in variants(number):
        assert other[:3] == number[:3]
        assert other[-8:] == number[-8:]


@given(brazilian_landline | argentine_landline)
def test_a_landline_is_never_taken_for_a_mobile(number: str) -> None:
    assert variants(number) == {number}


@given(st.from_regex(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,40}", fullmatch=True))
def test_a_user_id_has_no_other_form(user_id: str) -> None:
    assert variants(user_id) == {user_id}
