"""Is it safe: looks into each document, has it scanned, puts away what is infected.

Looking is work beside filing (chores EXAMINE and SCAN): no document is filed or confirmed a moment
later for it, and a scanner that is away keeps nothing waiting but the copy on Drive.

    unexamined ── EXAMINE ──▶ ok | to_check ── SCAN, where there is a scanner ──▶ quarantined
                     ▲            a person has checked: to_check ──▶ ok              │
                     └── an administrator releases: to_check, with who and why ◀─────┘

An examination never puts anything away: only a scanner that names what it found takes a document
out of a lawyer's dossier.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from appliance.chores import LOW, USUAL, Chores, Finish, Kind, Posted
from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError
from appliance.filing.placing import GONE
from appliance.gateways.clamd import Clamd, Clean, Doubtful, Infected, TooLarge, Verdict
from appliance.safety import book as safetybook
from appliance.safety.book import SafetyBook, Seams, stored
from appliance.safety.findings import Finding, said
from appliance.safety.inspection import Claim, Seen, inspect
from appliance.safety.quarantine import Quarantine
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Chore, Document, Safety

log = structlog.get_logger()

STEP = 500  # rows a unit


class Examiner:
    """What each document is to the firm's computers.

    The second half of `places` is the turn of whoever moves files: what is put away or brought back
    is not moved or destroyed at the same time.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        chores: Chores,
        places: tuple[Quarantine, threading.RLock],
        scanner: Clamd | None,
        seams: Seams,
    ) -> None:
        self._store = store
        self._chores = chores
        self._quarantine, self._turn = places
        self._book = SafetyBook(clock, seams)
        self._seams = seams
        self.scanner = scanner
        chores.on(Kind.EXAMINE, self.examine)
        chores.on(Kind.SCAN, self.scan)

    def may_leave(self, document: Document) -> bool:
        """Whether a copy may leave this computer: looked into, not put away, scanned if it can be.

        A person who has checked it stands for the scanner.
        """
        return safetybook.may_leave(document, is_scanning=self.scanner is not None)

    def doubt(self, document_id: int, error: GreffierError) -> None:
        """Inside a unit: decoding found this. What a person has checked or is worse stays so."""
        document = rows.find(Document, id=document_id)
        if document is not None:
            self._book.doubt(document, error)

    def examine(self, document_id: int) -> Finish | None:
        """Chore EXAMINE. Raises PermanentError when the bytes are gone."""
        document = rows.find(Document, id=document_id)
        if document is None or self._is_put_away(document):
            return None
        claim = Claim(document.declared_mime, document.original_name)
        try:
            seen = inspect(self._quarantine.source(document), claim)
        except OSError as error:
            raise PermanentError(GONE) from error
        log.info("document examined", id=document_id, bytes=seen.bytes_read, entries=seen.entries)
        return partial(self._examined, document_id, seen)

    def _examined(self, document_id: int, seen: Seen) -> list[Posted]:
        """Inside a unit: the class is known; what it makes possible is asked for."""
        document = rows.find(Document, id=document_id)
        if document is None or document.safety == Safety.QUARANTINED:
            return []
        self._book.examined(document, seen.doubt)
        posted = [self._chores.post(Kind.DEPICT, document_id)]
        if self.scanner is not None and document.scanned_at is None:
            # A hundred thousand entries keep clamd for two minutes: not while all else waits.
            priority = USUAL if seen.doubt is None else LOW
            return [*posted, self._chores.post(Kind.SCAN, document_id, priority=priority)]
        return posted + self._seams.mirror(document_id)

    def scan(self, document_id: int) -> Finish | None:
        """Chore SCAN. Raises TemporaryError while the scanner is away."""
        document = rows.find(Document, id=document_id)
        if document is None or self._is_put_away(document):
            return None
        if self.scanner is None:  # the firm has given it up since: nothing waits for it any more
            return partial(self._seams.mirror, document_id)
        was_away = self.scanner.trouble is not None
        verdict = self.scanner.scan(self._quarantine.source(document))
        if was_away:
            self._chores.call_in([Kind.SCAN])
        log.info("document scanned", id=document_id, verdict=type(verdict).__name__)
        return self._judged(document, verdict)

    def _judged(self, document: Document, verdict: Verdict) -> Finish | None:
        scanned = partial(self._scanned, document.id)
        match verdict:
            case Clean():
                return partial(scanned, None)
            case Doubtful(signature, is_locked):
                doubted = said(Finding.DOUBTED, signature=signature)
                return partial(scanned, said(Finding.ENCRYPTED) if is_locked else doubted)
            case TooLarge():  # it does not leave until somebody has checked it
                return partial(self.doubt, document.id, said(Finding.UNSCANNABLE))
            case Infected(signature) if safetybook.was_released(document.sha256):
                return partial(scanned, said(Finding.DOUBTED, signature=signature))
            case Infected(signature):
                self._put_away(document, said(Finding.INFECTED, signature=signature))
                return None

    def _scanned(self, document_id: int, doubt: PermanentError | None) -> list[Posted]:
        """Inside a unit: nothing was found that has a name."""
        document = rows.find(Document, id=document_id)
        if document is None or document.safety == Safety.QUARANTINED:
            return []
        self._book.scanned(document, doubt)
        return self._seams.mirror(document_id)

    def _is_put_away(self, document: Document) -> bool:
        """Whether these bytes are in quarantine already, which is then made sure of.

        The sender may have sent them again, which brings them to the shelf once more; or a crash
        came before all was removed.
        """
        known = safetybook.known_infection(document)
        if known is not None:
            self._put_away(document, known)
        return known is not None

    def _put_away(self, document: Document, error: PermanentError) -> None:
        """Every document with these bytes: first the copies, then the rows, then the removal.

        Cut before the rows, all is as before; cut after them, the chore is repeated, and a start
        settles it.
        """
        with self._turn:
            for each in stored(document.sha256):
                self._quarantine.hold(each)
                self._quarantine.leave(each)
            told, posted = self._store.write(partial(self._book.condemn, document.sha256, error))
            self._seams.bell.wake(told)
            self._chores.wake(posted)
            for each in stored(document.sha256):
                self._quarantine.settle(each)
        log.warning("document put in quarantine", id=document.id)

    def check(self, document_id: int, by: str) -> bool:
        """A person has looked at what was to be checked. False if it waits for nobody."""
        posted = self._store.write(partial(self._book.check, document_id, by))
        self._chores.wake(posted)
        return posted is not None

    def release(self, document_id: int, by: str) -> bool:
        """An administrator takes it out of quarantine, with all that have the same bytes.

        The rows first; should a crash cut the rest, the next start brings the files back. False if
        it is in no quarantine. Raises TemporaryError when the disk is full or cannot be written,
        PermanentError when the copy in quarantine is damaged.
        """
        released = self._store.write(partial(self._book.release, document_id, by))
        for each in released:
            self._bring_back(each)
        return bool(released)

    def _bring_back(self, document_id: int) -> None:
        with self._turn:
            document = rows.find(Document, id=document_id)
            if document is not None and document.destroyed_at is None:
                self._bring(document)
            elif document is not None:
                self._quarantine.end(document)  # destroyed, and a crash came before this

    def _bring(self, document: Document) -> None:
        placed = self._quarantine.settle(document)
        values = {"name": placed.name, "local_path": placed.local_path}

        def unit() -> list[Posted]:
            rows.update(Document, document.id, **values)
            posted = [self._chores.post(Kind.DEPICT, document.id)]
            return posted + self._seams.mirror(document.id)

        self._chores.wake(self._store.write(unit))
        self._quarantine.end(placed)
        log.info("document released", id=document.id)

    def sweep(self) -> None:
        """At start: what a crash cut is finished as the rows say, as far as the disk lets us.

        What was never looked at is asked for, and what was never scanned if there is a scanner now.
        """
        put_away = {document.id: document for document in safetybook.in_quarantine()}
        for document in put_away.values():
            _try(document.id, partial(self._quarantine.settle, document))
        for document_id in set(self._quarantine.left()) - set(put_away):
            _try(document_id, partial(self._bring_back, document_id))
        self._post_missing(Kind.EXAMINE, Document.safety == Safety.UNEXAMINED)
        if self.scanner is not None:
            is_open = Document.safety.in_((Safety.OK, Safety.TO_CHECK))
            self._post_missing(Kind.SCAN, is_open & Document.scanned_at.is_null())

    def _post_missing(self, kind: Kind, condition: Any) -> None:
        asked = Chore.select(Chore.subject_id).where(Chore.kind == kind.value)
        query = Document.select(Document.id).where(condition, Document.stored_at.is_null(False))
        ids = [row_id for (row_id,) in query.where(Document.id.not_in(asked)).tuples()]
        for at in range(0, len(ids), STEP):
            self._store.write(partial(self._post_all, kind, ids[at : at + STEP]))

    def _post_all(self, kind: Kind, ids: list[int]) -> None:
        for each in ids:
            self._chores.post(kind, each, priority=LOW)


def _try(document_id: int, work: Callable[[], object]) -> None:
    """One file that cannot be moved keeps no appliance from starting; the inventory names it."""
    try:
        work()
    except GreffierError:
        log.exception("quarantine not settled", id=document_id)
