"""Our access token is for Meta: it follows no address that leads to somebody else."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, jsonify, request
from werkzeug.wrappers import Response

from appliance.demo import cast
from appliance.errors import GreffierError, TemporaryError
from appliance.gateways.parcel import Parcel
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.simulator.faults import Astray, Redirect
from appliance.simulator.server import Server
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import TOKEN, Office

FILE = cast.pdf("CONTRAT DE BAIL")


@dataclass
class Stranger:
    """A server that is nobody's we know: it answers everything, and remembers what it was told."""

    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = Flask(__name__)
        app.add_url_rule("/", "any", self._answer, methods=["GET", "POST"])
        app.add_url_rule("/<path:path>", "any", self._answer, methods=["GET", "POST"])
        self.server = Server(app, "127.0.0.1", 0)

    def _answer(self, **_: str) -> Response:
        self.heard.append(f"{request.full_path} {request.headers} {request.get_data(as_text=True)}")
        return jsonify(data=[{"name": "theirs", "language": "fr", "status": "APPROVED"}])

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def knows_the_token(self) -> bool:
        return any(TOKEN in each or "Bearer" in each for each in self.heard)


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    played = Stranger()
    played.server.start()
    yield played
    played.server.stop()


@pytest.fixture
def gateway(office: Office) -> WhatsAppGateway:
    return WhatsAppGateway(office.config.whatsapp)


def fetched(gateway: WhatsAppGateway, url: str) -> bytes:
    with gateway.download(url) as chunks:
        return b"".join(chunks)


def media_of(meta: Meta, office: Office) -> str:
    """A file that a client has sent."""
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(FILE, filename="bail.pdf")
    meta.settle()
    office.rests()
    media_id: str = models.Media.get().media_id
    return media_id


def test_bytes_that_are_redirected_elsewhere_are_asked_for_without_the_token(
    office: Office, gateway: WhatsAppGateway, meta: Meta, stranger: Stranger
) -> None:
    url = gateway.media_info(media_of(meta, office)).url
    meta.faults.on("media_bytes", Redirect(f"{stranger.url}/file"))
    fetched(gateway, url)

    assert len(stranger.heard) == 1
    assert not stranger.knows_the_token
    assert fetched(gateway, url) == FILE, "the token still opens what is Meta's"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_another_name_or_another_port_is_another_host(
    office: Office, gateway: WhatsAppGateway, meta: Meta, stranger: Stranger, name: str
) -> None:
    elsewhere = stranger.url.replace("127.0.0.1", name)
    meta.faults.on("account", Redirect(f"{elsewhere}/number"))
    gateway.number()

    assert stranger.heard
    assert not stranger.knows_the_token


def test_what_the_redirected_answer_holds_is_not_taken_for_the_clients_file(
    office: Office, meta: Meta, stranger: Stranger
) -> None:
    """Through the whole office: another file than announced is fetched again, then is right."""
    meta.url_in_webhooks = False
    meta.faults.on("media_bytes", Redirect(f"{stranger.url}/file"))
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(FILE, filename="bail.pdf")
    meta.settle()
    office.rests()

    assert not stranger.knows_the_token
    (document,) = models.Document.select()
    assert document.size == len(FILE)


def test_a_file_said_to_be_at_another_host_is_not_asked_for(
    office: Office, gateway: WhatsAppGateway, meta: Meta, stranger: Stranger
) -> None:
    media_id = media_of(meta, office)
    meta.faults.on("media_info", Astray(stranger.url.replace("127.0.0.1", "localhost")))

    with pytest.raises(TemporaryError, match="no usable address"):
        gateway.media_info(media_id)
    assert not stranger.heard


def many_templates(meta: Meta) -> None:
    """More than one page of them."""
    for number in range(101):
        meta.approve_template(f"recu_{number:03}")


def test_templates_are_read_page_after_page(gateway: WhatsAppGateway, meta: Meta) -> None:
    many_templates(meta)
    assert len(gateway.templates()) == 102


def test_a_next_page_at_another_host_is_not_asked_for(
    gateway: WhatsAppGateway, meta: Meta, stranger: Stranger
) -> None:
    many_templates(meta)
    meta.faults.on("account", Astray(stranger.url))

    names = {each["name"] for each in gateway.templates()}

    assert len(names) == 100
    assert "theirs" not in names
    assert not stranger.heard


def test_a_next_page_that_is_redirected_elsewhere_is_asked_for_without_the_token(
    gateway: WhatsAppGateway, meta: Meta, stranger: Stranger
) -> None:
    many_templates(meta)
    meta.faults.on("account", None, Redirect(f"{stranger.url}/page"))
    gateway.templates()

    assert len(stranger.heard) == 1
    assert not stranger.knows_the_token


def test_a_message_is_sent_where_we_said_or_not_at_all(
    gateway: WhatsAppGateway, meta: Meta, stranger: Stranger
) -> None:
    meta.faults.on("send", Redirect(f"{stranger.url}/messages"))

    with pytest.raises(GreffierError):
        gateway.send(Parcel("+21620111222", "Bien reçu.", "callback"))
    assert not stranger.heard
    assert not meta.accepted
