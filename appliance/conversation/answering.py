"""What a person who writes is answered without anybody at the firm, if anything.

Called by the pipeline inside the unit that finishes a message: the answer's row and the message's
last status are one commit. At most one answer a message, and none that tells of any dossier.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from appliance.clock import Clock
from appliance.config import Firm, Replies, WhatsApp
from appliance.conversation import recent
from appliance.conversation.thoughts import MENU_PREFIX, Thought, thought_of
from appliance.filing.matching import Match, Reason, UnknownSender
from appliance.firm.answers import Answers
from appliance.firm.parties import IdentityChange
from appliance.firm.people import People, is_opted_out
from appliance.inbox.details import SharedContact
from appliance.inbox.envelope import is_from_a_group
from appliance.inbox.fields import Json
from appliance.inbox.senders import parent_user_id_of
from appliance.outbox import lists, readers
from appliance.outbox.gate import window_of
from appliance.outbox.posting import Post, Posted, may_be_written_to
from appliance.outbox.sending import Outbox
from appliance.phones import is_user_id
from appliance.replies import faq, hours, optout, restraint
from appliance.replies.announcements import Announcements, Kind
from appliance.store import models, rows
from appliance.wording import Wording, mark, marks

OPTED_OUT = mark(
    "You will receive no more automatic messages. What you send still reaches us. "
    "Answer START to receive them again."
)
OPTED_IN = mark("You will receive our automatic messages again.")
THANKS = marks(
    "Thank you: your document is in the matter that you chose.",
    "Thank you: your %(count)d documents are in the matter that you chose.",
)
MENU = mark("What would you like to know?")
SEE = mark("See")
# Meta does not say that any of these opens the 24-hour window; none of them asks for an answer.
_SILENT = frozenset(
    {"reaction", "system", "unsupported", "unknown", "edit", "revoke", "request_welcome"}
)
_STRANGERS = frozenset({Reason.UNKNOWN_NUMBER, Reason.OPPOSING_PARTY, Reason.IDENTITY_CHANGED})


class Rules(NamedTuple):
    """What the firm has set: its hours, what is answered, what Meta is told."""

    firm: Firm
    replies: Replies
    whatsapp: WhatsApp


class Conversation:
    """Reads what came, decides by the pure rules of `replies`, and posts."""

    def __init__(
        self,
        clock: Clock,
        people: People,
        answers: Answers,
        outbox: Outbox,
        rules: Rules,
        wordings: Mapping[str, Wording],
    ) -> None:
        self._clock = clock
        self._people = people
        self._answers = answers
        self._outbox = outbox
        self._firm, self._rules, self._whatsapp = rules
        self.asks_dossier: bool = rules.replies.ask_dossier
        self._wordings = wordings

    # -- who it is

    def think(self, message: models.Message, raw: Json) -> Thought:
        """Outside a unit: what this message means."""
        return thought_of(message, raw, self._answers.entries())

    def know(self, message: models.Message, raw: Json, thought: Thought) -> models.Correspondent:
        """Inside a unit: the person who wrote it; what it says of them is written down."""
        detail, spoken = thought.detail, thought.spoken
        if isinstance(detail, IdentityChange):
            return self._people.change(detail, message.wamid, message.sent_at)
        opens_window = message.type not in _SILENT and not is_from_a_group(raw)
        person = self._people.correspondent_of(
            message.sender,
            message.user_id,
            parent_user_id_of(raw),
            message.profile_name,
            message.sent_at if opens_window else None,
        )
        if isinstance(detail, SharedContact) and detail.is_own and len(detail.numbers) == 1:
            self._people.link_own_number(person, detail.numbers[0], message.sent_at)
        if spoken is not None and spoken != person.language:
            rows.update(models.Correspondent, person.id, language=spoken)
            person.language = spoken
        return person

    # -- what is said

    def answer(
        self, message: models.Message, raw: Json, thought: Thought, found: Match
    ) -> list[Posted]:
        """Inside a unit: the answer to a message that brought no document, if it deserves one."""
        now = self._clock.now()
        if is_from_a_group(raw) or message.type in _SILENT or message.correspondent is None:
            return []
        posted = self._outbox.posting.heard(message, now)
        if thought.wish is not None:
            return posted + self._obey(thought.wish, message, now)
        if not may_be_written_to(message) or now >= window_of(message):
            return posted  # too late: nobody waits for it any more, and Meta would refuse it
        answers = self._say(message, thought.entry, found, now)
        return posted + answers + self._seen(message, now, is_answered=bool(answers))

    def heed(self, message: models.Message, raw: Json, thought: Thought) -> None:
        """Inside a unit: their number is blocked, and nothing is said; what they wish holds."""
        if thought.wish is not None and not is_from_a_group(raw) and message.type not in _SILENT:
            self._note_wish(thought.wish, message, self._clock.now())

    def beside(self, message: models.Message, raw: Json, found: Match) -> list[Posted]:
        """Inside a unit: what a document brings about besides its confirmation."""
        now = self._clock.now()
        if is_from_a_group(raw) or message.correspondent is None:
            return []
        posted = self._outbox.posting.heard(message, now)
        posted += self._seen(message, now, is_answered=True)
        return posted + (self.asks_number(message) if _is_stranger(found) else [])

    def thank(self, message: models.Message, filed: Sequence[models.Message]) -> list[Posted]:
        """Inside a unit: a client has said which dossier, and it is done; the lawyer hears it."""
        now, posting = self._clock.now(), self._outbox.posting
        posted = posting.heard(message, now) + self._seen(message, now, is_answered=True)
        for each in filed:
            about = Post(each, rows.find(models.Document, id=each.document_id))  # as it is now
            posted += posting.post(about, Announcements(None, Kind.FILED), now)
        if filed and may_be_written_to(message):
            body = self._wording(message).plural(*THANKS, len(filed), count=len(filed))
            posted += posting.reply(message, Kind.THANKS, now, body=body)
        return posted

    def _seen(self, message: models.Message, now: datetime, *, is_answered: bool) -> list[Posted]:
        """Two blue ticks, and "is typing", for a firm that wants them."""
        is_typing = self._whatsapp.typing and is_answered
        if not (self._whatsapp.mark_as_read or is_typing):
            return []
        return self._outbox.posting.read(message, now, typing=is_typing)

    def keeps_quiet(self, message: models.Message) -> bool:
        """Whether not even the arrival of its document is confirmed just now."""
        now, quiet = self._clock.now(), self._rules.quiet_after_person
        return restraint.keeps_quiet(recent.Recent(message, now, quiet), now, quiet) is not None

    def is_closed_for(self, message: models.Message) -> bool:
        """Whether a confirmation says, too, that the firm is closed; at most once a day."""
        is_on = self._answers.is_on("outside_hours", self._language(message))
        return is_on and not self._is_open() and self._may(Kind.OUTSIDE_HOURS, message)

    def asks_number(self, message: models.Message) -> list[Posted]:
        """Inside a unit: who is known by a user id only is asked for a number, once a month."""
        person = message.correspondent
        if not is_user_id(message.sender):
            return []
        text = self._answers.said("ask_number", self._language(message), {})
        if person is None or text is None or not may_be_written_to(message):
            return []
        if not self._people.needs_number(person) or not self._may(Kind.ASK_NUMBER, message):
            return []
        now = self._clock.now()
        self._people.asked_number(person, now)
        return self._outbox.posting.reply(message, Kind.ASK_NUMBER, now, body=text)

    def _obey(self, wish: optout.OptOut, message: models.Message, now: datetime) -> list[Posted]:
        is_stop = wish == optout.OptOut.STOP
        kind, text = (Kind.OPTED_OUT, OPTED_OUT) if is_stop else (Kind.OPTED_IN, OPTED_IN)
        if not self._note_wish(wish, message, now) or not self._may(kind, message):
            return []
        body = self._wording(message).text(text)
        return self._outbox.posting.reply(message, kind, now, body=body)

    def _note_wish(self, wish: optout.OptOut, message: models.Message, now: datetime) -> bool:
        """Whether they wished something else before."""
        person = message.correspondent
        was_out = is_opted_out(person)
        if wish == optout.OptOut.STOP:
            self._people.opt_out(person, now)
            readers.withdraw(message)
            return not was_out
        self._people.opt_in(person, now)
        return was_out

    def _say(
        self, message: models.Message, entry: faq.Entry | None, found: Match, now: datetime
    ) -> list[Posted]:
        posting, said = self._outbox.posting, self._language(message)
        if entry is not None:
            if not self._may(_asked(entry), message):
                return []
            body = self._answers.filled(entry.answer, entry.language, {})
            return posting.reply(message, Kind.FAQ, now, gathers=_asked(entry), body=body)
        if not self._is_open() and (
            text := self._own("outside_hours", Kind.OUTSIDE_HOURS, message)
        ):
            return posting.reply(message, Kind.OUTSIDE_HOURS, now, body=text)
        if _is_stranger(found):
            if asked := self.asks_number(message):
                return asked
            if text := self._own("unknown_number", Kind.STRANGER, message):
                return posting.reply(message, Kind.STRANGER, now, body=text)
        return self._menu(message, said, now)

    def _own(self, trigger: str, what: Kind, message: models.Message) -> str | None:
        """The firm's text for it, unless it is switched off or was said today."""
        if not self._may(what, message):
            return None
        return self._answers.said(trigger, self._language(message), {})

    def _menu(self, message: models.Message, said: str, now: datetime) -> list[Posted]:
        """The usual questions, for a question that none of them answers."""
        if self._rules.unknown_question != "menu" or not faq.is_question(message.body):
            return []
        entries = [each for each in self._answers.entries() if each.language == said]
        if not entries or not self._may(Kind.FAQ_MENU, message):
            return []
        wording = self._wording(message)
        lines = [(f"{MENU_PREFIX}:{entry.id}", entry.title) for entry in entries]
        body = wording.text(MENU)
        content = json.dumps(lists.menu(body, wording.text(SEE), lines))
        return self._outbox.posting.reply(message, Kind.FAQ_MENU, now, body=body, content=content)

    # -- may it be said

    def _may(self, what: str, message: models.Message) -> bool:
        now, quiet = self._clock.now(), self._rules.quiet_after_person
        history = recent.Recent(message, now, quiet)
        return restraint.silence(what, history, now, quiet, self._firm.zone) is None

    def _is_open(self) -> bool:
        firm = self._firm
        return hours.is_open(self._clock.now(), firm.hours, firm.holidays, firm.zone)

    def _language(self, message: models.Message) -> str:
        person = message.correspondent
        return (person.language if person else None) or self._firm.language

    def _wording(self, message: models.Message) -> Wording:
        return self._wordings[self._language(message)]


def _asked(entry: faq.Entry) -> str:
    return f"{Kind.FAQ}:{entry.id}"


def _is_stranger(found: Match) -> bool:
    return isinstance(found, UnknownSender) and found.reason in _STRANGERS
