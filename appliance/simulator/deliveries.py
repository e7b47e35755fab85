"""Meta's webhook deliveries: signed, repeated until answered 200, sometimes twice."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests

from appliance.simulator.account import Account
from appliance.simulator.agenda import Agenda
from appliance.simulator.bell import Bell
from appliance.simulator.payloads import (
    Update,
    account_envelope,
    parcels,
    serialised,
    signature,
)

PATIENCE = 10.0  # seconds for the firm's answer; Meta publishes no figure
LONGEST_DELAY = 5.0  # seconds between two attempts


class VerificationError(Exception):
    """The callback did not prove that it belongs to the app: Meta will not deliver to it."""


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver a webhook, for audits. No status: no HTTP answer came."""

    status: int | None
    body: bytes
    ids: tuple[str, ...]
    receipts: tuple[tuple[str, str], ...]
    attempt: int
    at: float


@dataclass
class _Webhook:
    updates: Sequence[Update]
    body: bytes
    attempts: int = 0
    again: bool = False  # already acknowledged once: its consequences are not repeated
    what: str = ""
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        words = [self.what] if self.what else []
        words += [f"{update.status or 'message'} {update.wamid[-12:]}" for update in self.updates]
        self.name = f"webhook of {', '.join(words[:3])}{' …' if words[3:] else ''}"


class Webhooks:
    """Tells the firm what happens, at least once each, in no promised order.

    Meta (webhooks/overview) repeats for 7 days on any answer but 200, with growing delay. Here the
    first delay is `first_delay`, it doubles up to 5 seconds, and it never gives up.
    """

    def __init__(
        self, account: Account, agenda: Agenda, bell: Bell, clock: Callable[[], float]
    ) -> None:
        self._account, self._agenda, self._bell, self._clock = account, agenda, bell, clock
        self._callback: str | None = None
        self._batch: list[Update] | None = None
        self._deliveries: list[Delivery] = []
        self._acknowledged: list[_Webhook] = []
        self.first_delay = 0.2
        self.raw_utf8 = False
        self.twice = False

    @property
    def deliveries(self) -> list[Delivery]:
        with self._bell.lock:
            return list(self._deliveries)

    def subscribe(self, callback_url: str) -> None:
        """Meta's verification request (create-webhook-endpoint). Raises VerificationError."""
        challenge = str(secrets.randbelow(10**10))
        asked = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self._account.verify_token,
        }
        try:
            with _session() as session:
                answer = session.get(
                    callback_url, params=asked, timeout=PATIENCE, allow_redirects=False
                )
        except requests.RequestException as error:
            raise VerificationError(f"no answer from {callback_url}") from error
        if answer.status_code != 200 or answer.text != challenge:
            raise VerificationError(f"{callback_url} answered {answer.status_code}, not the echo")
        with self._bell:
            self._callback = callback_url

    def offer(self, update: Update) -> None:
        """Tell the firm. Without a verified callback or a subscribed app, Meta tells nobody."""
        with self._bell:
            if self._callback is None or not self._account.app_is_subscribed:
                return
            if self._batch is not None:
                self._batch.append(update)
                return
        self._post([update])

    def offer_account(self, field_: str, value: Mapping[str, Any]) -> None:
        """Tell the firm something of the account itself."""
        with self._bell:
            if self._callback is None or not self._account.app_is_subscribed:
                return
        body = account_envelope(field_, value, self._account, self._clock())
        self._schedule(_Webhook((), serialised(body, raw=self.raw_utf8), what=field_))

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Hold back all updates meanwhile, then deliver them together."""
        with self._bell:
            self._batch = []
        try:
            yield
        finally:
            with self._bell:
                updates, self._batch = self._batch, None
        if updates:
            self._post(updates)

    def repeat(self, wamid: str | None = None) -> int:
        """Deliver acknowledged webhooks again: those about this wamid, or all. How many."""
        with self._bell.lock:
            found = [
                webhook
                for webhook in self._acknowledged
                if wamid is None or wamid in {update.wamid for update in webhook.updates}
            ]
        for webhook in found:
            self._schedule(_Webhook(webhook.updates, webhook.body, again=True))
        return len(found)

    def _post(self, updates: Sequence[Update]) -> None:
        for some, body in parcels(updates, self._account, raw=self.raw_utf8):
            self._schedule(_Webhook(some, body))

    def _schedule(self, webhook: _Webhook, after: float = 0.0) -> None:
        self._agenda.add(webhook.name, partial(self._attempt, webhook), after)

    def _attempt(self, webhook: _Webhook) -> None:
        webhook.attempts += 1
        status = self._answer_to(webhook.body)
        self._record(webhook, status)
        if status == 200:
            self._acknowledge(webhook)
        else:
            delay = min(self.first_delay * 2 ** min(webhook.attempts - 1, 20), LONGEST_DELAY)
            self._schedule(webhook, delay)

    def _answer_to(self, body: bytes) -> int | None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(body, self._account.app_secret),
        }
        try:
            with _session() as session:
                return session.post(
                    str(self._callback),
                    data=body,
                    headers=headers,
                    timeout=PATIENCE,
                    allow_redirects=False,
                ).status_code
        except requests.RequestException:
            return None

    def _record(self, webhook: _Webhook, status: int | None) -> None:
        messages = [update.wamid for update in webhook.updates if not update.status]
        receipts = [(update.wamid, update.status) for update in webhook.updates if update.status]
        delivery = Delivery(
            status=status,
            body=webhook.body,
            ids=tuple(messages),
            receipts=tuple(receipts),
            attempt=webhook.attempts,
            at=self._clock(),
        )
        with self._bell:
            self._deliveries.append(delivery)

    def _acknowledge(self, webhook: _Webhook) -> None:
        if webhook.again:
            return
        with self._bell:
            self._acknowledged.append(webhook)
        if self.twice:
            self._schedule(_Webhook(webhook.updates, webhook.body, again=True))
        for update in webhook.updates:
            update.then()


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy stands between a simulated Meta and this machine
    return session
