"""The numbers that are blocked, and what came from each of them since: read for one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from appliance.filing import aside
from appliance.filing.gestures import Gestures
from appliance.firm.blocking import is_blocked
from appliance.firm.identifiers import Sort
from appliance.firm.scope import Scope
from appliance.store.models import Correspondent, Identifier, Message

SHOWN = 200  # numbers of the list


@dataclass(frozen=True)
class Blocked:
    """Somebody who is blocked: by which numbers and accounts they are known, and what came of them
    since. `last_at`: when they wrote last since then, if they did."""

    person: Correspondent
    names: Sequence[str]
    messages: int
    documents: int
    last_at: datetime | None


class BlockedBoard:
    """Whom the firm does not want to hear, as the dashboard sees it."""

    def __init__(self, gestures: Gestures) -> None:
        self._blocking = gestures.blocking
        self.block, self.settled = gestures.block, gestures.blocking.settled

    def unblock(self, person_id: int, by: str) -> bool:
        """They are heard again. False if they were."""
        return self._blocking.unblock(person_id, by)

    def listed(self, scope: Scope) -> list[Blocked]:
        """Who is blocked, of those whom they see, the last first."""
        is_it = (Correspondent.blocked_at.is_null(False), scope.correspondents())
        query = Correspondent.select().where(*is_it)
        ordered = query.order_by(Correspondent.blocked_at.desc(), Correspondent.id.desc())
        return _seen(list(ordered.limit(SHOWN)))

    def standing(self, person: Correspondent) -> Blocked | None:
        """The same of one; None if they are heard."""
        return _seen([person])[0] if is_blocked(person) else None

    def is_offered(self, person: Correspondent, scope: Scope) -> bool:
        """Whether they may be blocked: whoever stands for a client, or may, may not."""
        return not is_blocked(person) and not self._blocking.is_refused(person, scope)

    def waiting(self, person_id: int, scope: Scope) -> list[int]:
        """The documents that would be set aside with them."""
        return aside.waiting(person_id, scope)


def _seen(people: Sequence[Correspondent]) -> list[Blocked]:
    ids = [person.id for person in people]
    names, came = _names(ids), _came(ids)
    nothing = (0, 0, None)
    return [
        Blocked(person, names.get(person.id, []), *came.get(person.id, nothing))
        for person in people
    ]


def _names(person_ids: Sequence[int]) -> dict[int, list[str]]:
    table, found = Identifier, dict[int, list[str]]()
    is_held = (table.ended_at.is_null(), table.kind != Sort.PARENT)
    query = table.select(table.correspondent, table.value).where(*is_held)
    query = query.where(table.correspondent.in_(person_ids)).distinct()
    for person_id, value in query.order_by(table.value).tuples():
        found.setdefault(person_id, []).append(value)
    return found


def _came(person_ids: Sequence[int]) -> dict[int, tuple[int, int, datetime | None]]:
    """How many messages and documents since they are blocked, and when the last."""
    sums: tuple[Any, ...] = (
        fn.COUNT(Message.id),
        fn.COUNT(fn.DISTINCT(Message.document)),
        fn.MAX(Message.received_at),
    )
    is_since = Message.received_at >= Correspondent.blocked_at
    query = Message.select(Message.correspondent, *sums).join(Correspondent)
    query = query.where(Message.correspondent.in_(person_ids), is_since, Message.direction == "in")
    return {
        person_id: (messages, documents, Message.received_at.python_value(last))
        for person_id, messages, documents, last in query.group_by(Message.correspondent).tuples()
    }
