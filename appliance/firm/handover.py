"""A dossier passes from one lawyer to another. Inside units of firm.editing and firm.imports.

Whoever gives their own dossier away is out of it. From whom it is taken stays in: they are let in
by name, and whoever has it now cannot end that. Else somebody who merely sees a shared dossier
could make it theirs, and shut out whose it was. When it comes back, all that is over.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from appliance import names
from appliance.store import rows
from appliance.store.models import Dossier, DossierAccess, Role, User

TAKEN = "dossier taken over"

Audit = Callable[[str, str, str | None, str | None], None]  # inside a unit: see firm.users


def passed(dossier_id: int, before: str | None, by: str, at: datetime, audit: Audit) -> None:
    """The dossier names another lawyer since `by` changed it; `before`: whom it named until now."""
    dossier = Dossier.get_by_id(dossier_id)
    has_it, had_it = lawyers_named(dossier.lawyer), lawyers_named(before)
    if _came_back(dossier_id, has_it):
        return
    now = {user.id for user in has_it}
    if by in {user.name for user in had_it}:
        return
    for user in had_it:
        if user.id not in now:
            _let_in(dossier_id, user, by, at)
            told = f"{user.name} -> {dossier.lawyer or '-'}"
            audit(by, TAKEN, f"dossier:{dossier_id}", told)


def decides(user: User, dossier_id: int) -> bool:
    """Whether it is theirs to say who sees this dossier: they have it, or nobody who signs in."""
    dossier = rows.find(Dossier, id=dossier_id)
    if dossier is None:
        return False
    active = [one for one in lawyers_named(dossier.lawyer) if one.disabled_at is None]
    return not active or user.id in {one.id for one in active}


def lawyers_named(lawyer: str | None) -> Sequence[User]:
    """The users whom a dossier names so, by name or by address; also those who are away."""
    if lawyer is None:
        return []
    key = spelling_key(lawyer)
    users = User.select().where(User.role == Role.AVOCAT)
    return [one for one in users if key in keys_of(one)]


def spelling_key(lawyer: str) -> str:
    """By which what a dossier says of its lawyer is compared with `keys_of` users."""
    return names.key(" ".join(lawyer.split()))


def keys_of(user: User) -> set[str]:
    """Under which a dossier may name this user: by name, or by address."""
    return {user.name_key, names.key(user.email)} if user.email else {user.name_key}


def _let_in(dossier_id: int, user: User, by: str, at: datetime) -> None:
    row = {"dossier": dossier_id, "user": user.id}
    DossierAccess.delete().where(
        DossierAccess.dossier == dossier_id, DossierAccess.user == user.id
    ).execute()
    rows.insert(DossierAccess, **row, is_open=True, is_former=True, by=by, at=at)


def _came_back(dossier_id: int, has_it: Sequence[User]) -> bool:
    """It is again somebody's from whom it was taken: what was noted since then is forgotten."""
    noted = DossierAccess.select().where(
        DossierAccess.dossier == dossier_id, DossierAccess.is_former
    )
    mine = [row.id for row in noted.where(DossierAccess.user.in_([one.id for one in has_it]))]
    if not mine:
        return False
    gone = [row.id for row in noted if row.id >= min(mine)]
    DossierAccess.delete().where(DossierAccess.id.in_(gone)).execute()
    return True
