"""The firm's number at Meta: looked at when we start and once a day; while sending is held for it,
every minute, so that it goes on by itself once somebody has acted.

In a thread of its own: a slow Meta delays nothing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from appliance.clock import Clock
from appliance.config import Config
from appliance.errors import GreffierError, mark
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.account import Severity, Told, limit_of
from appliance.inbox.fields import object_at, text
from appliance.outbox import holds
from appliance.outbox.sending import Outbox
from appliance.upkeep.account import AccountEvents
from appliance.upkeep.approved import Approved
from appliance.upkeep.taskbook import TaskBook

log = structlog.get_logger()

TASK = "number"
LOOK_EVERY = timedelta(days=1)
TICK = timedelta(minutes=1)
HELD_FOR = timedelta(hours=1)  # then it is tried whether Meta still minds
SOON = timedelta(minutes=10)  # after a look that Meta did not answer

NOT_SUBSCRIBED = mark(
    "no app receives this account's messages: in Meta's App Dashboard, WhatsApp, Configuration, "
    "subscribe to the field `messages`"
)
OTHER_ADDRESS = mark(
    "Meta sends what clients write to %(address)s and not to %(ours)s: correct the webhook's "
    "address in Meta's App Dashboard, WhatsApp, Configuration"
)
POOR = mark(
    "Meta rates the quality of the firm's number %(rating)s: people block or report it; write to "
    "them less of your own accord"
)
NO_TEMPLATE = mark(
    "the template %(name)s (%(language)s) of [whatsapp] template_confirmation is not one of the "
    "account's: write it in WhatsApp Manager, or correct the setting"
)
TEMPLATE_IS = mark(
    "the template %(name)s (%(language)s) may not be used (%(status)s): see WhatsApp Manager"
)


@dataclass(frozen=True)
class Wanted:
    """What the number should be like."""

    webhook: str  # where Meta should send; empty: we do not know
    approved: Approved

    @classmethod
    def of(cls, config: Config, path: str, approved: Approved | None = None) -> "Wanted":
        """As configured; `approved`: who is told what the template says."""
        public = config.tunnel.public_url.rstrip("/")
        webhook = f"{public}{path}" if public else ""
        return cls(webhook, approved or Approved.of(config))


class UnansweredError(Exception):
    """Meta did not answer: looked at again soon."""


class NumberWatch:
    """Looks, compares, resumes."""

    def __init__(
        self,
        clock: Clock,
        whatsapp: WhatsAppGateway,
        events: AccountEvents,
        outbox: Outbox,
        wanted: Wanted,
        token: Callable[[], str | None],
        on_limit: Callable[[int | None], None],
    ) -> None:
        self._clock = clock
        self._whatsapp = whatsapp
        self._events = events
        self._outbox = outbox
        self._wanted = wanted
        self._token = token
        self._on_limit = on_limit
        self._due_at = clock.now()
        self._is_token_new = False
        self._tried_at: datetime | None = None  # whether Meta still minds, last
        self._book: TaskBook | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="number", daemon=True)

    def show_in(self, book: TaskBook) -> None:
        """Have people see when it looked, and ask it to look now."""
        self._book = book
        book.plan(TASK, LOOK_EVERY, next_at=lambda: self._due_at, wake=self.look_soon)

    def look_soon(self) -> None:
        """Look within a minute."""
        self._due_at = self._clock.now()

    def start(self) -> None:
        """Look at once, then once a day."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()
        self._thread.join()

    def look(self) -> bool:
        """Ask Meta how the number is, and say what is new. False if Meta did not answer."""
        try:
            seen = list(self._see())
        except GreffierError as error:
            log.warning("the number was not looked at", reason=type(error).__name__)
            self._due_at = self._clock.now() + SOON
            return False
        self._events.compare(seen)
        self._due_at = self._clock.now() + LOOK_EVERY
        return True

    def try_again(self) -> bool:
        """While all is held: resume at once with a new token that Meta takes, else once an hour.

        Nobody but Meta knows whether a bill is paid, or a lock is off: one attempt tells.
        """
        refused = self._whatsapp.refused()
        if refused is not None:  # fetching a file was refused: sending would be, too
            self._outbox.hold_all(refused)
        held = [hold for hold in holds.open_holds() if hold.scope == holds.ALL]
        if not held:
            self._tried_at = None
            return False
        token = self._token()
        if token is not None and self._whatsapp.use_token(token):
            self._is_token_new = True
        since = self._tried_at or held[0].since_at
        if not self._is_token_new and self._clock.now() - since < HELD_FOR:
            return False
        self._tried_at = self._clock.now()
        try:
            self._whatsapp.number()
        except GreffierError:
            return False
        self._is_token_new = False
        self._whatsapp.forgive()
        released = self._outbox.resume()
        log.info("sending resumed", rows=released)
        return True

    def _see(self) -> Iterator[Told]:
        number = self._whatsapp.number()
        if not self._whatsapp.subscriptions():
            yield _told("not subscribed", Severity.CRITICAL, NOT_SUBSCRIBED)
        yield from ill_webhook(number, self._wanted)
        yield from ill_quality(number)
        if limit := limit_of(number.get("whatsapp_business_manager_messaging_limit")):
            self._on_limit(limit)
        approved = self._wanted.approved
        if approved.name:
            templates = self._whatsapp.templates()
            approved.hear(templates)
            yield from ill_template(templates, approved)

    def _look_by_the_book(self) -> None:
        if self._book is None:
            self.look()
            return
        with suppress(UnansweredError):
            self._book.run(TASK, self._look_or_raise)

    def _look_or_raise(self) -> None:
        if not self.look():
            raise UnansweredError

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.try_again()
                if self._clock.now() >= self._due_at:
                    self._look_by_the_book()
            except Exception:
                log.exception("the watch over the number failed")  # top of a thread; tried again
                self._due_at = self._clock.now() + SOON
            self._clock.wait(self._stop, TICK)


def webhook_of(number: dict[str, Any]) -> str | None:
    """Where Meta sends what clients write: the number's own address, the account's, or the app's.

    None where Meta does not tell.
    """
    found = object_at(number, "webhook_configuration")
    levels = ("phone_number", "whatsapp_business_account", "application")
    return next((found[level] for level in levels if text(found.get(level))), None)


def ill_webhook(number: dict[str, Any], wanted: Wanted) -> Iterator[Told]:
    """That Meta sends elsewhere, as far as we know both addresses."""
    address, ours = webhook_of(number), wanted.webhook
    if ours and address and address != ours:
        yield _told("webhook", Severity.CRITICAL, OTHER_ADDRESS, address=address, ours=ours)


def ill_quality(number: dict[str, Any]) -> Iterator[Told]:
    """That people block the number or report it."""
    rating = text(number.get("quality_rating"))
    if rating in {"YELLOW", "RED"}:
        severity = Severity.CRITICAL if rating == "RED" else Severity.WARNING
        yield _told("quality", severity, POOR, rating=rating)


def ill_template(templates: list[dict[str, Any]], approved: Approved) -> Iterator[Told]:
    """That the template is none of the account's, or may not be used now."""
    states = [str(each.get("status")) for each in approved.own_among(templates)]
    values = {"name": approved.name, "language": approved.language}
    if not states:
        yield _told("template", Severity.WARNING, NO_TEMPLATE, **values)
    elif "APPROVED" not in states:
        yield _told("template", Severity.WARNING, TEMPLATE_IS, **values, status=states[0])


def _told(event: str, severity: Severity, sentence: str, **values: object) -> Told:
    return Told(event, severity, sentence, dict(values))
