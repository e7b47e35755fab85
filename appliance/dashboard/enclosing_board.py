"""Documents that may go to somebody, for whoever is going to send one. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from appliance.errors import PermanentError
from appliance.firm.scope import Scope
from appliance.folding import words
from appliance.outbox import enclosures
from appliance.outbox.answers import address_of
from appliance.outbox.enclosures import TAKEN, Rules, Shape
from appliance.store.models import (
    Client,
    Correspondent,
    Document,
    DocumentStatus,
    Dossier,
    Safety,
)

SHOWN = 12  # documents of one look
LOOKED_THROUGH = 400  # the newest of these clients, among which one finds
SHORT = 2  # letters: shorter words of a name tell nobody
LONGEST_FIND = 100  # characters


@dataclass(frozen=True)
class Offered:
    """Documents, the newest first, by dossier. `is_known`: whether they stand for a client whom
    whoever asks sees."""

    groups: Sequence[tuple[Dossier, Sequence[Document]]]
    has_more: bool
    is_known: bool


@dataclass(frozen=True)
class Asked:
    """One document and whom it would reach, before anybody says yes.

    `seal`: what they say yes to. `fault`: why it may not go. `others`: the clients beside the
    dossier's for whom that number stands, too, and `named`: those whom the document's name names,
    as far as they see them.
    """

    document: Document
    client: Client
    recipient: str
    seal: str
    fault: PermanentError | None
    name: str
    is_photo: bool
    others: Sequence[Client]
    named: Sequence[Client]


class EnclosingBoard:
    """What may be joined to an answer."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def offered(self, address: str | None, scope: Scope, find: str = "") -> Offered:
        """What of it they see, the words of `find` in its name or its dossier's."""
        whose = self._rules.whose(address) if address else []
        clients = [one for one in whose if scope.sees_client(one)]
        if not address or not clients:
            return Offered((), has_more=False, is_known=False)
        sought, opposed = words(find[:LONGEST_FIND]), self._rules.opposed(address)
        fitting = (
            one
            for one in _newest(clients, scope)
            if one.dossier_id not in opposed
            and self._rules.fault_of_file(one) is None
            and _has(one, sought)
        )
        found = list(islice(fitting, SHOWN + 1))
        groups: dict[int, tuple[Dossier, list[Document]]] = {}
        for one in found[:SHOWN]:
            groups.setdefault(one.dossier_id, (one.dossier, []))[1].append(one)
        return Offered(list(groups.values()), has_more=len(found) > SHOWN, is_known=True)

    def asked(self, document_id: int, person: Correspondent, scope: Scope) -> Asked | None:
        """What they are to look at before it is sent; None: for them it is not there."""
        document = Document.get_or_none(Document.id == document_id)
        if document is None or document.dossier is None or not scope.sees_document(document_id):
            return None
        client, address = document.dossier.client, address_of(person) or ""
        theirs = (Client.id.in_(self._rules.whose(address)), Client.id != client.id)
        return Asked(
            document,
            client,
            address,
            enclosures.seal_of(document, address),
            self._rules.fault_of(document, address),
            enclosures.name_of(document),
            TAKEN.get(document.mime_type) is Shape.IMAGE,
            list(Client.select().where(*theirs, scope.clients()).order_by(Client.name)),
            _named_in(document.name, client, scope),
        )


def _newest(clients: Sequence[int], scope: Scope) -> Iterable[Document]:
    """One by one: who opens a conversation waits for no more of them than are shown."""
    is_kept = Document.stored_at.is_null(False) & Document.destroyed_at.is_null()
    # Not by the index of statuses: these clients have few documents, the firm has many.
    is_filed = (Document.status.concat("") == DocumentStatus.FILED) & Document.rejected_at.is_null()
    query = Document.select(Document, Dossier).join(Dossier)
    query = query.where(Dossier.client.in_(clients), scope.dossiers(), is_kept, is_filed)
    query = query.where(Document.safety == Safety.OK, Document.mime_type.in_(sorted(TAKEN)))
    ordered = query.order_by(Document.received_at.desc(), Document.id.desc())
    newest: Iterable[Document] = ordered.limit(LOOKED_THROUGH)
    return newest


def _named_in(name: str, own: Client, scope: Scope) -> list[Client]:
    """The other clients of whose name every word that tells is in it: it was misfiled, perhaps."""
    said = set(words(name))
    query = Client.select(Client.id, Client.name).where(Client.id != own.id, scope.clients())
    return [one for one in query.order_by(Client.name) if _is_named(one.name, said)]


def _is_named(name: str, said: set[str]) -> bool:
    telling = {word for word in words(name) if len(word) > SHORT}
    return bool(telling) and telling <= said


def _has(document: Document, sought: Sequence[str]) -> bool:
    dossier = document.dossier
    said = words(f"{document.name} {dossier.reference} {dossier.title}") if sought else []
    return all(any(one.startswith(each) for one in said) for each in sought)
