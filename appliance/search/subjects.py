"""By which words a client, a dossier or a document is found. Reads; the words come folded."""

from enum import StrEnum

from appliance import seeking
from appliance.store import rows
from appliance.store.models import Client, Document, Dossier, Party


class Kind(StrEnum):
    """What can be found; as `search_todo` and `search_marks` say it."""

    CLIENT = "client"
    DOSSIER = "dossier"
    DOCUMENT = "document"  # by its name; what it says is sights.texts'
    MESSAGE = "message"


WORDS = {
    Kind.CLIENT: "client_words",
    Kind.DOSSIER: "dossier_words",
    Kind.DOCUMENT: "document_name_words",
    Kind.MESSAGE: "message_words",
}


def words_of(kind: Kind, row_id: int) -> str | None:
    """The words by which it is found; None if it is no more."""
    if kind is Kind.CLIENT:
        return _client(row_id)
    return _dossier(row_id) if kind is Kind.DOSSIER else _document(row_id)


def _client(row_id: int) -> str | None:
    client = rows.find(Client, id=row_id)
    return None if client is None else seeking.indexed(f"{client.name} {client.email or ''}")


def _dossier(row_id: int) -> str | None:
    """Whoever stands in it finds it, too, and its court by any spelling of its number."""
    dossier = rows.find(Dossier, id=row_id)
    if dossier is None:
        return None
    parties = Party.select(Party.name).where(Party.dossier == row_id)
    said = [dossier.reference, dossier.title, dossier.client.name, *(one.name for one in parties)]
    said += [each or "" for each in (dossier.label, dossier.court, dossier.court_number)]
    numbers = seeking.numbered(f"{dossier.reference} ; {dossier.court_number or ''}")
    return " ".join([seeking.indexed(" ".join(said)), *numbers])


def _document(row_id: int) -> str | None:
    document = rows.find(Document, id=row_id)
    if document is None or document.destroyed_at is not None:
        return None
    return of_name(document.name, document.original_name)


def of_name(name: str, original: str | None) -> str:
    """A document's, by what it is called here and what its sender called it."""
    return seeking.indexed(f"{name} {original or ''}")
