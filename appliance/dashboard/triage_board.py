"""What waits to be filed, as the dashboard sees it: the pile, one document, what is offered for it.

Reads only, and only what the person who asks may see; acts through `gestures`, `asking` and the
register.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from appliance.clock import Clock
from appliance.dashboard import triage_clues, triage_pile
from appliance.dashboard.blocked_board import BlockedBoard
from appliance.dashboard.suggestions import Sought, Suggestion
from appliance.dashboard.triage_pile import REJECTED, UNSHOWN, Order, Pile
from appliance.filing.gestures import Gestures
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

FOUND = 9  # dossiers that answer to what is typed
OLD = timedelta(days=1)
LONGEST_TEXT = 6000  # characters of a document's text that are shown
Whose = Callable[[str], Collection[int]]


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


@dataclass(frozen=True)
class Found:
    """A dossier in which what was typed is found; `is_others`: another client's than the sender."""

    dossier: Dossier
    is_others: bool


@dataclass(frozen=True)
class Question:
    """What one client sent is to be filed in another one's dossier: only if somebody says so.

    `senders`: whose it is, as far as who is asked may know.
    """

    dossier: Dossier
    document_ids: Sequence[int]
    senders: Sequence[str]


class TriageBoard:
    """Reads for the page of what waits. `whose`: the clients for whom a sender may stand."""

    def __init__(
        self, gestures: Gestures, asking: Asking, clock: Clock, zone: ZoneInfo, whose: Whose
    ) -> None:
        self.gestures = gestures
        self.blocked = BlockedBoard(gestures)
        self.asking = asking
        self._clock = clock
        self._zone = zone
        self._whose = whose

    def midnight(self) -> datetime:
        """When today began, for the firm."""
        return datetime.combine(self._clock.now().astimezone(self._zone).date(), time(), self._zone)

    def order(self, scope: Scope, only: str = "") -> Order:
        """What waits, without figures."""
        return Order(triage_pile.bursts(triage_pile.shown(scope, only)))

    def pile(self, scope: Scope, only: str = "") -> Pile:
        """What waits; `only` what a filter lets through."""
        counts = triage_pile.counts(scope)
        total, rejected = counts.pop(""), counts.pop(REJECTED)
        order = self.order(scope, only)
        oldest = min((each.received_at for each in order.documents), default=None)
        return Pile(
            order=order,
            count=counts.get(only, total if not only else 0),
            total=total,
            counts=counts,
            rejected=rejected,
            oldest=oldest,
            is_old=oldest is not None and self._clock.now() - oldest > OLD,
        )

    def rejected(self, scope: Scope) -> list[Document]:
        """What was set aside, the last first."""
        return triage_pile.set_aside(scope)

    def document(self, document_id: int, scope: Scope) -> Document | None:
        """The document, if its file is kept and they see it."""
        query = triage_pile.with_client().where(
            Document.id == document_id, Document.stored_at.is_null(False)
        )
        found: Document | None = query.where(scope.documents()).first()
        return found

    def seen_of(self, document_ids: Sequence[int], scope: Scope) -> list[int]:
        """Those of these documents that they see, in the order in which they came."""
        is_one = Document.id.in_(list(document_ids)) & Document.stored_at.is_null(False)
        query = Document.select(Document.id).where(is_one, scope.documents())
        return [row_id for (row_id,) in query.order_by(*triage_pile.in_order()).tuples()]

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
            doubt=document.safety_reason if document.safety in UNSHOWN else None,
            pages=pages,
            page=min(max(page, 1), pages),
            has_picture=has_picture,
            text=read.text[:LONGEST_TEXT] if read is not None else "",
            words=triage_clues.words_of(document, scope),
            twin=triage_pile.twin(document, scope),
        )

    def offers(self, document: Document, scope: Scope, lawyer: str | None) -> list[Offer]:
        """The dossiers to choose from, best first. `lawyer`: who asks, if they are one."""
        found = triage_clues.suggestions(document, scope, lawyer, self._senders(document))
        by_id = _dossiers([each.dossier_id for each in found], scope)
        return [Offer(by_id[each.dossier_id], each) for each in found if each.dossier_id in by_id]

    def seek(self, typed: str, scope: Scope, document: Document | None) -> list[Found]:
        """The dossiers in which all these words are; the one of that very reference first, then
        those of the document's sender."""
        sought, senders = Sought.of(typed), self._senders(document)

        def is_others(client_id: int) -> bool:
            return bool(senders) and client_id not in senders

        found = [each for each in triage_clues.known(scope) if sought.is_in(each.texts)]
        found.sort(
            key=lambda each: (
                not sought.is_reference(each.reference),
                is_others(each.client_id),
                not each.is_active,
            )
        )
        by_id = _dossiers([each.dossier_id for each in found[:FOUND]], scope)
        dossiers = [by_id[each.dossier_id] for each in found[:FOUND] if each.dossier_id in by_id]
        return [Found(each, is_others(each.client_id)) for each in dossiers]

    def dossier(self, dossier_id: int, scope: Scope) -> Dossier | None:
        """The dossier, with its client, if they see it."""
        return _dossiers([dossier_id], scope).get(dossier_id)

    def question(self, ids: Sequence[int], dossier: Dossier, scope: Scope) -> Question | None:
        """What to ask before these are filed there; None: it is their sender's, or a stranger's."""
        theirs = [self._senders(each) for each in Document.select().where(Document.id.in_(ids))]
        others = {one for some in theirs if dossier.client_id not in some for one in some}
        if not others:
            return None
        query = Client.select(Client.name).where(Client.id.in_(others), scope.clients())
        senders = [name for (name,) in query.order_by(Client.name_key).tuples()]
        return Question(dossier, ids, senders)

    def _senders(self, document: Document | None) -> Collection[int]:
        """The clients as whom it may have been sent; none: a stranger sent it."""
        if document is None:
            return ()
        return (document.client_id,) if document.client_id else self._whose(document.sender)

    def dossier_by(self, typed: str, scope: Scope) -> Dossier | None:
        """The one dossier that answers to what somebody typed; None for none, or several."""
        found = [each.dossier for each in self.seek(typed, scope, None)]
        is_certain = len(found) == 1 or (
            bool(found) and Sought.of(typed).is_reference(found[0].reference)
        )
        return found[0] if is_certain else None

    def has_dossiers(self) -> bool:
        """Whether the firm has any: else it must bring them in first."""
        return bool(Dossier.select().exists())


def _dossiers(dossier_ids: Sequence[int], scope: Scope) -> dict[int, Dossier]:
    query = Dossier.select(Dossier, Client).join(Client)
    return {each.id: each for each in query.where(Dossier.id.in_(dossier_ids), scope.dossiers())}
