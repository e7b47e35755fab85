"""Destroys what two people have decided. The work of chores.Kind.DESTROY; writes destructions.

For each document: where its files are is written down, then they are removed, then what came of it
is written; then the row becomes a tombstone, and its bytes leave the media store if nobody else
has them. Cut anywhere, it goes on there: each removal may be repeated. Before each document it is
looked at again whether it may still be: a hold, or a dossier opened again, stops the rest.
"""

import json
import threading
from collections.abc import Callable
from typing import NamedTuple

import structlog

from appliance import chores
from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.errors import PermanentError, TemporaryError
from appliance.filing.tombstones import bury
from appliance.firm.users import Users
from appliance.inbox import forgetting as inbox
from appliance.inbox.media import Discarded, MediaShelf
from appliance.keeping.folder import DossierFolders
from appliance.keeping.legal import open_hold, spared
from appliance.keeping.needed import needed_now
from appliance.keeping.outcomes import Outcome
from appliance.outbox import forgetting as outbox
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    Destruction,
    DestructionItem,
    DestructionStatus,
    Document,
    DossierStatus,
    Leaving,
    Media,
    Message,
)
from appliance.wording import mark

log = structlog.get_logger()

STOPPED = mark(
    "The destruction stopped: the dossier is open again, or under legal hold. What was destroyed "
    "before stays destroyed."
)
GOES_ON = mark("Greffier is being stopped: the destruction goes on at the next start")
BESIDE = (Kind.EXAMINE, Kind.DEPICT, Kind.SCAN, Kind.READ, Kind.MIRROR)


class Elsewhere(NamedTuple):
    """Copies that other parts keep of a document.

    `remove_from_drive` (by its id) and `forget_text` (by its id) are called inside a unit,
    `forget_sights` (by the hash of its bytes, which nobody else has) and `forget_put_away` (its
    copy in quarantine) outside; they may be repeated.
    """

    remove_from_drive: Callable[[int], list[chores.Posted]] = lambda _: []
    forget_text: Callable[[int], object] = lambda _: None
    forget_sights: Callable[[str], object] = lambda _: None
    forget_put_away: Callable[[Document], object] = lambda _: None


class Places(NamedTuple):
    """The firm's folders, the media store, and whose turn it is to move something in them."""

    folders: DossierFolders
    shelf: MediaShelf
    turn: threading.RLock


