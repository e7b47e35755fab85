"""Asks for work on Drive: rows of chores, in the commit of what makes it necessary."""

from appliance import chores
from appliance.chores import Orders
from appliance.drive import places, sharing
from appliance.store import rows
from appliance.store.models import Chore, Document, DriveItem, DriveStatus

KINDS = (chores.Kind.MIRROR, chores.Kind.MIRROR_DOSSIER, chores.Kind.MIRROR_CLIENT)
DECIDED = frozenset({DriveStatus.DIFFERS, DriveStatus.ACCEPTED})  # or waits to be
FOLDER_KINDS = {
    places.DOSSIER: chores.Kind.MIRROR_DOSSIER,
    places.CLIENT: chores.Kind.MIRROR_CLIENT,
}


class Posting:
    """Asks for the work, inside units."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def document(self, document_id: int) -> list[chores.Posted]:
        """Inside a unit: have this document on Drive as it is here."""
        seen = rows.find(Document, id=document_id)
        if seen is not None and seen.drive_status not in DECIDED:
            rows.update(Document, document_id, drive_status=DriveStatus.WAITING)
        return [self._orders.post(chores.Kind.MIRROR, document_id, priority=chores.LOW)]

    def removal(self, document_id: int) -> list[chores.Posted]:
        """Inside a unit: what was destroyed here, or put away, is to stand on Drive no more.

        Nothing is posted for what never was on its way there. Documents that are one file with it
        may have to have a copy of their own then.
        """
        key = places.document_key(document_id)
        asked = {"kind": chores.Kind.MIRROR.value, "subject_id": document_id}
        chore = rows.find(Chore, **asked)
        is_under_way = chore is not None and (chore.due_at or chore.leased_until) is not None
        if rows.find(DriveItem, key=key) is None and not is_under_way:
            return []
        seen = rows.find(Document, id=document_id)
        ids = {document_id}
        if seen is not None and seen.local_path is not None:
            ids |= {each.id for each in sharing.sharers(seen)}
        return [posted for each in sorted(ids) for posted in self.document(each)]

    def dossier(self, dossier_id: int) -> list[chores.Posted]:
        """Inside a unit: have its folder under its name, if it has one on Drive."""
        return self.of_key(f"{places.DOSSIER}:{dossier_id}")

    def client(self, client_id: int) -> list[chores.Posted]:
        """Inside a unit: the same for a client's."""
        return self.of_key(f"{places.CLIENT}:{client_id}")

    def of_key(self, key: str) -> list[chores.Posted]:
        """Inside a unit: the same for whatever the key is of."""
        kind, number = places.kind_of(key)
        if kind == places.DOCUMENT:
            return self.document(number)
        if kind in FOLDER_KINDS:
            return [self._orders.post(FOLDER_KINDS[kind], number, priority=chores.LOW)]
        some = DriveItem.select().where(DriveItem.key.startswith(f"{places.DOCUMENT}:")).first()
        return self.of_key(some.key) if some is not None else []

    def below(self, folder_id: str) -> list[chores.Posted]:
        """Inside a unit: everything that stands in this folder."""
        inside = list(DriveItem.select().where(DriveItem.parent_id == folder_id))
        return [posted for item in inside for posted in self.of_key(item.key)]
