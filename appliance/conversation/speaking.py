"""A person of the firm answers a client. The words are durable before anybody is told so.

Everything that could make an answer wrong is asked inside the unit that posts it, where nobody else
writes: is it certain who reads it, may it be said at all, has somebody else just said something.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from appliance.clock import Clock
from appliance.conversation import threads
from appliance.errors import GreffierError, PermanentError
from appliance.firm.blocking import is_blocked
from appliance.firm.people import may_disclose
from appliance.firm.scope import Scope
from appliance.firm.users import Users
from appliance.jobs import Job, Jobs
from appliance.outbox import answers
from appliance.outbox.answers import Enclosed, Words
from appliance.outbox.enclosures import NOT_FILED, Rules, seal_of
from appliance.outbox.posting import Posted
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import User

__all__ = ["Paper", "Refused", "Said", "Speaking", "Why", "Words"]


class Why(StrEnum):
    """What keeps an answer from being posted."""

    WITHHELD = "withheld"  # it is not certain who they are
    BLOCKED = "blocked"  # what they would reply, nobody would see
    CLOSED = "closed"  # Meta takes no free answer now
    NOWHERE = "nowhere"  # no number and no account of theirs is known
    NO_TEMPLATE = "no_template"  # the firm has set none
    ANSWERED = "answered"  # somebody else answered since the page was read
    DOCUMENT = "document"  # this document may not go to them: `error` says why
    UNSEEN = "unseen"  # what is sent, or to whom, is not what they said yes to
    ANSWERING = "answering"  # somebody else is answering just now


@dataclass(frozen=True)
class Said:
    """It is durable, and goes out. `is_new`: False, it had arrived before."""

    is_new: bool


@dataclass(frozen=True)
class Refused:
    """Nothing was posted. `who`: of the firm, where somebody else is the reason.

    `error`: what is wrong with the document.
    """

    why: Why
    who: str = ""
    error: GreffierError | None = None


class Reader(NamedTuple):
    """Who of the firm says it, and what they knew: the last answer on their page (0: none).

    `insists`: they know that somebody else is answering, or has answered.
    """

    user: User
    last_answer: int
    insists: bool = False


class Paper(NamedTuple):
    """A document to be sent, and the `seal` of what they were shown and said yes to.

    `scope`: what they see.
    """

    document_id: int
    seal: str
    scope: Scope


class Speaking:
    """What people of the firm say to clients."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        users: Users,
        *,
        rules: Rules,
        has_template: bool,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._users = users
        self._rules = rules
        self.has_template = has_template

    def answer(self, person_id: int, words: Words, reader: Reader) -> Said | Refused:
        """Post an answer. What it quotes is left out if it is of no message of this conversation.

        Raises TemporaryError when it cannot be stored: nothing goes out then.
        """

        def unit() -> tuple[Said | Refused, list[Posted]]:
            person = models.Correspondent.get_by_id(person_id)
            if answers.known(person_id, words):
                return Said(is_new=False), []
            recipient = self._address(person, reader, is_free=True)
            if isinstance(recipient, Refused):
                return recipient, []
            return Said(is_new=True), self._post(person, recipient, words, reader)

        said, posted = self._store.write(unit)
        self._wake(posted)
        return said

    def hand_over(
        self, person_id: int, paper: Paper, words: Words, reader: Reader
    ) -> Said | Refused:
        """Post a document of this client's dossiers, once a form, and write down who did so.

        Raises TemporaryError when it cannot be stored: nothing goes out then.
        """

        def unit() -> tuple[Said | Refused, list[Posted]]:
            person = models.Correspondent.get_by_id(person_id)
            document = rows.find(models.Document, id=paper.document_id)
            if document is None or not paper.scope.sees_document(document.id):
                return Refused(Why.DOCUMENT, error=PermanentError(NOT_FILED)), []
            enclosed = Enclosed(document, words)
            if answers.known(person_id, enclosed):
                return Said(is_new=False), []
            recipient = self._address(person, reader, is_free=True)
            if isinstance(recipient, Refused):
                return recipient, []
            refused = self._of_paper(paper, document, recipient)
            if refused is not None:
                return refused, []
            return Said(is_new=True), [self._give(person, recipient, enclosed, reader)]

        said, posted = self._store.write(unit)
        self._wake(posted)
        return said

    def _of_paper(self, paper: Paper, document: models.Document, recipient: str) -> Refused | None:
        """Inside a unit: whether it may go there, and is what was shown."""
        fault = self._rules.fault_of(document, recipient)
        if fault is not None:
            return Refused(Why.DOCUMENT, error=fault)
        is_seen = paper.seal == seal_of(document, recipient)
        return None if is_seen else Refused(Why.UNSEEN)

    def _give(
        self, person: models.Correspondent, recipient: str, enclosed: Enclosed, reader: Reader
    ) -> Posted:
        """Inside a unit: the row, who sent what to whom, and they are answering no more."""
        name, document = reader.user.name, enclosed.document
        posted = answers.post_document(person, recipient, enclosed, name, self._clock.now())
        threads.release(person.id, reader.user.id)
        detail = f"correspondent:{person.id}"
        self._users.audit(name, "document sent", f"document:{document.id}", detail)
        return posted

    def refusal(self, person: models.Correspondent, reader: Reader) -> Refused | None:
        """What would keep a free answer from being posted now. Reads only; posting asks anew."""
        found = self._address(person, reader, is_free=True)
        return found if isinstance(found, Refused) else None

    def template(self, person_id: int, form: str, reader: Reader) -> Said | Refused:
        """Post the firm's approved template, which asks them to write again. Once a form."""

        def unit() -> tuple[Said | Refused, list[Posted]]:
            person = models.Correspondent.get_by_id(person_id)
            recipient = self._address(person, reader, is_free=False)
            if isinstance(recipient, Refused):
                return recipient, []
            name, now = reader.user.name, self._clock.now()
            posted = answers.post_template(person, recipient, form, name, now)
            if posted:
                self._users.audit(name, "template sent", str(person_id), None)
            return Said(is_new=bool(posted)), posted

        said, posted = self._store.write(unit)
        self._wake(posted)
        return said

    def take_back(self, person_id: int, row_id: int, by: str) -> bool:
        """What has not left yet never leaves. False: it is too late, or was no answer of ours."""

        def unit() -> bool:
            is_back = answers.take_back(person_id, row_id)
            if is_back:
                self._users.audit(by, "answer taken back", str(person_id), None)
            return is_back

        return self._store.write(unit)

    def _address(
        self, person: models.Correspondent, reader: Reader, *, is_free: bool
    ) -> str | Refused:
        """Inside a unit: where it reaches them, or what keeps it from being posted."""
        refused = self._refusal(person, reader, is_free=is_free)
        return refused or answers.address_of(person) or Refused(Why.NOWHERE)

    def _refusal(
        self, person: models.Correspondent, reader: Reader, *, is_free: bool
    ) -> Refused | None:
        """Inside a unit."""
        now = self._clock.now()
        if not may_disclose(person):
            return Refused(Why.WITHHELD)
        if is_blocked(person):
            return Refused(Why.BLOCKED)
        if is_free:
            closes_at = answers.window_of(person)
            if closes_at is None or closes_at <= now:
                return Refused(Why.CLOSED)
        elif not self.has_template:
            return Refused(Why.NO_TEMPLATE)
        return None if reader.insists else self._other(person.id, reader)

    def _other(self, person_id: int, reader: Reader) -> Refused | None:
        """Inside a unit: somebody else has answered since, or is about to."""
        last = answers.last_answer(person_id)
        if last is not None and last.id > reader.last_answer and last.author != reader.user.name:
            return Refused(Why.ANSWERED, last.author)
        claim = threads.claimed_by_other(person_id, reader.user.id, self._clock.now())
        return Refused(Why.ANSWERING, claim.name) if claim else None

    def _post(
        self, person: models.Correspondent, recipient: str, words: Words, reader: Reader
    ) -> list[Posted]:
        """Inside a unit: the rows, who wrote them (not what), and they are answering no more."""
        name = reader.user.name
        posted = answers.post(person, recipient, words, name, self._clock.now())
        threads.release(person.id, reader.user.id)
        self._users.audit(name, "answered", str(person.id), None)
        return posted

    def _wake(self, posted: Iterable[Posted]) -> None:
        """After the commit. A call that is lost costs the wait until the next sweep."""
        self._jobs.wake_when_due(Job.OUTGOING, posted, self._clock.now())
