"""WhatsApp's 24 hours are hours: no midnight and no change of the clocks moves them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from appliance.outbox.gate import SERVICE_WINDOW, TEMPLATE, WINDOW_MARGIN, closes_at
from appliance.store import models

PARIS, CASABLANCA = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Casablanca")
# Around both changes of the clocks in Paris, and Ramadan's in Casablanca, and any midnight.
minutes = st.integers(0, 60 * 24 * 400)
START = datetime(2026, 1, 1, tzinfo=UTC)


def row(*wrote: datetime, expires: datetime | None = None, **values: object) -> models.Outgoing:
    made = models.Outgoing(created_at=START, expires_at=expires, **values)
    made.correspondent = models.Correspondent(last_wrote_at=max(wrote, default=None))
    return made


@given(st.lists(minutes, min_size=1, max_size=5), minutes, st.sampled_from([PARIS, CASABLANCA]))
def test_it_is_open_for_a_day_of_real_hours_after_the_last_words(
    spoken: list[int], now: int, zone: ZoneInfo
) -> None:
    wrote = [(START + timedelta(minutes=each)).astimezone(zone) for each in spoken]
    at = (START + timedelta(minutes=now)).astimezone(zone)
    is_open = at < closes_at(row(*wrote))
    last = START + timedelta(minutes=max(spoken))
    assert is_open == (at.astimezone(UTC) < last + SERVICE_WINDOW - WINDOW_MARGIN)


@given(minutes, minutes)
def test_what_the_message_itself_allows_counts_too(spoken: int, posted: int) -> None:
    wrote, expires = START + timedelta(minutes=spoken), START + timedelta(minutes=posted)
    assert closes_at(row(wrote, expires=expires)) == max(
        expires, wrote + SERVICE_WINDOW - WINDOW_MARGIN
    )


@given(minutes, st.integers(-600, 600))
def test_metas_word_that_it_is_closed_counts_until_they_write_again(said: int, later: int) -> None:
    refused_at = START + timedelta(minutes=said)
    wrote = refused_at + timedelta(seconds=later)
    closed = row(wrote, expires=refused_at, category=TEMPLATE, sending_at=refused_at)
    is_open = refused_at < closes_at(closed)
    assert is_open == (later > -1), "Meta's timestamps have no fraction of a second"


def test_without_any_word_of_theirs_it_was_never_open() -> None:
    assert closes_at(row()) == START
