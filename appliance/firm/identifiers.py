"""The rows behind `people`: by which numbers and user ids somebody was seen. Inside units only."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from appliance.phones import variants
from appliance.store import rows
from appliance.store.models import Correspondent, Identifier


class Sort(StrEnum):
    """What an identifier is."""

    WA_ID = "wa_id"  # a number as Meta gives it, with its plus
    PHONE = "phone"  # a number that its owner shared with us
    USER_ID = "user_id"
    PARENT = "parent_user_id"


NUMBERS = (Sort.WA_ID, Sort.PHONE)
USER_IDS = (Sort.USER_ID, Sort.PARENT)


def named(sender: str, user_id: str | None) -> tuple[str | None, str | None]:
    """(number, user id) of a sender as messages give them: `sender` may be either.

    Those whom nothing names are one person together, of whom nothing can be known.
    """
    if sender.startswith("+"):
        return sender, user_id or None
    return None, user_id or sender


def holder_of_number(number: str | None) -> Correspondent | None:
    """Who has this number now; the very number rather than another form of it."""
    if number is None:
        return None
    forms = [number, *(variants(number) - {number})]
    found = (rows.find(Identifier, kind=k, value=v, ended_at=None) for v in forms for k in NUMBERS)
    return _first_holder(found)


def holder_of_user_id(user_id: str | None) -> Correspondent | None:
    """Who has this user id now."""
    if user_id is None:
        return None
    return _first_holder([rows.find(Identifier, kind=Sort.USER_ID, value=user_id, ended_at=None)])


def holder_of_parent(parent_user_id: str | None, number: str | None) -> Correspondent | None:
    """Who alone has this parent user id; None when it is several people's.

    Nor is it enough beside a number that is not theirs.
    """
    if parent_user_id is None:
        return None
    table = Identifier
    is_it = (table.kind == Sort.PARENT, table.value == parent_user_id, table.ended_at.is_null())
    found = table.select(table.correspondent).where(*is_it).distinct().tuples()
    ids = [row_id for (row_id,) in found]
    holder = rows.find(Correspondent, id=ids[0]) if len(ids) == 1 else None
    if holder is None or number is None:
        return holder
    numbers = {row.value for row in live(holder, *NUMBERS)}
    return holder if not numbers or numbers & variants(number) else None


def former_holder(number: str | None, user_id: str | None, at: datetime) -> Correspondent | None:
    """Whose they were when this was sent: a message may come after the news that ended them.

    Both must have been theirs, if both are told.
    """
    owners = [
        {row.correspondent_id for row in _ended(kinds, value) if row.ended_at >= at}
        for kinds, value in ((NUMBERS, number), ((Sort.USER_ID,), user_id))
        if value is not None
    ]
    common = set.intersection(*owners) if owners else set()
    return rows.find(Correspondent, id=common.pop()) if len(common) == 1 else None


def live(correspondent: Correspondent, *kinds: Sort) -> list[Identifier]:
    """The identifiers this person has now, of these kinds (of any, if none is named)."""
    table = Identifier
    is_wanted = table.kind.in_(kinds) if kinds else table.kind.is_null(False)
    query = table.select().where(
        table.correspondent == correspondent, table.ended_at.is_null(), is_wanted
    )
    return list(query.order_by(table.id))


def has(correspondent: Correspondent, value: str) -> bool:
    """Whether this very value is this person's now."""
    found = rows.find(Identifier, correspondent=correspondent, value=value, ended_at=None)
    return found is not None


def had(correspondent: Correspondent, values: Iterable[str]) -> bool:
    """Whether one of these was this person's, and is no longer."""
    table = Identifier
    query = table.select().where(
        table.correspondent == correspondent,
        table.value.in_(sorted(values)),
        table.ended_at.is_null(False),
    )
    return bool(query.exists())


def see(correspondent: Correspondent, kind: Sort, value: str | None, at: datetime) -> None:
    """This person was seen under that identifier."""
    if value is None:
        return
    known = rows.find(
        Identifier, correspondent=correspondent, kind=kind, value=value, ended_at=None
    )
    if known is None:
        rows.insert(
            Identifier,
            correspondent=correspondent,
            kind=kind,
            value=value,
            first_seen_at=at,
            last_seen_at=at,
        )
    elif known.last_seen_at < at:
        rows.update(Identifier, known.id, last_seen_at=at)


def end(identifiers: Iterable[Identifier], at: datetime) -> None:
    """These are this person's no longer."""
    for identifier in identifiers:
        rows.update(Identifier, identifier.id, ended_at=max(at, identifier.first_seen_at))


def move(identifiers: Iterable[Identifier], to: Correspondent) -> None:
    """These were this other person's all the time."""
    for identifier in identifiers:
        rows.update(Identifier, identifier.id, correspondent=to)


def revive(correspondent: Correspondent, ended_at: datetime) -> None:
    """What was ended at that instant is this person's still, unless somebody else has it now."""
    table = Identifier
    query = table.select().where(table.correspondent == correspondent, table.ended_at == ended_at)
    for identifier in list(query):
        kind, value = identifier.kind, identifier.value
        if rows.find(Identifier, kind=kind, value=value, ended_at=None) is None:
            rows.update(Identifier, identifier.id, ended_at=None)


def _ended(kinds: Iterable[Sort], value: str) -> list[Identifier]:
    table = Identifier
    query = table.select().where(
        table.value == value, table.kind.in_(list(kinds)), table.ended_at.is_null(False)
    )
    return list(query)


def _first_holder(found: Iterable[Identifier | None]) -> Correspondent | None:
    row = next((one for one in found if one is not None), None)
    return None if row is None else rows.find(Correspondent, id=row.correspondent_id)
