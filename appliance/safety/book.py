"""What is written of each document's safety. Owns documents.safety, safety_reason and scanned_at.

Everything here happens inside a unit of the store; what is done to files is examining's.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from appliance.chores import Posted
from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError
from appliance.filing.acts import BLOCKED
from appliance.safety.findings import CHECKED, RELEASED
from appliance.store import rows
from appliance.store.models import Document, Safety
from appliance.telling import columns
from appliance.wording import mark

ALARM = mark(
    "A document that came on WhatsApp on %(day)s is in quarantine, out of the dossier %(dossier)s: "
    "the virus scanner found %(signature)s in it. Ask its sender for a clean copy, best by "
    "telephone. The page “Safety” shows it."
)
ALARM_TO_FILE = mark(
    "A document that came on WhatsApp on %(day)s, and has no dossier yet, is in quarantine: the "
    "virus scanner found %(signature)s in it. Somebody must decide what becomes of it, on the page "
    "“Safety”. Ask its sender for a clean copy, best by telephone."
)

Mirror = Callable[[int], list[Posted]]


class Bell(NamedTuple):
    """How a lawyer is told: `tell` (key, what, dossier's lawyer) inside a unit; `wake` after it."""

    tell: Callable[[str, GreffierError, str | None], list[Any]]
    wake: Callable[[Iterable[Any]], None]


class Seams(NamedTuple):
    """What others do for this station.

    `mirror`: inside a unit, have a document on Drive; `unmirror`: have it there no more; `audit`:
    inside a unit, write down who did what to which document, and a detail.
    """

    mirror: Mirror
    bell: Bell
    audit: Callable[[str, str, str, str | None], None]
    unmirror: Mirror = lambda _: []


class SafetyBook:
    """Changes what is known of a document's safety: inside units only."""

    def __init__(self, clock: Clock, seams: Seams) -> None:
        self._clock = clock
        self._seams = seams

    def examined(self, document: Document, doubt: GreffierError | None) -> None:
        """Somebody or something has looked at it, and has this doubt or none."""
        if doubt is not None:
            self.doubt(document, doubt)
        elif document.safety == Safety.UNEXAMINED:
            rows.update(Document, document.id, safety=Safety.OK)

    def doubt(self, document: Document, error: GreffierError) -> None:
        """Somebody should look at it. What a person has checked, or is worse already, stays so."""
        is_unmarked = document.safety_reason is None
        if is_unmarked and document.safety in (Safety.UNEXAMINED, Safety.OK):
            reason = columns(error)["reason"]
            rows.update(Document, document.id, safety=Safety.TO_CHECK, safety_reason=reason)

    def scanned(self, document: Document, doubt: GreffierError | None) -> None:
        """The scanner has spoken, and has named nothing that is in its base."""
        rows.update(Document, document.id, scanned_at=self._clock.now())
        if doubt is not None:
            self.doubt(document, doubt)

    def condemn(self, sha256: str, error: PermanentError) -> tuple[list[Any], list[Posted]]:
        """Every document with these bytes is in quarantine; what the bell, and what is to wake."""
        told: list[Any] = []
        posted: list[Posted] = []
        reason, now = columns(error)["reason"], self._clock.now()
        for each in stored(sha256):
            if each.safety == Safety.QUARANTINED:
                continue
            values = {"safety": Safety.QUARANTINED, "safety_reason": reason, "scanned_at": now}
            away = {"old_path": each.local_path, "local_path": None}  # its name is free for others
            rows.update(Document, each.id, **values, **(away if each.local_path else {}))
            self._seams.audit("greffier", "document quarantined", str(each.id), error.reason)
            posted += self._seams.unmirror(each.id)
            if each.rejected_reason == BLOCKED:  # of a blocked number nobody is told
                continue
            lawyer = each.dossier.lawyer if each.dossier else None
            told += self._seams.bell.tell(f"quarantine:{each.id}", _alarm(each, error), lawyer)
        return told, posted

    def check(self, document_id: int, by: str) -> list[Posted] | None:
        """A person has looked at what was to be checked; None if it waits for nobody (any more)."""
        document = rows.find(Document, id=document_id, safety=Safety.TO_CHECK, destroyed_at=None)
        if document is None:
            return None
        reason = columns(PermanentError(CHECKED, name=by))["reason"]
        rows.update(Document, document_id, safety=Safety.OK, safety_reason=reason)
        self._seams.audit(by, "document checked", str(document_id), reason_of(document))
        return self._seams.mirror(document_id)

    def release(self, document_id: int, by: str) -> list[int]:
        """An administrator lets it go, with all that have the same bytes: the ids; none if it is
        in no quarantine. It stays marked, with who did so and what had been found."""
        asked = {"safety": Safety.QUARANTINED, "destroyed_at": None}
        document = rows.find(Document, id=document_id, **asked)
        if document is None:
            return []
        released = [e.id for e in stored(document.sha256) if e.safety == Safety.QUARANTINED]
        signature = json.loads(document.safety_reason)["values"].get("signature", "?")
        error = PermanentError(RELEASED, name=by, signature=signature)
        for each in released:
            reason = columns(error)["reason"]
            rows.update(Document, each, safety=Safety.TO_CHECK, safety_reason=reason)
            self._seams.audit(by, "document released", str(each), signature)
        return released


def stored(sha256: str) -> list[Document]:
    """The documents with these bytes that have, or had, a file."""
    has_file = Document.stored_at.is_null(False)
    return list(Document.select().where(Document.sha256 == sha256, has_file))


def in_quarantine() -> list[Document]:
    """Those that are put away: found by the small index of what has a reason."""
    return list(Document.select().where(*_put_away()))


def known_infection(document: Document) -> PermanentError | None:
    """Why these bytes are in quarantine already: this document's, or another's like it."""
    is_same = Document.sha256 == document.sha256
    found = Document.select().where(*_put_away(), is_same).first()
    if found is None:
        return None
    reason = json.loads(found.safety_reason)
    return PermanentError(reason["text"], **reason["values"])


def _put_away() -> tuple[Any, ...]:
    """What is in quarantine: not what was destroyed there, whose copy is gone."""
    has_reason = Document.safety_reason.is_null(False)
    is_kept = Document.destroyed_at.is_null()
    return has_reason, Document.safety == Safety.QUARANTINED, is_kept


def was_released(sha256: str) -> bool:
    """Whether an administrator has let these very bytes go."""
    return any(reason_of(each) == RELEASED for each in stored(sha256))


def reason_of(document: Document) -> str | None:
    """The text of its reason, untranslated; None if it has none."""
    return json.loads(document.safety_reason)["text"] if document.safety_reason else None


def _alarm(document: Document, error: PermanentError) -> PermanentError:
    values = {"day": f"{document.received_at:%d/%m/%Y}"} | {
        "signature": error.values.get("signature", "?")
    }
    if document.dossier is None:
        return PermanentError(ALARM_TO_FILE, **values)
    return PermanentError(ALARM, dossier=document.dossier.reference, **values)


def may_leave(document: Document, *, is_scanning: bool) -> bool:
    """Whether a copy may leave this computer: wholly kept, looked into, not put away, and scanned
    where there is a scanner. A person who has checked it stands for the scanner."""
    if document.stored_at is None or document.safety not in (Safety.OK, Safety.TO_CHECK):
        return False
    is_scanned = not is_scanning or document.scanned_at is not None
    return is_scanned or reason_of(document) == CHECKED
