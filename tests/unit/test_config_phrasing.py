"""What is written for a value is read as the same value."""

from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from appliance.config import SECTIONS, KeptJobs, Opening, Rate, as_written, value_of
from appliance.vault import SECRETS

UNWRITTEN = {("firm", "data"), ("documents", "folder")}  # their defaults depend on the computer


def test_every_default_is_read_as_itself() -> None:
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            if f"{section}.{key}" in SECRETS or (section, key) in UNWRITTEN:
                continue
            default = field.get_default()
            text = as_written(section, key, default)
            assert not text or value_of((section, key), text) == (default, None), (section, key)


@given(st.integers(1, 999_999), st.integers(1, 3_000_000))
def test_a_rate_is_read_as_itself(count: int, seconds: int) -> None:
    rate = Rate(count, timedelta(seconds=min(seconds, 999_999)))
    assert value_of(("limits", "whatsapp_send"), as_written("limits", "x", rate)) == (rate, None)


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 22), st.integers(0, 59))
def test_opening_hours_are_read_as_themselves(days: set[int], opens: int, minute: int) -> None:
    closing = time.max if opens == 22 else time(23, minute)
    hours = tuple(Opening(day, time(opens, minute), closing) for day in sorted(days))
    text = as_written("firm", "hours", hours)
    assert value_of(("firm", "hours"), text) == (hours, None), text


def test_days_in_a_row_are_written_together() -> None:
    hours = tuple(Opening(day, time(9), time(12, 30)) for day in (0, 1, 2, 4))
    afternoon = Opening(0, time(14), time.max)
    text = as_written("firm", "hours", (*hours, afternoon))
    assert text == "mon 14:00-24:00, mon-wed 09:00-12:30, fri 09:00-12:30"


def test_dates_and_bounds_without_a_count() -> None:
    assert as_written("firm", "holidays", (date(2026, 7, 14),)) == "2026-07-14"
    assert as_written("retention", "jobs_completed", KeptJobs(timedelta(days=2), None)) == "2d"
    assert as_written("webhook", "max_body", 3000) == "3000B"
