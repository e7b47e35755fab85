"""Documents get another dossier or name, as people ask; and the former when they think again.

Documents that share a file, which are one to whoever looks, go together.
"""

from collections.abc import Mapping

from appliance import names
from appliance.clock import Clock
from appliance.filing import acts
from appliance.filing.acts import NOT_REJECTED, Done, Intent, Kind, Version
from appliance.filing.carrying import Carrier, sharing, stored
from appliance.filing.matching import Reason
from appliance.filing.premises import Premises
from appliance.store import rows
from appliance.store.models import Act, Document, DocumentStatus, Dossier, LegalHold

_SENT_BACK: Mapping[str, object] = {
    "dossier": None,
    "status": DocumentStatus.PENDING.value,
    "reason": Reason.SENT_BACK.value,
    "filed_by": None,
    "filed_at": None,
}


class Mover:
    """Moves documents once a person has said where to. One at a time: it is people who ask.

    Each method may raise TemporaryError when the disk is full or a folder cannot be written, and
    PermanentError when the bytes are gone; nothing has been done then.
    """

    def __init__(self, clock: Clock, premises: Premises, carrier: Carrier) -> None:
        self._clock = clock
        self._premises = premises
        self._carrier = carrier

    def file_under(self, document: Document, dossier: Dossier, by: str, reason: str) -> bool:
        """Put a pending document into the dossier; `by`: who.

        False if it waits no more (filed, or set aside): somebody's choice stands.
        """
        with self._premises.turn:
            seen = self._carrier.ready(document.id)
            if seen is None or not _waits(seen):
                return seen is not None and seen.dossier_id == dossier.id
            self._carry(seen, Kind.FILED, by, self._under(dossier, by, reason))
            return True

    def file_waiting(
        self, document_id: int, dossier_id: int, by: str, gesture: str | None = None
    ) -> Done:
        """Put a document that still waits into that dossier.

        OVERTAKEN: somebody was quicker, and their choice stands; SAME: they chose this one, too.
        """
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            dossier = rows.find(Dossier, id=dossier_id)
            if document is None or dossier is None:
                return Done.GONE
            if not _waits(document):
                return Done.SAME if document.dossier_id == dossier_id else Done.OVERTAKEN
            values = self._under(dossier, by, Reason.CHOSEN_BY_PERSON)
            return self._carry(document, Kind.FILED, by, values, gesture)

    def reject(self, document_id: int, by: str, reason: str, gesture: str | None = None) -> Done:
        """Set a document that waits aside, for this reason. Its bytes stay where they are."""
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            if document is None:
                return Done.GONE
            if not _waits(document):
                return Done.SAME if document.rejected_at is not None else Done.OVERTAKEN
            return self._carry(document, Kind.REJECTED, by, self._rejected(by, reason), gesture)

    def bring_back(self, document_id: int, by: str, gesture: str | None = None) -> Done:
        """Let a document that was set aside wait again."""
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            if document is None:
                return Done.GONE
            if document.rejected_at is None:
                return Done.SAME if _waits(document) else Done.OVERTAKEN
            return self._carry(document, Kind.BROUGHT_BACK, by, NOT_REJECTED, gesture)

    def move(self, document_id: int, dossier_id: int, by: str, gesture: str | None = None) -> Done:
        """Put a document, filed or not, into that dossier, of whatever client."""
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            dossier = rows.find(Dossier, id=dossier_id)
            if document is None or dossier is None:
                return Done.GONE
            if document.dossier_id == dossier_id:
                return Done.SAME
            if _is_held(document.dossier_id):
                return Done.HELD
            kind = Kind.FILED if document.dossier_id is None else Kind.MOVED
            values = self._under(dossier, by, Reason.CHOSEN_BY_PERSON)
            return self._carry(document, kind, by, values, gesture)

    def send_back(self, document_id: int, by: str) -> Done:
        """Let a filed document wait again, under whoever sent it."""
        return self._take_out(document_id, Kind.SENT_BACK, by, _SENT_BACK)

    def withdraw(self, document_id: int, by: str, reason: str) -> Done:
        """Take a filed document out of its dossier and set it aside, in one act.

        Cut anywhere, it is in the dossier or set aside: never among those that wait.
        """
        with self._premises.turn:
            aside = {**_SENT_BACK, **self._rejected(by, reason)}
            return self._take_out(document_id, Kind.REJECTED, by, aside)

    def _take_out(
        self, document_id: int, kind: Kind, by: str, values: Mapping[str, object]
    ) -> Done:
        """Out of its dossier, unless something holds it there."""
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            if document is None:
                return Done.GONE
            if document.status == DocumentStatus.PENDING:
                return Done.SAME
            if _is_held(document.dossier_id):
                return Done.HELD
            return self._carry(document, kind, by, values)

    def rename(self, document_id: int, asked: str, by: str) -> Done:
        """Call a document as asked, as far as disks allow; its day and extension stay."""
        with self._premises.turn:
            document = self._carrier.ready(document_id)
            if document is None:
                return Done.GONE
            name = names.renamed(asked, document.name)
            if name in ("", document.name):
                return Done.SAME
            return self._carry(document, Kind.RENAMED, by, {"name": name})

    def undo(self, batch: int, by: str) -> Done:
        """Let it be as before that act, whenever it was; if nothing was done to it since."""
        with self._premises.turn:
            for act in acts.of_batch(batch):
                self._carrier.ready(act.document_id)
            done = acts.of_batch(batch)
            if not done:
                return Done.GONE
            if not acts.may_be_undone(done):
                return Done.OVERTAKEN
            intents = [_undoing(act, by) for act in done]
            found = [intent for intent in intents if intent is not None]
            if len(found) < len(done):
                return Done.GONE
            if any(_takes_out_of_hold(intent) for intent in found):
                return Done.HELD
            return self._carrier.do(found)

    def _under(self, dossier: Dossier, by: str, reason: str) -> dict[str, object]:
        return {
            "client": dossier.client_id,
            "dossier": dossier.id,
            "status": DocumentStatus.FILED.value,
            "reason": str(reason),
            "filed_by": by,
            "filed_at": self._clock.now(),
            **NOT_REJECTED,
        }

    def _rejected(self, by: str, reason: str) -> dict[str, object]:
        now = self._clock.now()
        return {"rejected_at": now, "rejected_by": by, "rejected_reason": reason}

    def _carry(
        self,
        document: Document,
        kind: Kind,
        by: str,
        values: Mapping[str, object],
        gesture: str | None = None,
    ) -> Done:
        intents = []
        for each in sharing(document):
            after = Version.of(each).with_(**values)
            if values.get("status") == DocumentStatus.PENDING:  # it is no dossier's any more
                after = after.with_(client=_client_of(each.owner_key))
            intents.append(Intent(each, kind, by, after, gesture=gesture))
        return self._carrier.do(intents)


