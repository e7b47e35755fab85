"""A person of the firm says whether somebody is still the same. Inside units of `people`."""

from datetime import datetime

from appliance.firm import identifiers
from appliance.firm.identifiers import NUMBERS, Sort
from appliance.firm.parties import EventKind
from appliance.store import rows
from appliance.store.models import Correspondent, Identifier, IdentityEvent


def confirm(event_id: int, by: str, now: datetime) -> bool:
    """Still the same person: whoever else was seen under the new identifiers is them, too."""
    event = _open(event_id)
    if event is None:
        return False
    if event.other is not None:
        identifiers.move(identifiers.live(event.other), event.correspondent)
        _keep_what_they_said(event.correspondent, event.other)
    _settle(event, by, "confirmed", now)
    return True


def reject(event_id: int, by: str, now: datetime) -> bool:
    """Somebody else: the new identifiers are theirs, what was before is again the person's own."""
    event = _open(event_id)
    if event is None:
        return False
    person: Correspondent = event.correspondent
    if event.kind == EventKind.CONFLICT:
        _hand_over(identifiers.live(person, *NUMBERS), event.other, now)
    elif event.other is None:
        stranger = rows.insert(
            Correspondent,
            profile_name=person.profile_name,
            last_wrote_at=person.last_wrote_at,
            opted_out_at=_refused_since(person, event.happened_at),
            language=person.language,
            created_at=now,
        )
        _split_off(event, stranger, now)
    identifiers.revive(person, event.happened_at)
    _settle(event, by, "rejected", now)
    return True


def _split_off(event: IdentityEvent, stranger: Correspondent, now: datetime) -> None:
    """What came with the event goes along; of what came before, only what both used."""
    person = event.correspondent
    held = identifiers.live(person)
    came = [row for row in held if _came_with(row, event)]
    identifiers.move(came, stranger)
    kept = [row for row in held if row not in came]
    shared: dict[str, tuple[Sort, ...]] = {
        EventKind.OTHER_USER_ID: NUMBERS,
        EventKind.OTHER_NUMBER: (Sort.USER_ID, Sort.PARENT),
        EventKind.IDENTITY_CHANGED: tuple(Sort),
    }
    kinds = shared.get(event.kind, ())
    _hand_over([row for row in kept if row.kind in kinds], stranger, now)


def _came_with(row: Identifier, event: IdentityEvent) -> bool:
    if event.kind == EventKind.IDENTITY_CHANGED:
        return False  # nothing new: the phone is in other hands
    return bool(row.value == event.new_value or row.first_seen_at >= event.happened_at)


def _hand_over(held: list[Identifier], to: Correspondent, now: datetime) -> None:
    """They were somebody's until now, and are this other person's from now on."""
    identifiers.end(held, now)
    for row in held:
        identifiers.see(to, Sort(row.kind), row.value, now)


def _keep_what_they_said(person: Correspondent, other: Correspondent) -> None:
    """The two are one: when they last wrote, and that they want nothing automatic."""
    wrote = [one.last_wrote_at for one in (person, other) if one.last_wrote_at is not None]
    rows.update(
        Correspondent,
        person.id,
        last_wrote_at=max(wrote, default=None),
        opted_out_at=person.opted_out_at or other.opted_out_at,
        language=person.language or other.language,
    )


def _refused_since(person: Correspondent, at: datetime) -> datetime | None:
    """What was said after the event may have been said by the other one."""
    refused: datetime | None = person.opted_out_at
    return refused if refused is not None and refused >= at else None


def _open(event_id: int) -> IdentityEvent | None:
    event = rows.find(IdentityEvent, id=event_id)
    return event if event is not None and event.settled_at is None else None


def _settle(event: IdentityEvent, by: str, verdict: str, now: datetime) -> None:
    rows.update(IdentityEvent, event.id, settled_at=now, settled_by=by, verdict=verdict)
    for person in (event.correspondent, event.other):
        if person is not None and not _is_in_question(person):
            rows.update(Correspondent, person.id, withheld_since=None)


def _is_in_question(person: Correspondent) -> bool:
    table = IdentityEvent
    is_theirs = (table.correspondent == person) | (table.other == person)
    return bool(table.select().where(is_theirs, table.settled_at.is_null()).exists())
