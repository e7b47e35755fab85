"""What a person of the firm writes to a client becomes rows. Nothing is sent here.

Call inside `Store.write`, but for what says that it only reads. Unlike what Greffier says by itself
an answer joins no other row, has no items (so no rule of restraint counts it as automatic) and is
never forgotten when a client wants no automatic messages.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance.firm import identifiers
from appliance.firm.identifiers import NUMBERS, Sort
from appliance.outbox import gate, holds
from appliance.outbox.enclosures import name_of
from appliance.outbox.posting import NEXT_PART, Posted
from appliance.outbox.readers import forget
from appliance.phones import variants
from appliance.replies.announcements import BY_PEOPLE, Kind
from appliance.replies.texts import split
from appliance.store import models, rows
from appliance.store.models import OutgoingStatus


@dataclass(frozen=True)
class Words:
    """What is said: the text, what it quotes (Meta's id of a message), the form it came from.

    The same form with the same words is the same answer, however often it arrives.
    """

    text: str
    form: str
    quotes: str | None = None

    def key(self, person_id: int) -> str:
        """By which a second arrival is known."""
        said = f"{self.text}\0{self.quotes or ''}".encode()
        return f"answer:{person_id}:{self.form}:{hashlib.sha256(said).hexdigest()[:32]}"


@dataclass(frozen=True)
class Enclosed:
    """A document that goes to a client, with the words beside it (there may be none)."""

    document: models.Document
    words: Words

    def key(self, person_id: int) -> str:
        """The same document from the same form goes once, whatever is written beside it."""
        return f"document:{person_id}:{self.words.form}:{self.document.id}"


def known(person_id: int, what: Words | Enclosed) -> bool:
    """Whether this was posted before. Reads only."""
    return rows.find(models.Outgoing, dedupe_key=what.key(person_id)) is not None


def post(
    person: models.Correspondent, recipient: str, words: Words, author: str, now: datetime
) -> list[Posted]:
    """The rows of an answer; a long text goes in several parts, some seconds apart.

    Only the first part quotes, and only a message of this conversation. When it leaves, the window
    is judged anew.
    """
    key, posted = words.key(person.id), []
    quotes = _quotable(person.id, words)
    for number, part in enumerate(split(words.text)):
        text = {"type": "text", "text": {"preview_url": False, "body": part}}
        values = {
            "due_at": now + NEXT_PART * number,
            "dedupe_key": f"{key}:{number + 1}" if number else key,
            "body": part,
            "content": _quoting(quotes, text) if quotes and not number else None,
            "client": _client_of(person),
            "created_at": now + timedelta(microseconds=number),  # read in their order
        }
        posted.append(_insert(Kind.ANSWER, person, recipient, author, values))
    return posted


def post_document(
    person: models.Correspondent, recipient: str, enclosed: Enclosed, author: str, now: datetime
) -> Posted:
    """The row of a document that may go to them now. When it leaves, all of that is judged anew."""
    document, quotes = enclosed.document, _quotable(person.id, enclosed.words)
    values = {
        "due_at": now,
        "dedupe_key": enclosed.key(person.id),
        "body": enclosed.words.text,
        "subject": name_of(document),
        "content": _quoting(quotes, {}) if quotes else None,
        "document": document,
        "dossier": document.dossier_id,
        "client": document.dossier.client_id,
        "created_at": now,
    }
    return _insert(Kind.ENCLOSURE, person, recipient, author, values)


def post_template(
    person: models.Correspondent, recipient: str, form: str, author: str, now: datetime
) -> list[Posted]:
    """The row of the approved template, which may open a conversation again. Once a form."""
    key = f"template:{person.id}:{form}"
    if rows.find(models.Outgoing, dedupe_key=key) is not None:
        return []
    values = {
        "due_at": now,
        "dedupe_key": key,
        "client": _client_of(person),
        "created_at": now,
    }
    return [_insert(Kind.TEMPLATE, person, recipient, author, values)]


def _insert(
    kind: Kind,
    person: models.Correspondent,
    recipient: str,
    author: str,
    values: Mapping[str, Any],
) -> Posted:
    row = rows.insert(
        models.Outgoing,
        channel="whatsapp",
        kind=kind,
        recipient=recipient,
        callback=str(uuid.uuid4()),
        author=author,
        correspondent=person,
        **values,
    )
    return Posted(row.id, row.due_at, 0)


def take_back(person_id: int, row_id: int) -> bool:
    """What somebody wrote and has not left yet never leaves. False: it is too late for that."""
    row = rows.find(models.Outgoing, id=row_id, correspondent=person_id)
    if row is None or row.kind not in BY_PEOPLE:
        return False
    if row.status != OutgoingStatus.QUEUED or row.leased_until is not None:
        return False
    forget(row)
    return True


def address_of(person: models.Correspondent) -> str | None:
    """Under which number or user id this person is written to: as they wrote last. Reads only."""
    held = identifiers.live(person)
    values = {row.value for row in held}
    wrote = last_of(person.id)
    if wrote is not None and not values.isdisjoint(variants(wrote.sender)):
        return str(wrote.sender)
    for kinds in (NUMBERS, (Sort.USER_ID,)):
        found = [row for row in held if row.kind in kinds]
        if found:
            return str(max(found, key=lambda row: row.last_seen_at).value)
    return None


def window_of(person: models.Correspondent) -> datetime | None:
    """Until when they may be answered freely; None: not now. Reads only.

    Meta's word that it is over (131047) counts until they write again.
    """
    closes_at = gate.closes_for(person)
    if closes_at is None or _was_refused(person):
        return None
    return closes_at


def last_answer(person_id: int) -> models.Outgoing | None:
    """What somebody of the firm wrote here last. Reads only."""
    table = models.Outgoing
    query = table.select().where(table.correspondent == person_id, table.kind.in_(_KINDS))
    found: models.Outgoing | None = query.order_by(table.created_at.desc()).first()
    return found


def is_in(person_id: int, wamid: str) -> bool:
    """Whether this is a message of this conversation, theirs or ours. Reads only."""
    if rows.find(models.Message, wamid=wamid, correspondent=person_id) is not None:
        return True
    return rows.find(models.Outgoing, remote_id=wamid, correspondent=person_id) is not None


def last_of(person_id: int) -> models.Message | None:
    """What they wrote last. Reads only."""
    table = models.Message
    query = table.select().where(table.correspondent == person_id)
    found: models.Message | None = query.order_by(table.received_at.desc()).first()
    return found


_KINDS = sorted(BY_PEOPLE)
_SECOND = timedelta(seconds=1)  # Meta's timestamps have no fraction


def _was_refused(person: models.Correspondent) -> bool:
    table = models.Outgoing
    waiting = table.select().where(
        table.held == holds.WINDOW,
        table.correspondent == person,
        table.sending_at >= person.last_wrote_at + _SECOND,
    )
    return bool(waiting.exists())


def _client_of(person: models.Correspondent) -> int | None:
    last = last_of(person.id)
    return last.client_id if last is not None else None


def _quotable(person_id: int, words: Words) -> str | None:
    return words.quotes if words.quotes and is_in(person_id, words.quotes) else None


def _quoting(wamid: str, message: Mapping[str, Any]) -> str:
    """Meta, messages/contextual-replies: `context.message_id` names what is answered."""
    return json.dumps({"context": {"message_id": wamid}, **message})
