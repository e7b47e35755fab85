"""Who in the firm hears of a document."""

from collections.abc import Callable

from appliance.firm.users import Users
from appliance.store.models import Role


def recipients(users: Users) -> Callable[[str | None], list[str]]:
    """A dossier's lawyer → the addresses to write to.

    The dossier's own lawyer where their address is known; else every avocat; else the admins: a
    document that came is never announced to nobody while somebody could hear of it.
    """

    def addresses(lawyer: str | None) -> list[str]:
        own = users.address_of(lawyer)
        if own:
            return [own]
        return users.addresses(Role.AVOCAT) or users.addresses(Role.ADMIN)

    return addresses
