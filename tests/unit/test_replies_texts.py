"""The firm's own texts: what may stand in them, and what they say at first."""

import re
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Opening
from appliance.replies import texts
from appliance.replies.texts import DEFAULTS, LONGEST, VARIABLES, faults_of, fill
from appliance.wording import LANGUAGES, Wording

OFFICE = [Opening(day, time(9), time(18)) for day in range(5)]
EACH = [(trigger, language) for trigger in VARIABLES for language in LANGUAGES]


def said(trigger: str, template: str) -> list[str]:
    return [text % values for text, values in faults_of(trigger, template)]


@pytest.mark.parametrize(("trigger", "language"), EACH)
def test_every_text_that_we_bring_is_without_fault(trigger: str, language: str) -> None:
    assert said(trigger, DEFAULTS[trigger][language]) == []


@pytest.mark.parametrize(("trigger", "language"), EACH)
def test_how_to_opt_out_stands_where_nobody_asked_for_the_message(
    trigger: str, language: str
) -> None:
    word = "توقف" if language == "ar" else "STOP"
    is_said = word in DEFAULTS[trigger][language]
    assert is_said == (trigger in {"unknown_number", "outside_hours"})


@pytest.mark.parametrize(("trigger", "language"), EACH)
def test_no_text_that_we_bring_asks_for_identity_papers(trigger: str, language: str) -> None:
    """Meta, template_review: no request for documents with sensitive identifiers."""
    forbidden = r"identit|passe?port|\bcin\b|carte|\bid\b|هوية|بطاقة|جواز"
    assert not re.search(forbidden, DEFAULTS[trigger][language], re.IGNORECASE)


def test_arabic_texts_begin_in_arabic_so_that_phones_show_them_from_right_to_left() -> None:
    """The first letter decides, and a firm's name may be in Latin ones."""
    for trigger in VARIABLES:
        assert "\u0600" <= DEFAULTS[trigger]["ar"][0] <= "\u06ff", trigger


def test_variables_are_filled_and_other_braces_stay() -> None:
    filled = fill("{firm} : { opens } {x} {} {", {"firm": "Cabinet", "opens": "lundi"})
    assert filled == "Cabinet : lundi {x} {} {"


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert fill("{firm}", {"firm": "{opens}", "opens": "lundi"}) == "{opens}"


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_filling_never_stumbles(template: str, values: dict[str, str]) -> None:
    assert isinstance(fill(template, values), str)


@given(st.sampled_from(sorted(VARIABLES)), st.text())
def test_a_text_without_fault_has_every_brace_filled(trigger: str, template: str) -> None:
    if not faults_of(trigger, template):
        filled = fill(template, dict.fromkeys(VARIABLES[trigger], ""))
        assert not re.search(r"\{[^{}]*\}", filled)


def test_all_faults_are_said_at_once() -> None:
    template = "{hours} {dossier} {Name} {x} {x}" + "a" * LONGEST
    faults = said("document_received", template)
    assert len(faults) == 5
    assert f"WhatsApp takes {LONGEST}" in faults[0]
    assert "{hours} means nothing here; what may stand in braces: {count}, {documents}" in faults[1]
    assert faults[2].startswith("{dossier} would tell of a matter")
    assert faults[3].startswith("{Name} would tell")


def test_an_empty_text_is_switched_off_instead() -> None:
    assert said("unknown_number", " \n ") == [texts.EMPTY]


def test_a_text_of_just_the_length_that_whatsapp_takes_is_taken() -> None:
    assert said("unknown_number", "a" * LONGEST) == []
    assert len(said("unknown_number", "a" * (LONGEST + 1))) == 1


def test_nothing_that_may_be_said_names_a_person_or_a_matter() -> None:
    assert not texts.TELLING & set().union(*VARIABLES.values())


@pytest.mark.parametrize(
    ("language", "openings", "opens"),
    [
        (
            "fr",
            "du lundi au vendredi, de 9\u00a0h à 18\u00a0h",
            "lundi 23 novembre à 8\u00a0h\u00a030",
        ),
        ("en", "from Monday to Friday, from 09:00 to 18:00", "Monday 23 November at 08:30"),
    ],
)
def test_hours_are_said_as_people_say_them(language: str, openings: str, opens: str) -> None:
    wording = Wording(language, "Africa/Tunis")
    assert wording.openings(OFFICE) == openings
    monday = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert wording.day_and_hour(monday) == opens


def test_hours_in_arabic_name_their_days() -> None:
    shown = Wording("ar", "Africa/Tunis").openings(OFFICE)
    assert "الاثنين" in shown or "الإثنين" in shown
    assert "09:00" in shown


def test_a_day_that_closes_at_midnight_and_one_with_a_pause() -> None:
    wording = Wording("fr", "Africa/Tunis")
    day = [
        Opening(0, time(9), time(12, 30)),
        Opening(0, time(14), time(18)),
        Opening(5, time(20), time.max),
    ]
    shown = wording.openings(day).replace("\u00a0", " ")
    assert "de 9 h à 12 h 30 et de 14 h à 18 h" in shown
    assert "samedi" in shown
    assert "à 24 h" in shown
