"""Documents and their files on disk. Owns `documents`.

Three steps, each harmless when repeated: `reserve` says in a row whose document it is, `place`
puts the bytes where the row says, `placed` (with what announces it) says that they are there.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance import names
from appliance.clock import Clock, day_of
from appliance.disk import sweep_temporary
from appliance.filing.acts import NOT_REJECTED
from appliance.filing.aside import unheard
from appliance.filing.kinds import kind_of
from appliance.filing.matching import ClientToAsk, Match, OneDossier, UnknownSender
from appliance.filing.placing import Cabinet
from appliance.store import models, rows, work
from appliance.store.database import Store
from appliance.store.models import DocumentStatus
from appliance.telling import KINDS
from appliance.wording import Wording

_TURNS = 16  # documents that are placed at the same time, at most
_REMEMBERED = 500  # documents placed lately: far more than are under way
TO_FILE = names.TO_FILE


@dataclass(frozen=True)
class Arrival:
    """A file that came, as far as filing cares. `is_muted`: its sender is blocked."""

    message: models.Message
    sha256: str
    size: int
    mime_type: str | None
    filename: str | None
    is_muted: bool = False


@dataclass(frozen=True)
class Reserved:
    """The row that says whose the bytes are and where they go.

    `is_duplicate`: its owner sent these bytes before. `is_new`: nobody can have placed them yet.
    """

    document: models.Document
    is_duplicate: bool
    is_new: bool


@dataclass(frozen=True)
class Place:
    """Where the firm's folders are, and in which time zone its days begin."""

    root: Path
    zone: ZoneInfo


