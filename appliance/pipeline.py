"""The life of one message, step by step: the product on one page.

A message is stored by `Inbox.keep`, which wakes job "message" with its row id; should that call be
lost, the sweep (upkeep.schedule) makes it again. The job looks whether the row is due (a read),
claims it (a lease, in a commit of its own) and takes it through the steps below. Each step leaves
its mark in a row before the next begins, and may be repeated as a whole: a crash anywhere leaves a
row that the next start, or the sweep after the lease, finds. What may work later is due again
after 2, 4 and 8 seconds (`Later`), then given up as `error`, for a person to try again.

    received ── 1 keep its file ──▶ media_downloaded ── 2 whose? 3 where? 4 what to say, 5 post it
                                                         └──▶ document_created | processed | error
"""

import json
from typing import NamedTuple

import structlog

from appliance.conversation.answering import Conversation
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.filing.folders import Arrival, Folders
from appliance.filing.matching import (
    ClientToAsk,
    Match,
    OneDossier,
    Reason,
    UnknownSender,
    find_dossier,
)
from appliance.filing.moving import Mover
from appliance.firm.people import may_disclose
from appliance.firm.register import Register
from appliance.gateways.answers import ASK_AGAIN
from appliance.inbox.details import Choice, Edit, Revoke, detail_of
from appliance.inbox.envelope import Json, Media, is_from_a_group, is_lost_at_meta, media_of
from appliance.inbox.media import MediaShelf
from appliance.inbox.messages import Inbox
from appliance.limits import Limits
from appliance.outbox import lists, questions
from appliance.outbox.posting import Post, Posted
from appliance.outbox.sending import Outbox
from appliance.replies.announcements import (
    NOTHING,
    Announcements,
    Facts,
    about_document,
    about_failure,
)
from appliance.store import models, work
from appliance.store.database import Store
from appliance.store.models import MessageStatus
from appliance.store.work import Later
from appliance.telling import columns
from appliance.wording import mark

log = structlog.get_logger()

LOST_AT_META = mark("WhatsApp could not fetch this file: ask for it another way")
TOO_OFTEN = mark("Greffier stopped too often while working on this message")
BROKE = mark("an unexpected fault of Greffier's (%(kind)s): try again, else call your support")

# Whoever sent the file can help by sending it again.
SEND_AGAIN = ASK_AGAIN | {LOST_AT_META}


class Stations(NamedTuple):
    """What a message passes."""

    inbox: Inbox
    shelf: MediaShelf
    register: Register
    folders: Folders
    mover: Mover
    conversation: Conversation
    outbox: Outbox


