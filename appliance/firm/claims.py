"""Numbers that somebody gives to a client, and that are somebody else's whom they do not see.

Given to two clients, a number would name neither, and what comes from it would wait where everybody
looks: behind no wall. To refuse it would tell that the firm knows the number. So it is written down
like any other and looks like any other, but counts for nothing until somebody who sees all whose it
may be gives it again. Inside units.
"""

from collections.abc import Sequence

from appliance.firm import identifiers
from appliance.firm.scope import Scope
from appliance.phones import from_wa_id, variants
from appliance.store import rows
from appliance.store.models import Contact, Correspondent, CorrespondentClient


def claimed_by(client_id: int, value: str, scope: Scope, by: str) -> str | None:
    """Who claims it, if `by`, who sees this `scope`, does not see all others whose it may be."""
    others = _holders(value) - {client_id}
    return None if all(map(scope.sees_client, sorted(others))) else by


def may_be(person: Correspondent, clients: Sequence[int]) -> None:
    """For whom somebody may stand, where nothing is certain: only who sees one of these clients
    sees what waits from them."""
    for client_id in clients:
        link = {"correspondent": person, "client": client_id}
        if rows.find(CorrespondentClient, **link) is None:
            rows.insert(CorrespondentClient, **link)


def claims_on(client_id: int, value: str) -> list[Contact]:
    """Where else this client's number was given, without counting there."""
    query = Contact.select().where(Contact.value.in_(_forms(value)), Contact.client != client_id)
    return list(query.where(Contact.claimed_by.is_null(False)).order_by(Contact.id))


def _holders(value: str) -> set[int]:
    """The clients whose it is by the firm's list, or for whom its holder was ever taken."""
    listed = Contact.select(Contact.client).where(Contact.value.in_(_forms(value)))
    found = {client_id for (client_id,) in listed.where(Contact.claimed_by.is_null()).tuples()}
    is_number = value.startswith("+")
    who = identifiers.holder_of_number(value) if is_number else identifiers.holder_of_user_id(value)
    if who is not None:
        link = CorrespondentClient
        taken = link.select(link.client).where(link.correspondent == who)
        found |= {client_id for (client_id,) in taken.tuples()}
    return found


def _forms(value: str) -> list[str]:
    return sorted({*variants(value), from_wa_id(value)} if value.startswith("+") else {value})
