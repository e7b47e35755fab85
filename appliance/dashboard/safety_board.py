"""What waits because of its safety, read for one page, and what may be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.chores import Chores
from appliance.firm.scope import Scope
from appliance.safety import waiting
from appliance.safety.examining import Examiner
from appliance.safety.waiting import Counts, Unlooked
from appliance.store.database import Note
from appliance.store.models import Chore, Document, Safety

SHOWN = 100  # documents of a class


@dataclass(frozen=True)
class SafetySeen:
    """The page: what is to be checked, what is put away, what nobody has looked into yet.

    `trouble`: why the scanner could not be asked last time.
    """

    counts: Counts
    doubted: Sequence[Document]
    put_away: Sequence[Document]
    unlooked: Sequence[Unlooked]
    has_scanner: bool
    trouble: str | None


class SafetyBoard:
    """The documents' safety as the dashboard sees it."""

    def __init__(self, examiner: Examiner, chores: Chores) -> None:
        self._examiner = examiner
        self._chores = chores

    def seen(self, scope: Scope) -> SafetySeen:
        """Read it all."""
        scanner = self._examiner.scanner
        return SafetySeen(
            waiting.counts(scope),
            waiting.doubted(Safety.TO_CHECK, SHOWN, scope),
            waiting.doubted(Safety.QUARANTINED, SHOWN, scope),
            waiting.unlooked(SHOWN, scope),
            has_scanner=scanner is not None,
            trouble=scanner.trouble if scanner else None,
        )

    def check(self, document_id: int, by: str) -> bool:
        """Somebody has looked at it. False if it waited for nobody."""
        return self._examiner.check(document_id, by)

    def put_away(self, document_id: int) -> Document | None:
        """The document, if it is in quarantine."""
        found: Document | None = Document.get_or_none(
            Document.id == document_id, Document.safety == Safety.QUARANTINED
        )
        return found

    def release(self, document_id: int, by: str) -> bool:
        """Let it go back to its dossier. False if it is in no quarantine. Raises GreffierError."""
        return self._examiner.release(document_id, by)

    def look_again(self, chore_id: int, note: Note) -> bool:
        """Try again what could not be looked into. False if it had not failed."""
        chore = Chore.get_or_none(Chore.id == chore_id, Chore.kind.in_(waiting.LOOKS))
        return chore is not None and self._chores.retry(chore_id, note)
