"""Bodies that nobody here wrote: every one is accepted, kept raw, and never crashes anything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.inbox import envelope
from appliance.inbox.envelope import Incoming, Notice, Receipt

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
BODIES = sorted(PAYLOADS.glob("*/*.json"))

if not BODIES:
    pytest.skip(f"the collected bodies are not beside the project ({PAYLOADS.name})", True)


def ids(node: Any, key: str) -> Iterator[str]:
    """The ids of every object in a list called `key`, at any depth."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == key and isinstance(inner, list):
                yield from (item["id"] for item in inner if isinstance(item, dict) and "id" in item)
            yield from ids(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from ids(inner, key)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_update_of_a_body_is_found(path: Path) -> None:
    payload = json.loads(path.read_bytes())

    updates = envelope.read(payload)

    messages = {update.wamid for update in updates if isinstance(update, Incoming)}
    receipts = {update.wamid for update in updates if isinstance(update, Receipt)}
    wanted = {*ids(payload, "messages"), *ids(payload, "message_echoes")}
    assert wanted <= messages | receipts
    assert set(ids(payload, "statuses")) <= receipts
    assert [u.error for u in updates if isinstance(u, Notice) and u.error] == []
