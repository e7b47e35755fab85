"""Takes a row that is due: judged once more, let through by the gate, its words written down.

Everything here runs inside a unit, so that what was judged, what a limit allows and the row that
uses it are one commit.
"""

from datetime import datetime
from typing import NamedTuple

from appliance.gateways.parcel import Parcel
from appliance.outbox import asides, enclosures, leaving, outcomes
from appliance.outbox.enclosures import Rules
from appliance.outbox.gate import TEMPLATE, Gate, Go, Held, Wait
from appliance.outbox.letters import Letters
from appliance.outbox.notes import Notes
from appliance.outbox.readers import forget
from appliance.replies.announcements import Kind
from appliance.store import attempts, models, work
from appliance.store.attempts import Outcome
from appliance.store.models import OutgoingStatus
from appliance.store.work import Later
from appliance.telling import columns


class Words(NamedTuple):
    """Who writes what goes out: letters to the firm's people, notes to its clients."""

    letters: Letters
    notes: Notes


class Taking:
    """Whether a row may go on, and as what."""

    def __init__(self, gate: Gate, words: Words, rules: Rules) -> None:
        self._gate = gate
        self._words = words
        self._rules = rules

    def take(self, row_id: int, now: datetime) -> tuple[models.Outgoing, Parcel] | Later | None:
        """Claim a row and write down what will be sent. From here on it is `sending`."""
        row = work.claim(models.Outgoing, row_id, now)
        if row is None or not self._is_right(row, now):
            return None
        verdict = self._gate.asks(row) if row.channel == "whatsapp" else Go("")
        if not isinstance(verdict, Go):
            return _aside(row, verdict, now)
        parcel = self._parcel(row, verdict)
        if not (parcel.text or parcel.content):  # the firm has switched this text off
            forget(row)
            return None
        work.update(
            row,
            status=OutgoingStatus.SENDING,
            sending_at=now,
            due_at=None,
            held=None,
            category=verdict.category or None,
            subject=parcel.subject,
            body=parcel.text,
            **_place_of(row),
        )
        return row, parcel

    def reserve(self, row_id: int, now: datetime) -> models.Outgoing | Later | None:
        """Claim a row whose document has to be brought to Meta first. It stays `queued`.

        Nothing is brought of what may not leave, and no limit is used up by it.
        """
        row = work.claim(models.Outgoing, row_id, now)
        if row is None or not self._is_right(row, now):
            return None
        verdict = self._gate.may_begin(row)
        return row if isinstance(verdict, Go) else _aside(row, verdict, now)

    def brought(self, row: models.Outgoing, media_id: str, now: datetime) -> None:
        """Meta holds its document: it is due like any other, unless somebody else has it now."""
        table = models.Outgoing
        is_ours = (table.leased_until.is_null(False), table.attempts == row.attempts)
        values = {"media_id": media_id, "media_at": now, "due_at": now, "leased_until": None}
        is_waiting = (table.id == row.id, table.status == OutgoingStatus.QUEUED)
        # What was brought is no attempt to send it.
        query = table.update(**values, attempts=row.attempts - 1).where(*is_waiting, *is_ours)
        query.execute()

    def _is_right(self, row: models.Outgoing, now: datetime) -> bool:
        """Whether it is still said, and as which kind; what is not is settled here."""
        if row.channel != "whatsapp":
            return True
        verdict = leaving.judged(row, now)
        if row.kind == Kind.ENCLOSURE and isinstance(verdict, leaving.Say):
            fault = self._rules.fault_of_row(row)
            verdict = leaving.Misdirected(fault) if fault is not None else verdict
        match verdict:
            case leaving.Say(kind):
                row.kind = kind
                work.update(row, kind=kind)
                return True
            case leaving.Unsaid():
                forget(row)
            case leaving.Misdirected(error):
                work.update(row, **outcomes.ended(OutgoingStatus.FAILED, error))
                attempts.note(row, Outcome.FAILED, now, columns(error))
        return False

    def _parcel(self, row: models.Outgoing, verdict: Go) -> Parcel:
        if row.channel == "whatsapp":
            return self._words.notes.parcel(row, as_template=verdict.category == TEMPLATE)
        return self._words.letters.parcel(row)


def _aside(row: models.Outgoing, verdict: Wait | Held, now: datetime) -> Later | None:
    """It may not leave yet."""
    match verdict:
        case Wait(until, error):
            asides.put(row, error, asides.Aside(until, None))
            return Later(until - now)
        case Held(by, error):
            asides.put(row, error, asides.Aside(None, by))
    return None


def _place_of(row: models.Outgoing) -> dict[str, object]:
    """A document stands in the history of the dossier from which it leaves."""
    document = enclosures.document_of(row)
    return {} if document is None else {"dossier": document.dossier_id}
