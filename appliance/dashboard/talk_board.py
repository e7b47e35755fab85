"""One conversation: who it is, how it stands, and what was said, a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peewee import SQL

from appliance.clock import Clock
from appliance.conversation.threads import claimed_by_other, count_of
from appliance.costs import Costs, costs
from appliance.dashboard import bubbles
from appliance.dashboard.bubbles import About, Bubble, Key, Sort
from appliance.dashboard.standings import clients_seen
from appliance.firm import identifiers
from appliance.firm.identifiers import USER_IDS
from appliance.firm.scope import Scope
from appliance.inbox.senders import recipient_of
from appliance.outbox import answers, holds
from appliance.phones import variants
from appliance.store import rows
from appliance.store.models import (
    Client,
    Correspondent,
    Document,
    Dossier,
    Hold,
    Message,
    Outgoing,
    Thread,
    ThreadNote,
    User,
)
from appliance.upkeep.approved import Approved

SHOWN = 40  # bubbles of a page
DOSSIERS = 8
ECHOES = 400  # messages written on the firm's phone that one page looks through
COUNTED_FOR = timedelta(minutes=1)  # the month's bill is not counted at each look


@dataclass(frozen=True)
class Head:
    """Whose conversation it is, and what to know before one answers.

    `closes_at`: until when they may be answered freely; None: not now. `answering`: who else is
    writing an answer. `last_answer`: what this page knows to have been said last by a person.
    """

    person: Correspondent
    client: Client | None
    dossiers: Sequence[Dossier]
    names: Sequence[str]
    address: str | None
    thread: Thread | None
    count: int
    closes_at: datetime | None
    answering: str
    last_answer: int
    holds: Sequence[Hold]

    @property
    def is_done(self) -> bool:
        thread = self.thread
        return bool(thread and thread.done_count and self.count <= thread.done_count)

    @property
    def has_account_only(self) -> bool:
        """Whether they withhold their number."""
        return self.address is not None and not self.address.startswith("+")


@dataclass(frozen=True)
class Talk:
    """What was said, the oldest first; where older words begin, if there are any."""

    bubbles: Sequence[Bubble]
    older: Key | None


class TalkBoard:
    """A conversation as the dashboard shows it."""

    def __init__(self, clock: Clock, zone: ZoneInfo, approved: Approved) -> None:
        self.template = approved
        self._clock = clock
        self._zone = zone
        self._counted: tuple[datetime, Costs] | None = None

    def costs(self) -> Costs:
        """What Meta bills of this month, as it was within the last minute."""
        now = self._clock.now()
        if self._counted is None or not now - COUNTED_FOR < self._counted[0] <= now:
            self._counted = (now, costs(now, self._zone))
        return self._counted[1]

    def person(self, person_id: int) -> Correspondent | None:
        """Whose it is."""
        return rows.find(Correspondent, id=person_id)

    def head(self, person: Correspondent, user: User, scope: Scope) -> Head:
        """What stands above the conversation."""
        now = self._clock.now()
        client = _client(person, scope)
        claim = claimed_by_other(person.id, user.id, now)
        answer = answers.last_answer(person.id)
        held = [row.value for row in identifiers.live(person) if row.kind != USER_IDS[1]]
        return Head(
            person=person,
            client=client,
            dossiers=_dossiers(client, scope),
            names=list(dict.fromkeys(held)),
            address=answers.address_of(person),
            thread=rows.find(Thread, correspondent=person.id),
            count=count_of(person.id),
            closes_at=_open_until(person, now),
            answering=claim.name if claim else "",
            last_answer=answer.id if answer else 0,
            holds=[one for one in holds.open_holds() if one.recipient is None],
        )

    def talk(self, person: Correspondent, scope: Scope, before: Key | None = None) -> Talk:
        """A page of it: the newest, or what was said before that bubble."""
        most = SHOWN + 1
        found = [bubbles.heard(row) for row in _heard(person, before, most)]
        found += [bubbles.said(row) for row in _said(person, before, most)]
        found += [bubbles.noted(row) for row in _notes(person, before, most)]
        found.sort(key=lambda one: one.key)
        has_older = len(found) > SHOWN
        page, since = found[-SHOWN:], found[-SHOWN].at if has_older else None
        # Their address was looked at; of whom their messages are, is asked for the page together.
        seen = clients_seen(scope, [_client_of(one) for one in page])
        page = [one for one in page if _client_of(one) in seen]
        page = sorted(page + _phoned(person, since, before), key=lambda one: one.key)
        shown = bubbles.dressed(page, _about(person, page, scope))
        return Talk(shown, found[-SHOWN].key if has_older else None)


def _client_of(bubble: Bubble) -> int | None:
    return None if bubble.sort is Sort.NOTE else bubble.row.client_id


def _heard(person: Correspondent, before: Key | None, limit: int) -> Any:
    table = Message
    query = table.select().where(
        table.correspondent == person.id, *_before(table.received_at, 0, before)
    )
    return query.order_by(table.received_at.desc(), table.id.desc()).limit(limit)


def _said(person: Correspondent, before: Key | None, limit: int) -> Any:
    table = Outgoing
    query = table.select().where(
        table.correspondent == person.id,
        SQL("channel = 'whatsapp' AND kind <> 'read'"),  # literal: a small index
        *_before(table.created_at, 1, before),
    )
    return query.order_by(table.created_at.desc(), table.id.desc()).limit(limit)


def _notes(person: Correspondent, before: Key | None, limit: int) -> Any:
    table = ThreadNote
    query = table.select().where(
        table.correspondent == person.id, *_before(table.created_at, 3, before)
    )
    return query.order_by(table.created_at.desc(), table.id.desc()).limit(limit)


def _before(at: Any, sort: int, before: Key | None) -> list[Any]:
    """Conditions: strictly before that key, in the order of keys."""
    if before is None:
        return []
    instant = at.python_value(before.at)
    if sort < before.sort:
        return [at <= instant]
    if sort > before.sort:
        return [at < instant]
    return [(at < instant) | ((at == instant) & (at.model.id < before.row_id))]


def _phoned(person: Correspondent, since: datetime | None, before: Key | None) -> list[Bubble]:
    """What was written to them on the firm's phone, in the time that the page shows.

    Rows of the phone name their reader in Meta's own JSON only: they are looked through.
    """
    forms = {form for row in person.identifiers for form in variants(row.value)}
    table, conditions = Message, []
    if since is not None:
        conditions.append(table.received_at >= since)
    if before is not None:
        conditions.append(table.received_at < table.received_at.python_value(before.at))
    query = table.select().where(SQL("direction = 'out'"), *conditions)
    found = query.order_by(table.received_at.desc()).limit(ECHOES)
    return [bubbles.phoned(row) for row in found if recipient_of(json.loads(row.raw)) in forms]


def _about(person: Correspondent, page: Sequence[Bubble], scope: Scope) -> About:
    mine = [one for one in page if one.sort is Sort.HEARD]
    told = [one for one in page if one.sort in (Sort.HEARD, Sort.SAID)]
    ids = [one.row.document_id for one in told if one.row.document_id is not None]
    seen = Document.select().where(Document.id.in_(ids), scope.documents()) if ids else []
    here = {one.wamid for one in page}
    targets = sorted({one.target for one in page if one.target and one.target not in here})
    return About(
        {document.id: document for document in seen},
        _edits([one.wamid for one in mine if one.row.edited_at is not None]),
        _quoted(person, targets, scope) if targets else {},
    )


def _edits(wamids: Sequence[str | None]) -> dict[str, list[str]]:
    """What their senders made of these messages, the first change first."""
    found: dict[str, list[str]] = {}
    if wamids:
        table = Message
        query = table.select().where(table.amends.in_(wamids), table.type == "edit")
        for row in query.order_by(table.received_at, table.id):
            found.setdefault(row.amends, []).append(row.body or "")
    return found


def _quoted(
    person: Correspondent, wamids: Sequence[str], scope: Scope
) -> dict[str, tuple[str | None, bool]]:
    """Words of this conversation that stand on another page."""
    theirs, ours = Message, Outgoing
    heard = theirs.select(theirs.wamid, theirs.body, theirs.client).where(
        theirs.wamid.in_(wamids), theirs.correspondent == person.id
    )
    said = ours.select(ours.remote_id, ours.body, ours.client).where(
        ours.remote_id.in_(wamids), ours.correspondent == person.id
    )
    found = [(*row, False) for row in heard.tuples()] + [(*row, True) for row in said.tuples()]
    seen = clients_seen(scope, [client_id for _, _, client_id, _ in found])
    return {wamid: (body, own) for wamid, body, client_id, own in found if client_id in seen}


def _client(person: Correspondent, scope: Scope) -> Client | None:
    """For whom they were taken last, if it is a client whom the reader sees."""
    last = answers.last_of(person.id)
    if (
        last is None
        or last.client_id is None
        or last.client_id not in clients_seen(scope, [last.client_id])
    ):
        return None
    client: Client = last.client
    return client


def _dossiers(client: Client | None, scope: Scope) -> list[Dossier]:
    if client is None:
        return []
    query = Dossier.select().where(Dossier.client == client.id, scope.dossiers())
    return list(query.order_by(Dossier.status, Dossier.id.desc()).limit(DOSSIERS))


def _open_until(person: Correspondent, now: datetime) -> datetime | None:
    closes_at = answers.window_of(person)
    return closes_at if closes_at is not None and closes_at > now else None
