"""A token that Meta refuses is seen, and is forgotten when Meta lets us in again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.errors import AmbiguousError, PermanentError, TemporaryError
from appliance.gateways.clamd import Clamd
from appliance.gateways.parcel import Parcel
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.simulator.faults import Refuse
from appliance.simulator.whatsapp import Meta
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.upkeep.health import Health
from tests.integration.conftest import Office

REPLY = Parcel("+21620111222", "Bien reçu.", "callback")


@pytest.fixture
def gateway(office: Office) -> WhatsAppGateway:
    return WhatsAppGateway(office.config.whatsapp)


@pytest.mark.parametrize("refusal", [401, 403, Refuse(400, 190)])
def test_a_refused_token_is_remembered_until_meta_lets_us_in(
    gateway: WhatsAppGateway, meta: Meta, refusal: int | Refuse
) -> None:
    assert gateway.refusal() is None
    meta.faults.on("account", refusal)
    with pytest.raises(TemporaryError, match="our access token"):
        gateway.number()
    assert "our access token" in str(gateway.refusal())

    gateway.number()
    assert gateway.refusal() is None


def test_a_token_without_the_right_to_send_is_seen_though_it_may_fetch(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    meta.faults.on("send", Refuse(403, 10))
    with pytest.raises(TemporaryError):
        gateway.send(REPLY)
    gateway.number()

    assert "code 10" in str(gateway.refusal())


@pytest.mark.parametrize("fault", [Refuse(400, 131008), Refuse(500, 1)])
def test_another_refusal_says_nothing_of_the_token(
    gateway: WhatsAppGateway, meta: Meta, fault: Refuse
) -> None:
    meta.faults.on("send", fault)
    with pytest.raises((PermanentError, AmbiguousError)):
        gateway.send(REPLY)

    assert gateway.refusal() is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path, SystemClock())) as opened:
        yield opened


@pytest.mark.parametrize(("refusal", "state"), [(None, "ok"), ("HTTP 401", "degraded")])
def test_health_has_a_component_for_it(
    store: Store, tmp_path: Path, refusal: str | None, state: str
) -> None:
    jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
    health = Health(store, jobs, SystemClock(), tmp_path, lambda: refusal)
    try:
        assert health.report()["components"]["whatsapp"]["status"] == state
    finally:
        jobs.drain()


@pytest.mark.parametrize(("is_away", "state"), [(False, "ok"), (True, "degraded")])
def test_health_has_a_component_for_the_virus_scanner_where_there_is_one(
    store: Store, tmp_path: Path, is_away: bool, state: str
) -> None:
    jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
    health = Health(store, jobs, SystemClock(), tmp_path, lambda: None)
    clamd = Clamd("clamd://127.0.0.1:1", SystemClock())
    if is_away:
        with pytest.raises(TemporaryError):
            clamd.check()
    health.watch("scanner", clamd.state)
    try:
        assert health.report()["components"]["scanner"]["status"] == state
    finally:
        jobs.drain()
