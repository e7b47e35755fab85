"""Who in the firm hears of a document."""

from typing import Protocol

from appliance import names
from appliance.firm.users import Users
from appliance.store.models import Role, User


class Recipients(Protocol):
    """A dossier's lawyer → the addresses to write to."""

    def __call__(self, lawyer: str | None, *, stand_in: bool = True) -> list[str]:
        """`stand_in`: whether others hear of it where its lawyer signs in nowhere."""
        ...


def recipients(users: Users) -> Recipients:
    """The dossier's own lawyer. One who signs in and has no address reads it on the page: letters
    name clients, and other lawyers do not see theirs. Where its lawyer signs in nowhere, or has
    left, the dossier is everybody's: every avocat; else the admins, so that somebody hears of it.
    """

    def addresses(lawyer: str | None, *, stand_in: bool = True) -> list[str]:
        lawyer = lawyer and lawyer.strip()
        own = users.address_of(lawyer)
        has_left = own == lawyer and _has_left(own)  # a name is only of who is there
        if own and not has_left:
            return [own]
        if not stand_in or (users.is_known(lawyer) and not has_left):
            return []
        return users.addresses(Role.AVOCAT) or users.addresses(Role.ADMIN)

    return addresses


def _has_left(address: str | None) -> bool:
    """Whether it is an address of users, of whom none may sign in any more."""
    key = names.key(address or "")
    theirs = [user for user in User.select() if names.key(user.email or "") == key]
    return bool(address and theirs) and all(user.disabled_at is not None for user in theirs)
