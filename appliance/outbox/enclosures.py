"""Which document of a dossier may go to whom on WhatsApp. Reads; writes nothing.

A paper in the wrong hands cannot be taken back, so the same is asked when it is offered, when it is
posted and when it leaves: it stands in a dossier of a client for whom this very number or user id
stands by the firm's own list, it was looked into and nothing was found, and Meta takes such a file.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from appliance import names
from appliance.errors import PermanentError
from appliance.replies.announcements import Kind
from appliance.store import models, rows
from appliance.store.models import (
    Destruction,
    DestructionStatus,
    Document,
    DocumentStatus,
    Dossier,
    Safety,
)
from appliance.wording import mark

LONGEST_CAPTION = 1024  # characters (Meta, messages/document-messages)
MEDIA_LIFE = timedelta(days=25)  # Meta keeps what was uploaded for thirty (media)
MB = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"

NOT_FILED = mark(
    "this document no longer stands in a dossier, or its dossier is being destroyed: it is not sent"
)
PUT_AWAY = mark("this document is in quarantine: it is sent to nobody")
DOUBTED = mark(
    "somebody must look at this document first: it is marked “to be checked” on the page Safety"
)
NOT_LOOKED_INTO = mark(
    "this document has not been looked into or scanned yet: wait until it is, then send it"
)
NOT_TAKEN = mark(
    "WhatsApp takes no file of this kind: it takes PDF, Word, Excel, PowerPoint, plain text, JPEG "
    "and PNG; make a PDF of it"
)
TOO_LARGE = mark(
    "this file is too large for WhatsApp, which takes 100 MB of a document and 5 MB of a photo: "
    "send it another way"
)
ANOTHERS = mark(
    "this document is in a dossier of a client for whom this number does not stand in your list "
    "of clients: it is not sent to them"
)
OPPOSED = mark(
    "this number is the opponent's in the dossier of this document: it is not sent to them"
)
MOVED = mark(
    "since this was asked for, the document went to a dossier of another client: it was not sent"
)
RENAMED = mark(
    "since this was asked for, the document was given another name, which nobody has said may be "
    "read by the client: it was not sent; look at it, then send it again"
)


class Shape(StrEnum):
    """As what Meta sends a file; a photo loses its name."""

    DOCUMENT = "document"
    IMAGE = "image"


# Meta, business-phone-numbers/media: what may be sent, and how large (bytes).
TAKEN = {
    "application/pdf": Shape.DOCUMENT,
    "application/msword": Shape.DOCUMENT,
    "application/vnd.ms-excel": Shape.DOCUMENT,
    "application/vnd.ms-powerpoint": Shape.DOCUMENT,
    f"{_OFFICE}.wordprocessingml.document": Shape.DOCUMENT,
    f"{_OFFICE}.spreadsheetml.sheet": Shape.DOCUMENT,
    f"{_OFFICE}.presentationml.presentation": Shape.DOCUMENT,
    "text/plain": Shape.DOCUMENT,
    "image/jpeg": Shape.IMAGE,
    "image/png": Shape.IMAGE,
}
LARGEST = {Shape.DOCUMENT: 100 * MB, Shape.IMAGE: 5 * MB}


@dataclass(frozen=True)
class Rules:
    """What others know of it.

    `may_leave`: whether a copy may leave this computer (examined, scanned); `whose`: the clients
    for whom a number or user id stands; `opposed`: the dossiers in which it is the opponent's.
    """

    may_leave: Callable[[Document], bool]
    whose: Callable[[str], Sequence[int]]
    opposed: Callable[[str], Sequence[int]]

    def fault_of(self, document: Document | None, recipient: str) -> PermanentError | None:
        """Why it may not go to that number or user id now; None: it may."""
        if document is None or not _is_filed(document):
            return PermanentError(NOT_FILED)
        fault = self.fault_of_file(document)
        if fault is not None:
            return fault
        if document.dossier.client_id not in self.whose(recipient):
            return PermanentError(ANOTHERS)
        if document.dossier_id in self.opposed(recipient):
            return PermanentError(OPPOSED)
        return None

    def fault_of_file(self, document: Document) -> PermanentError | None:
        """The same of the file itself, whoever would get it: its safety, its kind, its size."""
        return self._of_safety(document) or _of_size(document)

    def fault_of_row(self, row: models.Outgoing) -> PermanentError | None:
        """Inside a unit: why a document that was posted may not leave now; None: it may."""
        document = document_of(row)
        fault = self.fault_of(document, row.recipient)
        if fault is not None or document is None:
            return fault
        if document.dossier.client_id != row.client_id:
            return PermanentError(MOVED)
        return PermanentError(RENAMED) if name_of(document) != row.subject else None

    def _of_safety(self, document: Document) -> PermanentError | None:
        if document.safety == Safety.QUARANTINED:
            return PermanentError(PUT_AWAY)
        if document.safety == Safety.TO_CHECK:
            return PermanentError(DOUBTED)
        is_clean = document.safety == Safety.OK and self.may_leave(document)
        return None if is_clean else PermanentError(NOT_LOOKED_INTO)


def document_of(row: models.Outgoing) -> Document | None:
    """The document that this row carries."""
    return rows.find(Document, id=row.document_id) if row.document_id is not None else None


def seal_of(document: Document, recipient: str) -> str:
    """What somebody has seen and said yes to: these bytes, by this name, of this client, to them.

    Anything of it that changes makes another seal, and they are asked again.
    """
    seen = (
        document.id,
        document.sha256,
        document.name,
        document.dossier_id,
        document.dossier.client_id if document.dossier else None,
        recipient,
    )
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def waits_for_upload(row: models.Outgoing, now: datetime) -> bool:
    """Whether Meta does not hold its file (any more)."""
    if row.kind != Kind.ENCLOSURE:
        return False
    return row.media_id is None or row.media_at is None or now - row.media_at > MEDIA_LIFE


def name_of(document: Document) -> str:
    """What the client reads: the document's own name in the dossier, and nothing of the dossier."""
    return names.safe_name(document.name)


def content_of(row: models.Outgoing, document: Document, caption: str) -> dict[str, Any]:
    """As Meta wants it (messages/document-messages, image-messages)."""
    shape = TAKEN[document.mime_type]
    part: dict[str, Any] = {"id": row.media_id}
    if shape is Shape.DOCUMENT:
        part["filename"] = name_of(document)
    if caption:
        part["caption"] = caption
    quoted: dict[str, Any] = json.loads(row.content) if row.content else {}
    return {**quoted, "type": shape.value, shape.value: part}


def _is_filed(document: Document) -> bool:
    """Whether it stands in a dossier that nobody is destroying."""
    if document.stored_at is None or document.destroyed_at is not None:
        return False
    if document.status != DocumentStatus.FILED or document.rejected_at is not None:
        return False
    dossier = rows.find(Dossier, id=document.dossier_id) if document.dossier_id else None
    if dossier is None:
        return False
    confirmed = DestructionStatus.CONFIRMED.value
    return rows.find(Destruction, dossier=dossier.id, status=confirmed) is None


def _of_size(document: Document) -> PermanentError | None:
    shape = TAKEN.get(document.mime_type)
    if shape is None:
        return PermanentError(NOT_TAKEN)
    return PermanentError(TOO_LARGE) if document.size > LARGEST[shape] else None
