"""A person's phone: what they write and send to the firm, and what reaches them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Any, Literal

from appliance.simulator import attachments, interactive
from appliance.simulator.account import Account, Person
from appliance.simulator.bell import Bell
from appliance.simulator.deliveries import Webhooks
from appliance.simulator.media import Media, MediaShelf
from appliance.simulator.payloads import message_from, new_wamid, system_message
from appliance.simulator.receipts import Receipts, Sent

Tick = Literal["sent", "delivered", "read"]


@dataclass(frozen=True)
class Network:
    """The parts of Meta that a phone speaks to."""

    account: Account
    webhooks: Webhooks
    receipts: Receipts
    shelf: MediaShelf
    bell: Bell
    clock: Callable[[], float]
    address_of: Callable[[Media], str | None]  # the file's URL for the webhook, if it has one


@dataclass(frozen=True)
class Line:
    """One bubble of the conversation, and how far it came."""

    wamid: str
    mine: bool
    text: str
    at: float
    tick: Tick
    attachment: str | None = None
    sent: Sent | None = None

    @property
    def choices(self) -> list[tuple[str, str, str]]:
        """What may be touched under it, once it has arrived."""
        return interactive.shown(self.sent.body) if self.sent and self.tick != "sent" else []


class Phone:
    """Whose messages open the 24-hour window, and whose eyes give read receipts."""

    def __init__(self, person: Person, network: Network) -> None:
        self.person, self._network = person, network
        self.number, self.name, self.user_id = person.number, person.name, person.user_id
        self.last_wrote_at: float | None = None
        self._lines: dict[str, Line] = {}
        self._reached: list[Sent] = []

    @property
    def received(self) -> list[Sent]:
        """What was delivered to this phone, in order."""
        with self._network.bell.lock:
            return list(self._reached)

    @property
    def lines(self) -> list[Line]:
        """The conversation as the phone shows it."""
        with self._network.bell.lock:
            return list(self._lines.values())

    def quoted(self, line: Line) -> str:
        """What a message of the firm's answers, as this phone shows it; nothing if it cannot."""
        context = line.sent.body.get("context", {}) if line.sent else {}
        with self._network.bell.lock:
            answered = self._lines.get(context.get("message_id", ""))
        return answered.text or answered.attachment or "" if answered else ""

    def writes(self, text: str, **context: Any) -> str:
        """Write a text; return its wamid. Context as Meta's: `id="wamid…"`, `forwarded=True`."""
        content: dict[str, Any] = {"type": "text", "text": {"body": text}}
        if context:
            content = {"context": self._context(context), **content}
        return self.posts(content)

    def sends(
        self,
        data: bytes,
        *,
        filename: str | None = None,
        mime_type: str = "application/pdf",
        caption: str | None = None,
        kind: str | None = None,
        ago: float = 0.0,
    ) -> str:
        """Send a file; return the message's wamid.

        Without a file name an image is a photo, and audio a recorded voice note.
        """
        media = self._network.shelf.keep(data, mime_type)
        kind = kind or _kind_of(mime_type, filename)
        described: dict[str, Any] = {
            "caption": caption,
            "filename": filename if kind == "document" else None,
            "mime_type": mime_type,
            "sha256": media.sha256_in_base64,
            "id": media.media_id,
            "url": self._network.address_of(media),
            "voice": filename is None if kind == "audio" else None,
        }
        present = {name: value for name, value in described.items() if value is not None}
        return self.posts({"type": kind, kind: present}, ago=ago)

    def posts(self, content: Mapping[str, Any], *, ago: float = 0.0) -> str:
        """Send a message of any type, such as a location or a reaction; return its wamid.

        `content` is Meta's message without the common fields, which are added here. `ago`: seconds
        since it was written; Meta delivers it only now, for nobody answered.
        """
        wamid, now = new_wamid(), self._network.clock() - ago
        update = message_from(self.person, wamid=wamid, at=now, content=dict(content))
        with self._network.bell:
            if content["type"] not in _OPENS_NO_WINDOW:
                self.last_wrote_at = max(self.last_wrote_at or now, now)
            self._lines[wamid] = _my_line(wamid, now, content)
        told = partial(self._tick, wamid, "delivered")
        self._network.webhooks.offer(replace(update, then=told))
        return wamid

    def taps(self, sent: Sent, choice_id: str) -> str:
        """Touch a line or a button of an interactive message; return the answer's wamid.

        Raises KeyError when the message holds nothing of that id.
        """
        content = interactive.touched(sent.body["interactive"], choice_id)
        return self.posts({"context": self._context({"id": sent.wamid}), **content})

    def shares_number(self, sent: Sent) -> str:
        """Press the button of a contact request (business-scoped-user-ids): the own number."""
        if sent.body["interactive"]["type"] != "contact_request":
            raise ValueError("this message asks for no number")
        own = {"phone": f"+{self.number}", "wa_id": self.number, "type": "CELL"}
        name = {"formatted_name": self.name, "first_name": self.name}
        card = {"name": name, "phones": [own], "origin": "contact_request"}
        context = self._context({"id": sent.wamid})
        return self.posts({"context": context, "type": "contacts", "contacts": [card]})

    def reacts(self, wamid: str, emoji: str | None) -> str:
        """Put an emoji to a message; None takes it back: Meta then sends none."""
        reaction = {"message_id": wamid, **({"emoji": emoji} if emoji else {})}
        return self.posts({"type": "reaction", "reaction": reaction})

    def edits(self, wamid: str, text: str) -> str:
        """Correct a message (Coexistence only; messages/edit)."""
        message = {"type": "text", "text": {"body": text}}
        edit = {"original_message_id": wamid, "message": message}
        return self.posts({"type": "edit", "edit": edit})

    def revokes(self, wamid: str) -> str:
        """Delete a message for all (Coexistence only; messages/revoke)."""
        return self.posts({"type": "revoke", "revoke": {"original_message_id": wamid}})

    def changes_number(self, number: str) -> str:
        """Move to another number: Meta tells it, and makes a new user id (messages/system)."""
        old = self.person
        new = replace(old, number=number, user_id=f"{old.user_id[:3]}9{old.user_id[3:]}")
        body = f"User {old.name} changed from {old.number} to {number}"
        system = {
            "body": body,
            "type": "user_changed_number",
            "wa_id": number,
            "user_id": new.user_id,
            "previous_user_id": old.user_id,
        }
        update = system_message(old, at=self._network.clock(), content={"system": system})
        with self._network.bell:
            self.person, self.number, self.user_id = new, number, new.user_id
        self._network.webhooks.offer(update)
        return update.wamid

    def hides_number(self) -> None:
        """Take a username: webhooks bear the user id and no number; the number still works."""
        with self._network.bell:
            self.person = replace(self.person, number=None)

    def reads(self) -> None:
        """Look at the conversation: a read receipt for each message not read before."""
        with self._network.bell:
            seen = [line for line in self._lines.values() if _is_unread(line)]
            for line in seen:
                self._lines[line.wamid] = replace(line, tick="read")
        for line in seen:
            if line.sent:
                self._network.receipts.read(line.sent, self.person)

    def expects(self, sent: Sent) -> None:
        """A message of the firm's is on its way."""
        file = attachments.name_of(sent.body)
        line = Line(sent.wamid, False, sent.text, sent.at, "sent", attachment=file, sent=sent)
        with self._network.bell:
            self._lines[sent.wamid] = line

    def gets(self, sent: Sent) -> None:
        """A message of the firm's has arrived."""
        with self._network.bell:
            self._reached.append(sent)
            self._tick(sent.wamid, "delivered")

    def was_read_by_firm(self, wamid: str) -> bool:
        """The firm has read this message and all before it. False: there is no such message.

        Meta, mark-message-as-read: it also marks everything earlier in the thread.
        """
        with self._network.bell:
            names = [line.wamid for line in self._lines.values() if line.mine]
            if wamid not in names:
                return False
            for name in names[: names.index(wamid) + 1]:
                self._tick(name, "read")
            return True

    def _tick(self, wamid: str, tick: Tick) -> None:
        """Move a message forward, never back."""
        with self._network.bell:
            line = self._lines[wamid]
            if line.tick != "read":
                self._lines[wamid] = replace(line, tick=tick)

    def _context(self, given: dict[str, Any]) -> dict[str, Any]:
        """A quoted message is the firm's own unless `from_` says otherwise (messages/text)."""
        context = {("from" if name == "from_" else name): given[name] for name in given}
        if "id" in context:
            context.setdefault("from", self._network.account.display_phone_number)
        return context


# Meta does not state whether these open the window (UNVERIFIED): the stricter reading is played.
_OPENS_NO_WINDOW = frozenset({"reaction", "edit", "revoke"})


def _is_unread(line: Line) -> bool:
    return not line.mine and line.tick == "delivered"


def _kind_of(mime_type: str, filename: str | None) -> str:
    if mime_type.startswith("image/") and filename is None:
        return "image"
    return "audio" if mime_type.startswith("audio/") else "document"


def _my_line(wamid: str, now: float, content: Mapping[str, Any]) -> Line:
    kind = str(content["type"])
    if kind == "interactive":
        answer = content["interactive"]
        return Line(wamid, True, str(answer[answer["type"]].get("title", "")), now, "sent")
    part = content.get(kind)
    part = part if isinstance(part, Mapping) else {}
    text = part.get("body") or part.get("caption") or ""
    attachment = None if kind == "text" else PurePath(str(part.get("filename", ""))).name or kind
    return Line(wamid, mine=True, text=str(text), at=now, tick="sent", attachment=attachment)
