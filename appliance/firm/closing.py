"""A dossier is closed, or open again: from then on its term runs, or does not. Of firm.register."""

from datetime import datetime

from appliance.store import rows
from appliance.store.models import Dossier, DossierStatus


def close(dossier_id: int, now: datetime) -> bool:
    """Inside a unit. False if it was closed, and stays closed since then."""
    dossier = rows.find(Dossier, id=dossier_id, status=DossierStatus.ACTIVE)
    if dossier is None:
        return False
    rows.update(Dossier, dossier_id, status=DossierStatus.CLOSED, closed_at=now)
    return True


def reopen(dossier_id: int) -> bool:
    """Inside a unit. False if it was open."""
    dossier = rows.find(Dossier, id=dossier_id, status=DossierStatus.CLOSED)
    if dossier is None:
        return False
    rows.update(Dossier, dossier_id, status=DossierStatus.ACTIVE, closed_at=None)
    return True
