"""What waits to be filed, as the dashboard sees it: the pile, one document, what is offered for it.

Reads only, and only what the person who asks may see; acts through `gestures`, `asking` and the
register.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peewee import Case, fn

from appliance.clock import Clock
from appliance.dashboard import triage_clues
from appliance.dashboard.suggestions import Sought, Suggestion
from appliance.filing.gestures import Gestures
from appliance.filing.kinds import UNKNOWN_TYPE
from appliance.filing.matching import Reason
from appliance.firm.register import Register
from appliance.firm.scope import Scope
from appliance.outbox.asking import Asking
from appliance.store import rows
from appliance.store.models import (
    Client,
    Document,
    DocumentText,
    Dossier,
    Message,
    Safety,
    Sight,
)

SHOWN = 100  # documents of the pile: the others come up as these go
FOUND = 9  # dossiers that answer to what is typed
BURST = timedelta(minutes=2)  # between two documents of one sender that came together
OLD = timedelta(days=1)
LONGEST_TEXT = 6000  # characters of a document's text that are shown
REJECTED = "rejected"
FAILING = "failing"
_UNSHOWN = (Safety.TO_CHECK, Safety.QUARANTINED)


def _is_number() -> Any:
    return Document.sender.startswith("+")


def _is_unknown() -> Any:
    return Document.reason == Reason.UNKNOWN_NUMBER


def _because(reason: Reason) -> Callable[[], Any]:
    return lambda: Document.reason == reason


def _is_flawed() -> Any:
    """It cannot be opened, is locked, or is too large to be looked into."""
    flawed = Sight.select(Sight.sha256).where(Sight.error.is_null(False))
    return Document.safety.in_(_UNSHOWN) | Document.sha256.in_(flawed)


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
class Pile:
    """What waits: bursts, the oldest first. `count`: how many documents, shown or not."""

    bursts: Sequence[Burst]
    count: int
    total: int
    counts: Mapping[str, int]
    rejected: int
    oldest: datetime | None
    is_old: bool

    @property
    def documents(self) -> list[Document]:
        """In the order in which they are gone through."""
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
class Look:
    """A document as it is looked at. `reason`: why it cannot be, as `telling` keeps it."""

    document: Document
    is_withheld: bool
    reason: str | None
    doubt: str | None
    pages: int
    page: int
    has_picture: bool
    text: str
    words: Sequence[Message]
    twin: Document | None


@dataclass(frozen=True)
class Offer:
    """A dossier that is offered, and why."""

    dossier: Dossier
    suggestion: Suggestion


class TriageBoard:
    """Reads for the page of what waits."""

    def __init__(
        self, gestures: Gestures, asking: Asking, register: Register, clock: Clock, zone: ZoneInfo
    ) -> None:
        self.gestures = gestures
        self.asking = asking
        self.register = register
        self._clock = clock
        self._zone = zone

    def midnight(self) -> datetime:
        """When today began, for the firm."""
        return datetime.combine(self._clock.now().astimezone(self._zone).date(), time(), self._zone)

    def pile(self, scope: Scope, only: str = "") -> Pile:
        """What waits; `only` what a filter lets through."""
        counts = _counts(scope)
        total = counts.pop("")
        found = _shown(scope, only)
        oldest = min((each.received_at for each in found), default=None)
        return Pile(
            bursts=_bursts(found),
            count=counts.get(only, total if not only else 0),
            total=total,
            counts=counts,
            rejected=_set_aside(scope).count(),
            oldest=oldest,
            is_old=oldest is not None and self._clock.now() - oldest > OLD,
        )

    def rejected(self, scope: Scope) -> list[Document]:
        """What was set aside, the last first."""
        query = _set_aside(scope).order_by(Document.rejected_at.desc(), Document.id.desc())
        return list(query.limit(SHOWN))

    def document(self, document_id: int, scope: Scope) -> Document | None:
        """The document, if its file is kept and they see it."""
        query = _with_client().where(Document.id == document_id, Document.stored_at.is_null(False))
        found: Document | None = query.where(scope.documents()).first()
        return found

    def seen_of(self, document_ids: Sequence[int], scope: Scope) -> list[int]:
        """Those of these documents that they see, in the order in which they came."""
        is_one = Document.id.in_(list(document_ids)) & Document.stored_at.is_null(False)
        query = Document.select(Document.id).where(is_one, scope.documents())
        return [row_id for (row_id,) in query.order_by(*_in_order()).tuples()]

    def look(self, document: Document, page: int, scope: Scope) -> Look:
        """Everything that is shown of it."""
        sight = rows.find(Sight, sha256=document.sha256)
        is_withheld = document.safety == Safety.QUARANTINED
        is_flawed = sight is not None and sight.error is not None
        pages = max(sight.pages or 0, 1) if sight is not None else 1
        has_picture = document.mime_type.startswith("image/") or sight is not None
        has_picture = has_picture or document.mime_type == "application/pdf"
        has_picture = has_picture and not is_withheld and not is_flawed
        read = None if has_picture or is_withheld else rows.find(DocumentText, document=document.id)
        return Look(
            document=document,
            is_withheld=is_withheld,
            reason=sight.reason if sight is not None and is_flawed else None,
            doubt=document.safety_reason if document.safety in _UNSHOWN else None,
            pages=pages,
            page=min(max(page, 1), pages),
            has_picture=has_picture,
            text=read.text[:LONGEST_TEXT] if read is not None else "",
            words=triage_clues.words_of(document),
            twin=_twin(document, scope),
        )

    def offers(self, document: Document, scope: Scope, lawyer: str | None) -> list[Offer]:
        """The dossiers to choose from, best first. `lawyer`: who asks, if they are one."""
        found = triage_clues.suggestions(document, scope, lawyer)
        by_id = _dossiers([each.dossier_id for each in found], scope)
        return [Offer(by_id[each.dossier_id], each) for each in found if each.dossier_id in by_id]

    def seek(self, typed: str, scope: Scope) -> list[Dossier]:
        """The dossiers in which all these words are; the one of that very reference first."""
        sought = Sought.of(typed)
        found = [each for each in triage_clues.known(scope) if sought.is_in(each.texts)]
        found.sort(key=lambda each: (not sought.is_reference(each.reference), not each.is_active))
        by_id = _dossiers([each.dossier_id for each in found[:FOUND]], scope)
        return [by_id[each.dossier_id] for each in found[:FOUND] if each.dossier_id in by_id]

    def dossier(self, dossier_id: int, scope: Scope) -> Dossier | None:
        """The dossier, with its client, if they see it."""
        return _dossiers([dossier_id], scope).get(dossier_id)

    def dossier_by(self, typed: str, scope: Scope) -> Dossier | None:
        """The one dossier that answers to what somebody typed; None for none, or several."""
        found = self.seek(typed, scope)
        is_certain = len(found) == 1 or (
            bool(found) and Sought.of(typed).is_reference(found[0].reference)
        )
        return found[0] if is_certain else None

    def has_dossiers(self) -> bool:
        """Whether the firm has any: else it must bring them in first."""
        return bool(Dossier.select().exists())

    def clients(self, scope: Scope) -> list[str]:
        """Their names, for a form that proposes them."""
        query = Client.select(Client.name).where(scope.clients()).order_by(Client.name_key)
        return [name for (name,) in query.tuples()]


def _kept(scope: Scope) -> Any:
    return Document.stored_at.is_null(False) & scope.documents()


def _with_client() -> Any:
    return Document.select(Document, Client).left_outer_join(Client)


def _set_aside(scope: Scope) -> Any:
    return _with_client().where(Document.rejected_at.is_null(False), _kept(scope))


def _shown(scope: Scope, only: str) -> list[Document]:
    conditions = _conditions(scope)
    query = _with_client().where(Document.waits(), _kept(scope))
    if only in conditions:
        query = query.where(conditions[only])
    return list(query.order_by(*_in_order()).limit(SHOWN))


def _in_order() -> tuple[Any, ...]:
    """As they were sent: photos of one burst have one time, and are kept in any order."""
    first = Message.select(fn.MIN(Message.id)).where(Message.document == Document.id)
    return Document.received_at, fn.COALESCE(first, 0), Document.id


def _conditions(scope: Scope) -> dict[str, Any]:
    return {name: made() for name, made in FILTERS.items()} | {TWICE: _is_twice(scope)}


def _is_twice(scope: Scope) -> Any:
    """Its bytes are there already, in a dossier that they see."""
    twin = Document.alias()
    seen = Dossier.select(Dossier.id).where(scope.dossiers())
    is_it = (twin.sha256 == Document.sha256, twin.id != Document.id, twin.dossier.in_(seen))
    return fn.EXISTS(twin.select(twin.id).where(*is_it))


def _twin(document: Document, scope: Scope) -> Document | None:
    seen = Dossier.select(Dossier.id).where(scope.dossiers())
    is_it = (Document.sha256 == document.sha256, Document.id != document.id)
    query = Document.select(Document, Dossier).join(Dossier).where(*is_it)
    found: Document | None = query.where(Document.dossier.in_(seen)).first()
    return found


def _counts(scope: Scope) -> dict[str, int]:
    """How many wait, for each reason; "": in all."""
    conditions = _conditions(scope)
    sums = [fn.SUM(Case(None, [(condition, 1)], 0)) for condition in conditions.values()]
    query = Document.select(fn.COUNT(Document.id), *sums).where(Document.waits(), _kept(scope))
    found = query.tuples().first()
    return {name: count or 0 for name, count in zip(("", *conditions), found, strict=True)}


def _bursts(documents: Sequence[Document]) -> list[Burst]:
    """Of one sender, no more than two minutes after the one before."""
    found: list[list[Document]] = []
    last: dict[str, list[Document]] = {}
    for document in documents:
        open_one = last.get(document.sender)
        if open_one is None or document.received_at - open_one[-1].received_at > BURST:
            open_one = last[document.sender] = []
            found.append(open_one)
        open_one.append(document)
    return [Burst(some) for some in found]


def _dossiers(dossier_ids: Sequence[int], scope: Scope) -> dict[int, Dossier]:
    query = Dossier.select(Dossier, Client).join(Client)
    return {each.id: each for each in query.where(Dossier.id.in_(dossier_ids), scope.dossiers())}
