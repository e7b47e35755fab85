"""What stays of a document that was destroyed on purpose. Of filing.folders."""

from datetime import datetime

from appliance.store import rows
from appliance.store.models import Document


def bury(document: Document, destruction_id: int, now: datetime) -> None:
    """Inside a unit: from now on it is nobody's and in no place; its hash and its dates stay.

    Whoever sends the same bytes again has sent a new document.
    """
    rows.update(
        Document,
        document.id,
        owner_key=f"destroyed:{document.id}",
        client=None,
        dossier=None,
        name=f"#{document.id}",
        original_name=None,
        local_path=None,
        old_path=None,
        stored_at=None,
        destroyed_at=now,
        destruction_id=destruction_id,
    )
