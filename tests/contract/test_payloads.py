"""What bodies that nobody here wrote must become: every one of the collected ones, row by row.

`tests/fixtures/payload_outcomes.json` was made by the code once and then read against Meta's facts,
all 256 bodies. What reading them corrected in the code: an empty caption is no text; what the firm
wrote on its own phone is not from the client whom `contacts` names; a file that follows the history
of a chat is history, not new work; the statuses of calls are no receipts of ours; a message without
`type` is of the type whose content it holds; a contact that shares only the parent id is the
sender. Kept on purpose: a contact whose number contradicts the message's (Meta's get_started) gives
no name.
"""

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from appliance.inbox import envelope
from appliance.inbox.context import Fault
from appliance.inbox.envelope import Incoming, Notice, Receipt, Update

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
OUTCOMES = Path(__file__).resolve().parents[1] / "fixtures" / "payload_outcomes.json"
BODIES = sorted(PAYLOADS.glob("*/*.json"))

if not BODIES:
    pytest.skip(f"the collected bodies are not beside the project ({PAYLOADS.name})", True)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@cache
def outcomes() -> dict[str, Any]:
    return dict(json.loads(OUTCOMES.read_bytes()))


def outcome(update: Update) -> dict[str, Any]:
    """What became of one update, without what is not there."""
    match update:
        case Incoming():
            told = message(update)
        case Receipt():
            told = {
                "kind": "receipt",
                "id": update.wamid,
                "status": update.status,
                "callback": update.callback,
                "errors": codes(update.errors),
            }
        case Notice():
            told = {
                "kind": "notice",
                "field": update.field,
                "errors": codes(update.errors),
                "not_understood": update.error,
            }
    return {key: value for key, value in told.items() if value not in (None, [])}


def message(update: Incoming) -> dict[str, Any]:
    context = update.context
    return {
        "kind": "message" if update.direction == "in" else f"message ({update.direction})",
        "id": update.wamid,
        "type": update.type,
        "sender": update.sender,
        "user_id": update.user_id,
        "name": update.profile_name,
        "at": update.sent_at.isoformat() if update.sent_at else None,
        "text": update.text,
        "media": update.media.media_id if update.media else None,
        "filename": update.media.filename if update.media else None,
        "reply_to": context.reply_to,
        "forwarded": "often" if context.is_frequently_forwarded else context.is_forwarded or None,
        "group": update.raw.get("group_id"),
        "detail": detail(update),
        "advertisement": update.referral.source_id if update.referral else None,
        "errors": codes(update.errors),
    }


def detail(update: Incoming) -> dict[str, Any] | None:
    found = update.detail
    if found is None:
        return None
    values = {key: value for key, value in dataclasses.asdict(found).items() if value is not None}
    return {"is": type(found).__name__, **json.loads(json.dumps(values))}


def codes(errors: tuple[Fault, ...]) -> list[int | None]:
    return [error.code for error in errors]


@pytest.mark.parametrize("path", BODIES, ids=name_of)
def test_a_body_becomes_what_meta_means_by_it(path: Path) -> None:
    updates = envelope.read(envelope.parse(path.read_bytes()))

    assert [outcome(update) for update in updates] == outcomes()[name_of(path)]


def test_no_outcome_is_of_a_body_that_is_not_there() -> None:
    assert set(outcomes()) == {name_of(path) for path in BODIES}
