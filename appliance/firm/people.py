"""Who writes to the firm, however Meta names them.

Owns correspondents, identifiers and identity_events.

A person keeps one row while numbers and user ids come and go. Whenever it is no longer certain that
the person is the same (a change that Meta announces, a number beside another user id than before),
that is recorded, and nothing automatic discloses anything until somebody of the firm has settled
it. Two people are never made one by Greffier itself. Methods work inside a unit unless they say
otherwise. Source: Meta, business-scoped-user-ids; webhooks/reference/messages/system.
"""

from datetime import datetime, timedelta

from appliance.clock import Clock
from appliance.firm import identifiers, settling
from appliance.firm.identifiers import NUMBERS, USER_IDS, Sort
from appliance.firm.parties import EventKind, IdentityChange
from appliance.phones import is_user_id, variants
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Correspondent, IdentityEvent

ASK_AGAIN_AFTER = timedelta(days=30)


class People:
    """Everybody at the other end of a conversation."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def correspondent_of(
        self,
        sender: str,
        user_id: str | None,
        parent_user_id: str | None = None,
        profile_name: str | None = None,
        sent_at: datetime | None = None,
    ) -> Correspondent:
        """Who wrote this message; made if nobody is known by these names.

        A number counts before a user id, as at Meta's; where they point to two people, or a known
        one comes with another than before, that is recorded and both are withheld. `sent_at` is
        Meta's timestamp: it opens the 24-hour window; None (a reaction, an event) opens none. The
        same message again changes nothing.
        """
        number, user = identifiers.named(sender, user_id)
        at = self._not_after_now(sent_at)
        by_number = identifiers.holder_of_number(number)
        by_user = identifiers.holder_of_user_id(user)
        by_parent = identifiers.holder_of_parent
        person = by_number or by_user or by_parent(parent_user_id, number)
        if person is None:
            person = identifiers.former_holder(number, user, at)
            if person is not None:  # late: what it was sent under has ended since
                return self._wrote(person, profile_name, sent_at)
            person = self._new(at)
        if by_user is not None and by_user.id != person.id:
            self._conflict(person, by_user, (number, user), at)
        else:
            self._recognise(person, number, user, at)
        identifiers.see(person, Sort.PARENT, parent_user_id, at)
        return self._wrote(person, profile_name, sent_at)

    def change(
        self, change: IdentityChange, wamid: str, happened_at: datetime | None
    ) -> Correspondent:
        """Meta says that somebody has other identifiers now: whose, withheld from here on.

        Their new number and user id are linked, the old ones ended. If somebody else is known by
        the new ones already, they stay apart until a person says that the two are one. The same
        event (`wamid`) again changes nothing.
        """
        known = rows.find(IdentityEvent, wamid=wamid, kind=change.kind)
        if known is not None:
            return _again(known.correspondent)
        at = self._not_after_now(happened_at)
        person = self._changed_person(change, at)
        other = None
        if change.kind is not EventKind.IDENTITY_CHANGED:
            self._end_old(person, change, at)
            other = _rival(person, change)
            if other is None:
                identifiers.see(person, Sort.WA_ID, change.new_number, at)
                identifiers.see(person, Sort.USER_ID, change.new_user_id, at)
                identifiers.see(person, Sort.PARENT, change.new_parent_user_id, at)
        values = {
            "old_value": change.old_number or change.old_user_id,
            "new_value": change.new_number or change.new_user_id,
            "wamid": wamid,
        }
        self._record(person, other, change.kind, at, values)
        return _again(person)

    def link_own_number(
        self, correspondent: Correspondent, number: str, at: datetime | None
    ) -> None:
        """They shared their own number, and Meta vouches for it (origin contact_request).

        A number that is somebody else's stays theirs: the conflict is recorded.
        """
        seen_at = self._not_after_now(at)
        holder = identifiers.holder_of_number(number)
        if holder is not None and holder.id != correspondent.id:
            users = identifiers.live(correspondent, Sort.USER_ID)
            user = users[0].value if users else None
            self._conflict(holder, correspondent, (number, user), seen_at)
        elif holder is None:
            self._replace(correspondent, EventKind.OTHER_NUMBER, NUMBERS, number, seen_at)
            identifiers.see(correspondent, Sort.PHONE, number, seen_at)

    def confirm(self, event_id: int, by: str, note: Note = by_nobody) -> bool:
        """A person of the firm says: still the same person. In a unit of its own.

        False if it was settled before.
        """
        now = self._clock.now
        return self._store.act(lambda: settling.confirm(event_id, by, now()), note)

    def reject(self, event_id: int, by: str, note: Note = by_nobody) -> bool:
        """A person of the firm says: that is somebody else, who gets a row of their own.

        In a unit of its own. False if it was settled before.
        """
        now = self._clock.now
        return self._store.act(lambda: settling.reject(event_id, by, now()), note)

    def open_events(self) -> list[IdentityEvent]:
        """What waits for somebody to settle it, oldest first. Reads only."""
        query = IdentityEvent.select().where(IdentityEvent.settled_at.is_null())
        return list(query.order_by(IdentityEvent.happened_at, IdentityEvent.id))

    def opt_out(self, correspondent: Correspondent, at: datetime) -> None:
        """They want nothing automatic any more. Filing goes on."""
        rows.update(Correspondent, correspondent.id, opted_out_at=at)

    def opt_in(self, correspondent: Correspondent, at: datetime) -> None:
        """They want it again; unless they refused it later than that."""
        known = _again(correspondent)
        if known.opted_out_at is not None and known.opted_out_at <= at:
            rows.update(Correspondent, correspondent.id, opted_out_at=None)

    def asked_number(self, correspondent: Correspondent, at: datetime) -> None:
        """We asked them for their number."""
        rows.update(Correspondent, correspondent.id, asked_number_at=at)

    def needs_number(self, correspondent: Correspondent) -> bool:
        """Whether we know a user id and no number, and have not asked for 30 days. Reads only."""
        asked: datetime | None = _again(correspondent).asked_number_at
        if asked is not None and self._clock.now() - asked < ASK_AGAIN_AFTER:
            return False
        users = identifiers.live(correspondent, Sort.USER_ID)
        return any(is_user_id(row.value) for row in users) and not self.numbers_of(correspondent)

    def numbers_of(self, correspondent: Correspondent) -> list[str]:
        """The numbers this person has now, as Meta gave them. Reads only."""
        return [row.value for row in identifiers.live(correspondent, *NUMBERS)]

    def _new(self, at: datetime) -> Correspondent:
        return rows.insert(Correspondent, created_at=at)

    def _wrote(
        self, person: Correspondent, profile_name: str | None, sent_at: datetime | None
    ) -> Correspondent:
        """Their last words and the name they give themselves now; never an older one."""
        person = _again(person)
        at = self._not_after_now(sent_at)
        is_latest = person.last_wrote_at is None or at >= person.last_wrote_at
        wanted: dict[str, object] = {}
        if sent_at is not None and is_latest:
            wanted["last_wrote_at"] = at
        if profile_name and is_latest:
            wanted["profile_name"] = profile_name
        changed = {name: value for name, value in wanted.items() if getattr(person, name) != value}
        if changed:
            rows.update(Correspondent, person.id, **changed)
            person = _again(person)
        return person

    def _recognise(
        self, person: Correspondent, number: str | None, user: str | None, at: datetime
    ) -> None:
        """Both are this person's now; what they had instead is ended, and somebody must look."""
        if number is not None:
            self._replace(person, EventKind.OTHER_NUMBER, NUMBERS, number, at)
            identifiers.see(person, Sort.WA_ID, number, at)
        if user is not None:
            self._replace(person, EventKind.OTHER_USER_ID, (Sort.USER_ID,), user, at)
            identifiers.see(person, Sort.USER_ID, user, at)

    def _replace(
        self,
        person: Correspondent,
        kind: EventKind,
        sorts: tuple[Sort, ...],
        value: str,
        at: datetime,
    ) -> None:
        if identifiers.has(person, value):  # nearly always, and cheaper to ask
            return
        old = identifiers.live(person, *sorts)
        if not old or variants(value) & {row.value for row in old}:
            return
        identifiers.end(old, at)
        self._record(person, None, kind, at, {"old_value": old[0].value, "new_value": value})

    def _conflict(
        self,
        person: Correspondent,
        other: Correspondent,
        names: tuple[str | None, str | None],
        at: datetime,
    ) -> None:
        """Neither is given what is the other's: the number stays the one's, the id the other's."""
        number, user = names
        values = {"old_value": number, "new_value": user}
        self._record(person, other, EventKind.CONFLICT, at, values)
        if number is not None:
            identifiers.see(person, Sort.WA_ID, number, at)
        identifiers.see(other, Sort.USER_ID, user, at)

    def _changed_person(self, change: IdentityChange, at: datetime) -> Correspondent:
        """Who changed; a person whom only the firm's list knows gets a row now."""
        person = (
            identifiers.holder_of_number(change.old_number)
            or identifiers.holder_of_user_id(change.old_user_id)
            or identifiers.holder_of_parent(change.old_parent_user_id, change.old_number)
        )
        if person is None and not (change.old_number or change.old_user_id):
            person = identifiers.holder_of_number(change.new_number)
            person = person or identifiers.holder_of_user_id(change.new_user_id)
        if person is None:
            person = self._new(at)
        identifiers.see(person, Sort.WA_ID, change.old_number, at)
        identifiers.see(person, Sort.USER_ID, change.old_user_id, at)
        return person

    def _end_old(self, person: Correspondent, change: IdentityChange, at: datetime) -> None:
        """Meta makes a new user id for a new number, so all that was before has ended."""
        new = {change.new_number, change.new_user_id, change.new_parent_user_id}
        old = [row for row in identifiers.live(person, *NUMBERS, *USER_IDS) if row.value not in new]
        identifiers.end(old, at)

    def _record(
        self,
        person: Correspondent,
        other: Correspondent | None,
        kind: EventKind,
        at: datetime,
        values: dict[str, str | None],
    ) -> None:
        """An event for somebody to settle, once; until then nothing is disclosed to either."""
        alike = {"correspondent": person.id, "kind": kind, "new_value": values["new_value"]}
        if "wamid" not in values and rows.find(IdentityEvent, settled_at=None, **alike):
            return
        rows.insert(
            IdentityEvent, correspondent=person, other=other, kind=kind, happened_at=at, **values
        )
        for one in (person, other):
            if one is not None and _again(one).withheld_since is None:
                rows.update(Correspondent, one.id, withheld_since=self._clock.now())

    def _not_after_now(self, instant: datetime | None) -> datetime:
        """Meta's clock may be ahead of ours: nothing has happened yet that has still to happen."""
        now = self._clock.now()
        return now if instant is None else min(instant, now)


def may_disclose(correspondent: Correspondent) -> bool:
    """Whether anything automatic may show that it knows this person."""
    return correspondent.withheld_since is None


def is_opted_out(correspondent: Correspondent) -> bool:
    """Whether this person wants nothing automatic."""
    return correspondent.opted_out_at is not None


def _again(correspondent: Correspondent) -> Correspondent:
    """The row as it is now."""
    found = rows.find(Correspondent, id=correspondent.id)
    return correspondent if found is None else found


def _rival(person: Correspondent, change: IdentityChange) -> Correspondent | None:
    """Somebody else who is known by the new identifiers already."""
    holders = (
        identifiers.holder_of_number(change.new_number),
        identifiers.holder_of_user_id(change.new_user_id),
    )
    return next((one for one in holders if one is not None and one.id != person.id), None)
