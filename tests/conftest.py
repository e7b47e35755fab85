"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.firm import passwords

HERE = Path(__file__).resolve().parent
LEVELS = ("unit", "integration", "conformance", "contract", "e2e", "browser")
FIRST = (
    "torture",
    "browser",
    "e2e",
)  # what takes longest begins first: nobody waits for it at the end

# Hundreds of people sign in to small firms here: their passwords are hashed as anybody's, for less.
# What a process of the product pays is seen in tests/e2e (test_commands).
passwords.MEMORY = 64


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the folder it lies in, so that `-m unit` and `-m "not e2e"` work."""
    for item in items:
        if HERE in item.path.parents:
            level = item.path.relative_to(HERE).parts[0]
            if level in LEVELS:
                item.add_marker(level)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0] if HERE in item.path.parents else ""
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
