"""The life of one message, step by step: the product on one page.

A message is stored by `Inbox.keep`, which wakes job "message" with its row id; should that call be
lost, the sweep (upkeep.schedule) makes it again. The job looks whether the row is due (a read),
claims it (a lease, in a commit of its own) and takes it through the steps below. Each step leaves
its mark in a row before the next begins, and may be repeated as a whole: a crash anywhere leaves a
row that the next start, or the sweep after the lease, finds. What may work later is due again
after 2, 4 and 8 seconds (`Later`), then given up as `error`, for a person to try again.

What can wait (looking into the file, a copy on Drive) is a chore, posted in the last commit.

    received ── 1 keep its file ──▶ media_downloaded ── 2 whose? 3 where? 4 what to say, 5 post it
                                                         └──▶ document_created | processed | error
"""

import json
from collections.abc import Callable
from dataclasses import replace

import structlog

from appliance import chores
from appliance.errors import GreffierError, PermanentError, TemporaryError
from appliance.filing.folders import Arrival
from appliance.filing.matching import (
    Reason,
    UnknownSender,
)
from appliance.gateways.answers import ASK_AGAIN
from appliance.hearing import Hearing
from appliance.inbox import media
from appliance.inbox.envelope import Json, brings_a_file, is_from_a_group, media_of
from appliance.limits import Limits
from appliance.outbox.posting import Post, Posted
from appliance.replies.announcements import (
    NOTHING,
    Announcements,
    Facts,
    about_document,
    about_failure,
)
from appliance.steps import Stations, Steps, client_of
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
SEND_AGAIN = ASK_AGAIN | {LOST_AT_META, media.EMPTY, media.OTHER_BYTES, media.OTHER_LENGTH}


Filed = Callable[[int], list[chores.Posted]]
"""Inside the unit that filed, moved or undid the document of this id: what else follows from it."""


class Pipeline:
    """Takes messages from the inbox to the folders, and says so through the outbox."""

    def __init__(self, store: Store, limits: Limits, stations: Stations, filed: Filed) -> None:
        self._store = store
        self._filed = filed
        self._steps = Steps(limits, stations)
        self._hearing = Hearing(store, self._steps, stations)
        self._inbox = stations.inbox
        self._shelf = stations.shelf
        self._folders = stations.folders
        self._conversation = stations.conversation
        self._outbox = stations.outbox
        self._chores = stations.chores

    def process(self, row_id: int) -> Later | None:
        """Job "message": take one message as far as it will go."""
        message = self._inbox.due(row_id)
        if not isinstance(message, models.Message):
            return message
        raw = json.loads(message.raw)
        file = media_of(raw)
        if file is None and not brings_a_file(raw):
            return self._hearing.hear(message, raw)
        thought = self._conversation.think(message, raw)
        taken = self._store.write(lambda: self._steps.take(message, raw, thought, file))
        return self._work_on(taken, raw) if isinstance(taken, models.Message) else taken

    def _work_on(self, message: models.Message, raw: Json) -> Later | None:
        try:
            self._advance(message, raw)
        except TemporaryError as error:
            return self._try_again(message, error)
        except PermanentError as error:
            self._give_up(message, error)
        return None

    def _advance(self, message: models.Message, raw: Json) -> None:
        message.client = client_of(self._steps.whose(message, raw))  # a failure, too, names them
        if message.interruptions > work.MAX_INTERRUPTIONS:
            raise PermanentError(TOO_OFTEN)
        arrival = self._fetched(message, raw)
        self._steps.look_again(message)
        sides = self._steps.sides(message)
        found = self._steps.found(sides, message, raw)
        arrival = replace(arrival, is_muted=self._steps.is_muted(message, sides))
        source = self._shelf.path(arrival.sha256)
        reserved = self._folders.reserve(arrival, source, found)
        document, path = reserved.document, self._folders.place(reserved, source)
        facts = Facts(
            is_known=not isinstance(found, UnknownSender),
            is_filed=document.dossier_id is not None,
            is_from_a_group=is_from_a_group(raw),
            is_duplicate=reserved.is_duplicate,
            asks=self._conversation.asks_dossier and found.reason == Reason.SEVERAL_DOSSIERS,
            is_quiet=self._conversation.keeps_quiet(message),
        )

        def unit() -> tuple[list[Posted], list[chores.Posted]]:
            self._steps.look_again(message)
            is_muted = self._steps.mutes(message, sides)
            is_new = self._folders.placed(document, path, is_muted=is_muted)
            told = NOTHING if is_muted else self._about(facts, message)
            posted = self._steps.finish(
                message, MessageStatus.DOCUMENT_CREATED, found, told, document
            )
            posted += [] if is_muted else self._conversation.beside(message, raw, found)
            # Sent again, what is in quarantine is on the shelf once more.
            is_to_look_at = is_new or document.safety == models.Safety.QUARANTINED
            care = [self._chores.post(chores.Kind.EXAMINE, document.id)] if is_to_look_at else []
            care += self._filed(document.id) if is_new else []
            return posted, care

        posted, care = self._store.write(unit)
        self._outbox.wake(posted)
        self._chores.wake(care)
        log.info("message filed", id=message.id, document=document.id, dossier=document.dossier_id)

    def _about(self, facts: Facts, message: models.Message) -> Announcements:
        return about_document(facts, with_hours=self._conversation.is_closed_for(message))

    def _fetched(self, message: models.Message, raw: Json) -> Arrival:
        """Its file, on the shelf. Raises PermanentError when Meta has none for us any more."""
        file = media_of(raw)
        if file is None:
            raise PermanentError(LOST_AT_META)
        kept = self._shelf.fetch(file, then=lambda: self._inbox.mark_media_downloaded(message))
        return Arrival(
            message=message,
            sha256=kept.sha256,
            size=kept.size,
            mime_type=kept.mime_type,
            filename=file.filename,
        )

    def _try_again(self, message: models.Message, error: TemporaryError) -> Later | None:
        wait = self._inbox.try_again(message, error)
        if wait is None:
            self._give_up(message, error)
            return None
        log.warning("message postponed", id=message.id, attempt=message.attempts)
        return Later(wait)

    def _give_up(self, message: models.Message, error: GreffierError) -> None:
        """A person must look: shown, retryable; the lawyer is told, and who can send it again.

        Of what comes from a blocked number nobody is told.
        """
        group = is_from_a_group(json.loads(message.raw))
        sides = self._steps.sides(message)

        def unit() -> list[Posted]:
            found = {"client": message.client_id, **columns(error)}
            self._inbox.finish(message, MessageStatus.ERROR, **found)
            if message.client_id is None:
                self._steps.note_whose_it_may_be(message)
            told = about_failure(is_theirs_to_mend=error.text in SEND_AGAIN, is_from_a_group=group)
            self._steps.look_again(message)
            if self._steps.mutes(message, sides):
                told = NOTHING
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
