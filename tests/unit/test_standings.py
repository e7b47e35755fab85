"""In which lists a conversation stands."""

from datetime import UTC, datetime

from appliance.dashboard.standings import Asks, Show, Standing
from appliance.store.models import User

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ASKS = Asks(User(id=7), NOW)
LATELY = "2026-11-25 10:30:00.000000"  # the window closes in an hour and a half
HEARD = Standing(
    person_id=1,
    profile_name="",
    at=LATELY,
    heard_count=3,
    unread=2,
    is_done=False,
    assigned_id=7,
    wrote_at=LATELY,
    is_withheld=False,
    is_blocked=False,
    heard_id=1,
    said_id=0,
    is_ours=False,
)


def test_what_is_mine_unread_and_closing_stands_in_each_of_these_lists() -> None:
    found = set(ASKS.shows(HEARD))
    assert found == {Show.ALL, Show.UNREAD, Show.OPEN, Show.MINE, Show.CLOSING}


def test_whoever_is_blocked_stands_among_all_of_them_and_nowhere_else() -> None:
    assert list(ASKS.shows(HEARD._replace(is_blocked=True))) == [Show.ALL]
    done = HEARD._replace(is_blocked=True, is_done=True)
    assert list(ASKS.shows(done)) == [Show.ALL], "nobody has finished anything here"
