"""One outside world, one office and one `greffier run` a module: see `office.py`."""

from collections.abc import Iterator

import pytest

from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Office, Running, world


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[Meta, Mailbox]]:
    with world() as played:
        yield played


@pytest.fixture(scope="module")
def meta(outside: tuple[Meta, Mailbox]) -> Meta:
    return outside[0]


@pytest.fixture(scope="module")
def mailbox(outside: tuple[Meta, Mailbox]) -> Mailbox:
    return outside[1]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, meta: Meta, mailbox: Mailbox) -> Office:
    """The sample firm on disk, connected to the outside."""
    made = Office.of(tmp_path_factory.mktemp("office") / "data", meta, mailbox)
    made.furnish()
    return made


@pytest.fixture(scope="module")
def greffier(office: Office, meta: Meta) -> Iterator[Running]:
    """The office's appliance, known to Meta; asserts at its end that it drains in time."""
    with office.open() as running:
        meta.subscribe(running.webhook)
        yield running
