"""Who of the firm is written to of what came. Reads; inside a unit."""

from appliance.firm.recipients import Recipients
from appliance.store.models import CorrespondentClient, Document, Dossier, DossierStatus, Message
from appliance.store.models.access import Access


def addressees(recipients: Recipients, message: Message, document: Document | None) -> list[str]:
    """The dossier's lawyer; without a dossier, the lawyers of its client, or of the clients for
    whom its sender may stand: others would read of somebody who is behind a wall. Of what a
    stranger sent, everybody.
    """
    dossier = document.dossier if document else None
    dossiers = [dossier] if dossier else _dossiers(_clients(message, document))
    if not dossiers:
        return recipients(None)
    found = [address for each in dossiers for address in hears(recipients, each)]
    return list(dict.fromkeys(found))


def hears(recipients: Recipients, dossier: Dossier) -> list[str]:
    """Nobody stands in for the lawyer of a walled dossier: the page tells those who were let in."""
    if dossier.access == Access.WALLED:
        return recipients(dossier.lawyer, stand_in=False)
    return recipients(dossier.lawyer)


def _clients(message: Message, document: Document | None) -> list[int]:
    client = (document.client_id if document else None) or message.client_id
    if client is not None:
        return [client]
    link = CorrespondentClient
    query = link.select(link.client).where(link.correspondent == message.correspondent_id)
    return [client_id for (client_id,) in query.tuples()]


def _dossiers(clients: list[int]) -> list[Dossier]:
    """The active ones; if there is none, all."""
    theirs = Dossier.select(Dossier.lawyer, Dossier.access).where(Dossier.client.in_(clients))
    return list(theirs.where(Dossier.status == DossierStatus.ACTIVE).distinct()) or list(
        theirs.distinct()
    )
