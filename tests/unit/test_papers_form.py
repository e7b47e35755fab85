"""What is written into the forms of a dossier's pieces."""

from datetime import date

import pytest

from appliance.dashboard.days import day_in
from appliance.dashboard.papers_form import (
    NO_DATE,
    NO_LABEL,
    NO_PAGES,
    NO_PLACE,
    NO_TITLE,
    TOO_LONG,
    change,
    given,
    number_in,
)
from appliance.papers.exhibits import Change
from appliance.papers.expected import Draft

WRITTEN = {"title": " Bail \n signé ", "dated_on": "2024-03-01", "pages": "12", "position": "3"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-01", date(2024, 3, 1)),
        ("1/3/2024", date(2024, 3, 1)),
        ("01.03.2024", date(2024, 3, 1)),
        ("31/02/2024", None),
        ("0001-01-01", None),
        ("9999-01-01", None),
        ("hier", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_browsers_or_people_write_it(text: str, day: date | None) -> None:
    assert day_in(text) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("9999", 9999), ("10000", None), ("0", None), ("-1", None), ("١", None), ("", None)],
)
def test_a_number_is_in_its_bounds(text: str, number: int | None) -> None:
    assert number_in(text, 9999) == number


def test_a_piece_is_read_in_one_line_each() -> None:
    read = given({"label": " CIN\n recto ", "keywords": "cin", "needed_on": "31/12/2026"})

    assert not read.faults
    assert read.draft == Draft("CIN recto", "cin", date(2026, 12, 31), "")


@pytest.mark.parametrize(
    ("form", "field", "text"),
    [
        ({"label": " \u200b "}, "label", NO_LABEL),
        ({"label": "x" * 201}, "label", TOO_LONG),
        ({"label": "x", "keywords": "x" * 501}, "keywords", TOO_LONG),
        ({"label": "x", "note": "x" * 501}, "note", TOO_LONG),
        ({"label": "x", "needed_on": "demain"}, "needed_on", NO_DATE),
    ],
)
def test_each_fault_stands_at_its_field(form: dict[str, str], field: str, text: str) -> None:
    assert given(form).faults[field][0] == text


def test_a_chosen_piece_is_read() -> None:
    assert change(WRITTEN) == Change("Bail signé", date(2024, 3, 1), 12, 3)
    assert change(WRITTEN | {"pages": "", "dated_on": ""}) == Change("Bail signé", None, None, 3)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"title": ""}, NO_TITLE),
        ({"title": "x" * 301}, TOO_LONG),
        ({"dated_on": "demain"}, NO_DATE),
        ({"pages": "douze"}, NO_PAGES),
        ({"position": ""}, NO_PLACE),
    ],
)
def test_what_is_wrong_with_a_chosen_piece_is_said(wrong: dict[str, str], text: str) -> None:
    read = change(WRITTEN | wrong)

    assert not isinstance(read, Change)
    assert read[0] == text
