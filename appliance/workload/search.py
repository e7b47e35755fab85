"""Finding work by what people know: a number, a wamid, a dossier's reference, a file's name."""

from collections.abc import Iterable, Mapping

from peewee import fn

from appliance import names, phones
from appliance.chores import Kind
from appliance.jobs import Job
from appliance.store.models import Chore, Document, Dossier, Message, Outgoing, Receipt

SHORTEST = 3  # characters
MOST = 200  # of a kind that one search finds
_NOT_ABOUT_DOCUMENTS = (Kind.MIRROR_DOSSIER, Kind.MIRROR_CLIENT, Kind.PROVE, Kind.WITNESS)
_ABOUT_DOSSIERS = (Kind.MIRROR_DOSSIER,)

Found = Mapping[Job, set[int]]


def find(text: str, country: str) -> Found:
    """The ids of the rows, by their job. Nothing for a text that is too short."""
    sought = text.strip()
    found: dict[Job, set[int]] = {job: set() for job in Job}
    if len(sought) < SHORTEST:
        return found
    documents = {*_by_name(sought)}
    for dossier in Dossier.select().where(Dossier.reference_key == names.key(sought)):
        documents |= _ids(Document, Document.dossier == dossier)
        found[Job.OUTGOING] |= _ids(Outgoing, Outgoing.dossier == dossier)
        named = Chore.kind.in_([kind.value for kind in _ABOUT_DOSSIERS])
        found[Job.CHORE] |= _ids(Chore, named, Chore.subject_id == dossier.id)
    documents |= _by_person(found, {sought, phones.normalise(sought, country) or sought})
    found[Job.MESSAGE] |= _ids(Message, Message.wamid == sought)
    found[Job.MESSAGE] |= _among(documents, Message, Message.document)
    found[Job.RECEIPT] |= _ids(Receipt, Receipt.wamid == sought)
    found[Job.OUTGOING] |= _ids(Outgoing, Outgoing.remote_id == sought)
    of_documents = Chore.kind.not_in([kind.value for kind in _NOT_ABOUT_DOCUMENTS])
    found[Job.CHORE] |= _among(documents, Chore, Chore.subject_id, of_documents)
    return found


def _by_person(found: dict[Job, set[int]], known_as: Iterable[str]) -> set[int]:
    """What came from and goes to them; the documents that they sent."""
    for name in known_as:
        found[Job.MESSAGE] |= _ids(Message, Message.sender == name)
        found[Job.OUTGOING] |= _ids(Outgoing, Outgoing.recipient == name)
    query = Message.select(Message.document).where(
        Message.id.in_(found[Job.MESSAGE]), Message.document.is_null(False)
    )
    return {document_id for (document_id,) in query.tuples()}


def _by_name(sought: str) -> set[int]:
    """Documents of this very name, or of this name at their sender's; its kind may be left out.

    No part of a name is enough: who searches here reads no content, and by what is found and what
    is not could read all names, letter by letter.
    """
    found: set[int] = set()
    for column in (Document.name, Document.original_name):
        is_it = (column == sought) | (fn.LOWER(column) == sought.lower())
        found |= _ids(Document, is_it | column.startswith(f"{sought}."))
    return found


def _ids(table: type, *conditions: object) -> set[int]:
    query = table.select(table.id).where(*conditions)  # type: ignore[attr-defined] # a model
    return {row_id for (row_id,) in query.order_by(table.id.desc()).limit(MOST).tuples()}  # type: ignore[attr-defined]


def _among(ids: set[int], table: type, column: object, *conditions: object) -> set[int]:
    return _ids(table, column.in_(ids), *conditions) if ids else set()  # type: ignore[attr-defined]
