"""What one person of the firm sees: the one place that decides it.

A lawyer sees the dossiers that name them, those that are shared, and those to which they were let
in; an assistant sees those of the lawyers for whom they work (of all, while none is named); an
administrator none, unless the glass is broken. A dossier whose lawyer is nobody who signs in would
be seen by no one: it is everybody's. A wall keeps out all but its lawyer and who was let in; who is
kept out of one dossier by name does not see it, whatever else is true.

What hangs on a dossier is seen with it. A client without dossiers, a document or a correspondent of
whom nobody knows yet whose they are, wait for somebody: they are everybody's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from peewee import SQL

from appliance.store.models import (
    Client,
    Correspondent,
    CorrespondentClient,
    Document,
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

    def dossiers(self) -> Condition:
        """On `Dossier`."""
        if self.sees_everything:
            return ALL
        if self.sees_nothing:
            return NONE
        is_nobodys = Dossier.lawyer.is_null() | Dossier.lawyer.not_in(list(self.known))
        is_theirs = Dossier.lawyer.in_(list(self.served)) | is_nobodys
        is_open = (Dossier.access == Access.SHARED) | ((Dossier.access == Access.USUAL) & is_theirs)
        is_let_in = Dossier.id.in_(self._listed(is_open=True))
        is_seen = Dossier.lawyer.in_(list(self.own)) | is_open | is_let_in
        return is_seen & Dossier.id.not_in(self._listed(is_open=False))

    def clients(self) -> Condition:
        """On `Client`."""
        if self.sees_everything or self.sees_nothing:
            return self.dossiers()
        seen = Dossier.select(Dossier.client).where(self.dossiers())
        return Client.id.in_(seen) | Client.id.not_in(Dossier.select(Dossier.client))

    def documents(self) -> Condition:
        """On `Document`."""
        if self.sees_everything or self.sees_nothing:
            return self.dossiers()
        is_filed = Document.dossier.in_(self._ids(Dossier, self.dossiers()))
        whose = Document.client.is_null() | Document.client.in_(self._ids(Client, self.clients()))
        return is_filed | (Document.dossier.is_null() & whose)

    def correspondents(self) -> Condition:
        """On `Correspondent`."""
        if self.sees_everything or self.sees_nothing:
            return self.dossiers()
        link = CorrespondentClient
        clients = self._ids(Client, self.clients())
        seen = link.select(link.correspondent).where(link.client.in_(clients))
        return Correspondent.id.in_(seen) | Correspondent.id.not_in(link.select(link.correspondent))

    def messages(self) -> Condition:
        """On `Message`."""
        if self.sees_everything or self.sees_nothing:
            return self.dossiers()
        clients = self._ids(Client, self.clients())
        people = self._ids(Correspondent, self.correspondents())
        is_of_client = Message.client.is_null() | Message.client.in_(clients)
        return is_of_client & (Message.correspondent.is_null() | Message.correspondent.in_(people))

    def sees_dossier(self, row_id: int) -> bool:
        """Whether this dossier is there for them. The same of the others."""
        return _is_there(Dossier, row_id, self.dossiers())

    def sees_client(self, row_id: int) -> bool:
        return _is_there(Client, row_id, self.clients())

    def sees_document(self, row_id: int) -> bool:
        return _is_there(Document, row_id, self.documents())

    def sees_correspondent(self, row_id: int) -> bool:
        return _is_there(Correspondent, row_id, self.correspondents())

    def sees_message(self, row_id: int) -> bool:
        return _is_there(Message, row_id, self.messages())

    def _listed(self, *, is_open: bool) -> Any:
        """Dossiers to which they were let in by name, or out of which they are kept."""
        query = DossierAccess.select(DossierAccess.dossier)
        return query.where(DossierAccess.user == self.user_id, DossierAccess.is_open == is_open)

    @staticmethod
    def _ids(table: Any, condition: Condition) -> Any:
        return table.select(table.id).where(condition)


EVERYTHING = Scope(0, sees_everything=True)  # of Greffier itself, and of its commands
NOTHING = Scope(0, sees_nothing=True)


def _is_there(table: Any, row_id: int, condition: Condition) -> bool:
    return bool(table.select().where(table.id == row_id, condition).exists())
