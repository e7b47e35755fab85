"""Makes the rows of what goes out, in the commit of what they announce. Nothing is sent here."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance.config import Urgency
from appliance.errors import GreffierError
from appliance.firm.blocking import is_blocked
from appliance.firm.recipients import Recipients
from appliance.outbox import alarms, gate, readers
from appliance.outbox.addressees import addressees
from appliance.outbox.alarms import Alarm, Names
from appliance.phones import is_user_id
from appliance.replies.announcements import Announcements, Kind
from appliance.replies.texts import split
from appliance.store import models, rows, work
from appliance.store.models import OutgoingStatus
from appliance.wording import mark

CONFIRMED, UNREADABLE, HOURS = "confirmation", "unreadable", "outside_hours"  # kinds of items
# What a burst is told when its documents deserve different things: the most that one of them does.
_WEIGHT = {Kind.CONFIRMATION_UNKNOWN: 0, Kind.CONFIRMATION: 1, Kind.ASK_DOSSIER: 2}
NEXT_PART = timedelta(seconds=3)  # between the parts of a long text
LONGEST_BURST = 10  # times confirm_after: a client who never pauses is answered all the same


@dataclass(frozen=True)
class Post:
    """What is announced: a message, and the document it brought."""

    message: models.Message
    document: models.Document | None


@dataclass(frozen=True)
class Posted:
    """A row that was made, and when it is due."""

    row_id: int
    due_at: datetime
    priority: int


@dataclass(frozen=True)
class Due:
    """What a new row says of itself."""

    channel: str
    kind: Kind
    recipient: str
    gathers: str
    due_at: datetime


@dataclass(frozen=True)
class Pace:
    """How long announcements gather: after the last document of a burst, and letters in all."""

    confirm_after: timedelta
    letters_gather: timedelta


NOBODY = mark(
    "its lawyer has no e-mail address, and was told of nothing: an administrator adds it under "
    "Users"
)


class Posting:
    """Turns announcements into outbox rows. Call inside `Store.write` only."""

    def __init__(
        self,
        pace: Pace,
        recipients: Recipients,
        *,
        has_email: bool,
        alerted: Names = alarms.nobody,
    ) -> None:
        self._pace = pace
        self._alerted = alerted
        self._recipients = recipients
        self._has_email = has_email

    def post(self, post: Post, told: Announcements, now: datetime) -> list[Posted]:
        """Make or join the rows; those newly made are returned, to be woken after the commit."""
        made: list[Posted | None] = []
        if told.to_lawyer != Kind.FAILED:
            _withdraw_failure(post.message)
        if told.to_sender is not None and may_be_written_to(post.message):
            made.append(self._confirm(post, told, now))
        if told.to_lawyer is not None and self._has_email:
            addresses = addressees(self._recipients, post.message, post.document)
            made += [self._write_to(address, post, told.to_lawyer, now) for address in addresses]
            if not addresses:
                _nobody_to_tell(post, told.to_lawyer, now)
        return [posted for posted in made if posted is not None]

    def alert(
        self,
        key: str,
        error: GreffierError,
        now: datetime,
        lawyer: str | None = None,
        urgency: Urgency = Urgency.ERROR,
    ) -> list[Posted]:
        """Tell the firm's people of something that costs, once for this `key`.

        By e-mail, to a dossier's own `lawyer` where it concerns nobody else; and shortly, naming
        nobody, to the addresses of [alerts]. Without either the pages say it all the same.
        """
        alarm = Alarm(key, error, urgency)
        people = self._recipients(lawyer) if self._has_email else []
        made = alarms.letters(alarm, people, now)
        made += alarms.short(alarm, self._alerted(urgency), now)
        return [Posted(row.id, now, 0) for row in made]

    def _confirm(self, post: Post, told: Announcements, now: datetime) -> Posted | None:
        """One note for a burst: each document pushes it back, within reason, and joins it."""
        message, kind = post.message, told.to_sender or Kind.CONFIRMATION
        item = UNREADABLE if told.is_unreadable else CONFIRMED
        if _was_told(item, message.sender, message):
            return None
        gathers = f"burst:{message.sender}:{message.correspondent_id}"
        due_at = now + self._pace.confirm_after
        expires_at = gate.window_of(message)
        row, is_new = _still_open(gathers), False
        if row is None:
            due = Due("whatsapp", kind, message.sender, gathers, due_at)
            row, is_new = _new(post, due, now, key=f"{gathers}:{item}"), True
            work.update(row, expires_at=expires_at)
        else:
            latest = row.created_at + self._pace.confirm_after * LONGEST_BURST
            work.update(
                row,
                kind=max(Kind(row.kind), kind, key=lambda each: _WEIGHT[each]),
                due_at=max(row.due_at or due_at, min(due_at, latest)),
                held=None,
                expires_at=max(row.expires_at, expires_at),
                client=row.client_id or _client_of(post),
            )
        _join(row, item, message)
        if told.with_hours:
            _join(row, HOURS, message)
        return Posted(row.id, due_at, message.priority) if is_new or row.held else None

    def reply(
        self, message: models.Message, kind: Kind, now: datetime, **said: Any
    ) -> list[Posted]:
        """Inside a unit: an answer of its own to this message, due at once.

        `said`: its `body` as text, or its `content` (JSON of gateways.parcel). A text that is too
        long for WhatsApp goes as several, some seconds apart: their order is not promised.
        """
        first, *rest = split(said.pop("body", ""))
        posted = [self._answer(message, kind, now, body=first, **said)]
        for number, part in enumerate(rest, start=2):
            at = now + NEXT_PART * (number - 1)
            gathers = f"{kind}:{message.sender}:{number}"
            posted.append(self._answer(message, kind, at, body=part, gathers=gathers))
        return posted

    def _answer(self, message: models.Message, kind: Kind, at: datetime, **said: Any) -> Posted:
        gathers = said.get("gathers", f"{kind}:{message.sender}")
        row = _new(Post(message, None), Due("whatsapp", kind, message.sender, gathers, at), at)
        work.update(row, expires_at=gate.window_of(message), **said)
        if not _was_told(kind, message.sender, message):
            _join(row, kind, message)
        return Posted(row.id, at, message.priority)

    def ask(self, posts: Sequence[Post], kind: Kind, now: datetime, **said: Any) -> Posted:
        """Inside a unit: one question about all of these, due at once; `said` as in `reply`.

        None of them was told of this before (see `was_told`).
        """
        last = posts[-1]
        sender = last.message.sender
        row = _new(last, Due("whatsapp", kind, sender, f"{kind}:{sender}", now), now)
        work.update(row, **said)
        for post in posts:
            _join(row, kind, post.message)
        return Posted(row.id, now, last.message.priority)

    def read(self, message: models.Message, now: datetime, *, typing: bool) -> list[Posted]:
        """Inside a unit: tell Meta that the firm has seen it; `typing`: and that it answers."""
        content: dict[str, Any] = {"status": "read", "message_id": message.wamid}
        if typing:
            content["typing_indicator"] = {"type": "text"}
        return self.reply(message, Kind.READ, now, content=json.dumps(content))

    def heard(self, message: models.Message, now: datetime) -> list[Posted]:
        """Inside a unit: they wrote, so the window is open: what waited for that is due."""
        at = now + self._pace.confirm_after
        return [Posted(row.id, at, row.priority) for row in readers.release(message, at)]

    def _write_to(self, address: str, post: Post, kind: Kind, now: datetime) -> Posted | None:
        """A letter gathers what concerns the same dossier or sender for a while, then goes."""
        if _was_told(kind, address, post.message):
            return None
        about = f"dossier {_dossier_of(post)}" if _dossier_of(post) else post.message.sender
        gathers = f"{kind}:{address}:{about}"
        due_at = now + self._pace.letters_gather
        row = _still_open(gathers)
        if row is not None:
            _join(row, kind, post.message)
            return None
        row = _new(post, Due("email", kind, address, gathers, due_at), now)
        _join(row, kind, post.message)
        return Posted(row.id, due_at, post.message.priority)


def _new(post: Post, due: Due, now: datetime, key: str | None = None) -> Any:
    """`key`: what it says of the message once; usually what it gathers."""
    document = post.document
    return rows.insert(
        models.Outgoing,
        **asdict(due),
        dedupe_key=f"{key or due.gathers}:{post.message.wamid}",
        callback=str(uuid.uuid4()),
        client=_client_of(post),
        dossier=document.dossier_id if document else None,
        correspondent=post.message.correspondent_id,
        created_at=now,
        priority=post.message.priority,
    )


def _nobody_to_tell(post: Post, kind: Kind, now: datetime) -> None:
    """Not a letter but a sign on the page, one a day: a document came and nobody is told."""
    table = models.Outgoing
    key = f"nobody:{now:%Y-%m-%d}"
    if table.get_or_none(table.dedupe_key == key) is None:
        row = _new(post, Due("email", kind, "", key, now), now)
        work.update(row, status=OutgoingStatus.FAILED, due_at=None, dedupe_key=key, error=NOBODY)


def _withdraw_failure(message: models.Message) -> None:
    """It worked after all: a letter that says otherwise and has not left yet does not leave."""
    item = rows.find(models.OutgoingItem, kind=Kind.FAILED, message=message)
    if item is None or item.outgoing.sending_at is not None:
        return
    letter = item.outgoing
    models.OutgoingItem.delete_by_id(item.id)
    if not letter.items.exists():
        models.Outgoing.delete_by_id(letter.id)


def may_be_written_to(message: models.Message) -> bool:
    """Whether anything automatic may go to its sender: who wants none is sent none, and a number
    that is blocked neither.

    A number or a user id; anything else that stood in `from` is answered by nobody.
    """
    sender, person = message.sender, message.correspondent
    if person is not None and (person.opted_out_at is not None or is_blocked(person)):
        return False
    return (sender.startswith("+") and sender[1:].isdecimal()) or is_user_id(sender)


def _still_open(gathers: str) -> Any:
    """The row of this group that was never begun to be sent, if any.

    One that was may have arrived: a mailbox would take what joined it for a copy of the first.
    """
    return rows.find(
        models.Outgoing,
        gathers=gathers,
        status=OutgoingStatus.QUEUED,
        leased_until=None,
        sending_at=None,
    )


def _was_told(kind: str, recipient: str, message: models.Message) -> bool:
    """Each message is announced once a kind and recipient, however often its work is repeated."""
    item = rows.find(models.OutgoingItem, kind=kind, recipient=recipient, message=message)
    return item is not None


def was_told(kind: str, message: models.Message) -> bool:
    """Whether its sender was told this of the message, or will be."""
    return _was_told(kind, message.sender, message)


def _join(row: Any, kind: str, message: models.Message) -> None:
    rows.insert(
        models.OutgoingItem, outgoing=row, kind=kind, recipient=row.recipient, message=message
    )


def _client_of(post: Post) -> int | None:
    return post.document.client_id if post.document else None


def _dossier_of(post: Post) -> int | None:
    return post.document.dossier_id if post.document else None