class Destroyer:
    """Does what was confirmed, one document after the other.

    While one goes, nobody moves it, puts it away or brings it back.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        users: Users,
        work: Chores,
        places: Places,
        elsewhere: Elsewhere,
    ) -> None:
        self._store = store
        self._clock = clock
        self._users = users
        self._chores = work
        self._folders, self._shelf, self._turn = places
        self._elsewhere = elsewhere

    def destroy(self, destruction_id: int) -> chores.Finish | None:
        """Work of one chore: all that is left of this destruction.

        Raises PermanentError when it may not go on, TemporaryError when the disk is away.
        """
        found = rows.find(Destruction, id=destruction_id, status=DestructionStatus.CONFIRMED.value)
        if found is None:
            return None
        self._search(found)
        for item in _open_items(found):
            if self._chores.stopping.is_set():
                raise TemporaryError(GOES_ON, counts=False)
            self._chores.prolong(Kind.DESTROY, found.id)
            with self._turn:
                self._one(found, item)
        self._folders.remove_if_empty(found.dossier)
        return lambda: self._done(found)

    def _search(self, found: Destruction) -> None:
        """Where the files are, written down before the first of them is removed."""
        items = list(found.items.where(DestructionItem.found.is_null()))
        if not items:
            return
        sorted_ = self._folders.sort(found.dossier, list(found.items))

        def unit() -> None:
            for item in items:
                paths = json.dumps(sorted_.ours.get(item.sha256, []))
                rows.update(DestructionItem, item.id, found=paths)
            rows.update(Destruction, found.id, left=json.dumps(sorted_.left))

        self._store.write(unit)

    def _one(self, found: Destruction, item: DestructionItem) -> None:
        document: Document = Document.get_by_id(item.document_id)
        if document.destroyed_at is None:
            if not self._store.write(lambda: self._may_go(found, item, document.id)):
                return
            self._take_files(found, item)
            is_there = self._shelf.path(item.sha256).exists()
            posted = self._store.write(lambda: self._bury(found, item, is_there=is_there))
            self._chores.wake(posted)
        self._remove_bytes(item.id)
        log.info("document destroyed", id=item.document_id, report=found.id)

    def _take_files(self, found: Destruction, item: DestructionItem) -> None:
        """Its files are in the folder no more. Written down before, so that one that was removed
        before a crash is not reported as one that was never there."""
        paths, before = self._folders.now(found.dossier, item), item.folder
        self._note(item, found=json.dumps(paths), folder=Outcome.LEAVING)
        outcome = self._folders.remove(item, paths)
        if outcome == Outcome.ABSENT and before in (Outcome.LEAVING, Outcome.REMOVED):
            outcome = Outcome.REMOVED
        self._note(item, folder=outcome)

    def _may_go(self, found: Destruction, item: DestructionItem, document_id: int) -> bool:
        """Inside a unit: it is still to be destroyed. Raises PermanentError: nothing more is."""
        seen = Destruction.get_by_id(found.id)
        is_closed = seen.dossier.status == DossierStatus.CLOSED
        if not is_closed or open_hold(seen.dossier_id) is not None:
            raise PermanentError(STOPPED)
        document = Document.get_by_id(document_id)
        if document.dossier_id == seen.dossier_id or document.destroyed_at is not None:
            return True
        stays = {"folder": Outcome.ELSEWHERE, "media": Outcome.ELSEWHERE}
        rows.update(DestructionItem, item.id, **stays, done_at=self._clock.now())
        return False

    def _bury(
        self, found: Destruction, item: DestructionItem, *, is_there: bool
    ) -> list[chores.Posted]:
        """Inside a unit: a tombstone, and everything that goes with the document."""
        now, document = self._clock.now(), Document.get_by_id(item.document_id)
        if document.destroyed_at is not None or not self._may_go(found, item, document.id):
            return []
        self._chores.withdraw(BESIDE, document.id)
        self._elsewhere.forget_text(document.id)
        drive, posted = self._off_drive(document)
        texts = _empty_messages(document, self._clock)
        bury(document, found.id, now)
        outbox.empty_rows_of(found.dossier_id)
        outbox.empty_rows_with(document.id)
        _forget_media(item.sha256)
        media = Outcome.LEAVING if is_there else Outcome.ABSENT
        if inbox.is_anybodys(item.sha256):
            media = Outcome.SHARED
        elif is_there:
            rows.insert(Leaving, sha256=item.sha256, decided_at=now)
        rows.update(DestructionItem, item.id, media=media, drive=drive)
        Destruction.update(texts=Destruction.texts + texts).where(
            Destruction.id == found.id
        ).execute()
        return posted

    def _off_drive(self, document: Document) -> tuple[Outcome, list[chores.Posted]]:
        """Inside a unit."""
        posted = self._elsewhere.remove_from_drive(document.id)
        if posted:
            return Outcome.ASKED, posted
        return (Outcome.NONE if document.drive_id is None else Outcome.WAITING), []

    def _remove_bytes(self, item_id: int) -> None:
        item: DestructionItem = DestructionItem.get_by_id(item_id)
        media = item.media
        self._elsewhere.forget_put_away(item.document)
        if media == Outcome.LEAVING:
            kept = self._shelf.discard(item.sha256) == Discarded.KEPT
            media = Outcome.SHARED if kept else Outcome.REMOVED
        if media != Outcome.SHARED:
            self._elsewhere.forget_sights(item.sha256)

        def unit() -> None:
            now = self._clock.now()
            leaving = Leaving.update(settled_at=now, outcome=media)
            leaving.where(Leaving.sha256 == item.sha256, Leaving.settled_at.is_null()).execute()
            rows.update(DestructionItem, item.id, media=media, done_at=now)

        self._store.write(unit)

    def _note(self, item: DestructionItem, **values: object) -> None:
        self._store.write(lambda: rows.update(DestructionItem, item.id, **values))

    def _done(self, found: Destruction) -> None:
        """Inside a unit: the report is complete."""
        now = self._clock.now()
        _settle_twins(found)
        rows.update(Destruction, found.id, status=DestructionStatus.DONE, done_at=now)
        detail = f"report {found.id}: {found.items.count()} documents"
        self._users.audit("greffier", "dossier destroyed", f"dossier:{found.dossier_id}", detail)


def _open_items(found: Destruction) -> list[DestructionItem]:
    query = found.items.where(DestructionItem.done_at.is_null())
    return list(query.order_by(DestructionItem.id))


def _settle_twins(found: Destruction) -> None:
    """Inside a unit: two documents of one content shared it until the second went, too."""
    items = list(found.items)
    gone = {item.sha256 for item in items if item.media == Outcome.REMOVED}
    for item in items:
        if item.media == Outcome.SHARED and item.sha256 in gone:
            rows.update(DestructionItem, item.id, media=Outcome.REMOVED)


def _empty_messages(document: Document, clock: Clock) -> int:
    """Inside a unit: what was said with this document, and only that, goes with it.

    Unless another dossier of the same client is under hold: then it stays until that is over.
    """
    kept = spared()
    brought = Message.select().where(
        Message.document == document,
        Message.status.in_(inbox.FINISHED),
        Message.emptied_at.is_null(),
    )
    ids = [row.id for row in brought if not kept.has_message(row)]
    return inbox.empty_messages(ids, clock.now()) if ids else 0


def _forget_media(sha256: str) -> None:
    """Inside a unit: that we once fetched these bytes; not while a message still needs them."""
    ids = [row.id for row in Media.select(Media.id).where(Media.sha256 == sha256)]
    if ids:
        inbox.delete_media(ids, needed_now().media_ids)
