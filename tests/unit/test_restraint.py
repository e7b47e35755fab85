"""Seldom, not over a person's head, not to a robot."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.replies.restraint import MIRRORED, History, Silence, keeps_quiet, silence

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
QUIET = timedelta(minutes=5)
TUNIS = ZoneInfo("Africa/Tunis")
MINUTE = timedelta(minutes=1)


def why(what: str, **known: object) -> Silence | None:
    return silence(what, History(**known), NOW, QUIET, TUNIS)  # type: ignore[arg-type]


def test_the_first_answer_may_go() -> None:
    assert why("outside_hours") is None


def test_a_kind_goes_once_a_calendar_day_of_the_firms() -> None:
    said = [(NOW - 2 * MINUTE, "outside_hours")]
    assert why("outside_hours", ours=said) == Silence.TODAY_ALREADY
    assert why("unknown_number", ours=said) is None
    yesterday = [(datetime(2026, 11, 22, 22, 59, tzinfo=UTC), "outside_hours")]
    assert why("outside_hours", ours=yesterday) is None, "before midnight in Tunis"
    after_midnight = [(datetime(2026, 11, 22, 23, 1, tzinfo=UTC), "outside_hours")]
    assert why("outside_hours", ours=after_midnight) == Silence.TODAY_ALREADY


def test_a_person_who_answers_is_not_talked_over() -> None:
    assert why("faq:1", persons=[NOW - 4 * MINUTE]) == Silence.PERSON_ANSWERED
    assert why("faq:1", persons=[NOW - 5 * MINUTE]) is None


def test_who_wants_nothing_gets_nothing_but_the_answer_to_that() -> None:
    assert why("faq:1", is_opted_out=True) == Silence.OPTED_OUT
    assert why("opted_out", is_opted_out=True) is None


def test_questions_are_answered_five_times_a_day() -> None:
    said = [(NOW - number * MINUTE, f"faq:{number}") for number in range(1, 6)]
    assert why("faq:9", ours=said) == Silence.TODAY_ALREADY
    assert why("faq:9", ours=said[:4]) is None
    assert why("faq:1", ours=said[:1]) == Silence.TODAY_ALREADY


@pytest.mark.parametrize(
    "text", ["Ceci est un MESSAGE AUTOMATIQUE", "Auto-Reply: I am away", "هذا رد تلقائي"]
)
def test_what_calls_itself_a_robot_is_one(text: str) -> None:
    assert why("faq:1", theirs=[(NOW, text)]) == Silence.ROBOT


def test_who_answers_each_of_ours_at_once_is_a_robot() -> None:
    ours = [(NOW - number * MINUTE, f"faq:{number}") for number in range(1, 4)]
    theirs = [(at + timedelta(seconds=2), f"words {at}") for at, _ in ours]
    assert why("outside_hours", ours=ours, theirs=theirs) == Silence.ROBOT
    slowly = [(at + timedelta(seconds=20), f"words {at}") for at, _ in ours]
    assert why("outside_hours", ours=ours, theirs=slowly) is None


def test_the_same_words_again_and_again_are_a_robots() -> None:
    ours = [(NOW - 30 * MINUTE, "faq:1"), (NOW - 20 * MINUTE, "faq:2")]
    theirs = [(NOW - number * 9 * MINUTE, "Bonjour") for number in range(3)]
    assert why("outside_hours", ours=ours, theirs=theirs) == Silence.ROBOT


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(["a", "b", "faq:1", "faq:2"]))),
    st.sampled_from(["a", "b", "faq:1", "faq:2"]),
)
def test_never_two_of_a_kind_in_a_day(said: list[tuple[int, str]], what: str) -> None:
    ours = [(NOW - ago * MINUTE, kind) for ago, kind in said]
    day = NOW.astimezone(TUNIS).date()
    if what in {kind for at, kind in ours if at.astimezone(TUNIS).date() == day}:
        assert why(what, ours=ours) is not None


def test_a_machine_that_answers_each_confirmation_with_a_document_is_left_alone() -> None:
    ours = [NOW - timedelta(minutes=n) for n in range(MIRRORED)]
    theirs = [(at + timedelta(seconds=2), "") for at in ours]
    quiet = timedelta(minutes=5)

    assert keeps_quiet(History(confirmed=ours, theirs=theirs), NOW, quiet) is Silence.ROBOT
    assert keeps_quiet(History(confirmed=ours, theirs=theirs[1:]), NOW, quiet) is None
    assert keeps_quiet(History(confirmed=ours[1:], theirs=theirs), NOW, quiet) is None


def test_nobody_is_talked_over() -> None:
    quiet = timedelta(minutes=5)
    answered = History(persons=[NOW - timedelta(minutes=4)])

    assert keeps_quiet(answered, NOW, quiet) is Silence.PERSON_ANSWERED
    assert keeps_quiet(answered, NOW + quiet, quiet) is None
