"""For how long each dossier is kept: closed, open again, due. Owns dossier_keepings."""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from appliance.clock import Clock
from appliance.firm import closing
from appliance.firm.users import Users
from appliance.keeping.legal import open_hold
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    Client,
    Destruction,
    DestructionStatus,
    Document,
    Dossier,
    DossierKeeping,
    DossierStatus,
    LegalHold,
)

MOST_YEARS = 100
UNDER_WAY = (DestructionStatus.PROPOSED, DestructionStatus.CONFIRMED)


@dataclass(frozen=True)
class Term:
    """When a dossier has been kept for long enough. `due_at` is None while it is open."""

    years: int
    is_own: bool  # somebody set it for this dossier
    due_at: datetime | None


class Terms:
    """Closing, opening again, and the years in between. `years`: what the firm usually keeps."""

    def __init__(self, store: Store, clock: Clock, users: Users, years: int) -> None:
        self._store = store
        self._clock = clock
        self._users = users
        self._years = years

    def close(self, dossier_id: int, by: str) -> bool:
        """Its years begin. False if they had begun."""

        def unit() -> bool:
            is_done = closing.close(dossier_id, self._clock.now())
            if is_done:
                self._note(dossier_id, by, "dossier closed")
            return is_done

        return self._store.write(unit)

    def reopen(self, dossier_id: int, by: str) -> bool:
        """It is worked on again; a destruction that was only proposed is off.

        False if it was open, or is being destroyed.
        """

        def unit() -> bool:
            under_way = destruction_under_way(dossier_id)
            if under_way is not None and under_way.status == DestructionStatus.CONFIRMED:
                return False
            if not closing.reopen(dossier_id):
                return False
            if under_way is not None:
                off = {"withdrawn_at": self._clock.now(), "withdrawn_by": by}
                rows.update(Destruction, under_way.id, status=DestructionStatus.WITHDRAWN, **off)
            self._note(dossier_id, by, "dossier opened again")
            return True

        return self._store.write(unit)

    def set_years(self, dossier_id: int, years: int | None, by: str) -> None:
        """Keep it so long after its closing; None: as long as the firm usually does."""

        def unit() -> None:
            known = rows.find(DossierKeeping, dossier=dossier_id)
            if known is None:
                rows.insert(DossierKeeping, dossier=dossier_id, years=years)
            else:
                rows.update(DossierKeeping, known.id, years=years)
            detail = "as usual" if years is None else f"{years} years"
            self._note(dossier_id, by, "retention set", detail)

        self._store.write(unit)

    def of(self, dossier: Dossier) -> Term:
        """Its term."""
        own = rows.find(DossierKeeping, dossier=dossier.id)
        years = own.years if own is not None and own.years is not None else self._years
        is_own = own is not None and own.years is not None
        closed_at = dossier.closed_at if dossier.status == DossierStatus.CLOSED else None
        return Term(years, is_own, years_after(closed_at, years) if closed_at else None)

    def is_due(self, dossier: Dossier) -> bool:
        """Closed for long enough, and held by nobody."""
        due_at = self.of(dossier).due_at
        is_over = due_at is not None and due_at <= self._clock.now()
        return is_over and open_hold(dossier.id) is None

    def due(self) -> Sequence[Dossier]:
        """What is due and has documents that nobody proposed to destroy, closed longest first."""
        held = LegalHold.select(LegalHold.dossier).where(LegalHold.ended_at.is_null())
        under_way = Destruction.select(Destruction.dossier).where(Destruction.status.in_(UNDER_WAY))
        documents = Document.select(Document.id).where(Document.dossier == Dossier.id)
        closed: Any = Dossier.select(Dossier, Client).join(Client)
        query = closed.where(
            Dossier.status == DossierStatus.CLOSED,
            Dossier.closed_at.is_null(False),
            Dossier.id.not_in(held),
            Dossier.id.not_in(under_way),
            fn.EXISTS(documents),
        )
        return [one for one in query.order_by(Dossier.closed_at, Dossier.id) if self.is_due(one)]

    def _note(self, dossier_id: int, by: str, action: str, detail: str | None = None) -> None:
        self._users.audit(by, action, f"dossier:{dossier_id}", detail)


def destruction_under_way(dossier_id: int) -> Destruction | None:
    """The destruction of this dossier that was proposed or confirmed and is not done."""
    open_ones = (rows.find(Destruction, dossier=dossier_id, status=s.value) for s in UNDER_WAY)
    return next((one for one in open_ones if one is not None), None)


def years_after(instant: datetime, years: int) -> datetime:
    """The same day and hour so many years later; of a 29 February, the 28th where there is none."""
    year = instant.year + years
    is_leap_day = (instant.month, instant.day) == (2, 29) and not isleap(year)
    return instant.replace(year=year, day=28 if is_leap_day else instant.day)
