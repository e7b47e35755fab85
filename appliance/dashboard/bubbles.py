"""What one conversation shows, as its template takes it: bubbles of four sorts, in their order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from appliance.inbox.context import context_of
from appliance.inbox.details import Edit, Reaction, detail_of
from appliance.inbox.envelope import is_from_a_group, media_of
from appliance.inbox.fields import Json, object_at
from appliance.inbox.fields import text as text_of
from appliance.store.fields import utc_text
from appliance.store.models import Document, Message, Outgoing, ThreadNote

FIRST_WORDS = 140  # characters of what is quoted
VOICES = ("audio/", "video/")  # saved, not played: nothing of a stranger's runs in our pages


class Sort(IntEnum):
    """Whose words. The number orders what has one instant."""

    HEARD = 0  # the client's
    SAID = 1  # ours, by the outbox
    PHONE = 2  # ours, written on the firm's phone
    NOTE = 3  # for ourselves


class Key(NamedTuple):
    """Where a bubble stands; keys order as the conversation does."""

    at: str
    sort: int
    row_id: int

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """As it stands in an address; None for anything else."""
        parts = text.rsplit("_", 2)
        are_ids = all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[1:])
        if len(parts) != 3 or not are_ids:
            return None
        try:
            datetime.fromisoformat(parts[0])
        except ValueError:
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]))

    def __str__(self) -> str:
        return f"{self.at}_{self.sort}_{self.row_id}"


@dataclass(frozen=True)
class Quote:
    """What is answered. `words` None: it is no longer here. `is_ours`: the firm said it."""

    words: str | None
    is_ours: bool
    anchor: str | None


@dataclass(frozen=True)
class Piece:
    """The file that a message brought. `document` None: of a dossier that they do not see."""

    document: Document | None
    is_voice: bool = False


@dataclass(frozen=True)
class Bubble:
    """One thing said. `row`: the message, the outgoing row or the note. `text`: its words.

    `wamid`: Meta's id, by which it can be quoted. `edits`: what its sender made of it since.
    """

    key: Key
    at: datetime
    row: Any
    text: str
    wamid: str | None = None
    target: str | None = None  # what it quotes, or what it reacts to
    piece: Piece | None = None
    quote: Quote | None = None
    reactions: Sequence[str] = ()
    edits: Sequence[str] = ()
    is_group: bool = False
    is_forwarded: bool = False

    @property
    def sort(self) -> Sort:
        return Sort(self.key.sort)

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"b{self.key.sort}-{self.key.row_id}"

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it is an answer that waits still."""
        row = self.row
        is_ours = self.sort is Sort.SAID and row.author is not None
        return bool(is_ours and row.status == "queued" and row.leased_until is None)


class About(NamedTuple):
    """What is known beside the rows: documents (those they see), edits and quoted messages."""

    documents: Mapping[int, Document]
    edits: Mapping[str, Sequence[str]]
    quoted: Mapping[str, tuple[str | None, bool]]  # by wamid: words, and whether they are ours


def heard(message: Message) -> Bubble:
    """What they wrote."""
    raw: Json = json.loads(message.raw)
    context = context_of(raw)
    detail = detail_of(raw)
    target = detail.target if isinstance(detail, Reaction | Edit) else context.reply_to
    return Bubble(
        key=Key(utc_text(message.received_at), Sort.HEARD, message.id),
        at=message.received_at,
        row=message,
        text=message.body or "",
        wamid=message.wamid,
        target=target,
        is_group=is_from_a_group(raw),
        is_forwarded=context.is_forwarded,
    )


def said(row: Outgoing) -> Bubble:
    """What went out, or waits."""
    content = json.loads(row.content) if row.content else {}
    return Bubble(
        key=Key(utc_text(row.created_at), Sort.SAID, row.id),
        at=row.created_at,
        row=row,
        text=row.body or "",
        wamid=row.remote_id,
        target=text_of(object_at(content, "context").get("message_id")),
    )


def phoned(message: Message) -> Bubble:
    """What somebody of the firm wrote on its phone."""
    raw: Json = json.loads(message.raw)
    return Bubble(
        key=Key(utc_text(message.received_at), Sort.PHONE, message.id),
        at=message.received_at,
        row=message,
        text=message.body or "",
        wamid=message.wamid,
        target=context_of(raw).reply_to,
        piece=Piece(None) if media_of(raw) is not None else None,
    )


def noted(note: ThreadNote) -> Bubble:
    """What somebody of the firm wrote for the others."""
    key = Key(utc_text(note.created_at), Sort.NOTE, note.id)
    return Bubble(key=key, at=note.created_at, row=note, text=note.body)


def dressed(bubbles: Sequence[Bubble], about: About) -> list[Bubble]:
    """The same with files, quotes, edits and reactions; a reaction stands on what it is to.

    One to a message that is not on this page stays a line of its own.
    """
    here = {one.wamid: one for one in bubbles if one.wamid}
    reactions: dict[str, list[str]] = {}
    shown = []
    for one in bubbles:
        if _is(one, "reaction") and one.target in here:
            # Their last word counts; taken back, it has none.
            reactions[one.target or ""] = [one.text] if one.text else []
        elif not (_is(one, "edit") and one.target in here) and not _is(one, "revoke"):
            shown.append(one)
    return [
        replace(
            one,
            piece=one.piece or _piece(one, about),
            quote=_quote(one, here, about),
            edits=about.edits.get(one.wamid or "", ()),
            reactions=reactions.get(one.wamid or "", ()),
        )
        for one in shown
    ]


def _is(bubble: Bubble, kind: str) -> bool:
    return bubble.sort is Sort.HEARD and bubble.row.type == kind


def _piece(bubble: Bubble, about: About) -> Piece | None:
    if bubble.sort not in (Sort.HEARD, Sort.SAID) or bubble.row.document_id is None:
        return None
    document = about.documents.get(bubble.row.document_id)
    if document is None:
        return Piece(None)
    return Piece(document, document.mime_type.startswith(VOICES))


def _quote(bubble: Bubble, here: Mapping[str, Bubble], about: About) -> Quote | None:
    target = bubble.target
    if target is None:
        return None
    if target in here:
        other = here[target]
        return Quote(other.text[:FIRST_WORDS] or None, other.sort is not Sort.HEARD, other.anchor)
    words, is_ours = about.quoted.get(target, (None, False))
    return Quote(words[:FIRST_WORDS] if words else None, is_ours, None)
