"""A person of the firm lets a client be asked: which of your dossiers is this for?

The same list to touch as after several dossiers were found by itself (outbox.lists), with neutral
labels; the answer files what still waits. Only inside Meta's 24 hours: outside them a list cannot
be sent, and a template would say something else. Each document is asked for once by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from appliance.clock import Clock
from appliance.firm.people import may_disclose
from appliance.jobs import Job, Jobs
from appliance.outbox import gate
from appliance.outbox.posting import Post, Posted, Posting, may_be_written_to, was_told
from appliance.replies.announcements import Kind
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import Document, DocumentStatus, Dossier, DossierStatus, Message
from appliance.wording import Wording, marks

ABOUT = marks(
    "You sent us a document on %(day)s. Which matter does it concern?",
    "You sent us %(count)d documents on %(day)s. Which matter do these concern?",
)
NOT_TO_ASK = frozenset({"group", "opposing_party", "identity_changed", "several_clients"})


class Asked(StrEnum):
    """What came of it."""

    DONE = "done"
    BEFORE = "before"  # they were asked for these already
    NOBODY = "nobody"  # no client is known behind them, or more than one
    ONE_DOSSIER = "one_dossier"  # there is nothing to choose from
    CLOSED = "closed"  # the last message is older than Meta's 24 hours
    SILENT = "silent"  # they want no automatic messages, or it came in a group
    IN_DOUBT = "in_doubt"  # nobody knows who they are now
    GONE = "gone"  # none of them waits any more


class Asking:
    """Posts the question, in the client's language; in `language` where nobody knows theirs."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        posting: Posting,
        wordings: Mapping[str, Wording],
        language: str,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._posting = posting
        self._wordings = wordings
        self._language = language

    def ask(self, document_ids: Sequence[int], note: Note = by_nobody) -> Asked:
        """Ask the one client who sent all of these that still wait."""

        def unit() -> tuple[Asked, list[Posted]]:
            messages = [each for each in map(_message_of, document_ids) if each is not None]
            refused = self._refusal(messages)
            if refused is not None:
                return refused, []
            fresh = [each for each in messages if not was_told(Kind.ASK_AGAIN, each)]
            if not fresh:
                return Asked.BEFORE, []
            posted = [self._post(fresh)]
            note()
            return Asked.DONE, posted

        asked, posted = self._store.write(unit)
        self._jobs.wake_when_due(Job.OUTGOING, posted, self._clock.now())
        return asked

    def _refusal(self, messages: Sequence[Message]) -> Asked | None:
        if not messages:
            return Asked.GONE
        clients = {each.document.client_id for each in messages}
        people = {each.correspondent_id for each in messages}
        is_certain = all(each.document.reason not in NOT_TO_ASK for each in messages)
        if len(clients) != 1 or len(people) != 1 or None in clients | people or not is_certain:
            return Asked.NOBODY
        last = messages[-1]
        if not may_disclose(last.correspondent):
            return Asked.IN_DOUBT
        if not may_be_written_to(last):
            return Asked.SILENT
        if _active(last.document.client_id) < 2:
            return Asked.ONE_DOSSIER
        return Asked.CLOSED if self._clock.now() >= _closes_at(last) else None

    def _post(self, messages: Sequence[Message]) -> Posted:
        """Inside a unit."""
        last, now = messages[-1], self._clock.now()
        wording = self._wordings[last.correspondent.language or self._language]
        day = wording.day_in_words(messages[0].received_at)
        body = wording.plural(*ABOUT, len(messages), count=len(messages), day=day)
        return self._posting.ask(
            [Post(each, each.document) for each in messages],
            Kind.ASK_AGAIN,
            now,
            body=body,
            expires_at=_closes_at(last),
        )


def _message_of(document_id: int) -> Message | None:
    """The last message that brought it, if it still waits."""
    document = rows.find(Document, id=document_id)
    if document is None or document.status != DocumentStatus.PENDING or document.rejected_at:
        return None
    query = Message.select().where(Message.document == document_id, Message.direction == "in")
    found: Message | None = query.order_by(Message.id.desc()).first()
    return found


def _active(client_id: int) -> int:
    is_open = Dossier.status == DossierStatus.ACTIVE
    return int(Dossier.select().where(Dossier.client == client_id, is_open).count())


def _closes_at(message: Message) -> datetime:
    wrote_at: datetime | None = message.correspondent.last_wrote_at
    known = gate.window_of(message)
    if wrote_at is None:
        return known
    return max(known, wrote_at + gate.SERVICE_WINDOW - gate.WINDOW_MARGIN)
