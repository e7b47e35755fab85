"""How each conversation stands, as far as numbers tell: two walks over small indexes, no rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from appliance.dashboard.numbers import number_in
from appliance.firm.scope import Scope
from appliance.outbox import gate
from appliance.store.database import Store
from appliance.store.fields import utc_text
from appliance.store.models import Client, Correspondent, Thread, ThreadLook, User

WINDOW = gate.SERVICE_WINDOW - gate.WINDOW_MARGIN
CLOSING = timedelta(hours=4)  # the window closes soon
# Of a conversation that somebody never opened, what is older than this counts as read: on the
# first day a firm works with this page nobody wants to hear that everything is unread.
NEW_FOR = timedelta(days=30)

# Both walk a small index and no row: a hundred thousand messages cost about 20 ms.
_HEARD = """
SELECT correspondent_id, count(*), max(received_at), id, sum(received_at >= ?)
FROM whatsapp_messages WHERE correspondent_id IS NOT NULL GROUP BY correspondent_id
"""
_SAID = """
SELECT correspondent_id, max(created_at), id FROM outbox
WHERE channel = 'whatsapp' AND kind <> 'read' AND correspondent_id IS NOT NULL
GROUP BY correspondent_id
"""


class Show(StrEnum):
    """Which conversations."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNREAD = "unread"
    CLOSING = "closing"
    DONE = "done"
    ALL = "all"


class Place(NamedTuple):
    """Where a page ended: the conversations after it are older."""

    at: str
    person_id: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """As it stands in an address; None for anything else."""
        at, _, row_id = text.rpartition("_")
        person_id = number_in(row_id)
        return cls(at, person_id) if at and person_id else None

    def __str__(self) -> str:
        return f"{self.at}_{self.person_id}"


class Standing(NamedTuple):
    """One conversation, as far as numbers tell. Instants are as stored: thousands are compared.

    `at`: when the last thing was said. `is_ours`: the firm said it.
    """

    person_id: int
    profile_name: str
    at: str
    heard_count: int
    unread: int
    is_done: bool
    assigned_id: int | None
    wrote_at: str | None
    is_withheld: bool
    is_blocked: bool
    heard_id: int
    said_id: int
    is_ours: bool

    @property
    def place(self) -> Place:
        return Place(self.at, self.person_id)

    @property
    def closes_at(self) -> datetime | None:
        """When they can be answered freely no more; None: they never wrote."""
        wrote_at: datetime | None = Correspondent.last_wrote_at.python_value(self.wrote_at)
        return wrote_at + WINDOW if wrote_at is not None else None


class Asks(NamedTuple):
    """Who looks at the list, and when."""

    user: User
    now: datetime

    def shows(self, one: Standing) -> Iterator[Show]:
        """In which lists this conversation stands for them."""
        yield Show.ALL
        if one.is_blocked:
            return
        if one.unread > 0:
            yield Show.UNREAD
        if one.is_done:
            yield Show.DONE
            return
        yield Show.OPEN
        if one.assigned_id is None:
            yield Show.UNASSIGNED
        elif one.assigned_id == self.user.id:
            yield Show.MINE
        if one.wrote_at is not None and self._closes_soon(one.wrote_at):
            yield Show.CLOSING

    def _closes_soon(self, wrote_at: str) -> bool:
        opened = self.now - WINDOW
        return utc_text(opened) < wrote_at <= utc_text(opened + CLOSING)


def standings(store: Store, asks: Asks, scope: Scope, *conditions: Any) -> list[Standing]:
    """Every conversation that they see (and of which the conditions hold), in no order."""
    since = max(asks.user.created_at, asks.now - NEW_FOR)
    heard = {row[0]: row[1:] for row in store.execute(_HEARD, (utc_text(since),))}
    said = {row[0]: row[1:] for row in store.execute(_SAID)}
    query, parameters = _people(asks.user, scope, *conditions).sql()
    return [
        _standing(row, heard.get(row[0], _SILENT), said.get(row[0], ("", 0)))
        for row in store.execute(query, tuple(parameters))
        if row[0] in heard or row[0] in said
    ]


def clients_seen(scope: Scope, ids: Iterable[int | None]) -> set[int | None]:
    """Of these clients, those whom they see; nobody's words are everybody's (None)."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {None}
    query = Client.select(Client.id).where(Client.id.in_(sorted(wanted)), scope.clients())
    return {None, *(client_id for (client_id,) in query.tuples())}


_SILENT = (0, "", 0, 0)


def _standing(row: tuple[Any, ...], heard: tuple[Any, ...], said: tuple[Any, ...]) -> Standing:
    person_id, profile_name, wrote_at, withheld, blocked_at, *rest = row
    assigned_id, done_count, seen_count = rest
    count, heard_at, heard_id, lately = heard
    said_at, said_id = said
    return Standing(
        person_id,
        profile_name or "",
        max(heard_at, said_at),
        count,
        _unread(count, lately, seen_count) if blocked_at is None else 0,
        bool(done_count) and count <= done_count,
        assigned_id,
        wrote_at,
        withheld is not None,
        blocked_at is not None,
        heard_id,
        said_id,
        said_at > heard_at,
    )


def _unread(count: int, lately: int, seen_count: int | None) -> int:
    return max(count - seen_count, 0) if seen_count is not None else lately


def _people(user: User, scope: Scope, *conditions: Any) -> Any:
    table = Correspondent
    is_own = (ThreadLook.correspondent == table.id) & (ThreadLook.user == user.id)
    wanted = (table.id, table.profile_name, table.last_wrote_at)
    marks = (table.withheld_since, table.blocked_at)
    query = (
        table.select(*wanted, *marks, Thread.assigned, Thread.done_count, ThreadLook.seen_count)
        .left_outer_join(Thread, on=(Thread.correspondent == table.id))
        .switch(table)
        .left_outer_join(ThreadLook, on=is_own)
    )
    return query.where(scope.correspondents(), *conditions)
