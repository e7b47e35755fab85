"""What one person of the firm sees: the one place that decides it.

A lawyer sees the dossiers that name them, those that are shared, and those to which they were let
in; an assistant sees those of the lawyers for whom they work (of all, while none is named); an
administrator none, unless the glass is broken. A dossier whose lawyer is nobody who signs in would
be seen by no one: it is everybody's. A wall keeps out all but its lawyer and who was let in; who is
kept out of one dossier by name does not see it, whatever else is true.

What hangs on a dossier is seen with it. A client without dossiers, a document or a correspondent of
whom nobody knows yet whose they are, wait for somebody: they are everybody's. But a document that
waits though its sender is a client's (another client's too, an opponent, perhaps somebody else by
now) is seen by those who see its sender.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from peewee import OP, SQL, Expression, NodeList, fn

from appliance.store.models import (
    Client,
    Correspondent,
    CorrespondentClient,
    Deadline,
    Document,
    DocumentStatus,
    Dossier,
    DossierAccess,
    Message,
)
from appliance.store.models.access import Access

ALL = SQL("1")
NONE = SQL("0")
Condition = Any  # what peewee's `where` takes


@dataclass(frozen=True)
class Scope:
    """What somebody sees now, as conditions for queries. `by_glass`: only while it is broken.

    Made for one request: conditions are of the moment at which the first of them was asked for.

    `own`, `served`, `known`: how dossiers name this person, the lawyers for whom they work, and
    anybody who signs in as a lawyer.
    """

    user_id: int
    sees_nothing: bool = False
    sees_everything: bool = False
    by_glass: bool = False
    own: Collection[str] = ()
    served: Collection[str] = ()
    known: Collection[str] = ()

    def dossiers(self, column: Any = Dossier.id) -> Condition:
        """On `Dossier`, or on a column of another table that says which one."""
        return self._bound(lambda: _among(column, self._dossiers))

    def clients(self, column: Any = Client.id) -> Condition:
        """On `Client`, or on a column that says which one."""
        return self._bound(lambda: _among(column, self._clients))

    def documents(self) -> Condition:
        """On `Document`."""
        return self._bound(self._documents)

    def correspondents(self, column: Any = Correspondent.id) -> Condition:
        """On `Correspondent`, or on a column that says which one."""
        return self._bound(lambda: _among(column, self._people))

    def messages(self) -> Condition:
        """On `Message`."""
        return self._bound(self._messages)

    def sees_dossier(self, row_id: int) -> bool:
        """Whether this dossier is there for them, at this moment. The same of the others."""
        return _is_there(Dossier, row_id) and self._sees(lambda: self._sees_one(row_id))

    def sees_client(self, row_id: int) -> bool:
        return _is_there(Client, row_id) and self._sees(lambda: self._sees_client(row_id))

    def sees_document(self, row_id: int) -> bool:
        found = Document.select(Document.id, Document.dossier, Document.client).where(
            Document.id == row_id
        )
        document = found.first()
        return document is not None and self._sees(lambda: self._sees_document(document))

    def sees_correspondent(self, row_id: int) -> bool:
        return _is_there(Correspondent, row_id) and self._sees(lambda: self._sees_person(row_id))

    def sees_message(self, row_id: int) -> bool:
        found = Message.select(Message.client, Message.correspondent).where(Message.id == row_id)
        message = found.first()
        return message is not None and self._sees(lambda: self._sees_message(message))

    def sees_deadline(self, row_id: int) -> bool:
        found = Deadline.select(Deadline.dossier).where(Deadline.id == row_id).first()
        return found is not None and self.sees_dossier(found.dossier_id)

    # -- of many: what they see is asked once, however many queries it binds

    def _bound(self, condition: Callable[[], Condition]) -> Condition:
        if self.sees_everything:
            return ALL
        return NONE if self.sees_nothing else condition()

    def _documents(self) -> Condition:
        is_nobodys = Document.client.is_null() & Expression(
            Document.id, OP.NOT_IN, _each(self._of_unseen)
        )
        whose = is_nobodys | _among(Document.client, self._clients)
        return _among(Document.dossier, self._dossiers) | (Document.dossier.is_null() & whose)

    def _messages(self) -> Condition:
        is_of_client = Message.client.is_null() | _among(Message.client, self._clients)
        is_of_person = Message.correspondent.is_null() | _among(Message.correspondent, self._people)
        return is_of_client & is_of_person

    @cached_property
    def _dossiers(self) -> str:
        return _ids(Dossier.select(Dossier.id).where(self._is_seen()))

    @cached_property
    def _clients(self) -> str:
        seen = Dossier.select(Dossier.client).where(_among(Dossier.id, self._dossiers))
        is_nobodys = Client.id.not_in(Dossier.select(Dossier.client))
        return _ids(Client.select(Client.id).where(Client.id.in_(seen) | is_nobodys))

    @cached_property
    def _people(self) -> str:
        link = CorrespondentClient
        seen = link.select(link.correspondent).where(_among(link.client, self._clients))
        is_nobodys = Correspondent.id.not_in(link.select(link.correspondent))
        return _ids(
            Correspondent.select(Correspondent.id).where(Correspondent.id.in_(seen) | is_nobodys)
        )

    @cached_property
    def _of_unseen(self) -> str:
        """Documents of nobody's, from people who are others' clients."""
        waits = (Document.status == DocumentStatus.PENDING, Document.client.is_null())
        query = Document.select(Document.id).join(Message, on=Message.document == Document.id)
        people = Message.correspondent
        is_known = people.in_(CorrespondentClient.select(CorrespondentClient.correspondent))
        unseen = Expression(people, OP.NOT_IN, _each(self._people))
        return _ids(query.where(*waits, Document.dossier.is_null(), is_known, unseen))

    def _is_seen(self) -> Condition:
        """On `Dossier`, as it is now: everything else follows from it."""
        is_nobodys = Dossier.lawyer.is_null() | Dossier.lawyer.not_in(list(self.known))
        is_theirs = Dossier.lawyer.in_(list(self.served)) | is_nobodys
        is_open = (Dossier.access == Access.SHARED) | ((Dossier.access == Access.USUAL) & is_theirs)
        is_let_in = Dossier.id.in_(self._listed(is_open=True))
        is_seen = Dossier.lawyer.in_(list(self.own)) | is_open | is_let_in
        return is_seen & Dossier.id.not_in(self._listed(is_open=False))

    def _listed(self, *, is_open: bool) -> Any:
        """Dossiers to which they were let in by name, or out of which they are kept."""
        query = DossierAccess.select(DossierAccess.dossier)
        return query.where(DossierAccess.user == self.user_id, DossierAccess.is_open == is_open)

    # -- of one: by its own rows

    def _sees(self, rule: Callable[[], bool]) -> bool:
        return self.sees_everything or (not self.sees_nothing and rule())

    def _sees_one(self, dossier_id: int) -> bool:
        return bool(Dossier.select().where(Dossier.id == dossier_id, self._is_seen()).exists())

    def _sees_client(self, client_id: int) -> bool:
        theirs = Dossier.select().where(Dossier.client == client_id)
        return theirs.where(self._is_seen()).exists() or not theirs.exists()

    def _sees_document(self, document: Document) -> bool:
        if document.dossier_id is not None:
            return self._sees_one(document.dossier_id)
        if document.client_id is not None:
            return self._sees_client(document.client_id)
        brought = Message.select(Message.correspondent).where(Message.document == document.id)
        people = {person_id for (person_id,) in brought.tuples() if person_id is not None}
        return all(map(self._sees_person, people))

    def _sees_person(self, correspondent_id: int) -> bool:
        link = CorrespondentClient
        found = link.select(link.client).where(link.correspondent == correspondent_id)
        clients = [each.client_id for each in found]
        return not clients or any(map(self._sees_client, clients))

    def _sees_message(self, message: Message) -> bool:
        client_id, person_id = message.client_id, message.correspondent_id
        is_of_client = client_id is None or self._sees_client(client_id)
        return is_of_client and (person_id is None or self._sees_person(person_id))


EVERYTHING = Scope(0, sees_everything=True)  # of Greffier itself, and of its commands
NOTHING = Scope(0, sees_nothing=True)


def _ids(query: Any) -> str:
    """As JSON: one value, however many there are. SQLite writes it: no row of it is seen by Python.

    `query` selects ids of its own table.
    """
    every = query.select(fn.json_group_array(query.model.id).coerce(False))
    return str(every.scalar())


def _among(column: Any, ids: str) -> Condition:
    """Only a filter: with the plus SQLite does not walk through all that is seen, by the index of
    that column, where the newest fifty are asked for.
    """
    return Expression(NodeList((SQL("+"), column), glue=""), OP.IN, _each(ids))


def _each(ids: str) -> SQL:
    return SQL("(SELECT value FROM json_each(?))", (ids,))


def _is_there(table: Any, row_id: int) -> bool:
    return bool(table.select().where(table.id == row_id).exists())
