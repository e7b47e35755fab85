"""What everybody changes of their own: password, second factor, sessions, an invitation."""

from typing import Any

from appliance.errors import PermanentError
from appliance.firm.factors import new_codes
from appliance.firm.passwords import keeping
from appliance.firm.sign_in import Hall
from appliance.store.database import Store
from appliance.store.models import PassKind, User
from appliance.wording import mark

INVITATION_GONE = mark(
    "This invitation was used, or is too old. Ask your administrator for another."
)


class Account:
    """One's own account. Writes of users only what `passwords.keeping` names."""

    def __init__(self, store: Store, hall: Hall) -> None:
        self._store = store
        self._hall = hall

    def invited(self, token: str) -> User | None:
        """Who may choose a password with this invitation, for three days, once."""
        return self._hall.passes.holder(PassKind.INVITATION, token)

    def accept(self, token: str, password: str) -> None:
        """Choose a password with an invitation; sessions that were open end.

        Raises PermanentError: the password is too short, or the invitation is over.
        """
        if self.invited(token) is None:
            raise PermanentError(INVITATION_GONE)
        changes = keeping(self._hall.passwords.hash(password))

        def unit() -> None:
            user = self.invited(token)
            if user is None or not self._hall.passes.spend(PassKind.INVITATION, token):
                raise PermanentError(INVITATION_GONE)
            self._keep(user, changes, "invitation used")

        self._store.write(unit)

    def change_password(self, user: User, new: str, token: str) -> None:
        """After `SignIn.check`. Every session but that of `token` ends. Raises PermanentError."""
        changes = keeping(self._hall.passwords.hash(new))
        self._store.write(lambda: self._keep(user, changes, "own password changed", token))

    def _keep(self, user: User, changes: dict[str, Any], action: str, token: str = "") -> None:
        User.update(**changes).where(User.id == user.id).execute()
        self._hall.sessions.end_all(user, but=token)
        self._hall.passes.revoke(user)
        self._note(user, action)

    def confirm_factor(self, user: User, code: str, token: str) -> list[str]:
        """The second factor is in force; the recovery codes, which nobody can show again.

        Every session but that of `token` ends. Raises PermanentError: the code is not right.
        """
        codes = new_codes()

        def unit() -> None:
            self._hall.factors.confirm(user, code, codes)
            self._hall.sessions.end_all(user, but=token)
            self._note(user, "second factor switched on")

        self._store.write(unit)
        return codes

    def renew_codes(self, user: User) -> list[str]:
        """After `SignIn.check`: ten recovery codes; those before open nothing more.

        None where no second factor is in force.
        """
        codes = new_codes()

        def unit() -> bool:
            if not self._hall.factors.is_on(user):
                return False
            self._hall.factors.renew(user, codes)
            self._note(user, "recovery codes made")
            return True

        return codes if self._store.write(unit) else []

    def factor_off(self, user: User) -> None:
        """After `SignIn.check`: the password is enough again."""

        def unit() -> None:
            if self._hall.factors.off(user):
                self._hall.passes.revoke(user)
                self._note(user, "second factor switched off")

        self._store.write(unit)

    def end_session(self, user: User, session_id: int) -> bool:
        """One of one's own browsers is signed out. False if it was, or is somebody else's."""

        def unit() -> bool:
            ended = self._hall.sessions.end_one(user, session_id)
            if ended:
                self._note(user, "session ended")
            return bool(ended)

        return self._store.write(unit)

    def sign_out_everywhere(self, user: User) -> int:
        """Every browser, this one too; how many."""

        def unit() -> int:
            ended = self._hall.sessions.end_all(user)
            self._hall.passes.revoke(user)
            self._hall.audit.add(user.name, "sessions ended", user.name, str(ended))
            return ended

        return self._store.write(unit)

    def _note(self, user: User, action: str) -> None:
        self._hall.audit.add(user.name, action, user.name, None)
