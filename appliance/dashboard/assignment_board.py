"""Whose dossiers are whose: a column a lawyer, and what is nobody's. Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from appliance import names
from appliance.firm.scope import Scope
from appliance.store.models import (
    Client,
    Document,
    DocumentStatus,
    Dossier,
    DossierStatus,
    Role,
    User,
)

SHOWN = 12  # dossiers of a column
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Column:
    """A lawyer's active dossiers, as far as they are seen.

    `spelt`: how dossiers name them. `user`: who signs in so; None: nobody does. `received`:
    documents of the last week in them; `pending`: documents of their clients that wait.
    """

    name: str
    user: User | None
    spelt: Sequence[str]
    active: int
    received: int
    pending: int
    dossiers: Sequence[Dossier]


@dataclass(frozen=True)
class BoardSeen:
    """The board. `unassigned`: nobody's."""

    columns: Sequence[Column]
    unassigned: Column
    lawyers: Sequence[User]


def board(scope: Scope, now: datetime, after: int | None, of: str | None) -> BoardSeen:
    """Everybody's columns; of the one that is called `of`, the dossiers older than `after`."""
    lawyers = list(
        User.select()
        .where(User.role == Role.AVOCAT, User.disabled_at.is_null())
        .order_by(User.name_key)
    )
    active, received, pending = _counts(scope), _received(scope, now), _pending(scope)
    columns: list[Column] = []
    left = {lawyer for lawyer in active if lawyer is not None}
    for user in lawyers:
        spelt = sorted(lawyer for lawyer in left if is_named(lawyer, user))
        left -= set(spelt)
        columns.append(_column(user.name, user, spelt, (active, received, pending)))
    strangers = [_column(one, None, [one], (active, received, pending)) for one in sorted(left)]
    nobody = _column("", None, [], (active, received, pending))
    found = [*columns, *strangers]
    filled = [_filled(one, scope, after if one.name == of else None) for one in found]
    return BoardSeen(filled, _filled(nobody, scope, after if of == "" else None), lawyers)


def is_named(lawyer: str, user: User) -> bool:
    """Whether a dossier's lawyer is this person: by name or by e-mail address."""
    keys = {user.name_key} | ({names.key(user.email)} if user.email else set())
    return names.key(" ".join(lawyer.split())) in keys


Counts = dict[str | None, int]


def _column(
    name: str, user: User | None, spelt: Sequence[str], counts: tuple[Counts, Counts, Counts]
) -> Column:
    keys: Sequence[str | None] = spelt if name else [None]
    active, received, pending = (sum(one.get(key, 0) for key in keys) for one in counts)
    return Column(name, user, spelt, active, received, pending, [])


def _filled(column: Column, scope: Scope, after: int | None) -> Column:
    is_of = Dossier.lawyer.in_(list(column.spelt)) if column.name else Dossier.lawyer.is_null()
    query = Dossier.select(Dossier, Client).join(Client).where(_ACTIVE, is_of, scope.dossiers())
    if after is not None:
        query = query.where(Dossier.id < after)
    dossiers = list(query.order_by(Dossier.id.desc()).limit(SHOWN))
    return Column(**(vars(column) | {"dossiers": dossiers}))


_ACTIVE = Dossier.status == DossierStatus.ACTIVE


def _counts(scope: Scope) -> Counts:
    query = Dossier.select(Dossier.lawyer, fn.COUNT(Dossier.id)).where(_ACTIVE, scope.dossiers())
    return dict(query.group_by(Dossier.lawyer).tuples())


def _received(scope: Scope, now: datetime) -> Counts:
    query = Document.select(Dossier.lawyer, fn.COUNT(Document.id)).join(Dossier)
    came = query.where(Document.received_at > now - WEEK, _ACTIVE, scope.dossiers())
    return dict(came.group_by(Dossier.lawyer).tuples())


def _pending(scope: Scope) -> Counts:
    """A document that waits is each lawyer's who has an active dossier of its client."""
    is_pending: Any = (Document.status == DocumentStatus.PENDING) & Document.stored_at.is_null(
        False
    )
    on = Dossier.client == Document.client
    query = Document.select(Dossier.lawyer, fn.COUNT(Document.id.distinct()))
    waits = query.join(Dossier, on=on).where(is_pending, _ACTIVE, scope.dossiers())
    return dict(waits.group_by(Dossier.lawyer).tuples())
