"""What Meta does with a message that the firm wants to send (messages/send-messages)."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from appliance.simulator.account import Account
from appliance.simulator.agenda import Agenda
from appliance.simulator.bell import Bell
from appliance.simulator.payloads import new_wamid
from appliance.simulator.people import People
from appliance.simulator.phone import Phone
from appliance.simulator.receipts import Receipts, Sent
from appliance.simulator.refusals import RefusedError
from appliance.simulator.rules import (
    WINDOW,
    Address,
    MessagingLimit,
    PairRate,
    address_of,
    check_fields,
    check_message,
    text_of,
)

EARLY_PATIENCE = 5.0  # seconds that an answer waits for receipts that must come before it


class Desk:
    """Accepts or refuses; what was accepted is carried, and may still fail."""

    def __init__(
        self,
        account: Account,
        people: People,
        receipts: Receipts,
        agenda: Agenda,
        bell: Bell,
        clock: Callable[[], float],
    ) -> None:
        self._account, self._people, self._receipts = account, people, receipts
        self._agenda, self._bell, self._clock = agenda, bell, clock
        self._pairs = PairRate()
        self._begun = MessagingLimit()
        self.fail_next: deque[int] = deque()
        self._accepted: list[Sent] = []

    @property
    def accepted(self) -> list[Sent]:
        with self._bell.lock:
            return list(self._accepted)

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        """Accept a message and answer with its wamid. Raises RefusedError."""
        check_fields(body)
        address = address_of(body, self._account.country_code)
        check_message(body, self._account.templates)
        if address.number == self._account.display_phone_number:
            raise RefusedError(131021, "Recipient cannot be sender")
        self._count(body, address)
        sent = self._accept(body, address)
        if not address.lost:
            self._forward(sent, address)
        return _answer(sent, address)

    def _count(self, body: dict[str, Any], address: Address) -> None:
        """Whom the firm begins to write to counts. Raises RefusedError."""
        phone = self._people.at(address)
        now = self._clock()
        if body.get("type") != "template" or (phone is not None and self._is_open(phone, now)):
            return
        digits = "".join(filter(str.isdigit, self._account.messaging_limit))
        if digits:
            most = int(digits) * (1000 if self._account.messaging_limit.endswith("K") else 1)
            with self._bell:
                self._begun.take(address.key, now, most)

    def mark_read(self, body: dict[str, Any]) -> dict[str, Any]:
        """The firm has read a client's message (mark-message-as-read). Raises RefusedError."""
        check_fields(body)
        wamid = str(body.get("message_id", ""))
        typing = body.get("typing_indicator")
        if typing is not None and typing != {"type": "text"}:
            raise RefusedError(131009, "Parameter 'typing_indicator' must be of type text")
        if not any(phone.was_read_by_firm(wamid) for phone in self._people.phones):
            raise RefusedError(131009, "Parameter 'message_id' is not a message of this number's")
        return {"success": True}

    def _accept(self, body: dict[str, Any], address: Address) -> Sent:
        now = self._clock()
        sent = Sent(
            wamid=new_wamid(),
            to=body.get("to"),
            recipient=body.get("recipient"),
            type=str(body.get("type", "text")),
            text=text_of(body),
            callback=body.get("biz_opaque_callback_data"),
            at=now,
            body=body,
        )
        with self._bell:
            self._pairs.take(address.key, now)
            self._accepted.append(sent)
        return sent

    def _forward(self, sent: Sent, address: Address) -> None:
        carry = self._way(sent, address)
        if not self._receipts.early:
            self._agenda.add(f"carrying {sent.wamid[-12:]}", carry, self._receipts.late)
            return
        carry()
        self._bell.wait_for(lambda: not self._is_being_told(sent), EARLY_PATIENCE)

    def _is_being_told(self, sent: Sent) -> bool:
        """Whether a receipt of this message is still on its way."""
        return any(sent.wamid[-12:] in what for what in self._agenda.still())

    def _way(self, sent: Sent, address: Address) -> Callable[[], None]:
        phone = self._people.at(address)
        fail = partial(self._receipts.failed, sent, address.number)
        if self.fail_next:
            return partial(fail, self.fail_next.popleft(), "A failure on order")
        if phone is None:
            return partial(fail, 131026, "Message Undeliverable.")
        if sent.type != "template" and not self._is_open(phone, sent.at):
            return partial(fail, 131047, "More than 24 hours have passed since the last reply")
        phone.expects(sent)
        return partial(self._carry, sent, phone)

    def _is_open(self, phone: Phone, now: float) -> bool:
        """The window opens at each message of the client's, by its timestamp, for 24 hours."""
        return phone.last_wrote_at is not None and now - phone.last_wrote_at < WINDOW

    def _carry(self, sent: Sent, phone: Phone) -> None:
        phone.gets(sent)
        self._receipts.reached(sent, phone.person)


def _answer(sent: Sent, address: Address) -> dict[str, Any]:
    """No wa_id when a user id was written to, no user_id otherwise."""
    known = {"wa_id": address.number} if address.number else {"user_id": address.user_id}
    message = {"id": sent.wamid}
    if sent.type == "template":
        message["message_status"] = "accepted"
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": address.given, **known}],
        "messages": [message],
    }
