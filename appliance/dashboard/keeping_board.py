"""For how long what is kept, as the dashboard sees it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.chores import Kind
from appliance.firm.scope import Scope
from appliance.keeping.countdown import Countdown, Missing
from appliance.keeping.deciding import Decisions
from appliance.keeping.fitting import Keeping
from appliance.keeping.legal import LegalHolds, open_hold
from appliance.keeping.outcomes import Outcome
from appliance.keeping.terms import UNDER_WAY, Term, Terms, destruction_under_way
from appliance.store import rows
from appliance.store.models import (
    Chore,
    ChoreStatus,
    CleanUp,
    Client,
    Destruction,
    DestructionItem,
    DestructionStatus,
    Document,
    Dossier,
    DriveStatus,
    LegalHold,
)

NIGHTS = 14  # clean-ups that are listed
SHOWN = 200  # documents or dossiers of a list


@dataclass(frozen=True)
class DossierSeen:
    """One dossier. `alone_from`: when its proposer may confirm alone, if nobody else is there."""

    dossier: Dossier
    term: Term
    is_due: bool
    hold: LegalHold | None
    ended_holds: Sequence[LegalHold]
    documents: Sequence[Document]
    count: int
    under_way: Destruction | None
    alone_from: datetime | None
    stopped: Chore | None
    past: Sequence[Destruction]


@dataclass(frozen=True)
class Report:
    """What was destroyed, or is being."""

    destruction: Destruction
    items: Sequence[DestructionItem]
    left: Sequence[str]


@dataclass(frozen=True)
class KeepingSeen:
    """The page of all of it."""

    missing: Sequence[Missing]
    due: Sequence[tuple[Dossier, Term]]
    under_way: Sequence[Destruction]
    done: Sequence[Destruction]
    held: Sequence[LegalHold]
    nights: Sequence[CleanUp]
    orphans: Sequence[str]


class KeepingBoard:
    """Reads for two pages; what may be asked stands in the parts themselves."""

    def __init__(self, care: Keeping) -> None:
        self.countdown: Countdown = care.countdown
        self.terms: Terms = care.terms
        self.holds: LegalHolds = care.holds
        self.decisions: Decisions = care.decisions

    def seen(self, scope: Scope) -> KeepingSeen:
        """Read it all."""
        nights = list(CleanUp.select().order_by(CleanUp.id.desc()).limit(NIGHTS))
        ended = next((night for night in nights if night.ended_at is not None), None)
        return KeepingSeen(
            missing=self.missing(scope),
            due=[(one, self.terms.of(one)) for one in self._due(scope)[:SHOWN]],
            under_way=_destructions(scope, *UNDER_WAY),
            done=_destructions(scope, DestructionStatus.DONE),
            held=_held(scope),
            nights=nights,
            orphans=json.loads(ended.orphans) if ended is not None else [],
        )

    def missing(self, scope: Scope) -> list[Missing]:
        """The files that are not here, of those whose messages they see."""
        return [one for one in self.countdown.missing() if scope.sees_message(one.message.id)]

    def _due(self, scope: Scope) -> list[Dossier]:
        return [one for one in self.terms.due() if scope.sees_dossier(one.id)]

    def dossier(self, dossier_id: int) -> DossierSeen | None:
        """One dossier; None where there is none."""
        dossier = rows.find(Dossier, id=dossier_id)
        if dossier is None:
            return None
        query = Document.select().where(Document.dossier == dossier)
        under_way = destruction_under_way(dossier_id)
        ended = LegalHold.select().where(
            LegalHold.dossier == dossier, LegalHold.ended_at.is_null(False)
        )
        past = Destruction.select().where(
            Destruction.dossier == dossier, Destruction.status == DestructionStatus.DONE
        )
        decisions = self.decisions
        return DossierSeen(
            dossier=dossier,
            term=self.terms.of(dossier),
            is_due=self.terms.is_due(dossier),
            hold=open_hold(dossier_id),
            ended_holds=list(ended.order_by(LegalHold.id.desc())),
            documents=list(query.order_by(Document.received_at, Document.id).limit(SHOWN)),
            count=query.count(),
            under_way=under_way,
            alone_from=decisions.may_confirm_from(under_way) if under_way else None,
            stopped=_stopped(under_way),
            past=list(past.order_by(Destruction.id.desc())),
        )

    def is_of(self, dossier_id: int, number: int) -> bool:
        """Whether the destruction of this number is of this dossier."""
        return rows.find(Destruction, id=number, dossier=dossier_id) is not None

    def report(self, dossier_id: int, number: int) -> Report | None:
        """The report of this number, if it is of this dossier and has anything to say."""
        found = rows.find(Destruction, id=number, dossier=dossier_id)
        if found is None or found.confirmed_at is None:
            return None
        items = list(found.items.order_by(DestructionItem.received_at, DestructionItem.id))
        for item in items:
            item.drive = _on_drive(item)
        return Report(found, items, json.loads(found.left))


def _on_drive(item: DestructionItem) -> str:
    """What became of the copy on Drive: its removal was asked for, and may be done since."""
    is_gone = item.document.drive_status == DriveStatus.REMOVED
    return Outcome.REMOVED.value if item.drive == Outcome.ASKED and is_gone else item.drive


def _stopped(under_way: Destruction | None) -> Chore | None:
    """The work on it, if a person must look why it does not go on."""
    if under_way is None:
        return None
    failed = {"kind": Kind.DESTROY.value, "status": ChoreStatus.FAILED.value}
    return rows.find(Chore, subject_id=under_way.id, **failed)


def _destructions(scope: Scope, *statuses: DestructionStatus) -> list[Destruction]:
    query = Destruction.select(Destruction, Dossier, Client).join(Dossier).join(Client)
    stands = Destruction.status.in_([each.value for each in statuses])
    found = query.where(stands, scope.dossiers())
    return list(found.order_by(Destruction.id.desc()).limit(SHOWN))


def _held(scope: Scope) -> list[LegalHold]:
    query = LegalHold.select(LegalHold, Dossier, Client).join(Dossier).join(Client)
    found = query.where(LegalHold.ended_at.is_null(), scope.dossiers())
    return list(found.order_by(LegalHold.since_at).limit(SHOWN))
