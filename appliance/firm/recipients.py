"""Who in the firm hears of a document."""

from typing import Protocol

from appliance.firm.users import Users
from appliance.store.models import Role


class Recipients(Protocol):
    """A dossier's lawyer → the addresses to write to."""

    def __call__(self, lawyer: str | None, *, stand_in: bool = True) -> list[str]:
        """`stand_in`: whether others hear of it where nobody of that name signs in."""
        ...


def recipients(users: Users) -> Recipients:
    """The dossier's own lawyer. One who signs in and has no address reads it on the page: letters
    name clients, and other lawyers do not see theirs. Where nobody of that name signs in, the
    dossier is everybody's: every avocat; else the admins, so that somebody hears of it.
    """

    def addresses(lawyer: str | None, *, stand_in: bool = True) -> list[str]:
        own = users.address_of(lawyer)
        if own:
            return [own]
        if users.is_known(lawyer) or not stand_in:
            return []
        return users.addresses(Role.AVOCAT) or users.addresses(Role.ADMIN)

    return addresses
