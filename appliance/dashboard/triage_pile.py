"""What waits to be filed, in the order in which it is gone through, and why it waits, as filters.

Reads only, and only what the person who asks may see.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Case, fn

from appliance.dashboard.bursts import TOGETHER
from appliance.filing.kinds import UNKNOWN_TYPE
from appliance.filing.matching import Reason
from appliance.firm.scope import Scope
from appliance.store.models import (
    Client,
    Document,
    DocumentStatus,
    Dossier,
    Message,
    Safety,
    Sight,
)

SHOWN = 100  # documents of the pile: the others come up as these go
REJECTED = "rejected"
FAILING = "failing"
UNSHOWN = (Safety.TO_CHECK, Safety.QUARANTINED)


def _is_number() -> Any:
    return Document.sender.startswith("+")


def _is_unknown() -> Any:
    return Document.reason == Reason.UNKNOWN_NUMBER


def _because(reason: Reason) -> Callable[[], Any]:
    return lambda: Document.reason == reason


def _is_flawed() -> Any:
    """It cannot be opened, is locked, or is too large to be looked into."""
    flawed = Sight.select(Sight.sha256).where(Sight.error.is_null(False))
    return Document.safety.in_(UNSHOWN) | Document.sha256.in_(flawed)


# Why documents wait, as filters: each a condition on Document. Several may be true of one.
FILTERS: Mapping[str, Callable[[], Any]] = {
    "several": _because(Reason.SEVERAL_DOSSIERS),
    "none": _because(Reason.NO_ACTIVE_DOSSIER),
    "unknown": lambda: _is_unknown() & _is_number(),
    "nameless": lambda: _is_unknown() & ~_is_number(),
    "clients": _because(Reason.SEVERAL_CLIENTS),
    "opponent": _because(Reason.OPPOSING_PARTY),
    "identity": _because(Reason.IDENTITY_CHANGED),
    "group": _because(Reason.GROUP),
    "sent_back": _because(Reason.SENT_BACK),
    "since": _because(Reason.KNOWN_SINCE),
    "flawed": _is_flawed,
    "kind": lambda: Document.mime_type == UNKNOWN_TYPE,
}
TWICE = "twice"


@dataclass(frozen=True)
class Burst:
    """Documents of one sender that came together, in their order."""

    documents: Sequence[Document]

    @property
    def first(self) -> Document:
        return self.documents[0]

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.documents]


@dataclass(frozen=True)
class Order:
    """In which order documents are gone through: bursts, the oldest first."""

    bursts: Sequence[Burst]

    @property
    def documents(self) -> list[Document]:
        return [document for burst in self.bursts for document in burst.documents]

    def burst_of(self, document_id: int) -> Burst | None:
        return next((burst for burst in self.bursts if document_id in burst.ids), None)

    def after(self, at: int, without: Sequence[int] = ()) -> int | None:
        """The document after this one; the first, if there is none; None if nothing is left."""
        ids = [document.id for document in self.documents]
        begin = ids.index(at) + 1 if at in ids else 0
        left = [each for each in ids[begin:] + ids[:begin] if each not in without and each != at]
        return left[0] if left else None


@dataclass(frozen=True)
class Pile:
    """What waits. `count`: how many documents of this filter, shown or not; `total`: of all."""

    order: Order
    count: int
    total: int
    counts: Mapping[str, int]
    rejected: int
    oldest: datetime | None
    is_old: bool


def _kept(scope: Scope) -> Any:
    return Document.stored_at.is_null(False) & scope.documents()


def with_client() -> Any:
    """Documents with their clients, to be bound by what is asked."""
    return Document.select(Document, Client).left_outer_join(Client)


def set_aside(scope: Scope) -> list[Document]:
    """What was set aside, the last first."""
    query = with_client().where(Document.rejected_at.is_null(False), _kept(scope))
    return list(query.order_by(Document.rejected_at.desc(), Document.id.desc()).limit(SHOWN))


def shown(scope: Scope, only: str) -> list[Document]:
    """The first of those that wait; `only` what a filter lets through."""
    conditions = _conditions(scope)
    query = with_client().where(Document.waits(), _kept(scope))
    if only in conditions:
        query = query.where(conditions[only])
    return list(query.order_by(*in_order()).limit(SHOWN))


def in_order() -> tuple[Any, ...]:
    """As they were sent: photos of one burst have one time, and are kept in any order."""
    first = Message.select(fn.MIN(Message.id)).where(Message.document == Document.id)
    return Document.received_at, fn.COALESCE(first, 0), Document.id


def _conditions(scope: Scope) -> dict[str, Any]:
    return {name: made() for name, made in FILTERS.items()} | {TWICE: _is_twice(scope)}


def _is_twice(scope: Scope) -> Any:
    """Its bytes are there already, in a dossier that they see."""
    twin = Document.alias()
    is_seen = twin.dossier.is_null(False) & scope.dossiers(twin.dossier)
    is_it = (twin.sha256 == Document.sha256, twin.id != Document.id, is_seen)
    return fn.EXISTS(twin.select(twin.id).where(*is_it))


def twin(document: Document, scope: Scope) -> Document | None:
    """The same bytes in a dossier that they see."""
    is_it = (Document.sha256 == document.sha256, Document.id != document.id)
    query = Document.select(Document, Dossier).join(Dossier).where(*is_it)
    found: Document | None = query.where(scope.dossiers(Document.dossier)).first()
    return found


def counts(scope: Scope) -> dict[str, int]:
    """How many wait, for each reason; "": in all; and how many are set aside."""
    waits = Document.rejected_at.is_null()
    wanted = {"": waits, REJECTED: ~waits}
    wanted |= {name: waits & condition for name, condition in _conditions(scope).items()}
    sums = [fn.SUM(Case(None, [(condition, 1)], 0)) for condition in wanted.values()]
    pending = Document.status == DocumentStatus.PENDING
    found = Document.select(*sums).where(pending, _kept(scope)).tuples().first()
    return {name: count or 0 for name, count in zip(wanted, found, strict=True)}


def bursts(documents: Sequence[Document]) -> list[Burst]:
    """Of one sender, no more than two minutes after the one before: a burst, as on Today."""
    found: list[list[Document]] = []
    last: dict[str, list[Document]] = {}
    for document in documents:
        open_one = last.get(document.sender)
        if open_one is None or document.received_at - open_one[-1].received_at > TOGETHER:
            open_one = last[document.sender] = []
            found.append(open_one)
        open_one.append(document)
    return [Burst(some) for some in found]
