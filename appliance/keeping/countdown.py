"""Files that clients sent and that we have not: how many days Meta keeps them, and which are lost.

Meta keeps what a webhook names for seven days ([retention] media_days). From the fifth on people
are told, once a file and day. Owns media_alerts; reads the rest.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from peewee import Expression, fn

from appliance.clock import Clock, day_of
from appliance.errors import PermanentError
from appliance.firm.answers import Answers
from appliance.firm.blocking import blocked
from appliance.firm.people import may_disclose
from appliance.inbox.envelope import is_from_a_group, is_lost_at_meta, media_of
from appliance.jobs import Job, Jobs
from appliance.outbox.posting import UNREADABLE, Posted, Posting, may_be_written_to, was_told
from appliance.replies.announcements import Kind
from appliance.store import models, rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.fields import utc_text
from appliance.store.models import Media, MediaStatus, Message, MessageStatus
from appliance.wording import Wording, mark

DAY = timedelta(days=1)
JUST_NOW = timedelta(minutes=10)
ALERT_WITHIN = 2 * DAY  # from day 5 of Meta's 7
WAITING, LOST = 500, 50  # messages that are looked at: more is one fault, not many
_OURS = (MessageStatus.RECEIVED, MessageStatus.ERROR)  # beyond them its bytes are on our disk
SOON = mark(
    "Files that clients sent will be lost at WhatsApp and could not be fetched yet: %(count)d. The "
    "first is lost on %(day)s. The page of today names them: see why, or ask for them again."
)


class Asked(StrEnum):
    """What came of asking a client to send a file again."""

    DONE = "done"
    BEFORE = "before"  # they were asked for this file already
    GONE = "gone"  # it is here meanwhile, or is no file
    OFF = "off"  # the firm has switched this text off
    OPTED_OUT = "opted_out"  # they want no automatic messages, or have no number
    GROUP = "group"  # a group is never written to
    IN_DOUBT = "in_doubt"  # nobody knows who they are now


@dataclass(frozen=True)
class Missing:
    """A file that is not here. `left` is None for one that is lost; else never negative."""

    message: Message
    expires_at: datetime
    left: timedelta | None
    asked: models.Outgoing | None
    was_told: bool  # by itself, that it could not be read

    @property
    def days_left(self) -> int:
        """Whole days, rounded down: on the last day it is 0."""
        return 0 if self.left is None else self.left // DAY

    @property
    def is_soon(self) -> bool:
        return self.left is not None and self.left <= ALERT_WITHIN


class Countdown:
    """Counts the days, tells people, asks clients. `kept` is how long Meta keeps a file."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        posting: Posting,
        jobs: Jobs,
        answers: Answers,
        told: "Told",
    ) -> None:
        self._store = store
        self._clock = clock
        self._posting = posting
        self._jobs = jobs
        self._answers = answers
        self._told = told

    def missing(self) -> Sequence[Missing]:
        """Every file that is not here: first those that can still be fetched. Of senders who are
        blocked nobody waits for one."""
        unheard = {row_id for (row_id,) in blocked().tuples()}
        found = missing(self._clock.now(), self._told.kept)
        return [one for one in found if one.message.correspondent_id not in unheard]

    def watch(self) -> int:
        """Tell people of what is lost within two days; how many files, once each a day."""
        now = self._clock.now()
        soon = [one for one in self.missing() if one.is_soon]
        if not soon:
            return 0
        day = day_of(now, self._told.zone).isoformat()

        def unit() -> tuple[int, list[Posted]]:
            fresh = [one for one in soon if _tell_once(one.message, day)]
            if not fresh:
                return 0, []
            first = min(fresh, key=lambda one: one.expires_at)
            when = self._told.wording.moment(first.expires_at)
            error = PermanentError(SOON, count=len(fresh), day=when)
            return len(fresh), self._posting.alert(f"media:{day}:{fresh[0].message.id}", error, now)

        count, posted = self._store.write(unit)
        self._wake(posted)
        return count

    def ask_again(self, message_id: int, note: Note = by_nobody) -> Asked:
        """Ask its sender for the file once more: once, however often somebody asks for it.

        What WhatsApp's window, a hold or a limit keeps from leaving waits as all else does.
        """

        def unit() -> tuple[Asked, list[Posted]]:
            message = rows.find(Message, id=message_id)
            if message is None or not _is_missing(message):
                return Asked.GONE, []
            refused = _refusal(message)
            if refused is not None:
                return refused, []
            body = self._body(message)
            if not body:
                return Asked.OFF, []
            reply, now = self._posting.reply, self._clock.now()
            posted = reply(message, Kind.SEND_AGAIN, now, body=body)
            note()
            return Asked.DONE, posted

        asked, posted = self._store.write(unit)
        self._wake(posted)
        return asked

    def _wake(self, posted: Sequence[Posted]) -> None:
        """After the commit; parts of a long text that are due later are found by the sweep."""
        for row in posted:
            self._jobs.wake(Job.OUTGOING, row.row_id, row.priority)

    def _body(self, message: Message) -> str | None:
        person = message.correspondent
        language = (person.language if person else None) or self._told.wording.language
        wording = self._told.wordings.get(language, self._told.wording)
        day = wording.day_in_words(message.sent_at or message.received_at)
        return self._answers.said("send_again", wording.language, {"day": day})