class Pipeline:
    """Takes messages from the inbox to the folders, and says so through the outbox."""

    def __init__(self, store: Store, limits: Limits, stations: Stations) -> None:
        self._store = store
        self._limits = limits
        self._inbox = stations.inbox
        self._shelf = stations.shelf
        self._register = stations.register
        self._folders = stations.folders
        self._mover = stations.mover
        self._conversation = stations.conversation
        self._outbox = stations.outbox

    def process(self, row_id: int) -> Later | None:
        """Job "message": take one message as far as it will go."""
        message = self._inbox.due(row_id)
        if not isinstance(message, models.Message):
            return message
        raw = json.loads(message.raw)
        file = media_of(raw)
        if file is None and not is_lost_at_meta(raw):
            return self._listen(message, raw)
        taken = self._store.write(lambda: self._take(message, raw, file))
        return self._work_on(taken, raw) if isinstance(taken, models.Message) else taken

    def _take(
        self, message: models.Message, raw: Json, file: Media | None
    ) -> models.Message | Later | None:
        """Inside a unit: claim it with the room to download, and know who wrote it."""
        taken = self._inbox.take(message)
        if taken is None:
            return None
        if file is not None:
            answer = self._limits.take("whatsapp_download")
            if not answer.allowed:
                return self._inbox.set_aside(taken, answer.retry_after)
            self._shelf.expect(file)
        return self._know(taken, raw)

    def _know(self, message: models.Message, raw: Json) -> models.Message:
        """Inside a unit: the message bears the person who wrote it."""
        person = self._conversation.know(message, raw)
        message.correspondent = person
        work.update(message, correspondent=person)
        return message

    def _work_on(self, message: models.Message, raw: Json) -> Later | None:
        try:
            self._advance(message, raw)
        except TemporaryError as error:
            return self._try_again(message, error)
        except PermanentError as error:
            self._give_up(message, error)
        return None

    def _advance(self, message: models.Message, raw: Json) -> None:
        message.client = _client_of(self._whose(message, raw))  # a failure, too, names them
        if message.interruptions > work.MAX_INTERRUPTIONS:
            raise PermanentError(TOO_OFTEN)
        file = media_of(raw)
        if file is None:
            raise PermanentError(LOST_AT_META)
        media = self._shelf.fetch(file, then=lambda: self._inbox.mark_media_downloaded(message))
        found = self._whose(message, raw)
        source = self._shelf.path(media.sha256)
        arrival = Arrival(
            message=message,
            sha256=media.sha256,
            size=media.size,
            mime_type=media.mime_type,
            filename=file.filename,
        )
        reserved = self._folders.reserve(arrival, source, found)
        document, path = reserved.document, self._folders.place(reserved, source)
        facts = Facts(
            is_known=not isinstance(found, UnknownSender),
            is_filed=document.dossier_id is not None,
            is_from_a_group=is_from_a_group(raw),
            is_duplicate=reserved.is_duplicate,
            asks=self._conversation.asks_dossier and found.reason == Reason.SEVERAL_DOSSIERS,
        )

        def unit() -> list[Posted]:
            self._folders.placed(document, path)
            told = about_document(facts, with_hours=self._conversation.is_closed_for(message))
            posted = self._finish(message, MessageStatus.DOCUMENT_CREATED, found, told, document)
            return posted + self._conversation.beside(message, raw, found)

        self._outbox.wake(self._store.write(unit))
        log.info("message filed", id=message.id, document=document.id, dossier=document.dossier_id)

    def _whose(self, message: models.Message, raw: Json) -> Match:
        sender, user_id = message.sender, message.user_id
        person = message.correspondent
        return find_dossier(
            self._register.candidates(sender, user_id),
            is_from_a_group=is_from_a_group(raw),
            is_opposed=bool(self._register.opposes(sender, user_id, message.profile_name)),
            is_withheld=person is not None and not may_disclose(person),
        )

    def _listen(self, message: models.Message, raw: Json) -> Later | None:
        """Words, a place, a touched line: kept, shown, perhaps answered; nothing to fetch."""
        detail = detail_of(raw)
        if isinstance(detail, Choice) and lists.chosen(detail.id or "") is not None:
            return self._obey(message, raw, detail)

        def unit() -> list[Posted]:
            if self._inbox.take(message) is None:
                return []
            known = self._know(message, raw)
            if isinstance(detail, Edit | Revoke):
                self._inbox.apply_amendment(known, detail)
            found = self._whose(known, raw)
            posted = self._finish(known, MessageStatus.PROCESSED, found, NOTHING, None)
            return posted + self._conversation.answer(known, raw, found)

        self._outbox.wake(self._store.write(unit))
        log.info("message noted", id=message.id, type=message.type)
        return None

    def _obey(self, message: models.Message, raw: Json, touched: Choice) -> Later | None:
        """A client has said which dossier: what they sent in that burst goes there."""
        taken = self._store.write(lambda: self._take(message, raw, None))
        if not isinstance(taken, models.Message):
            return taken
        choice = questions.choice_of(taken, touched.id or "")
        try:
            filed = self._file_chosen(choice) if choice else []
        except TemporaryError as error:
            return self._try_again(taken, error)

        def unit() -> list[Posted]:
            found = self._whose(taken, raw)
            posted = self._finish(taken, MessageStatus.PROCESSED, found, NOTHING, None)
            return posted + (self._conversation.thank(taken, choice, filed) if choice else [])

        self._outbox.wake(self._store.write(unit))
        log.info("message obeyed", id=message.id, filed=len(filed))
        return None

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
                self._shelf.path(each.document.sha256),
                by="client",
                reason=Reason.CHOSEN_BY_CLIENT,
            )
        ]

    def _finish(
        self,
        message: models.Message,
        status: MessageStatus,
        found: Match,
        told: Announcements,
        document: models.Document | None,
    ) -> list[Posted]:
        """Inside a unit: the final status and all that announces it, together."""
        client_id = _client_of(found)
        if client_id is not None:
            self._register.learn(client_id, message.user_id)
        self._inbox.finish(message, status, client=client_id)
        return self._outbox.post(Post(message, document), told)

    def _try_again(self, message: models.Message, error: TemporaryError) -> Later | None:
        wait = self._inbox.try_again(message, error)
        if wait is None:
            self._give_up(message, error)
            return None
        log.warning("message postponed", id=message.id, attempt=message.attempts)
        return Later(wait)

    def _give_up(self, message: models.Message, error: GreffierError) -> None:
        """A person must look: shown, retryable; the lawyer is told, and who can send it again."""
        group = is_from_a_group(json.loads(message.raw))

        def unit() -> list[Posted]:
            found = {"client": message.client_id, **columns(error)}
            self._inbox.finish(message, MessageStatus.ERROR, **found)
            told = about_failure(is_theirs_to_mend=error.text in SEND_AGAIN, is_from_a_group=group)
            return self._outbox.post(Post(message, None), told)

        self._outbox.wake(self._store.insist(unit) or [])
        log.error("message failed", id=message.id)  # the reason names people: it is in the row

    def broke(self, row_id: int, error: BaseException) -> Later | None:
        """A fault of ours stopped the job: counted as an attempt like any other."""
        message: models.Message | None = models.Message.get_or_none(models.Message.id == row_id)
        if message is not None and message.leased_until is None:
            message = self._inbox.claim(message)
        if message is None:
            return None
        return self._try_again(message, TemporaryError(BROKE, kind=type(error).__name__))

    def settle(self, row_id: int) -> Later | None:
        """Job "receipt": let what Meta says reach the row of what we sent."""
        receipt = self._inbox.due_receipt(row_id)
        if not isinstance(receipt, models.Receipt):
            return receipt

        def unit() -> list[Posted]:
            if self._inbox.take(receipt) is None:
                return []
            self._inbox.finish_receipt(receipt)
            return self._outbox.settle(receipt)

        self._outbox.wake(self._store.write(unit))
        return None

    def receipt_broke(self, row_id: int, _: BaseException) -> Later | None:
        """A receipt that cannot be applied is kept, and no longer tried: its lease just ends."""
        self._inbox.shelve_receipt(row_id)
        return None


def _client_of(found: Match) -> int | None:
    match found:
        case OneDossier() | ClientToAsk():
            return found.client_id
        case UnknownSender():
            return None