def _waits(document: Document) -> bool:
    return document.status == DocumentStatus.PENDING and document.rejected_at is None


def _client_of(owner_key: str) -> int | None:
    """Whose it is by itself: the client's who sent it, nobody's else."""
    kind, _, value = owner_key.partition(":")
    return int(value) if kind == "client" else None


def _is_held(dossier_id: int | None) -> bool:
    """Whether what is in it must stay in it: else a hold could be evaded by moving things out."""
    if dossier_id is None:
        return False
    return rows.find(LegalHold, dossier=dossier_id, ended_at=None) is not None


def _takes_out_of_hold(intent: Intent) -> bool:
    dossier_id = intent.document.dossier_id
    return intent.after.values["dossier"] != dossier_id and _is_held(dossier_id)


def _undoing(act: Act, by: str) -> Intent | None:
    """None: the document is gone, or the dossier in which it was."""
    document, before = stored(act.document_id), Version.read(act.before)
    dossier_id = before.values["dossier"]
    dossier = rows.find(Dossier, id=dossier_id) if dossier_id is not None else None
    if document is None or (dossier_id is not None and dossier is None):
        return None
    if dossier is not None:  # which may have passed to another client
        before = before.with_(client=dossier.client_id)
    return Intent(document, Kind.UNDONE, by, before, act.batch)
