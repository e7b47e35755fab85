"""What points to a dossier for a document that waits: its words, its sender's past, its lawyer.

Reads only, and only dossiers that the person who asks may see.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from peewee import fn

from appliance.dashboard.suggestions import (
    MOST,
    Clues,
    Mention,
    Named,
    Suggestion,
    named_in,
    suggested,
    titled_in,
)
from appliance.firm.scope import Scope
from appliance.store.models import (
    Act,
    Client,
    Document,
    Dossier,
    DossierStatus,
    Message,
    Party,
)

SPOKEN_WITHIN = timedelta(minutes=10)  # of a document: what its sender wrote then is about it
SPOKEN = 12  # messages of its sender that are read and shown
LATELY = 100  # acts that say which dossiers are used now


class Known(NamedTuple):
    """A dossier by all the words under which people look for it."""

    dossier_id: int
    reference: str
    title: str
    client_id: int
    client: str
    is_active: bool
    numbers: Sequence[str]
    parties: Sequence[str]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.reference, self.title, self.client, *self.numbers, *self.parties)


def known(scope: Scope) -> list[Known]:
    """Every dossier that they see, the newest first."""
    parties: defaultdict[int, list[str]] = defaultdict(list)
    for dossier_id, name in _plain(Party.select(Party.dossier, Party.name)):
        parties[dossier_id].append(name)
    columns = (Dossier.id, Dossier.reference, Dossier.title, Client.id, Client.name)
    more = (Dossier.status, Dossier.court_number)
    query = Dossier.select(*columns, *more).join(Client).where(scope.dossiers())
    return [
        Known(
            row_id, reference, title, whose, client, _is_open(status), _listed(no), parties[row_id]
        )
        for row_id, reference, title, whose, client, status, no in _plain(
            query.order_by(Dossier.id.desc())
        )
    ]


def _is_open(status: str) -> bool:
    return status == DossierStatus.ACTIVE


def _listed(number: str | None) -> tuple[str, ...]:
    return (number,) if number else ()


def words_of(document: Document, scope: Scope) -> list[Message]:
    """What its sender wrote with it, and just before or after, in that order; as far as who reads
    it sees that conversation.
    """
    at = document.received_at
    query = Message.select().where(
        Message.sender == document.sender,
        Message.received_at.between(at - SPOKEN_WITHIN, at + SPOKEN_WITHIN),
        Message.direction == "in",
        Message.body.is_null(False),
        scope.messages(),
    )
    return list(query.order_by(Message.received_at, Message.id).limit(SPOKEN))


def suggestions(
    document: Document, scope: Scope, lawyer: str | None, senders: Collection[int]
) -> list[Suggestion]:
    """What is offered for it. `lawyer`: the name of who asks, if they are one; `senders`: the
    clients as whom it may have been sent."""
    texts = [document.original_name or "", *(each.body or "" for each in words_of(document, scope))]
    last_used, clients = _last_used(document, scope), _clients(document, scope)
    lawyers = _lawyers_of([*last_used, *clients]) or ([lawyer] if lawyer else [])
    clues = Clues(
        named=[*named_in(texts, _nameable(scope)), *_titled(texts, clients)],
        last_used=last_used,
        clients=clients,
        lawyers=_active(scope, Dossier.lawyer.in_(lawyers)) if lawyers else (),
        recent=_recent(scope),
        opened=_active(scope, Dossier.id.is_null(False)),
    )
    return suggested(clues, _of_clients(senders) if senders else None)


def _of_clients(client_ids: Collection[int]) -> frozenset[int]:
    query = Dossier.select(Dossier.id).where(Dossier.client.in_(client_ids))
    return frozenset(row_id for (row_id,) in query.tuples())


def _nameable(scope: Scope) -> Iterable[Named]:
    for each in known(scope):
        parties = (each.client, *each.parties) if each.is_active else tuple(each.parties)
        yield Named(each.dossier_id, each.reference, tuple(each.numbers), parties)


def _titled(texts: Sequence[str], dossier_ids: Sequence[int]) -> list[Mention]:
    """Which of the client's own dossiers their words point to by its title."""
    query = Dossier.select(Dossier.id, Dossier.title, Client.name).join(Client)
    found = list(query.where(Dossier.id.in_(dossier_ids)).tuples())
    titles = {dossier_id: title for dossier_id, title, _ in found}
    return titled_in(texts, titles, found[0][2]) if found else []


def _last_used(document: Document, scope: Scope) -> list[int]:
    """Where what came from this number was filed, the last time first."""
    is_seen = Document.dossier.is_null(False) & scope.dossiers(Document.dossier)
    query = (
        Document.select(Document.dossier)
        .where(Document.sender == document.sender, is_seen)
        .group_by(Document.dossier)
        .order_by(fn.MAX(Document.filed_at).desc())
        .limit(MOST)
    )
    return [dossier_id for (dossier_id,) in query.tuples()]


def _clients(document: Document, scope: Scope) -> list[int]:
    if document.client_id is None:
        return []
    return _active(scope, Dossier.client == document.client_id)


def _active(scope: Scope, which: Any) -> list[int]:
    """Of these dossiers those that are open, the last opened first."""
    is_open = Dossier.status == DossierStatus.ACTIVE
    query = Dossier.select(Dossier.id).where(which, is_open, scope.dossiers())
    ordered = query.order_by(Dossier.opened_at.desc(), Dossier.id.desc())
    return [dossier_id for (dossier_id,) in ordered.limit(MOST).tuples()]


def _lawyers_of(dossier_ids: Sequence[int]) -> list[str]:
    query = Dossier.select(Dossier.lawyer).where(
        Dossier.id.in_(dossier_ids), Dossier.lawyer.is_null(False)
    )
    return [lawyer for (lawyer,) in query.distinct().tuples()]


def _recent(scope: Scope) -> list[int]:
    """Where people have filed lately, the last first."""
    lately = Act.select(Act.to_dossier).where(Act.to_dossier.is_null(False))
    used = [row_id for (row_id,) in lately.order_by(Act.id.desc()).limit(LATELY).tuples()]
    in_order = list(dict.fromkeys(used))
    is_open = (Dossier.status == DossierStatus.ACTIVE) & scope.dossiers()
    query = Dossier.select(Dossier.id).where(Dossier.id.in_(in_order), is_open)
    open_ones = {row_id for (row_id,) in query.tuples()}
    return [row_id for row_id in in_order if row_id in open_ones]


def _plain(query: Any) -> list[tuple[Any, ...]]:
    """The rows as SQLite gives them: thousands of them for one key press."""
    database = Dossier._meta.database  # noqa: SLF001 - Peewee's own way to it
    found: list[tuple[Any, ...]] = database.execute_sql(*query.sql()).fetchall()
    return found
