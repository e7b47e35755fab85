"""Open or closed, across midnight, holidays and the changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Opening
from appliance.replies.hours import is_open, next_opening

TUNIS, PARIS, CASABLANCA = map(ZoneInfo, ("Africa/Tunis", "Europe/Paris", "Africa/Casablanca"))
OFFICE = [Opening(day, time(9), time(18)) for day in range(5)]
SPLIT = [Opening(0, time(9), time(12)), Opening(0, time(14), time(18))]
NIGHT = [Opening(4, time(20), time.max), Opening(5, time(0), time(2))]

quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def openings(draw: st.DrawFn) -> list[Opening]:
    made = []
    for weekday in draw(st.sets(st.integers(0, 6), max_size=4)):
        opens, closes = sorted(draw(st.tuples(quarters, quarters)))
        made.append(Opening(weekday, opens, time.max if opens == closes else closes))
    return made


instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
zones = st.sampled_from([TUNIS, PARIS, CASABLANCA])
holidays = st.sets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=5)


def at(zone: ZoneInfo, *when: int) -> datetime:
    return datetime(*when, tzinfo=zone)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("instant", "hours", "opened"),
    [
        (at(TUNIS, 2026, 11, 23, 9, 0), OFFICE, True),
        (at(TUNIS, 2026, 11, 23, 8, 59), OFFICE, False),
        (at(TUNIS, 2026, 11, 23, 17, 59), OFFICE, True),
        (at(TUNIS, 2026, 11, 23, 18, 0), OFFICE, False),
        (at(TUNIS, 2026, 11, 22, 12, 0), OFFICE, False),
        (at(TUNIS, 2026, 11, 23, 13, 0), SPLIT, False),
        (at(TUNIS, 2026, 11, 23, 14, 0), SPLIT, True),
        (at(TUNIS, 2026, 11, 27, 23, 59), NIGHT, True),
        (at(TUNIS, 2026, 11, 28, 0, 0), NIGHT, True),
        (at(TUNIS, 2026, 11, 28, 2, 0), NIGHT, False),
    ],
)
def test_open_means_from_the_first_minute_until_before_the_last(
    instant: datetime, hours: list[Opening], opened: bool
) -> None:
    assert is_open(instant, hours, (), TUNIS) is opened


def test_a_holiday_is_closed_all_day() -> None:
    day = date(2026, 11, 23)
    assert not is_open(at(TUNIS, 2026, 11, 23, 10), OFFICE, {day}, TUNIS)
    opens = next_opening(at(TUNIS, 2026, 11, 23, 10), OFFICE, {day}, TUNIS)
    assert opens == at(TUNIS, 2026, 11, 24, 9)


def test_before_the_week_end_the_next_opening_is_monday() -> None:
    assert next_opening(at(TUNIS, 2026, 11, 20, 18), OFFICE, (), TUNIS) == at(
        TUNIS, 2026, 11, 23, 9
    )


def test_a_firm_that_never_opens_has_no_next_opening() -> None:
    assert next_opening(at(TUNIS, 2026, 11, 20, 18), [], (), TUNIS) is None


def test_nine_o_clock_is_nine_o_clock_on_both_sides_of_a_change_of_the_clocks() -> None:
    """Paris leaves summer time on 25 October 2026."""
    before = next_opening(at(PARIS, 2026, 10, 23, 19), OFFICE, (), PARIS)
    assert before == at(PARIS, 2026, 10, 26, 9)
    assert before.astimezone(UTC).hour == 8
    summer = next_opening(at(PARIS, 2026, 10, 22, 19), OFFICE, (), PARIS)
    assert summer is not None
    assert summer.astimezone(UTC).hour == 7


@given(instants, openings(), holidays, zones)
def test_the_next_opening_opens_and_nothing_opens_before(
    instant: datetime, hours: list[Opening], free: set[date], zone: ZoneInfo
) -> None:
    opens = next_opening(instant, hours, free, zone)
    if opens is None:
        return
    assert opens > instant
    assert opens.astimezone(zone).date() not in free
    skipped = opens.astimezone(zone).time() not in {opening.opens for opening in hours}
    assert skipped or is_open(opens, hours, free, zone)
    step = (opens - instant) / 20
    for number in range(20):
        between = instant + step * number
        was_open = is_open(instant, hours, free, zone)
        assert was_open or not is_open(between, hours, free, zone) or number == 0


@given(instants, openings(), zones)
def test_the_hours_of_a_week_add_up(
    instant: datetime, hours: list[Opening], zone: ZoneInfo
) -> None:
    """By the wall clock, quarter by quarter, of a week without a change of the clocks."""
    monday = datetime(2026, 6, 1, tzinfo=zone)
    quarters_open = sum(
        is_open(monday + timedelta(minutes=15 * n + 7), hours, (), zone) for n in range(4 * 24 * 7)
    )
    wanted = 0
    for opening in hours:
        closes = (
            96
            if opening.closes == time.max
            else opening.closes.hour * 4 + (opening.closes.minute // 15)
        )
        wanted += closes - opening.opens.hour * 4 - opening.opens.minute // 15
    assert quarters_open == wanted


def test_an_hour_that_the_clocks_leave_out_is_the_instant_at_which_they_change() -> None:
    """Paris goes from 02:00 to 03:00 on 29 March 2026."""
    early = [Opening(6, time(2, 30), time(9))]
    opens = next_opening(at(PARIS, 2026, 3, 29, 0), early, (), PARIS)
    assert opens == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_hours_within_the_hour_that_is_left_out_do_not_happen() -> None:
    short = [Opening(6, time(2, 15), time(2, 45))]
    opens = next_opening(at(PARIS, 2026, 3, 29, 0), short, (), PARIS)
    assert opens == at(PARIS, 2026, 4, 5, 2, 15)


def test_an_hour_that_comes_twice_opens_twice() -> None:
    """Paris goes from 03:00 back to 02:00 on 25 October 2026."""
    short = [Opening(6, time(2, 30), time(2, 45))]
    first = next_opening(at(PARIS, 2026, 10, 25, 0), short, (), PARIS)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_opening(first, short, (), PARIS) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_hours_without_a_pause_at_midnight_are_one_opening() -> None:
    assert is_open(datetime(2026, 11, 27, 23, 59, 59, 999999, TUNIS), NIGHT, (), TUNIS)
    opens = next_opening(at(TUNIS, 2026, 11, 27, 21), NIGHT, (), TUNIS)
    assert opens == at(TUNIS, 2026, 12, 4, 20)


CHANGES = [
    (PARIS, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (PARIS, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (CASABLANCA, datetime(2026, 2, 15, 2, tzinfo=UTC)),  # Ramadan begins
    (CASABLANCA, datetime(2026, 3, 22, 2, tzinfo=UTC)),
    (ZoneInfo("Africa/Cairo"), datetime(2026, 4, 23, 22, tzinfo=UTC)),  # at midnight
    (ZoneInfo("Africa/Cairo"), datetime(2026, 10, 29, 21, tzinfo=UTC)),
]


@given(st.sampled_from(CHANGES), st.integers(-2000, 600), openings())
def test_around_a_change_of_the_clocks_it_is_what_looking_every_quarter_finds(
    change: tuple[ZoneInfo, datetime], minutes: int, hours: list[Opening]
) -> None:
    zone, changed = change
    instant = changed + timedelta(minutes=minutes)
    quarter = timedelta(minutes=15)
    later = changed + quarter * (minutes // 15 + 1)
    wanted = None
    for number in range(4 * 60):
        then = later + quarter * number
        closed = not is_open(then - timedelta(seconds=1), hours, (), zone)
        if closed and is_open(then, hours, (), zone):
            wanted = then
            break
    found = next_opening(instant, hours, (), zone)
    if wanted is not None or (found is not None and found < later + quarter * 4 * 60):
        assert found == wanted
