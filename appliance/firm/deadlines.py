"""The days on which a dossier needs somebody: a term that runs, a hearing. Owns deadlines.

Greffier computes none of them: a person notes a day when they read what came, and says when what
was due is done. Each act has its line in the audit log, in the same commit.
"""

from dataclasses import dataclass
from datetime import date

from appliance.clock import Clock
from appliance.firm.handover import Audit
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Deadline


@dataclass(frozen=True)
class DeadlineDraft:
    """What somebody notes: a day of the firm's time zone, and what is due by then."""

    due_on: date
    what: str


class Deadlines:
    """Notes them, changes them, and writes down that they are done."""

    def __init__(self, store: Store, clock: Clock, audit: Audit) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit

    def note(self, dossier_id: int, draft: DeadlineDraft, by: str) -> bool:
        """False: this very deadline of the dossier is noted already, and open."""

        def unit() -> bool:
            same = {"dossier": dossier_id, "due_on": draft.due_on, "what": draft.what}
            if rows.find(Deadline, **same, done_at=None) is not None:
                return False
            made = rows.insert(Deadline, **same, noted_at=self._clock.now(), noted_by=by)
            self._tell(by, "deadline noted", made)
            return True

        return self._store.write(unit)

    def change(self, row_id: int, draft: DeadlineDraft, by: str) -> bool:
        """It is due on another day, or called otherwise. False: so it is, or it is not open."""
        values = {"due_on": draft.due_on, "what": draft.what}

        def unit() -> bool:
            found = rows.find(Deadline, id=row_id, done_at=None)
            if found is None or (found.due_on, found.what) == (draft.due_on, draft.what):
                return False
            rows.update(Deadline, row_id, **values)
            self._tell(by, "deadline changed", found, Deadline.get_by_id(row_id))
            return True

        return self._store.write(unit)

    def end(self, row_id: int, by: str) -> bool:
        """What was due is done. False: it was done before, or is there no more."""

        def unit() -> bool:
            found = rows.find(Deadline, id=row_id, done_at=None)
            if found is None:
                return False
            rows.update(Deadline, row_id, done_at=self._clock.now(), done_by=by)
            self._tell(by, "deadline done", found)
            return True

        return self._store.write(unit)

    def reopen(self, row_id: int, by: str) -> bool:
        """It is not done after all. False: it is open, or is there no more."""

        def unit() -> bool:
            found = rows.find(Deadline, id=row_id)
            if found is None or found.done_at is None:
                return False
            rows.update(Deadline, row_id, done_at=None, done_by=None)
            self._tell(by, "deadline open again", found)
            return True

        return self._store.write(unit)

    def drop(self, row_id: int, by: str) -> bool:
        """It was noted by mistake; the audit log keeps its words. False: it is there no more."""

        def unit() -> bool:
            found = rows.find(Deadline, id=row_id)
            if found is None:
                return False
            Deadline.delete_by_id(row_id)
            self._tell(by, "deadline removed", found)
            return True

        return self._store.write(unit)

    def _tell(self, by: str, action: str, *told: Deadline) -> None:
        """Inside a unit. What was changed is told as it was, too: a day that moved is the first
        thing that is asked about."""
        detail = " -> ".join(f"{each.due_on:%d/%m/%Y} · {each.what}" for each in told)
        self._audit(by, action, f"dossier:{told[0].dossier_id}", detail)
