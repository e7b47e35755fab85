"""The conversations, newest first: read for one page, in few queries however many there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance import names
from appliance.clock import Clock
from appliance.dashboard.standings import (
    Asks,
    Place,
    Show,
    Standing,
    clients_seen,
    standings,
)
from appliance.firm.identifiers import NUMBERS
from appliance.firm.scope import Scope
from appliance.store.database import Store
from appliance.store.models import (
    Client,
    Identifier,
    Message,
    Outgoing,
    Thread,
    ThreadClaim,
    User,
)

SHOWN = 30  # conversations of a page


@dataclass(frozen=True)
class Line:
    """One conversation of the list: who, and what was said last (None: nothing they may see).

    What Greffier says by itself does not count, unless they never said anything: the confirmation
    of a document would stand there for everybody, instead of what they wrote.
    """

    standing: Standing
    client: str
    number: str
    last: Message | Outgoing | None
    at: datetime
    assigned: str
    answering: str

    @property
    def is_ours(self) -> bool:
        return isinstance(self.last, Outgoing)


@dataclass(frozen=True)
class Seen:
    """The list: these lines; how many there are of each kind; where the next page begins.

    `before`, `next`: the conversations beside the one they look at (0: none).
    """

    lines: Sequence[Line]
    counts: Mapping[Show, int]
    older: Place | None
    before: int
    next: int


class ThreadsBoard:
    """The conversations as the dashboard lists them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def seen(
        self,
        user: User,
        scope: Scope,
        show: Show = Show.OPEN,
        sought: str = "",
        after: Place | None = None,
        here: int = 0,
    ) -> Seen:
        """What they see of it, newest first; of what is `sought` (a name, a number), all of it.

        `here`: the conversation they look at, for its neighbours.
        """
        asks = Asks(user, self._clock.now())
        every = standings(self._store, asks, scope)
        shows = {one: set(asks.shows(one)) for one in every}
        counts = Counter(show for each in shows.values() for show in each)
        found = (
            self._sought(every, sought, scope)
            if sought
            else [one for one in every if show in shows[one] or one.person_id == here]
        )
        found.sort(key=lambda one: one.place, reverse=True)
        before, next_ = _neighbours(found, here)
        if after is not None:
            found = [one for one in found if one.place < after]
        shown, rest = found[:SHOWN], found[SHOWN:]
        older = shown[-1].place if rest else None
        in_order = {each: counts[each] for each in Show}
        return Seen(self._lines(shown, asks, scope), in_order, older, before, next_)

    def mine(self, user: User, scope: Scope) -> list[Line]:
        """What was given to them and is not done: for their Today."""
        if not Thread.select().where(Thread.assigned == user).exists():
            return []
        asks = Asks(user, self._clock.now())
        every = standings(self._store, asks, scope, Thread.assigned == user)
        found = [one for one in every if Show.MINE in asks.shows(one)]
        found.sort(key=lambda one: one.place, reverse=True)
        return self._lines(found[:SHOWN], asks, scope)

    def _sought(self, every: Sequence[Standing], sought: str, scope: Scope) -> list[Standing]:
        key, digits = names.key(sought), "".join(filter(str.isdigit, sought))
        found = {one.person_id for one in every if key in names.key(one.profile_name)}
        called = Client.select(Client.id).where(Client.name_key.contains(key), scope.clients())
        theirs = Message.select(Message.id).where(Message.client.in_(called))
        heard = {message_id for (message_id,) in theirs.tuples()}
        found |= {one.person_id for one in every if one.heard_id in heard}
        if len(digits) >= 3:
            table = Identifier
            query = table.select(table.correspondent).where(table.value.contains(digits))
            found |= {person_id for (person_id,) in query.tuples()}
        return [one for one in every if one.person_id in found]

    def _lines(self, shown: Sequence[Standing], asks: Asks, scope: Scope) -> list[Line]:
        ids = [one.person_id for one in shown]
        heard = _messages([one.heard_id for one in shown])
        said = _outgoing([one.said_id for one in shown if one.is_ours])
        seen = clients_seen(scope, [row.client_id for row in (*heard.values(), *said.values())])
        numbers, people = _numbers(ids), _users(shown)
        answering = _answering(ids, asks)
        lines = []
        for one in shown:
            theirs = heard.get(one.heard_id)
            ours = said.get(one.said_id)
            is_said = ours is not None and (ours.author is not None or theirs is None)
            last = ours if one.is_ours and is_said else theirs
            is_known = theirs is not None and theirs.client_id in seen and theirs.client
            lines.append(
                Line(
                    standing=one,
                    client=theirs.client.name if theirs is not None and is_known else "",
                    number=numbers.get(one.person_id, ""),
                    last=last if last is not None and last.client_id in seen else None,
                    at=Message.received_at.python_value(one.at),
                    assigned=people.get(one.assigned_id or 0, ""),
                    answering=answering.get(one.person_id, ""),
                )
            )
        return lines


def _neighbours(found: Sequence[Standing], here: int) -> tuple[int, int]:
    ids = [one.person_id for one in found]
    if here not in ids:
        return 0, 0
    at = ids.index(here)
    return ids[at - 1] if at else 0, ids[at + 1] if at + 1 < len(ids) else 0


def _messages(ids: Sequence[int]) -> dict[int, Message]:
    """With the client for whom their sender was taken."""
    query = Message.select(Message, Client).left_outer_join(Client)
    return {row.id: row for row in query.where(Message.id.in_(ids))}


def _outgoing(ids: Sequence[int]) -> dict[int, Outgoing]:
    return {row.id: row for row in Outgoing.select().where(Outgoing.id.in_(ids))}


def _numbers(person_ids: Sequence[int]) -> dict[int, str]:
    """A number of theirs, else an account; the one seen last."""
    table = Identifier
    query = table.select(table.correspondent, table.value, table.kind).where(
        table.correspondent.in_(person_ids), table.ended_at.is_null()
    )
    found: dict[int, str] = {}
    for person_id, value, kind in query.order_by(table.last_seen_at).tuples():
        if kind in NUMBERS or not found.get(person_id, "").startswith("+"):
            found[person_id] = value
    return found


def _users(standings: Sequence[Standing]) -> dict[int, str]:
    ids = {one.assigned_id for one in standings if one.assigned_id}
    return dict(User.select(User.id, User.name).where(User.id.in_(sorted(ids))).tuples())


def _answering(person_ids: Sequence[int], asks: Asks) -> dict[int, str]:
    """Who else is writing an answer just now."""
    table = ThreadClaim
    query = table.select(table.correspondent, User.name).join(User)
    is_live = (
        table.until_at > asks.now,
        table.user != asks.user.id,
        table.correspondent.in_(person_ids),
    )
    return dict(query.where(*is_live).tuples())
