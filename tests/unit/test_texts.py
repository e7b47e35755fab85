"""The firm's own texts: what may stand in them, and how long ones are parted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.replies.texts import DEFAULTS, LONGEST, VARIABLES, faults_of, fill, split


@pytest.mark.parametrize("trigger", DEFAULTS)
def test_the_texts_to_begin_with_are_without_fault_in_every_language(trigger: str) -> None:
    assert set(DEFAULTS[trigger]) == {"fr", "en", "ar"}
    for template in DEFAULTS[trigger].values():
        assert faults_of(trigger, template) == []


def test_all_faults_are_named_at_once() -> None:
    faults = faults_of("unknown_number", "{client} {dossier}" + "x" * LONGEST)
    assert len(faults) == 3
    assert all(text % values for text, values in faults)
    assert len(faults_of("unknown_number", " \n")) == 1


def test_no_text_may_name_a_dossier_or_a_person() -> None:
    known = set().union(*VARIABLES.values())
    assert known == {"firm", "documents", "count", "hours", "opens", "day"}


@given(st.text(max_size=300))
def test_strange_braces_are_left_as_they_are(template: str) -> None:
    fill(template, {"firm": "Cabinet"})


def test_what_is_known_is_filled_in() -> None:
    assert fill("{firm}: { hours } {what} {}", {"firm": "A", "hours": "9h"}) == "A: 9h {what} {}"


@given(st.text(alphabet="ab .\n", min_size=1, max_size=500), st.integers(5, 60))
def test_parts_are_short_enough_and_lose_no_word(text: str, longest: int) -> None:
    parts = split(text, longest)
    assert all(len(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_long_text_is_parted_between_its_paragraphs() -> None:
    text = "un\n\n" + "deux " * 3 + "\n\ntrois"
    assert split(text, 22) == ["un\n\ndeux deux deux", "trois"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("premier alinéa\n\nsecond un deux", ["premier alinéa", "second un deux"]),
        ("ligne une deux\nligne trois mot", ["ligne une deux", "ligne trois mot"]),
        ("Une phrase ici. Une autre la", ["Une phrase ici.", "Une autre la"]),
        ("un deux trois quatre cinq", ["un deux trois quatre", "cinq"]),
        ("a" * 30, ["a" * 20, "a" * 10]),
    ],
)
def test_the_best_place_is_taken_not_the_last(text: str, parts: list[str]) -> None:
    assert split(text, 20) == parts
