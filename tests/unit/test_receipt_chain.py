"""The chain of receipts: whatever is done to it afterwards is found, and named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.chain import (
    START,
    Breach,
    Checked,
    Entry,
    Finding,
    Head,
    canonical,
    check,
    digest_of,
    grouped,
    is_sealed,
    is_whole,
    made,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def chained(count: int, key: bytes = KEY) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, count + 1):
        previous = entries[-1].hash if entries else START
        entries.append(made("delivery", {"said": f"entry {number}"}, number, previous, key))
    return entries


def found(entries: list[Entry], heads: tuple[Head, ...] = ()) -> Finding | None:
    return check(entries, [KEY], heads).finding


def head_of(entry: Entry) -> Head:
    return Head(entry.number, entry.hash)


def test_a_chain_as_it_was_made_stands() -> None:
    entries = chained(5)

    checked = check(entries, [KEY], [head_of(entries[2]), head_of(entries[4])])

    assert (checked.count, checked.last, checked.finding) == (5, head_of(entries[4]), None)


def test_nothing_is_a_chain_of_nothing() -> None:
    assert check([], [KEY]) == Checked()


def rewritten(entry: Entry, key: bytes = OTHER_KEY, **said: Any) -> Entry:
    """All that can be made anew without our key."""
    return made(entry.kind, said, entry.number, entry.previous, key)._replace(key_id=entry.key_id)


@given(st.integers(1, 6), st.text(max_size=20))
def test_changed_words_are_found(number: int, words: str) -> None:
    entries = chained(6)
    entries[number - 1] = entries[number - 1]._replace(statement=canonical({"said": words}))

    assert found(entries) == Finding(Breach.ALTERED, number)


@pytest.mark.parametrize("column", ["digest", "previous", "hash"])
@pytest.mark.parametrize("value", ["ab" * 32, "", "no digits", "é"])
def test_a_changed_fingerprint_is_found(column: str, value: str) -> None:
    entries = chained(4)
    entries[2] = entries[2]._replace(**{column: value})

    assert found(entries) == Finding(Breach.ALTERED, 3)


@pytest.mark.parametrize("seal", ["", "ab" * 32, "é", "\ud800"])
def test_a_changed_seal_is_found(seal: str) -> None:
    entries = chained(4)
    entries[1] = entries[1]._replace(seal=seal)

    assert found(entries) == Finding(Breach.INSERTED, 2)


@given(st.integers(1, 6))
def test_an_entry_rewritten_without_the_key_is_found(number: int) -> None:
    entries = chained(6)
    entries[number - 1] = rewritten(entries[number - 1], said="something else")

    assert found(entries) == Finding(Breach.INSERTED, number)


@given(st.integers(1, 5))
def test_a_removed_entry_is_found(number: int) -> None:
    entries = chained(6)
    del entries[number - 1]

    assert found(entries) == Finding(Breach.REMOVED, number)


@given(st.integers(1, 5))
def test_a_removed_entry_whose_followers_were_renumbered_is_found(number: int) -> None:
    entries = chained(6)
    del entries[number - 1]
    entries = [entry._replace(number=place) for place, entry in enumerate(entries, start=1)]

    assert found(entries) == Finding(Breach.REORDERED, number)


@given(st.integers(0, 5))
def test_an_inserted_entry_is_found(place: int) -> None:
    entries = chained(6)
    previous = entries[place - 1].hash if place else START
    forged = made("delivery", {"said": "never sent"}, place + 1, previous, OTHER_KEY)
    entries.insert(place, forged._replace(key_id=entries[0].key_id))

    assert found(entries) == Finding(Breach.INSERTED, place + 1)


def test_an_entry_that_stands_twice_is_found() -> None:
    entries = chained(4)
    entries.insert(2, entries[1])

    assert found(entries) == Finding(Breach.INSERTED, 2)


@given(st.permutations(range(5)))
def test_a_changed_order_is_found(order: list[int]) -> None:
    entries = chained(5)
    shuffled = [entries[place] for place in order]

    finding = found(shuffled)

    assert (finding is None) == (order == sorted(order))


@given(st.integers(0, 3), st.integers(1, 3))
def test_entries_that_changed_places_are_found(place: int, distance: int) -> None:
    entries = chained(7)
    one, other = entries[place], entries[place + distance]
    entries[place] = other._replace(number=one.number)
    entries[place + distance] = one._replace(number=other.number)

    assert found(entries) == Finding(Breach.REORDERED, one.number)


def test_a_genuine_entry_of_another_chain_does_not_fit_in() -> None:
    entries = chained(4)
    elsewhere = made("delivery", {"said": "of a copy that was put back"}, 3, "ab" * 32, KEY)

    assert found([*entries[:2], elsewhere, entries[3]]) == Finding(Breach.REPLACED, 2)


@given(st.integers(1, 5))
def test_a_cut_end_is_found_by_what_was_written_down_elsewhere(left: int) -> None:
    entries = chained(6)

    assert found(entries[:left]) is None, "the chain alone cannot tell"
    assert found(entries[:left], (head_of(entries[-1]),)) == Finding(Breach.CUT, left + 1)


def test_a_chain_that_is_all_gone_is_found() -> None:
    assert found([], (head_of(chained(3)[-1]),)) == Finding(Breach.CUT, 1)


def test_a_chain_made_anew_with_the_key_is_found_by_what_was_written_down_elsewhere() -> None:
    before = chained(4)
    anew = [made("delivery", {"said": "another story"}, 1, START, KEY)]
    for number in range(2, 5):
        anew.append(made("delivery", {"said": str(number)}, number, anew[-1].hash, KEY))

    assert found(anew) is None
    assert found(anew, (head_of(before[2]),)) == Finding(Breach.REPLACED, 3)


def test_a_seal_of_another_computer_is_said_to_be_that() -> None:
    entries = chained(3, OTHER_KEY)

    assert found(entries) == Finding(Breach.UNKNOWN_KEY, 1)
    assert check(entries, [KEY, OTHER_KEY]).finding is None


def test_words_that_were_erased_as_an_entry_says_leave_the_chain_whole() -> None:
    entries = chained(3)
    entries.append(made("erasure", {"erased": [2]}, 4, entries[-1].hash, KEY))
    entries[1] = entries[1]._replace(statement=None)

    checked = check(entries, [KEY])

    assert (checked.finding, checked.erased) == (None, {2})


def test_words_that_vanished_without_an_entry_that_says_so_are_found() -> None:
    entries = chained(4)
    entries[1] = entries[1]._replace(statement=None)

    assert found(entries) == Finding(Breach.ALTERED, 2)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none()))
def test_one_content_has_one_spelling(said: dict[str, Any]) -> None:
    turned = dict(reversed(said.items()))

    assert canonical(said) == canonical(turned)
    assert json.loads(canonical(said)) == said
    assert len(digest_of(canonical(said))) == 64


def test_an_entry_alone_can_be_told_from_a_false_one() -> None:
    entry = chained(1)[0]
    altered = entry._replace(statement=canonical({"said": "x"}))

    assert is_whole(entry)
    assert is_sealed(entry, KEY)
    assert not is_sealed(entry, OTHER_KEY)
    assert not is_whole(altered)
    assert not is_sealed(altered, KEY)
    assert not is_whole(entry._replace(statement=None))


def test_fingerprints_are_shown_in_groups() -> None:
    assert grouped("0123456789abcdef01") == "01234567 89abcdef 01"
