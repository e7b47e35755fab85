"""Nothing secret comes out of the log, whatever a library wrote into it."""

import json
from pathlib import Path

import pytest

from appliance.upkeep.logs import MASK, Masking, latest, tail

TOKEN = "s3cr3t/with+odd=letters&more"
masked = Masking(lambda: [TOKEN, "short"])


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "s3cr3t%2Fwith%2Bodd%3Dletters%26more",
        "Bearer abcdefgh12345678",
        "EAAG" + "x1" * 20,
        "ya29.a0AfH6SMBx-1234567890",
        "1//0gabcdefghijklmnopqrstuv",
        "password=hunter2x",
        '"access_token": "abcdef"',
    ],
)
def test_what_is_secret_or_looks_like_it_is_masked(secret: str) -> None:
    shown = masked(f"before {secret} after")
    assert MASK in shown
    assert "before" in shown
    assert "after" in shown
    for part in ("s3cr3t", "abcdefgh", "x1x1", "a0AfH6", "hunter2", '"abcdef"'):
        assert part not in shown


def test_a_number_is_shown_as_everywhere_by_its_last_two_digits() -> None:
    assert masked("sent to=+21620111222 id=9876543210") == "sent to=+…22 id=9876543210"


def test_an_address_keeps_its_host_and_loses_its_password() -> None:
    assert masked("redis://nour:pw@host:6379/0") == f"redis://{MASK}@host:6379/0"


def test_short_secrets_do_not_eat_the_words_of_the_log() -> None:
    assert masked("a short word, id=20111222 dossier=2026-001") == (
        "a short word, id=20111222 dossier=2026-001"
    )


def test_lines_are_filtered_newest_first_and_bounded(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "greffier.log.1").write_text(json.dumps({"level": "error", "event": "old"}) + "\n")
    lines = [
        {"level": "info", "event": "message filed", "id": n, "timestamp": "2026-11-25T09:00:00Z"}
        for n in range(500)
    ]
    lines.append({"level": "error", "event": "upkeep failed", "exception": ["OSError", "  f:1"]})
    text = "\n".join(json.dumps(line) for line in lines)
    (folder / "greffier.log").write_text(text + "\nnot json\n")
    assert [line.event for line in latest(tmp_path, "error", "", masked)] == [
        "upkeep failed",
        "old",
    ]
    assert latest(tmp_path, "warning", "", masked)[0].event == "not json"
    filed = latest(tmp_path, "info", "FILED id=7", masked)
    assert filed[0].more.startswith("id=79")
    assert filed[0].at is not None
    assert len(latest(tmp_path, "debug", "", masked)) == 200
    assert len(tail(tmp_path)) == 503


def test_where_there_is_no_log_there_are_no_lines(tmp_path: Path) -> None:
    assert latest(tmp_path, "debug", "", masked) == []
