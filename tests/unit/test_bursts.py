"""What one person sends in a row is one line."""

from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from appliance.dashboard.bursts import TOGETHER, bursts
from appliance.store.models import Message

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NUMBERS = count(1)


def message(sender: str, second: float, body: str = "", person: int | None = None) -> Message:
    at = NOON + timedelta(seconds=second)
    number = next(NUMBERS)
    values = {"sender": sender, "body": body, "correspondent": person}
    return Message(id=number, received_at=at, sent_at=at, **values)


def test_photos_of_one_album_are_one_line() -> None:
    [one] = bursts([message("+1", second, f"photo {second}") for second in (0, 60, 170)])

    assert [each.body for each in one.messages] == ["photo 0", "photo 60", "photo 170"]


def test_somebody_who_writes_again_later_is_a_line_of_their_own() -> None:
    found = bursts([message("+1", 0), message("+1", 121)])

    assert [len(one.messages) for one in found] == [1, 1]
    assert found[0].first.received_at > found[1].first.received_at


def test_two_people_who_write_at_once_are_two_lines() -> None:
    found = bursts([message("+1", 0), message("+2", 1), message("+1", 2)])

    assert [one.first.sender for one in found] == ["+1", "+2"]
    assert len(found[0].messages) == 2


def test_a_person_with_two_numbers_is_one() -> None:
    [one] = bursts([message("+1", 0, person=7), message("+2", 1, person=7)])

    assert len(one.messages) == 2


def test_what_waited_at_meta_all_night_was_not_written_at_once() -> None:
    late = [message("+1", 0), message("+1", 1)]
    late[0].sent_at = NOON - timedelta(hours=9)

    assert len(bursts(late)) == 2


def test_the_first_words_are_those_of_whichever_message_has_some() -> None:
    [one] = bursts([message("+1", 0), message("+1", 1, "Voici"), message("+1", 2, "le bail")])

    assert one.words == "Voici"


def test_what_whatsapp_says_itself_is_nobodys_words() -> None:
    news = message("+1", 0, "User Amel changed from 1 to 2")
    news.type = "system"
    [one] = bursts([news, message("+1", 1, "Voici")])

    assert one.words == "Voici"


MESSAGES = st.lists(
    st.tuples(st.sampled_from(["+1", "+2", "+3"]), st.integers(0, 2000)), max_size=40
)


@given(MESSAGES)
def test_no_message_is_lost_or_shown_twice(written: list[tuple[str, int]]) -> None:
    messages = [message(*one) for one in written]
    found = bursts(messages)

    assert sorted(each.id for one in found for each in one.messages) == [
        each.id for each in messages
    ]
    for one in found:
        assert len({each.sender for each in one.messages}) == 1
        times = [each.received_at for each in one.messages]
        assert all(b - a <= TOGETHER for a, b in pairwise(times))
    lasts = [one.last.received_at for one in found]
    assert lasts == sorted(lasts, reverse=True)
