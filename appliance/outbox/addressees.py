"""Who of the firm is written to of what came. Reads; inside a unit."""

from collections.abc import Callable

from appliance.store.models import CorrespondentClient, Document, Dossier, DossierStatus, Message

Recipients = Callable[[str | None], list[str]]  # see firm.recipients


def addressees(recipients: Recipients, message: Message, document: Document | None) -> list[str]:
    """The dossier's lawyer; without a dossier, the lawyers of its client, or of the clients for
    whom its sender may stand: others would read of somebody who is behind a wall. Of what a
    stranger sent, everybody.
    """
    dossier = document.dossier if document else None
    lawyers = [dossier.lawyer] if dossier else _lawyers(_clients(message, document))
    found = [address for lawyer in lawyers or [None] for address in recipients(lawyer)]
    return list(dict.fromkeys(found))


def _clients(message: Message, document: Document | None) -> list[int]:
    client = (document.client_id if document else None) or message.client_id
    if client is not None:
        return [client]
    link = CorrespondentClient
    query = link.select(link.client).where(link.correspondent == message.correspondent_id)
    return [client_id for (client_id,) in query.tuples()]


def _lawyers(clients: list[int]) -> list[str | None]:
    """Of their active dossiers; if there is none, of all."""
    of_them = Dossier.select(Dossier.lawyer).where(Dossier.client.in_(clients)).distinct()
    active = of_them.where(Dossier.status == DossierStatus.ACTIVE)
    found = list(active.tuples()) or list(of_them.tuples())
    return [lawyer for (lawyer,) in found]
