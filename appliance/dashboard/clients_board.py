"""Clients as the dashboard sees them: a list in pages, and one with everything about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from appliance.firm.claims import claims_on
from appliance.firm.scope import Scope
from appliance.papers.pieces import Tick
from appliance.phones import variants
from appliance.store import rows
from appliance.store.models import (
    Client,
    Contact,
    Correspondent,
    CorrespondentClient,
    Document,
    DocumentStatus,
    Dossier,
    DossierStatus,
    ExpectedPiece,
    IdentityEvent,
    Message,
    MessageStatus,
    PieceTick,
)

PAGE = 50  # clients of a page
DOSSIERS = 50  # of one client
LAST = 8  # documents, of each kind


@dataclass(frozen=True)
class ClientLine:
    """A client in the list."""

    client: Client
    dossiers: int  # active ones, as far as they are seen
    last_at: datetime | None  # when a document of theirs came last


@dataclass(frozen=True)
class ClientsSeen:
    """A page of the list. `after`: where the next one begins, if there is one."""

    lines: Sequence[ClientLine]
    count: int
    after: int | None


@dataclass(frozen=True)
class Number:
    """A number (or user id) of a client, and who else has it, as far as they see.

    `claims`: where it was given by somebody who does not see this client. `counts`: not so here, or
    the reader does not see whose it is: they are told nothing.
    """

    contact: Contact
    others: Sequence[Client]
    claims: Sequence[Contact]
    counts: bool


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody, of one client."""

    documents: Sequence[Document]
    pending: int
    failed: int  # messages whose file could not be had
    missing: Sequence[tuple[Dossier, int]]  # pieces that a dossier still waits for
    doubts: int  # whether it is still the same person

    @property
    def is_nothing(self) -> bool:
        return not (self.pending or self.failed or self.missing or self.doubts)


@dataclass(frozen=True)
class ClientSeen:
    """One client, with everything about them that this person sees."""

    client: Client
    numbers: Sequence[Number]
    dossiers: Sequence[Dossier]
    dossier_count: int
    last: Sequence[Document]
    people: Sequence[Correspondent]
    waiting: Waiting


def shelf(scope: Scope, which: str, after: int | None) -> ClientsSeen:
    """Clients by name; `which` "vip": only those. `after`: those behind the client of this id."""
    query = Client.select().where(scope.clients())
    if which == "vip":
        query = query.where(Client.vip)
    count = query.count()
    last = rows.find(Client, id=after) if after is not None else None
    if last is not None:
        query = query.where(Client.name_key > last.name_key)
    found = list(query.order_by(Client.name_key).limit(PAGE + 1))
    shown = found[:PAGE]
    more = shown[-1].id if len(found) > PAGE else None
    return ClientsSeen(lines([client.id for client in shown], scope), count, more)


def lines(client_ids: Sequence[int], scope: Scope) -> list[ClientLine]:
    """These clients as lines, in this order."""
    active = Dossier.select(Dossier.client, fn.COUNT(Dossier.id)).where(
        Dossier.client.in_(client_ids), Dossier.status == DossierStatus.ACTIVE, scope.dossiers()
    )
    came = Document.select(Document.client, fn.MAX(Document.received_at)).where(
        Document.client.in_(client_ids), scope.documents()
    )
    counts = dict(active.group_by(Dossier.client).tuples())
    lasts = dict(came.group_by(Document.client).tuples())
    by_id = {client.id: client for client in Client.select().where(Client.id.in_(client_ids))}
    return [
        ClientLine(by_id[row_id], counts.get(row_id, 0), lasts.get(row_id))
        for row_id in client_ids
        if row_id in by_id
    ]


def client(client_id: int, scope: Scope) -> ClientSeen | None:
    """None: there is no such client."""
    found = rows.find(Client, id=client_id)
    if found is None:
        return None
    dossiers = Dossier.select().where(Dossier.client == client_id, scope.dossiers())
    in_order = dossiers.order_by(Dossier.status, Dossier.id.desc()).limit(DOSSIERS)
    is_theirs = (Document.client == client_id, Document.stored_at.is_null(False))
    filed = Document.select(Document, Dossier).join(Dossier, JOIN.LEFT_OUTER)
    last = filed.where(*is_theirs, scope.documents()).order_by(Document.received_at.desc())
    on = CorrespondentClient.correspondent == Correspondent.id
    people = Correspondent.select().join(CorrespondentClient, on=on)
    people = people.where(CorrespondentClient.client == client_id, scope.correspondents())
    return ClientSeen(
        client=found,
        numbers=[_number(contact, scope) for contact in _contacts(client_id)],
        dossiers=list(in_order),
        dossier_count=dossiers.count(),
        last=list(last.limit(LAST)),
        people=list(people.order_by(Correspondent.last_wrote_at.desc()).limit(LAST)),
        waiting=_waiting(client_id, scope),
    )


def shares(client_id: int, number: str) -> list[Client]:
    """The other clients who write from this number, too."""
    query = Client.select().join(Contact).where(Contact.value.in_(sorted(variants(number))))
    return list(query.where(Client.id != client_id).order_by(Client.name_key).distinct())


def _contacts(client_id: int) -> list[Contact]:
    return list(Contact.select().where(Contact.client == client_id).order_by(Contact.id))


def _number(contact: Contact, scope: Scope) -> Number:
    others = shares(contact.client_id, contact.value)
    seen = [one for one in others if scope.sees_client(one.id)]
    is_claim = contact.claimed_by is not None
    claims = [] if is_claim else claims_on(contact.client_id, contact.value)
    return Number(contact, seen, claims, not is_claim or len(seen) < len(others) or not others)


def _waiting(client_id: int, scope: Scope) -> Waiting:
    is_pending = (Document.client == client_id, Document.status == DocumentStatus.PENDING)
    pending = Document.select().where(*is_pending, Document.stored_at.is_null(False))
    pending = pending.where(scope.documents())
    failed = Message.select().where(
        Message.client == client_id, Message.status == MessageStatus.ERROR, scope.messages()
    )
    link = CorrespondentClient
    theirs = link.select(link.correspondent).where(link.client == client_id)
    doubts = IdentityEvent.select().where(
        IdentityEvent.settled_at.is_null(), IdentityEvent.correspondent.in_(theirs)
    )
    oldest = pending.order_by(Document.received_at).limit(LAST)
    missing = _missing(client_id, scope)
    return Waiting(list(oldest), pending.count(), failed.count(), missing, doubts.count())


def _missing(client_id: int, scope: Scope) -> list[tuple[Dossier, int]]:
    """The dossiers that wait for pieces of which nothing has come, and for how many."""
    come: Any = PieceTick.select(PieceTick.piece).where(PieceTick.state == Tick.TICKED)
    query = (
        Dossier.select(Dossier, fn.COUNT(ExpectedPiece.id).alias("awaited"))
        .join(ExpectedPiece)
        .where(Dossier.client == client_id, Dossier.status == DossierStatus.ACTIVE)
        .where(scope.dossiers(), ExpectedPiece.id.not_in(come))
        .group_by(Dossier.id)
        .order_by(Dossier.id.desc())
    )
    return [(dossier, dossier.awaited) for dossier in query.limit(DOSSIERS)]