@dataclass(frozen=True)
class Told:
    """How days are counted and said."""

    kept: timedelta
    zone: ZoneInfo
    wording: Wording
    wordings: dict[str, Wording]


def missing(now: datetime, kept: timedelta) -> list[Missing]:
    """Every file that is not here, by the clock."""
    oldest = utc_text(now - kept - DAY)
    is_due = Message.due_at.is_null(False)
    failed = Message.due_at.is_null() & Message.error.is_null(False)
    open_ones = [one for is_open in (is_due, failed) for one in _open(is_open, oldest)]
    found = [
        _counted(message, now, kept)
        for message in open_ones
        if _is_stuck(message, now) and _is_missing(message)
    ]
    return sorted(found, key=lambda one: (one.left is None, one.expires_at))


def _open(is_open: Expression, oldest: str) -> list[Message]:
    """Messages of which this is true: the first of those that may still be fetched, the last lost.

    Few of very many are, and they have small indexes of their own: joined to nothing, the moment
    keeps SQLite from walking through all messages in its order.
    """
    came = fn.IFNULL(Message.received_at, "")
    query = Message.select().where(Message.status.in_(_OURS), is_open, Message.direction == "in")
    recent = query.where(came > oldest).order_by(came).limit(WAITING)
    old = query.where(came <= oldest).order_by(came.desc()).limit(LOST)
    return [*recent, *old]


def sentence(files: Sequence[Missing]) -> str:
    """How many there are, for health and check."""
    if not files:
        return "no file of a client's waits at Meta"
    left = [one for one in files if one.left is not None]
    lost = len(files) - len(left)
    told = [f"{lost} lost"] if lost else []
    if left:
        first = left[0].expires_at
        told.insert(0, f"{len(left)} not fetched yet, the first is lost on {first:%Y-%m-%d %H:%M}")
    return f"files at Meta: {'; '.join(told)}: see the dashboard"


def _counted(message: Message, now: datetime, kept: timedelta) -> Missing:
    media = _media(message)
    since = min(message.sent_at or message.received_at, message.received_at)
    expires_at = media.expires_at if media is not None else since + kept
    is_lost = expires_at <= now or (media is None and _is_lost(message))
    is_lost = is_lost or (media is not None and media.status == MediaStatus.LOST)
    return Missing(
        message=message,
        expires_at=expires_at,
        left=None if is_lost else expires_at - now,
        asked=_asked(message),
        was_told=was_told(UNREADABLE, message),
    )


def _is_stuck(message: Message, now: datetime) -> bool:
    """It waits for something, or failed; what has just come is being fetched."""
    return message.error is not None or message.received_at <= now - JUST_NOW


def _is_missing(message: Message) -> bool:
    """It brought a file, and its bytes are not here."""
    if message.status not in _OURS:
        return False
    raw = json.loads(message.raw)
    if is_lost_at_meta(raw):
        return True
    if media_of(raw) is None:
        return False
    media = _media(message)
    return media is None or media.status != MediaStatus.DOWNLOADED


def _is_lost(message: Message) -> bool:
    return is_lost_at_meta(json.loads(message.raw))


def _media(message: Message) -> Media | None:
    wanted = media_of(json.loads(message.raw))
    return rows.find(Media, media_id=wanted.media_id) if wanted is not None else None


def _asked(message: Message) -> models.Outgoing | None:
    item = rows.find(models.OutgoingItem, kind=Kind.SEND_AGAIN, message=message.id)
    return item.outgoing if item is not None else None


def _refusal(message: Message) -> Asked | None:
    person = message.correspondent
    if is_from_a_group(json.loads(message.raw)):
        return Asked.GROUP
    if was_told(Kind.SEND_AGAIN, message):
        return Asked.BEFORE
    if not may_be_written_to(message):
        return Asked.OPTED_OUT
    return Asked.IN_DOUBT if person is not None and not may_disclose(person) else None


def _tell_once(message: Message, day: str) -> bool:
    """Inside a unit: True if nobody was told of this file today."""
    known = rows.find(models.MediaAlert, message=message.id)
    if known is None:
        rows.insert(models.MediaAlert, message=message.id, day=day)
        return True
    if known.day == day:
        return False
    rows.update(models.MediaAlert, known.id, day=day)
    return True
