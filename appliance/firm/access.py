"""Who sees which dossiers, as people decide it: sharing, walls, assistants' lawyers, broken glass.

Owns dossier_access, user_lawyers, broken_glass, and the column `dossiers.access`.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from appliance.clock import Clock
from appliance.errors import PermanentError, mark
from appliance.firm.handover import Audit, keys_of, spelling_key
from appliance.firm.scope import NOTHING, Scope
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import (
    BrokenGlass,
    Dossier,
    DossierAccess,
    Role,
    User,
    UserLawyer,
)
from appliance.store.models.access import Access

BROKEN_FOR = timedelta(hours=1)
LONGEST_REASON = 300  # characters
FORMER = mark(
    "The dossier was taken over from %(name)s, who keeps seeing it: only they can end that, by "
    "taking it back and giving it away themselves."
)
NO_REASON = mark("Write why you must look: it stands in the audit log, and the lawyers see it.")


class AccessBook:
    """What was decided about who sees what."""

    def __init__(self, store: Store, clock: Clock, audit: Audit) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit

    def scope_of(self, user: User) -> Scope:
        """What this person sees now."""
        if user.role == Role.ADMIN:
            if self.broken_by(user) is None:
                return NOTHING
            return Scope(user.id, sees_everything=True, by_glass=True)
        if user.role not in (Role.AVOCAT, Role.ASSISTANT):
            return NOTHING
        lawyers = _lawyers()
        served = _served(user, lawyers) if user.role == Role.ASSISTANT else [user]
        spelt = _spelt()
        return Scope(
            user.id,
            own=_named(spelt, [user]) if user.role == Role.AVOCAT else [],
            served=_named(spelt, served),
            known=_named(spelt, lawyers),
        )

    # -- dossiers: whoever has one decides (firm.handover.decides)

    def set_access(self, dossier_id: int, access: Access, by: str) -> bool:
        """Share it with everybody, wall it off, or neither. False if it was so."""

        def unit() -> bool:
            dossier = rows.find(Dossier, id=dossier_id)
            if dossier is None or dossier.access == access:
                return False
            rows.update(Dossier, dossier_id, access=access.value)
            self._audit(by, "access changed", f"dossier:{dossier_id}", access.value)
            return True

        return self._store.write(unit)

    def let_in(self, dossier_id: int, user_id: int, by: str, *, is_open: bool) -> None:
        """Let somebody in by name, or keep them out; said before, it is said anew.

        Raises PermanentError when the dossier was taken over from them.
        """

        def unit() -> None:
            _refuse_of_former(rows.find(DossierAccess, dossier=dossier_id, user=user_id))
            DossierAccess.delete().where(
                DossierAccess.dossier == dossier_id, DossierAccess.user == user_id
            ).execute()
            named = {"dossier": dossier_id, "user": user_id, "is_open": is_open}
            rows.insert(DossierAccess, **named, by=by, at=self._clock.now())
            action = "let into dossier" if is_open else "kept out of dossier"
            self._audit(by, action, f"dossier:{dossier_id}", User.get_by_id(user_id).name)

        self._store.write(unit)

    def forget(self, dossier_id: int, user_id: int, by: str) -> bool:
        """Neither let in nor kept out by name any more. False if they were not.

        Raises PermanentError when the dossier was taken over from them.
        """

        def unit() -> bool:
            named = rows.find(DossierAccess, dossier=dossier_id, user=user_id)
            if named is None:
                return False
            _refuse_of_former(named)
            DossierAccess.delete().where(DossierAccess.id == named.id).execute()
            name = User.get_by_id(user_id).name
            self._audit(by, "access by name ended", f"dossier:{dossier_id}", name)
            return True

        return self._store.write(unit)

    def named(self, dossier_id: int) -> list[DossierAccess]:
        """Who was let in or kept out by name, with the people."""
        query = DossierAccess.select(DossierAccess, User).join(User)
        return list(query.where(DossierAccess.dossier == dossier_id).order_by(User.name_key))

    # -- assistants

    def lawyers_of(self, assistant_id: int) -> list[User]:
        """For whom they work; empty: for the whole firm."""
        on = UserLawyer.lawyer == User.id
        query = User.select().join(UserLawyer, on=on).where(UserLawyer.assistant == assistant_id)
        return list(query.order_by(User.name_key))

    def set_lawyers(self, assistant_id: int, lawyer_ids: Iterable[int], by: str) -> None:
        """For these, and nobody else; none: for the whole firm."""
        wanted = sorted(set(lawyer_ids))

        def unit() -> None:
            UserLawyer.delete().where(UserLawyer.assistant == assistant_id).execute()
            for lawyer_id in wanted:
                rows.insert(UserLawyer, assistant=assistant_id, lawyer=lawyer_id)
            query = User.select().where(User.id.in_(wanted)).order_by(User.name_key)
            people = ", ".join(user.name for user in query)
            name = User.get_by_id(assistant_id).name
            self._audit(by, "assistant's lawyers changed", name, people or None)

        self._store.write(unit)

    # -- the glass

    def break_glass(self, user: User, reason: str) -> BrokenGlass:
        """An administrator sees everything for an hour. Raises PermanentError without a reason."""
        why = in_one_line(reason)[:LONGEST_REASON]
        if not why:
            raise PermanentError(NO_REASON)
        now = self._clock.now()

        def unit() -> BrokenGlass:
            if standing := self.broken_by(user):  # a second click: one hour, mended once
                return standing
            times = {"broken_at": now, "until_at": now + BROKEN_FOR}
            made = rows.insert(BrokenGlass, user=user.id, reason=why, **times)
            self._audit(user.name, "glass broken", None, why)
            return made

        return self._store.write(unit)

    def mend(self, user: User) -> bool:
        """Before the hour is over. False if it was whole."""

        def unit() -> bool:
            now = self._clock.now()
            stands = (BrokenGlass.mended_at.is_null(), BrokenGlass.until_at > now)
            mended = BrokenGlass.update(mended_at=now).where(BrokenGlass.user == user.id, *stands)
            if not mended.execute():
                return False
            self._audit(user.name, "glass mended", None, None)
            return True

        return self._store.write(unit)

    def broken_by(self, user: User) -> BrokenGlass | None:
        """What this administrator broke and is still broken."""
        own = BrokenGlass.select().where(BrokenGlass.user == user.id)
        found: BrokenGlass | None = own.where(
            BrokenGlass.mended_at.is_null(), BrokenGlass.until_at > self._clock.now()
        ).first()
        return found

    def broken_since(self, time: timedelta) -> list[BrokenGlass]:
        """By whom and why, lately; newest first: the lawyers are told."""
        query = BrokenGlass.select(BrokenGlass, User).join(User)
        lately = query.where(BrokenGlass.broken_at > self._clock.now() - time)
        return list(lately.order_by(BrokenGlass.id.desc()))


def _refuse_of_former(named: DossierAccess | None) -> None:
    if named is not None and named.is_former:
        raise PermanentError(FORMER, name=named.user.name)


def _lawyers() -> list[User]:
    """Everybody who signs in as a lawyer."""
    return list(User.select().where(User.role == Role.AVOCAT, User.disabled_at.is_null()))


def _served(assistant: User, lawyers: Sequence[User]) -> Sequence[User]:
    chosen = UserLawyer.select(UserLawyer.lawyer).where(UserLawyer.assistant == assistant.id)
    wanted = {lawyer_id for (lawyer_id,) in chosen.tuples()}
    return [each for each in lawyers if each.id in wanted] if wanted else lawyers


def _spelt() -> list[str]:
    """Every way in which a dossier names its lawyer: few, however many dossiers there are."""
    query = Dossier.select(Dossier.lawyer).where(Dossier.lawyer.is_null(False)).distinct()
    return [lawyer for (lawyer,) in query.tuples()]


def _named(spelt: Sequence[str], people: Sequence[User]) -> list[str]:
    """Those of the spellings that are one of these people, by name or by address."""
    keys = {key for user in people for key in keys_of(user)}
    return [lawyer for lawyer in spelt if spelling_key(lawyer) in keys]
