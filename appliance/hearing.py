"""The life of a message that brings no file: kept, shown, perhaps answered or obeyed."""

from functools import partial

import structlog

from appliance.conversation.thoughts import Thought
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.filing.matching import Reason, UnknownSender
from appliance.inbox.details import Choice, Edit, Revoke
from appliance.inbox.envelope import Json
from appliance.outbox import lists, questions
from appliance.outbox.posting import Posted
from appliance.replies.announcements import NOTHING
from appliance.steps import Stations, Steps
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import MessageStatus
from appliance.store.work import Later
from appliance.telling import columns

log = structlog.get_logger()


class Hearing:
    """Listens, and does what a client has chosen."""

    def __init__(self, store: Store, steps: Steps, stations: Stations) -> None:
        self._store = store
        self._steps = steps
        self._inbox = stations.inbox
        self._mover = stations.mover
        self._conversation = stations.conversation
        self._outbox = stations.outbox

    def hear(self, message: models.Message, raw: Json) -> Later | None:
        """Words, a place, a touched line: kept, shown, perhaps answered; nothing to fetch."""
        thought = self._conversation.think(message, raw)
        detail = thought.detail
        if isinstance(detail, Choice) and lists.chosen(detail.id or "") is not None:
            return self._obey(message, raw, thought, detail)
        sides = self._steps.sides(message)

        def unit() -> list[Posted]:
            if self._inbox.take(message) is None:
                return []
            known = self._steps.know(message, raw, thought)
            if isinstance(detail, Edit | Revoke):
                self._inbox.apply_amendment(known, detail)
            found = self._steps.found(sides, known, raw)
            posted = self._steps.finish(known, MessageStatus.PROCESSED, found, NOTHING, None)
            if self._steps.mutes(known, sides):
                self._conversation.heed(known, raw, thought)
                return posted
            return posted + self._conversation.answer(known, raw, thought, found)

        self._outbox.wake(self._store.write(unit))
        log.info("message noted", id=message.id, type=message.type)
        return None

    def _obey(
        self, message: models.Message, raw: Json, thought: Thought, touched: Choice
    ) -> Later | None:
        """A client has said which dossier: what they sent in that burst goes there."""
        taken, choice = self._store.write(lambda: self._take_choice(message, raw, thought, touched))
        if not isinstance(taken, models.Message):
            return taken
        try:
            filed = self._file_chosen(choice) if choice else []
        except TemporaryError as error:  # the disk: it is waited for
            wait = self._inbox.try_again(taken, error)
            if wait is not None:
                return Later(wait)
            self._give_up(taken, error)
            return None
        except PermanentError as error:
            self._give_up(taken, error)
            return None

        def unit() -> list[Posted]:
            found = self._steps.whose(taken, raw)
            posted = self._steps.finish(taken, MessageStatus.PROCESSED, found, NOTHING, None)
            return posted + (self._conversation.thank(taken, filed) if choice else [])

        self._outbox.wake(self._store.write(unit))
        log.info("message obeyed", id=message.id, filed=len(filed))
        return None

    def _take_choice(
        self, message: models.Message, raw: Json, thought: Thought, touched: Choice
    ) -> tuple[models.Message | Later | None, questions.Choice | None]:
        """Inside a unit: take it, with what it decides: two touches at once decide once.

        Nobody whose identity is in doubt, and no opponent, decides anything.
        """
        taken = self._steps.take(message, raw, thought, None)
        if not isinstance(taken, models.Message):
            return taken, None
        if isinstance(self._steps.whose(taken, raw), UnknownSender):
            return taken, None
        choice = questions.choice_of(taken, touched.id or "")
        if choice is not None:
            questions.note(choice, taken, taken.received_at)
        return taken, choice

    def _give_up(self, message: models.Message, error: GreffierError) -> None:
        """A person must look: the choice stands on the page, and may be tried again there."""
        ended = partial(self._inbox.finish, message, MessageStatus.ERROR, **columns(error))
        self._store.insist(ended)

    def _file_chosen(self, choice: questions.Choice) -> list[models.Message]:
        """Each document of the burst that still waits goes under the dossier; those that did."""
        if choice.dossier is None:
            return []
        return [
            each
            for each in choice.messages
            if each.document is not None
            and self._mover.file_under(
                each.document,
                choice.dossier,
                by="client",
                reason=Reason.CHOSEN_BY_CLIENT,
            )
        ]
