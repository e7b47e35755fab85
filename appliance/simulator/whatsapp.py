"""Meta, played for one firm: the Graph API, the webhooks and people's phones, on a real port."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Self

from flask import Flask

from appliance.simulator.account import Account, Template
from appliance.simulator.agenda import Agenda
from appliance.simulator.bell import Bell
from appliance.simulator.deliveries import Delivery, VerificationError, Webhooks
from appliance.simulator.faults import Faults
from appliance.simulator.graph import GraphApi
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.media import Media, MediaShelf
from appliance.simulator.pages import Pages
from appliance.simulator.people import People
from appliance.simulator.phone import Network, Phone
from appliance.simulator.receipts import Receipts, Sent
from appliance.simulator.sending import Desk
from appliance.simulator.server import Server

__all__ = ["Meta", "Phone", "Sent", "VerificationError"]


class Meta:
    """Meta's Graph API for one firm. Enforces the rules that Meta documents, fails on order."""

    def __init__(
        self, account: Account, *, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self.account = account
        self._bell = Bell()
        self._agenda = Agenda(self._bell)
        self._webhooks = Webhooks(self.account, self._agenda, self._bell, clock)
        self._shelf = MediaShelf(self._bell, clock)
        self.receipts = Receipts(self._webhooks, self._agenda, clock)
        self.faults = Faults(self._bell)
        self.url_in_webhooks = True  # Meta does so since late 2025; it is only a fast path
        self._people = People(self._network(clock))
        self._desk = Desk(
            self.account, self._people, self.receipts, self._agenda, self._bell, clock
        )
        self._graph = GraphApi(self.account, self._desk, self._shelf, self.faults)
        self._pages = Pages(self._people, self.account)
        self._server = self._serve(port)

    def _network(self, clock: Callable[[], float]) -> Network:
        return Network(
            account=self.account,
            webhooks=self._webhooks,
            receipts=self.receipts,
            shelf=self._shelf,
            bell=self._bell,
            clock=clock,
            address_of=self._address_of,
        )

    def _serve(self, port: int) -> Server:
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = 110 * 1024 * 1024  # WhatsApp takes files up to 100 MB
        server = Server(app, "127.0.0.1", port)
        self._graph.join(app, server)
        self._pages.join(app)
        return server

    def _address_of(self, media: Media) -> str | None:
        return self._graph.address_of(media) if self.url_in_webhooks else None

    # -- its life

    @property
    def url(self) -> str:
        """Once started: the appliance's `whatsapp.graph_url`, and where the phone page is."""
        return self._server.url

    def start(self) -> None:
        """Started again after a stop, it has the same port and the same memory."""
        self._server.start()
        self._agenda.start()

    def stop(self) -> None:
        """Meta is away: no answers, no deliveries. What was pending waits for a start."""
        self._server.stop()
        self._agenda.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def show_mailbox(self, mailbox: Mailbox) -> None:
        """Show its letters at /mail."""
        self._pages.mailbox = mailbox

    # -- the outside

    def subscribe(self, callback_url: str) -> None:
        """Verify the callback, then deliver there. Raises VerificationError."""
        self._webhooks.subscribe(callback_url)

    def phone(self, number: str | None, name: str, user_id: str | None = None) -> Phone:
        """A person's phone. The same number or user id is the same phone.

        The number is digits without a plus sign; None when the person withholds it.
        """
        return self._people.phone(number, name, user_id)

    @property
    def phones(self) -> list[Phone]:
        return self._people.phones

    # -- what happened

    @property
    def accepted(self) -> list[Sent]:
        """Every send that Meta accepted, in order, whether or not its answer arrived."""
        return self._desk.accepted

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook, in order."""
        return self._webhooks.deliveries

    def wait_for(self, condition: Callable[[], bool], within: float = 10.0) -> None:
        """Wait until it is true, asked at each event here. Raises TimeoutError."""
        if not self._bell.wait_for(condition, within):
            raise TimeoutError(f"not true after {within} s; still to do: {self._agenda.still()}")

    def settle(self, within: float = 10.0) -> None:
        """Wait until every webhook is answered 200 and every receipt is told.

        Raises TimeoutError, which says what still waits.
        """
        if not self._bell.wait_for(lambda: not self._agenda.still(), within):
            raise TimeoutError(f"after {within} s still waiting: {self._agenda.still()}")

    # -- switches

    @property
    def access_token(self) -> str:
        """The token that Meta takes; another one revokes it."""
        return self.account.access_token

    @access_token.setter
    def access_token(self, token: str) -> None:
        self.account.access_token = token

    @property
    def app_secret(self) -> str:
        """What webhooks are signed with, from the next attempt on."""
        return self.account.app_secret

    @app_secret.setter
    def app_secret(self, secret: str) -> None:
        self.account.app_secret = secret

    @property
    def raw_utf8(self) -> bool:
        """Whether webhooks come in plain UTF-8 instead of escaped unicode."""
        return self._webhooks.raw_utf8

    @raw_utf8.setter
    def raw_utf8(self, raw: bool) -> None:
        self._webhooks.raw_utf8 = raw

    @property
    def url_life(self) -> float:
        """Seconds that a file's address serves."""
        return self._shelf.url_life

    @url_life.setter
    def url_life(self, seconds: float) -> None:
        self._shelf.url_life = seconds

    @property
    def first_delay(self) -> float:
        """Seconds before the first repeated delivery."""
        return self._webhooks.first_delay

    @first_delay.setter
    def first_delay(self, seconds: float) -> None:
        self._webhooks.first_delay = seconds

    def deliver_twice(self, on: bool = True) -> None:
        """Deliver each webhook once more after it was acknowledged."""
        self._webhooks.twice = on

    def shuffle(self, on: bool = True) -> None:
        """Tell receipts out of order."""
        self.receipts.shuffled = on

    def batch(self) -> AbstractContextManager[None]:
        """Deliver what happens meanwhile together, in as few requests as Meta's limits allow."""
        return self._webhooks.batch()

    def repeat(self, wamid: str | None = None) -> int:
        """Deliver webhooks again that were acknowledged: about this wamid, or all. How many."""
        return self._webhooks.repeat(wamid)

    def expire_media(self, media_id: str) -> None:
        """Forget a file, as after seven days."""
        self._shelf.expire(media_id)

    def file_of(self, sent: Sent) -> bytes:
        """The bytes of the document or photo that the firm sent. Raises KeyError: it has none."""
        media = self._shelf.uploaded(sent.body[sent.type]["id"])
        if media is None:
            raise KeyError(sent.wamid)
        return media.data

    @property
    def uploads(self) -> int:
        """How many files the firm has uploaded."""
        return self._shelf.count_uploaded()

    def approve_template(
        self, name: str, language: str = "fr", parameters: int = 0, text: str = "Bonjour."
    ) -> None:
        """From now on, sends of this template are accepted."""
        self.account.templates[name, language] = Template(parameters=parameters, text=text)

    def judge_template(self, name: str, language: str, status: str, reason: str = "NONE") -> None:
        """Meta changes a template's status, and says so (message_template_status_update)."""
        known = self.account.templates.get((name, language), Template())
        self.account.templates[name, language] = replace(known, status=status)
        value = {
            "event": status,
            "message_template_id": 1689556908129832,
            "message_template_name": name,
            "message_template_language": language,
            "reason": reason,
        }
        self.tells_account("message_template_status_update", value)

    def tells_account(self, field: str, value: dict[str, Any]) -> None:
        """A webhook of the account's, of any field but `messages` (webhooks/overview)."""
        self._webhooks.offer_account(field, value)

    def fail_sends(self, *codes: int) -> None:
        """The next messages that are accepted fail after all, with these codes."""
        self._desk.fail_next.extend(codes)