class Folders:
    """The firm's folders: one a client, one a dossier, and one for what is still to be filed."""

    def __init__(
        self, store: Store, clock: Clock, place: Place, cabinet: Cabinet, wording: Wording
    ) -> None:
        self._store = store
        self._clock = clock
        self._root = place.root
        self._zone = place.zone
        self._cabinet = cabinet
        # Copies that come at once are one document, and each brings it here: one at a time, and the
        # others learn where the first has put it before its commit says so.
        self._turns = [threading.Lock() for _ in range(_TURNS)]
        self._just_placed: OrderedDict[int, Path] = OrderedDict()
        self._wording = wording

    def reserve(self, arrival: Arrival, source: Path, found: Match) -> Reserved:
        """The document of this message: made now, or before a crash, or of a message before."""
        kind = kind_of(source, arrival.mime_type, arrival.filename)
        day = day_of(arrival.message.received_at, self._zone)
        name = names.document_name(arrival.filename, kind.extension, day, self._fallback(arrival))
        return self._store.write(lambda: self._reserved(arrival, found, name, kind.mime_type))

    def _fallback(self, arrival: Arrival) -> str:
        """The name of a file that the sender did not name: photos never have one."""
        return self._wording.text(KINDS.get(arrival.message.type, "Document"))

    def _reserved(self, arrival: Arrival, found: Match, name: str, mime_type: str) -> Reserved:
        message = rows.find(models.Message, id=arrival.message.id) or arrival.message
        before = message.document if message.document_id is not None else None
        if before is not None and before.destroyed_at is None:  # before a crash
            reserved: models.Document = before
            return Reserved(reserved, is_duplicate=bool(message.is_duplicate), is_new=False)
        known = _document_of(_owner_keys(found, message), arrival.sha256)
        document = known or self._create(arrival, found, name, mime_type)
        if document.client_id is None:
            _learn_client(document, found)
        if document.rejected_at is not None and not arrival.is_muted:
            # Sent again: somebody must look again.
            rows.update(models.Document, document.id, **NOT_REJECTED)
        work.update(
            arrival.message, document=document, client=document.client_id, is_duplicate=bool(known)
        )
        return Reserved(document, is_duplicate=bool(known), is_new=known is None)

    def _create(self, arrival: Arrival, found: Match, name: str, mime_type: str) -> models.Document:
        client_id, dossier_id = _parties(found)
        message = arrival.message
        return rows.insert(
            models.Document,
            owner_key=_owner_keys(found, message)[0],
            sha256=arrival.sha256,
            client=client_id,
            dossier=dossier_id,
            sender=message.sender,
            name=name,
            original_name=arrival.filename,
            mime_type=mime_type,
            declared_mime=arrival.mime_type,
            size=arrival.size,
            reason=found.reason,
            received_at=message.received_at,
        )

    def place(self, reserved: Reserved, source: Path) -> Path | None:
        """Put the bytes in the document's folder; return the file. Never overwrites anything.

        None: they were put away since (quarantine), and stay there though they were sent again.
        Raises TemporaryError when the disk is full or the folder cannot be written.
        """
        document = reserved.document
        if document.local_path is not None:
            return self._root.joinpath(document.local_path)
        if document.stored_at is not None:
            return None
        with self._turns[document.id % len(self._turns)]:
            path = self._just_placed.get(document.id)
            if path is None or not path.exists():
                path = self._put(reserved, source)
                self._just_placed[document.id] = path
                while len(self._just_placed) > _REMEMBERED:
                    self._just_placed.popitem(last=False)
        return path

    def _put(self, reserved: Reserved, source: Path) -> Path:
        document = reserved.document
        folder = self._root.joinpath(*self._folder_of(document))
        name, sha256 = document.name, document.sha256
        return self._cabinet.put(source, folder, name, sha256, is_first_try=reserved.is_new)

    def _folder_of(self, document: models.Document) -> tuple[str, str]:
        if document.dossier is not None:
            return document.dossier.client.folder, document.dossier.folder
        return TO_FILE, names.sender_folder_name(document.sender)

    def placed(
        self, document: models.Document, path: Path | None, *, is_muted: bool = False
    ) -> bool:
        """Inside a unit: its file is there; filed if its dossier is known, else pending, and set
        aside if its sender is blocked (`is_muted`).

        False if another message with these bytes was quicker.
        """
        seen = rows.find(models.Document, id=document.id)
        is_open = seen is not None and seen.stored_at is None and seen.destroyed_at is None
        if not is_open or path is None:
            return False
        now = self._clock.now()
        is_filed = document.dossier_id is not None
        rows.update(
            models.Document,
            document.id,
            name=path.name,
            local_path=path.relative_to(self._root).as_posix(),
            stored_at=now,
            status=DocumentStatus.FILED if is_filed else DocumentStatus.PENDING,
            filed_at=now if is_filed else None,
            filed_by="greffier" if is_filed else None,
            **(unheard(now) if is_muted and not is_filed else {}),
        )
        return True

    def sweep(self) -> int:
        """At start: remove what a crash left half-written; return how many files."""
        return sweep_temporary(self._root)


def _document_of(owner_keys: list[str], sha256: str) -> models.Document | None:
    found = (rows.find(models.Document, owner_key=key, sha256=sha256) for key in owner_keys)
    return next((document for document in found if document is not None), None)


def _learn_client(document: models.Document, found: Match) -> None:
    """Inside a unit: it was sent by a stranger who has become a client since."""
    client_id, _ = _parties(found)
    if client_id is not None:
        document.client = client_id
        rows.update(models.Document, document.id, client=client_id)


def _owner_keys(found: Match, message: models.Message) -> list[str]:
    """Whose the bytes are, first; then who they were before the sender was known.

    With a certain dossier only the client's own count: what a stranger sent still waits for a
    person, and what the client sends now must reach the dossier.
    """
    senders = [f"sender:{who}" for who in (message.sender, message.user_id) if who]
    match found:
        case OneDossier():
            return [f"client:{found.client_id}"]
        case ClientToAsk():
            return [f"client:{found.client_id}", *senders]
        case UnknownSender():
            return senders or ["sender:"]


def _parties(found: Match) -> tuple[int | None, int | None]:
    match found:
        case OneDossier():
            return found.client_id, found.dossier_id
        case ClientToAsk():
            return found.client_id, None
        case UnknownSender():
            return None, None
