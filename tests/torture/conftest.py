"""A stopped office in which all is well, to be tampered with: copied afresh for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.clients import Clients
from tests.torture.world import Torture, tortured


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Torture, Clients]]:
    """Documents and words came, all was worked off, and it was stopped. Meta still answers."""
    with tortured(tmp_path_factory.mktemp("stopped"), seed=5) as run:
        clients = Clients(run.meta, run.chance)
        for _ in range(8):
            clients.write()
        clients.send()
        run.calm()
        yield run, clients


@pytest.fixture
def tampered(stopped: tuple[Torture, Clients], tmp_path: Path) -> Iterator[tuple[Torture, Clients]]:
    """What is done to it is undone afterwards."""
    run, _ = stopped
    shutil.copytree(run.office.data, tmp_path / "as it was")
    yield stopped
    shutil.rmtree(run.office.data)
    shutil.copytree(tmp_path / "as it was", run.office.data)
