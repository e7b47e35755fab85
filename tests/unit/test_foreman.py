"""What the child says is taken for what a stranger says."""

import json

import pytest

from appliance.workshop.apprentice import DISK_FULL
from appliance.workshop.faults import SENTENCES, Flaw, UndecodableError
from appliance.workshop.foreman import _understood, whole


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"null",
        b'{"came": 7}',
        b'{"fault": "all is well"}',
        b"\xff\xfe",
        b"{}",
    ],
)
def test_what_makes_no_sense_is_a_child_that_stopped(line: bytes) -> None:
    assert _understood(line) == {"fault": Flaw.STOPPED}


@pytest.mark.parametrize("answer", [{"came": {}}, {"fault": "locked"}, {"fault": DISK_FULL}])
def test_what_makes_sense_is_taken(answer: dict[str, object]) -> None:
    assert _understood(json.dumps(answer).encode()) == answer


@pytest.mark.parametrize("value", [None, "7", -1, 101, 7.5, [7]])
def test_only_a_number_that_can_be_is_a_number(value: object) -> None:
    with pytest.raises(UndecodableError):
        whole({"pages": value}, "pages", 100)


def test_a_number_is_a_number() -> None:
    assert whole({"pages": 7}, "pages", 100) == 7


def test_each_flaw_is_said_and_tells_what_to_do() -> None:
    assert set(SENTENCES) == set(Flaw)
    assert all("sk its" in text or "open the original" in text for text in SENTENCES.values())
