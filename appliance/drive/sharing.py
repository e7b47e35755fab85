"""Documents that are one file here (the same bytes in the same folder) are one file on Drive.

Its copy is the first one's; the others say the same of themselves. A document that got the name of
one whose file was deleted here lies in its place, with other bytes: it has a copy of its own.
"""

from collections.abc import Iterable, Iterator

from appliance.chores import Finish
from appliance.store import rows
from appliance.store.models import Document, DriveStatus


def sharers(document: Document) -> list[Document]:
    """All that are the same file, itself among them, the first one first."""
    is_it = (Document.local_path == document.local_path, Document.sha256 == document.sha256)
    return list(Document.select().where(*is_it).order_by(Document.id)) or [document]


def holder_of(document: Document) -> Document:
    """The one whose copy it is."""
    return sharers(document)[0]


def holders(documents: Iterable[Document]) -> Iterator[Document]:
    """Those whose copies stand on Drive, of documents in the order of their ids."""
    seen: set[tuple[str, str]] = set()
    for document in documents:
        file = document.local_path, document.sha256
        if file not in seen:
            seen.add(file)
            yield document


def says(document_id: int, status: DriveStatus) -> Finish:
    """Of one document."""
    return lambda: rows.update(Document, document_id, drive_status=status)


def is_there(document: Document, drive_id: str, status: DriveStatus) -> Finish:
    """Of all documents that are this one file."""

    def finish() -> None:
        for each in sharers(document):
            rows.update(Document, each.id, drive_id=drive_id, drive_status=status)

    return finish
