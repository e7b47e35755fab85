"""Destroying takes two people: one proposes, another confirms. Nothing is removed here.

A firm with one single lawyer waits for a week instead of for another person.
Owns destructions and destruction_items.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from appliance import chores
from appliance.chores import Chores
from appliance.clock import Clock
from appliance.firm.rights import RIGHTS, May
from appliance.firm.users import Users
from appliance.keeping.terms import Terms, destruction_under_way
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    Destruction,
    DestructionItem,
    DestructionStatus,
    Document,
    Dossier,
    User,
)

ALONE_WAITS = timedelta(days=7)


class Verdict(StrEnum):
    """What came of proposing, confirming or withdrawing."""

    DONE = "done"
    NOT_DUE = "not_due"  # open, held, or not closed for long enough
    GONE = "gone"  # it was decided otherwise meanwhile
    SAME_PERSON = "same_person"  # another person must confirm
    TOO_SOON = "too_soon"  # they are alone, and a week has not passed


class Decisions:
    """Proposed, confirmed, withdrawn: each a commit with its line in the audit log."""

    def __init__(
        self, store: Store, clock: Clock, users: Users, terms: Terms, work: Chores
    ) -> None:
        self._store = store
        self._clock = clock
        self._users = users
        self._terms = terms
        self._chores = work

    def propose(self, dossier_id: int, reason: str, by: str) -> Verdict:
        """Somebody asks for what is due to be destroyed."""

        def unit() -> Verdict:
            if destruction_under_way(dossier_id) is not None:
                return Verdict.GONE
            dossier = rows.find(Dossier, id=dossier_id)
            if dossier is None or not self._terms.is_due(dossier):
                return Verdict.NOT_DUE
            now = self._clock.now()
            made = rows.insert(
                Destruction, dossier=dossier_id, reason=reason, proposed_at=now, proposed_by=by
            )
            self._note(made, by, "destruction proposed", reason)
            return Verdict.DONE

        return self._store.write(unit)

    def withdraw(self, destruction_id: int, by: str) -> Verdict:
        """It is not to be: possible until it is confirmed."""

        def unit() -> Verdict:
            found = _proposed(destruction_id)
            if found is None:
                return Verdict.GONE
            off = {"withdrawn_at": self._clock.now(), "withdrawn_by": by}
            rows.update(Destruction, found.id, status=DestructionStatus.WITHDRAWN, **off)
            self._note(found, by, "destruction withdrawn")
            return Verdict.DONE

        return self._store.write(unit)

    def confirm(self, destruction_id: int, by: str) -> Verdict:
        """A second person agrees: what is to go is written down, and the work begins.

        From the commit on, each document has a row that says so: whatever cuts the work short, it
        goes on at the next start.
        """

        def unit() -> tuple[Verdict, list[chores.Posted]]:
            found = _proposed(destruction_id)
            if found is None:
                return Verdict.GONE, []
            verdict = self._may_confirm(found, by)
            if verdict != Verdict.DONE:
                return verdict, []
            now = self._clock.now()
            yes = {"confirmed_at": now, "confirmed_by": by, "closed_at": found.dossier.closed_at}
            rows.update(Destruction, found.id, status=DestructionStatus.CONFIRMED, **yes)
            for document in _proposed_documents(found):
                _list(found, document)
            self._note(found, by, "destruction confirmed")
            return verdict, [self._post(found.id)]

        verdict, posted = self._store.write(unit)
        self._chores.wake(posted)
        return verdict

    def go_on(self, destruction_id: int, by: str) -> bool:
        """What stopped it is over: the work is taken up again. False if there is none."""

        def unit() -> list[chores.Posted]:
            found = rows.find(
                Destruction, id=destruction_id, status=DestructionStatus.CONFIRMED.value
            )
            if found is None:
                return []
            self._note(found, by, "destruction taken up again")
            return [self._post(found.id)]

        posted = self._store.write(unit)
        self._chores.wake(posted)
        return bool(posted)

    def may_confirm_from(self, found: Destruction) -> datetime | None:
        """When its proposer may confirm alone; None: another person is there to do it."""
        return found.proposed_at + ALONE_WAITS if _deciders() <= 1 else None

    def _may_confirm(self, found: Destruction, by: str) -> Verdict:
        if not self._terms.is_due(found.dossier):
            return Verdict.NOT_DUE
        if by != found.proposed_by:
            return Verdict.DONE
        alone_from = self.may_confirm_from(found)
        if alone_from is None:
            return Verdict.SAME_PERSON
        return Verdict.DONE if alone_from <= self._clock.now() else Verdict.TOO_SOON

    def _post(self, destruction_id: int) -> chores.Posted:
        return self._chores.post(chores.Kind.DESTROY, destruction_id, priority=chores.LOW)

    def _note(self, found: Destruction, by: str, action: str, detail: str = "") -> None:
        told = f"report {found.id}: {detail}".rstrip(": ")
        self._users.audit(by, action, f"dossier:{found.dossier_id}", told)


def _proposed(destruction_id: int) -> Destruction | None:
    return rows.find(Destruction, id=destruction_id, status=DestructionStatus.PROPOSED.value)


def _proposed_documents(found: Destruction) -> list[Document]:
    """What was in the dossier when it was proposed. What came later stays: nobody weighed it."""
    was_there = Document.filed_at.is_null() | (Document.filed_at <= found.proposed_at)
    return list(Document.select().where(Document.dossier == found.dossier_id, was_there))


def _list(found: Destruction, document: Document) -> None:
    rows.insert(
        DestructionItem,
        destruction=found.id,
        document=document.id,
        name=document.name,
        sha256=document.sha256,
        size=document.size,
        received_at=document.received_at,
        filed_at=document.filed_at,
    )


def _deciders() -> int:
    """How many people may decide: lawyers who may sign in."""
    roles = [role.value for role, held in RIGHTS.items() if May.DESTROY in held]
    return int(User.select().where(User.role.in_(roles), User.disabled_at.is_null()).count())
