"""Letters send people where somebody really listens."""

from collections.abc import Iterator

import pytest
from flask import Flask

from appliance.config import Dashboard
from appliance.fittings import address_in_letters
from appliance.listening import Door


@pytest.fixture
def door() -> Iterator[Door]:
    opened = Door("dashboard", Flask("page"), "127.0.0.1", 0, threads=1, max_body=1000)
    opened.open()
    yield opened
    opened.close()


def test_the_port_is_the_one_the_system_chose(door: Door) -> None:
    address = address_in_letters(Dashboard(port=0), door)

    assert address == f"http://127.0.0.1:{door.port}/"
    assert door.port > 0


def test_where_other_computers_reach_us_it_is_by_the_name_they_know(door: Door) -> None:
    hosts = ("localhost", "127.0.0.1", "greffier.cabinet.example")
    shared = Dashboard(host="0.0.0.0", allowed_hosts=hosts)
    closed = Dashboard(allowed_hosts=hosts)

    assert address_in_letters(shared, door) == f"http://greffier.cabinet.example:{door.port}/"
    assert address_in_letters(closed, door) == f"{door.url}/"
