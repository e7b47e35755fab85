"""What every message passes, whatever it brings: taken, known, matched, finished."""

from typing import NamedTuple

from appliance.chores import Chores
from appliance.conversation.answering import Conversation
from appliance.conversation.thoughts import Thought
from appliance.filing.aside import GREFFIER
from appliance.filing.folders import Folders
from appliance.filing.matching import (
    ClientToAsk,
    Match,
    OneDossier,
    Reason,
    UnknownSender,
    find_dossier,
)
from appliance.filing.moving import Mover
from appliance.firm.blocking import Blocking, is_blocked
from appliance.firm.claims import may_be
from appliance.firm.parties import Candidate
from appliance.firm.people import may_disclose
from appliance.firm.register import Register
from appliance.inbox.envelope import Json, Media, is_from_a_group
from appliance.inbox.media import MediaShelf
from appliance.inbox.messages import Inbox
from appliance.limits import Limits
from appliance.outbox.posting import Post, Posted
from appliance.outbox.sending import Outbox
from appliance.replies.announcements import Announcements
from appliance.store import models, rows, work
from appliance.store.models import MessageStatus
from appliance.store.work import Later


class Sides(NamedTuple):
    """For whom a sender may stand: the firm's clients, or the other side."""

    candidates: list[Candidate]
    is_opposed: bool


class Stations(NamedTuple):
    """What a message passes."""

    inbox: Inbox
    shelf: MediaShelf
    register: Register
    folders: Folders
    mover: Mover
    conversation: Conversation
    outbox: Outbox
    chores: Chores
    blocking: Blocking


class Steps:
    """The steps that a document and a word have in common."""

    def __init__(self, limits: Limits, stations: Stations) -> None:
        self._limits = limits
        self._inbox = stations.inbox
        self._shelf = stations.shelf
        self._register = stations.register
        self._conversation = stations.conversation
        self._outbox = stations.outbox
        self._blocking = stations.blocking

    def take(
        self, message: models.Message, raw: Json, thought: Thought, file: Media | None
    ) -> models.Message | Later | None:
        """Inside a unit: claim it with the room to download, and know who wrote it."""
        taken = self._inbox.take(message)
        if taken is None:
            return None
        if file is not None:
            answer = self._limits.take("whatsapp_download")
            if not answer.allowed:
                return self._inbox.set_aside(taken, answer.retry_after)
            self._shelf.expect(file, taken.sent_at)
        return self.know(taken, raw, thought)

    def know(self, message: models.Message, raw: Json, thought: Thought) -> models.Message:
        """Inside a unit: the message bears the person who wrote it."""
        person = self._conversation.know(message, raw, thought)
        message.correspondent = person
        work.update(message, correspondent=person)
        return message

    def look_again(self, message: models.Message) -> None:
        """Its sender as they are known now: a download takes minutes, in which much may be said."""
        person = message.correspondent
        message.correspondent = person and rows.find(models.Correspondent, id=person.id)

    def whose(self, message: models.Message, raw: Json) -> Match:
        return self.found(self.sides(message), message, raw)

    def sides(self, message: models.Message) -> Sides:
        """Reads only: outside a unit, where there is a choice."""
        sender, user_id = message.sender, message.user_id
        person = message.correspondent
        known_as = {message.profile_name, person.profile_name if person else None}
        is_opposed = any(self._register.opposes(sender, user_id, name) for name in known_as)
        return Sides(self._register.candidates(sender, user_id), is_opposed=is_opposed)

    def found(self, sides: Sides, message: models.Message, raw: Json) -> Match:
        person = message.correspondent
        return find_dossier(
            sides.candidates,
            is_from_a_group=is_from_a_group(raw),
            is_opposed=sides.is_opposed,
            is_withheld=person is not None and not may_disclose(person),
        )

    def is_muted(self, message: models.Message, sides: Sides) -> bool:
        """Whether its sender is blocked, by what is known of them here; no client ever is, nor who
        may be one."""
        person = message.correspondent
        if person is None or not is_blocked(person) or sides.candidates:
            return False
        return not self._blocking.clients_in_question(person)

    def mutes(self, message: models.Message, sides: Sides) -> bool:
        """Inside a unit: whether nobody is to hear of it. Who stands for a client, or may, is heard
        and blocked no more from here on, whatever made their number a client's.

        The message's correspondent is as this very unit read them.
        """
        person = message.correspondent
        if person is None or not is_blocked(person):
            return False
        if self.is_muted(message, sides):
            return True
        self._blocking.end(person, GREFFIER, is_certain=bool(sides.candidates))
        self.look_again(message)
        return False

    def finish(
        self,
        message: models.Message,
        status: MessageStatus,
        found: Match,
        told: Announcements,
        document: models.Document | None,
    ) -> list[Posted]:
        """Inside a unit: the final status and all that announces it, together."""
        client_id = client_of(found)
        if client_id is not None:
            self._register.learn(client_id, message.user_id)
        elif found.reason is not Reason.UNKNOWN_NUMBER:
            self.note_whose_it_may_be(message)
        self._inbox.finish(message, status, client=client_id)
        return self._outbox.post(Post(message, document), told)

    def note_whose_it_may_be(self, message: models.Message) -> None:
        """Inside a unit: nobody is certain, but a walled client's is no stranger's."""
        if message.correspondent is not None:
            candidates = self._register.candidates(message.sender, message.user_id)
            ids = [candidate.client_id for candidate in candidates]
            may_be(message.correspondent, ids)


def client_of(found: Match) -> int | None:
    match found:
        case OneDossier() | ClientToAsk():
            return found.client_id
        case UnknownSender():
            return None
