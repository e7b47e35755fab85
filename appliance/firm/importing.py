"""One line of the firm's list becomes rows, or changes them, or is refused. Of firm.register.

Everything runs inside a unit. Each row that is made and each value that is changed is a step, with
what it was before: `firm.imports` keeps them, so that a list can be taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from appliance import names
from appliance.errors import Sentence, mark
from appliance.firm import claims, entries
from appliance.firm.csv_import import Row
from appliance.firm.recognition import OPPONENT
from appliance.firm.scope import Scope
from appliance.store import rows
from appliance.store.models import Client, Destruction, DestructionStatus, Dossier, DossierStatus


class What(StrEnum):
    """What a step made or changed."""

    CLIENT = "client"
    CONTACT = "contact"
    DOSSIER = "dossier"
    PARTY = "party"


NEW = {
    What.CLIENT: mark("new client %(name)s"),
    What.CONTACT: mark("phone %(name)s"),
    What.DOSSIER: mark("new dossier %(name)s"),
    What.PARTY: mark("opponent %(name)s"),
}
CHANGED = mark("%(field)s = %(after)s")
UNCHANGED = mark("client %(name)s")
BELONGS = mark("dossier %(dossier)s belongs to the client %(owner)s, not %(client)s")
NOT_YOURS = mark("%(name)s is there already, and not yours to change: ask its lawyer")
NOT_TO_ASSIGN = mark(
    "only a lawyer changes whose the dossier %(dossier)s is, and whether it is closed: leave these "
    "cells empty"
)
BEING_DESTROYED = mark("dossier %(dossier)s is being destroyed: it cannot be opened again")


@dataclass(frozen=True)
class Step:
    """A row that was made (`field` None), or one of its values that was changed."""

    what: What
    row_id: int
    field: str | None = None
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Change:
    """What an import did with one line: created, changed, unchanged or refused, and with what."""

    line: int
    verdict: str
    said: tuple[Sentence, ...]
    steps: tuple[Step, ...] = ()

    @property
    def what(self) -> str:
        """In English, in one line."""
        return ", ".join(map(str, self.said))


@dataclass
class _Done:
    """What one line has done so far."""

    said: list[Sentence] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """A new number or opponent is a change of what is there; a new client or dossier is new."""
        made = {step.what for step in self.steps if step.field is None}
        if made & {What.CLIENT, What.DOSSIER}:
            return "created"
        return "changed" if self.steps else "unchanged"

    def made(self, what: What, row_id: int, name: str) -> None:
        self.steps.append(Step(what, row_id))
        self.said.append(Sentence(NEW[what], {"name": name}))

    def change(self, what: What, row: Any, wanted: Mapping[str, Any]) -> None:
        """Set what differs; say what was set."""
        differing = {name: new for name, new in wanted.items() if getattr(row, name) != new}
        for name, new in differing.items():
            self.steps.append(Step(what, row.id, name, getattr(row, name), new))
            if name != "closed_at":
                self.said.append(Sentence(CHANGED, {"field": name, "after": new}))
        if differing:
            rows.update(type(row), row.id, **differing)


def bring_in(
    row: Row, now: datetime, scope: Scope, *, may_assign: bool = True, by: str = ""
) -> Change:
    """The line's client, numbers, dossier and opponents are in the register afterwards.

    What lies outside `scope` is neither changed nor told of. Without `may_assign` a dossier that is
    there keeps its lawyer and its state. `by`: who brings it in.
    """
    refusal = _foreign(row, scope) or _conflict(row) or (None if may_assign else _assigned(row))
    if refusal is not None:
        return Change(row.line, "refused", (refusal,))
    done = _Done()
    client = _client(row, done, now)
    for phone in row.phones:
        claimed_by = claims.claimed_by(client.id, phone, scope, by)
        contact = entries.add_contact(client.id, phone, now, claimed_by)
        if contact is not None:
            done.made(What.CONTACT, contact.id, phone)
    if row.dossier:
        _dossier(client, row, row.dossier, done, now)
    said = done.said or [Sentence(UNCHANGED, {"name": client.name})]
    return Change(row.line, done.verdict, tuple(said), tuple(done.steps))


def _client(row: Row, done: _Done, now: datetime) -> Client:
    client = rows.find(Client, name_key=names.key(row.client))
    if client is None:
        client = entries.add_client(row.client, now, email=row.email, vip=row.vip)
        done.made(What.CLIENT, client.id, row.client)
        return client
    wanted = {"email": row.email, "vip": row.vip or None}
    done.change(What.CLIENT, client, {name: value for name, value in wanted.items() if value})
    return client


def _dossier(client: Client, row: Row, reference: str, done: _Done, now: datetime) -> None:
    dossier = rows.find(Dossier, reference_key=names.key(reference))
    if dossier is None:
        status = row.status or DossierStatus.ACTIVE.value
        values = {"status": status, "lawyer": row.lawyer, "label": row.label}
        dossier = entries.add_dossier(client.id, reference, row.title, now, **values)
        done.made(What.DOSSIER, dossier.id, reference)
    else:
        done.change(What.DOSSIER, dossier, _wanted(dossier, row, now))
    for opponent in row.opponents:
        added = entries.add_party(dossier.id, OPPONENT, opponent)
        if added is None:
            continue
        party, before = added
        if before is None:
            done.made(What.PARTY, party.id, opponent.name)
        else:
            done.steps.append(Step(What.PARTY, party.id, "number", before or None, opponent.number))
            done.said.append(Sentence(NEW[What.PARTY], {"name": opponent.name}))


def _wanted(dossier: Dossier, row: Row, now: datetime) -> dict[str, Any]:
    """What the line says of a dossier that is known; what it does not say stays."""
    said = {"status": row.status, "title": row.title, "lawyer": row.lawyer, "label": row.label}
    wanted: dict[str, Any] = {name: value for name, value in said.items() if value}
    if row.status and row.status != dossier.status:
        wanted["closed_at"] = now if row.status == entries.CLOSED else None
    return wanted


def _foreign(row: Row, scope: Scope) -> Sentence | None:
    """A client or a dossier that is there, and that whoever brings in the list does not see."""
    client = rows.find(Client, name_key=names.key(row.client))
    if client is not None and not scope.sees_client(client.id):
        return Sentence(NOT_YOURS, {"name": row.client})
    if row.dossier is None:
        return None
    dossier = rows.find(Dossier, reference_key=names.key(row.dossier))
    if dossier is not None and not scope.sees_dossier(dossier.id):
        return Sentence(NOT_YOURS, {"name": row.dossier})
    return None


def _assigned(row: Row) -> Sentence | None:
    """What decides who sees a dossier, and when it may be destroyed, is for lawyers."""
    dossier = rows.find(Dossier, reference_key=names.key(row.dossier)) if row.dossier else None
    if dossier is None:
        return None
    is_given = row.lawyer not in (None, dossier.lawyer)
    is_other = is_given or row.status not in (None, dossier.status)
    return Sentence(NOT_TO_ASSIGN, {"dossier": row.dossier}) if is_other else None


def _conflict(row: Row) -> Sentence | None:
    """A reference belongs to one client: the row that says otherwise is not believed."""
    if row.dossier is None:
        return None
    dossier = rows.find(Dossier, reference_key=names.key(row.dossier))
    if dossier is None:
        return None
    if dossier.client.name_key != names.key(row.client):
        values = {"dossier": row.dossier, "owner": dossier.client.name, "client": row.client}
        return Sentence(BELONGS, values)
    under_way = {"dossier": dossier, "status": DestructionStatus.CONFIRMED.value}
    is_opened = row.status == DossierStatus.ACTIVE.value
    if is_opened and rows.find(Destruction, **under_way) is not None:
        return Sentence(BEING_DESTROYED, {"dossier": row.dossier})
    return None
