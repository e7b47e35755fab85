"""What Meta tells the firm of what it sent: sent, delivered, read, failed (messages/status)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from appliance.simulator.account import Person
from appliance.simulator.agenda import Agenda
from appliance.simulator.deliveries import Webhooks
from appliance.simulator.payloads import Update, contact_of
from appliance.simulator.refusals import failure

_PRICING = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}


@dataclass(frozen=True)
class Sent:
    """A message of the firm's that Meta accepted. Accepted is not yet delivered."""

    wamid: str
    to: str | None
    recipient: str | None
    type: str
    text: str
    callback: str | None
    at: float
    body: dict[str, Any] = field(repr=False)


class Receipts:
    """Receipts as they really come; the attributes are switches that may be turned at any time.

    `on`: whether any come. `late`: seconds until the first one. `twice`: each comes twice.
    `shuffled`: delivered before sent. `early`: before the answer to the send request itself.
    `callback_on_failed`: whether failures echo the callback data, which Meta does not state.
    """

    def __init__(self, webhooks: Webhooks, agenda: Agenda, clock: Callable[[], float]) -> None:
        self._webhooks, self._agenda, self._clock = webhooks, agenda, clock
        self.on = True
        self.late = 0.0
        self.twice = False
        self.shuffled = False
        self.early = False
        self.callback_on_failed = True

    def reached(self, sent: Sent, person: Person) -> None:
        """Sent and delivered; the second is told once the firm has acknowledged the first."""
        first, second = ("delivered", "sent") if self.shuffled else ("sent", "delivered")
        follow = partial(self._tell, sent, second, person)
        self._tell(sent, first, person, then=follow)

    def read(self, sent: Sent, person: Person) -> None:
        """Told in its own time: it may overtake the others."""
        tell = partial(self._tell, sent, "read", person)
        self._agenda.add(f"read receipt of {sent.wamid[-12:]}", tell, self.late)

    def failed(self, sent: Sent, number: str | None, code: int, details: str) -> None:
        """No contacts, and no user id when it was sent to a number (business-scoped-user-ids)."""
        known = {"recipient_id": number} if number else {"recipient_user_id": sent.recipient}
        errors = [failure(code, details)]
        content = {**self._common(sent, "failed"), **known, "errors": errors}
        if not self.callback_on_failed:
            content.pop("biz_opaque_callback_data", None)
        self._offer(Update(sent.wamid, content, status="failed"))

    def _tell(
        self, sent: Sent, status: str, person: Person, then: Callable[[], None] | None = None
    ) -> None:
        known = {"recipient_id": person.number} if person.number else {}
        content = {
            **self._common(sent, status),
            **known,
            "recipient_user_id": person.user_id,
            **({} if status == "read" else {"pricing": _PRICING}),
        }
        contact = contact_of(person)
        follow = {"then": then} if then else {}
        self._offer(Update(sent.wamid, content, contact=contact, status=status, **follow))

    def _common(self, sent: Sent, status: str) -> dict[str, Any]:
        common = {"id": sent.wamid, "status": status, "timestamp": str(int(self._clock()))}
        if sent.callback is not None:
            common["biz_opaque_callback_data"] = sent.callback
        return common

    def _offer(self, update: Update) -> None:
        if not self.on:
            return
        self._webhooks.offer(update)
        if self.twice:
            self._webhooks.offer(
                Update(update.wamid, update.content, update.contact, update.status)
            )
