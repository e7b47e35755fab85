"""The bodies of Meta's webhooks (webhooks/reference/messages), and their signature. Pure."""

import base64
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.simulator.account import Account, Person

MAX_UPDATES = 1000  # "a batch with a maximum of 1000 updates" (create-webhook-endpoint)
MAX_BYTES = 3_000_000  # "payloads can be up to 3 MB" (webhooks/overview)
UPDATES_A_CHANGE = 2  # few, so that a small batch already has several changes and entries
CHANGES_AN_ENTRY = 2


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Update:
    """One message or one receipt, to be told to the firm; `then` follows once the firm knows."""

    wamid: str
    content: dict[str, Any]
    contact: dict[str, Any] | None = None
    status: str | None = None
    then: Callable[[], None] = _nothing

    @property
    def kind(self) -> str:
        return "messages" if self.status is None else "statuses"


def new_wamid() -> str:
    return "wamid." + base64.b64encode(b"\x1c\x18" + secrets.token_bytes(31)).decode()


def contact_of(person: Person) -> dict[str, Any]:
    """An unknown number is omitted, not empty (business-scoped-user-ids, 6 Feb 2026)."""
    known = {"wa_id": person.number} if person.number else {}
    return {"profile": {"name": person.name}, **known, "user_id": person.user_id}


def message_from(person: Person, *, wamid: str, at: float, content: dict[str, Any]) -> Update:
    known = {"from": person.number} if person.number else {}
    who = {**known, "from_user_id": person.user_id}
    message = {**who, "id": wamid, "timestamp": str(int(at)), **content}
    return Update(wamid=wamid, content=message, contact=contact_of(person))


def envelope(updates: Sequence[Update], account: Account) -> dict[str, Any]:
    """Several updates in one body: several entries, changes and messages, as Meta may batch."""
    runs = itertools.groupby(updates, key=lambda update: update.kind)
    parts = [part for _, run in runs for part in _split(list(run), UPDATES_A_CHANGE)]
    changes = [{"value": _value(part, account), "field": "messages"} for part in parts]
    entries = [
        {"id": account.business_account_id, "changes": some}
        for some in _split(changes, CHANGES_AN_ENTRY)
    ]
    return {"object": "whatsapp_business_account", "entry": entries}


def account_envelope(
    field: str, value: Mapping[str, Any], account: Account, at: float
) -> dict[str, Any]:
    """A webhook of the account's: with a time of the entry's, without metadata (section 4.2)."""
    entry = {
        "id": account.business_account_id,
        "time": int(at),
        "changes": [{"field": field, "value": dict(value)}],
    }
    return {"object": "whatsapp_business_account", "entry": [entry]}


def system_message(person: Person, *, at: float, content: dict[str, Any]) -> Update:
    """An event about somebody: without `contacts`, and without a number if it is withheld."""
    known = {"from": person.number} if person.number else {}
    wamid = new_wamid()
    message = {**known, "id": wamid, "timestamp": str(int(at)), "type": "system", **content}
    return Update(wamid=wamid, content=message)


def _value(updates: Sequence[Update], account: Account) -> dict[str, Any]:
    metadata = {
        "display_phone_number": account.display_phone_number,
        "phone_number_id": account.phone_number_id,
    }
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata}
    contacts = {update.contact["user_id"]: update.contact for update in updates if update.contact}
    if contacts:
        value["contacts"] = list(contacts.values())
    value[updates[0].kind] = [update.content for update in updates]
    return value


def _split(things: list[Any], size: int) -> Iterator[list[Any]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def parcels(
    updates: Sequence[Update], account: Account, *, raw: bool
) -> Iterator[tuple[Sequence[Update], bytes]]:
    """The updates in bodies that stay within Meta's limits of count and size."""
    body = serialised(envelope(updates, account), raw=raw)
    if len(updates) <= MAX_UPDATES and (len(body) <= MAX_BYTES or len(updates) == 1):
        yield updates, body
        return
    half = len(updates) // 2
    yield from parcels(updates[:half], account, raw=raw)
    yield from parcels(updates[half:], account, raw=raw)


def serialised(body: dict[str, Any], *, raw: bool = False) -> bytes:
    """Meta writes escaped unicode with lower-case hex digits (older Graph webhook docs).

    `raw`: plain UTF-8 instead, for the day it no longer does.
    """
    return json.dumps(body, ensure_ascii=not raw, separators=(",", ":")).encode()


def signature(body: bytes, app_secret: str) -> str:
    """X-Hub-Signature-256: HMAC-SHA256 of the body as sent, keyed with the app secret."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
