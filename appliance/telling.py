"""How a row is put to people: why it failed, what it brought. The same words on page and letter."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance import names
from appliance.errors import GreffierError, Sentence
from appliance.store.models import AccountEvent, Chore, Hold, Message, Outgoing
from appliance.wording import Wording, mark

KINDS = {  # what a message is when nothing better names it
    "image": mark("Photo"),
    "video": mark("Video"),
    "audio": mark("Voice message"),
    "voice": mark("Voice message"),
    "document": mark("Document"),
}
DROPPED = mark("dropped by %(who)s: %(words)s")
# The rows that were dropped, as a condition: literal, so that SQLite uses its index of errors.
DROPPED_ROWS = "(error IS NOT NULL AND error GLOB 'dropped by *')"
QUOTED = mark("“%(name)s”")
LIMITS = {
    "whatsapp_send": mark("People to whom the firm writes first"),
    "whatsapp_pair": mark("Messages to one person"),
    "whatsapp_throughput": mark("WhatsApp messages in all"),
    "whatsapp_download": mark("Files fetched from WhatsApp"),
    "gdrive_upload": mark("Files sent to Google Drive"),
}


def columns(error: GreffierError) -> dict[str, str]:
    """`error`, the sentence in English that others query; `reason`, what it is translated from."""
    said = {"text": error.text, "values": error.values}
    return {"error": error.reason, "reason": json.dumps(said, default=str)}


def why(row: Message | Outgoing | Hold | AccountEvent | Chore, wording: Wording) -> str:
    """What went wrong with this row and what to do; in English where nothing better is kept."""
    if not row.reason:
        english: str = row.error or ""
        return wording.text(english)
    return told(row.reason, wording)


def told(reason: str, wording: Wording) -> str:
    """A `reason`, as `columns` made it, in this language."""
    said = json.loads(reason)
    msgid, values = said["text"], said["values"]
    if cause := values.get("why"):
        values["why"] = wording.text(cause)
    if (limit := values.get("limit")) in LIMITS:
        values["limit"] = wording.text(QUOTED, name=wording.text(LIMITS[limit]))
    if wording.direction == "rtl":
        values = {name: _isolated(value) for name, value in values.items()}
    return wording.text(msgid, **values)


def said(sentence: Sentence, wording: Wording) -> str:
    """The sentence in this language, with the sentences and instants within it."""
    if not sentence.values:
        return wording.text(sentence.text)
    values = {name: _in_words(name, value, wording) for name, value in sentence.values.items()}
    return wording.text(sentence.text, **values)


def _in_words(name: str, value: object, wording: Wording) -> object:
    match value:
        case Sentence():
            return said(value, wording)
        case datetime():
            return wording.moment(value)
        case float():
            return wording.number(value)
        case str():
            known = wording.text(value) if name == "why" else value
            return _isolated(known) if wording.direction == "rtl" else known
    return value


def as_json(sentence: Sentence) -> str:
    """The sentence, to be kept."""
    return json.dumps(_packed(sentence), default=str)


def from_json(kept: str) -> Sentence:
    """The sentence that was kept by `as_json`, or as a row's `reason`."""
    unpacked = _unpacked(json.loads(kept))
    return unpacked if isinstance(unpacked, Sentence) else Sentence(str(unpacked))


def _packed(value: object) -> object:
    match value:
        case Sentence():
            values = {name: _packed(each) for name, each in value.values.items()}
            return {"text": value.text, "values": values}
        case datetime():
            return {"at": value.isoformat()}
    return value


def _unpacked(value: object) -> object:
    match value:
        case {"text": str(text), "values": Mapping() as values}:
            return Sentence(text, {str(name): _unpacked(each) for name, each in values.items()})
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
    return value


def _isolated(value: object) -> object:
    """Latin words, in Arabic: their own direction ends where they end."""
    return f"\u2068{value}\u2069" if isinstance(value, str) else value


def brought(message: Message, wording: Wording) -> str:
    """What the message brought: its document, else the name that was announced, else its kind."""
    if message.document is not None:
        return str(message.document.name)
    filename = _announced(json.loads(message.raw).get(message.type))
    return (
        names.safe_name(filename) if filename else wording.text(KINDS.get(message.type, "Document"))
    )


def _announced(content: Any) -> str | None:
    filename = content.get("filename") if isinstance(content, dict) else None
    return filename if isinstance(filename, str) else None
