"""The log says where things went wrong, never whose they were."""

import json
from pathlib import Path

import structlog

from appliance import logbook


def test_an_exception_is_logged_without_its_words(tmp_path: Path) -> None:
    logbook.open_log(tmp_path)
    try:
        try:
            try:
                raise OSError("/Dossiers/Ben Youssef/2026-01 - Divorce cannot be written")
            except OSError as error:
                raise ValueError("salma@cabinet.example") from error
        except ValueError:
            structlog.get_logger("appliance.test").exception("job failed", id=7)
    finally:
        logbook.close_log()

    line = (tmp_path / "logs" / "greffier.log").read_text("utf-8")
    said = json.loads(line)
    assert (said["event"], said["id"]) == ("job failed", 7)
    assert {"ValueError", "OSError"} <= set(said["exception"])
    assert "in test_an_exception_is_logged_without_its_words" in line
    for secret in ("Youssef", "salma"):
        assert secret not in line
