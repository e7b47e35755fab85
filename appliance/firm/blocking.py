"""Senders of whom the firm wants to hear nothing, as long as they stand for no client of it.

Of firm.people: writes the columns `blocked_…` of correspondents. What somebody sends who is blocked
is received, acknowledged, kept and examined like anybody's, since a client may be behind it; but it
is answered by nothing, and asks for nobody's attention. As soon as a number is a client's, its
block ends, in the very commit that makes it so: no client is ever muted. Nor is who may be one: a
client whose number changed is a stranger until somebody has said that they are the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

from appliance.clock import Clock
from appliance.errors import PermanentError, mark
from appliance.firm import identifiers, recognition
from appliance.firm.handover import Audit
from appliance.firm.identifiers import Sort
from appliance.firm.people import may_disclose
from appliance.firm.scope import Condition, Scope
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Client, Correspondent, IdentityEvent

IS_CLIENTS = mark(
    "This is a number of %(name)s, and what a client sends is never put out of sight: it was not "
    "blocked. If it is theirs no longer, remove it on the client's page, then block it; else set "
    "these documents aside one by one."
)
MAY_BE_CLIENTS = mark(
    "It is not certain who writes from this number, and it may be a client: it was not blocked. "
    "Say on the page People who it is; if it is somebody else, block the number then."
)
NAMELESS = mark(
    "Nothing tells who writes here, and it may be several people: it was not blocked. Set these "
    "documents aside one by one."
)
Freed = Callable[[int], int]
"""Inside a unit: what was set aside because this correspondent was blocked waits again; how many
documents."""

_UNBLOCKED: Mapping[str, object] = {
    "blocked_at": None,
    "blocked_by": None,
    "blocked_why": None,
    "blocked_gesture": None,
}


class Blocking:
    """Whom the firm does not want to hear, as its people decide it."""

    def __init__(self, store: Store, clock: Clock, audit: Audit, freed: Freed) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._freed = freed

    def block(self, person_id: int, why: str, by: str, gesture: str, scope: Scope) -> str | None:
        """Nothing is heard of them from now on. The gesture by which it is so: this one, or theirs
        who said it before; None if there is nobody of this id.

        Raises PermanentError when they stand for a client whom `by` sees (`scope`), or may stand
        for one until a doubt is settled, or when nothing tells who writes. Another one's number is
        blocked in appearance only: to refuse it would tell that the firm knows it, and what comes
        from it is heard all the same (see `end`).
        """

        def unit() -> str | None:
            person = rows.find(Correspondent, id=person_id)
            if person is None:
                return None
            if _is_nameless(person):
                raise PermanentError(NAMELESS)
            client = self.client_of(person, scope)
            if client is not None:
                raise PermanentError(IS_CLIENTS, name=client.name)
            if any(map(scope.sees_client, self.clients_in_question(person))):
                raise PermanentError(MAY_BE_CLIENTS)
            if is_blocked(person):
                return str(person.blocked_gesture) if person.blocked_by == by else gesture
            values = {"blocked_by": by, "blocked_why": why or None, "blocked_gesture": gesture}
            rows.update(Correspondent, person_id, blocked_at=self._clock.now(), **values)
            self._audit(by, "number blocked", f"correspondent:{person_id}", why or None)
            return gesture

        return self._store.write(unit)

    def unblock(self, person_id: int, by: str) -> bool:
        """They are heard again; what came meanwhile stays set aside. False if they were heard."""
        return self._store.write(lambda: self._unblock(rows.find(Correspondent, id=person_id), by))

    def undo(self, gesture: str, by: str) -> Correspondent | None:
        """Who was blocked by that gesture is heard again. None: nobody is blocked by it."""
        person = rows.find(Correspondent, blocked_gesture=gesture)
        if person is None:
            return None
        self._store.write(lambda: self._unblock(rows.find(Correspondent, id=person.id), by))
        return person

    def client_of(self, person: Correspondent, scope: Scope) -> Client | None:
        """A client for whom they stand, of those that `scope` sees. Reads only."""
        held = [row.value for row in identifiers.live(person) if row.kind != Sort.PARENT]
        found = {one for value in held for one in recognition.clients(self._store, value, None)}
        seen = [one for one in sorted(found) if scope.sees_client(one)]
        return rows.find(Client, id=seen[0]) if seen else None

    def is_refused(self, person: Correspondent, scope: Scope) -> bool:
        """Whether `block` would refuse it. Reads only."""
        if _is_nameless(person) or self.client_of(person, scope) is not None:
            return True
        return any(map(scope.sees_client, self.clients_in_question(person)))

    def clients_in_question(self, person: Correspondent) -> list[int]:
        """The clients for whom they may stand while it is not certain who they are. Reads only."""
        return [] if may_disclose(person) else recognition.in_question(self._store, person.id)

    def gained(self, value: str, by: str) -> None:
        """Inside a unit: this number or user id is a client's from now on, by whom."""
        if not blocked().exists():
            return
        is_number = value.startswith("+")
        holder = identifiers.holder_of_number if is_number else identifiers.holder_of_user_id
        person = holder(value)
        if person is not None:
            self.end(person, by)

    def settled(self, event_id: int, by: str) -> None:
        """Inside a unit: a doubt was settled. Who is still the same person, and a client's, is
        blocked no more; nor is who was taken for a stranger meanwhile, and is them."""
        event = IdentityEvent.get_by_id(event_id)
        if event.verdict != "confirmed":
            return
        if recognition.in_question(self._store, event.correspondent_id):
            for person in (event.correspondent, event.other):
                if person is not None:
                    self.end(person, by)

    def end(self, person: Correspondent, by: str, *, is_certain: bool = True) -> None:
        """Inside a unit: they stand for a client, or may. What was set aside for the block waits
        again."""
        if not is_blocked(person):
            return
        rows.update(Correspondent, person.id, **_UNBLOCKED)
        count = self._freed(person.id)
        whose = "a client's number" if is_certain else "perhaps a client's number"
        told = f"{whose}; documents that wait again: {count}"
        self._audit(by, "block ended", f"correspondent:{person.id}", told)

    def _unblock(self, person: Correspondent | None, by: str) -> bool:
        """Inside a unit."""
        if person is None or not is_blocked(person):
            return False
        rows.update(Correspondent, person.id, **_UNBLOCKED)
        self._audit(by, "number unblocked", f"correspondent:{person.id}", None)
        return True


def _is_nameless(person: Correspondent) -> bool:
    """Whether they are those whom nothing names, all of them one person (see identifiers.named)."""
    return not any(row.value for row in identifiers.live(person))


def is_blocked(person: Correspondent) -> bool:
    """Whether the firm wants to hear nothing of this person."""
    return person.blocked_at is not None


def blocked() -> Any:
    """The ids of those who are, as a query: few of very many, by an index of their own."""
    return Correspondent.select(Correspondent.id).where(Correspondent.blocked_at.is_null(False))


def heard(column: Any) -> Condition:
    """On a column that says which correspondent: nobody in particular, or nobody who is blocked."""
    return column.is_null() | column.not_in(blocked())
