"""The words of what goes out: confirmations to clients, letters to the firm's people.

A confirmation says that something came and nothing else: whoever holds the phone reads it. A
letter's subject names nobody: subjects are read on locked screens and kept by mail servers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape

from appliance import telling
from appliance.config import Urgency
from appliance.gateways.parcel import Parcel
from appliance.outbox import alarms
from appliance.replies.announcements import Kind
from appliance.store import models
from appliance.wording import Wording, mark

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class _Letter:
    subject: str
    intro: str
    todo: str


WAITS = mark("The file waits for you in the folder “_A rattacher”.")
LIST = mark("To see the list:")
LIST_ON_THE_PC = mark("To see the list, on the firm's computer:")
LOOK = mark("Open Greffier: %(address)s")
LOOK_ON_THE_PC = mark("Open Greffier on the firm's computer: %(address)s")
ALERTS = {
    Urgency.WARNING: mark("[Greffier] Something to know"),
    Urgency.ERROR: mark("[Greffier] Something needs you"),
    Urgency.CRITICAL: mark("[Greffier] Urgent: something needs you at once"),
}
LETTERS = {
    Kind.FILED: _Letter(
        mark("[Greffier] Document filed"),
        mark("Received on WhatsApp and filed:"),
        mark("Nothing to do."),
    ),
    Kind.ACTION_NEEDED: _Letter(
        mark("[Greffier] Documents to be filed: your choice is needed"),
        mark("Received on WhatsApp. The bytes are safe; the dossier is for you to choose:"),
        WAITS,
    ),
    Kind.UNKNOWN_NUMBER: _Letter(
        mark("[Greffier] A document from an unknown number"),
        mark("Received on WhatsApp from a sender who is not in the register:"),
        WAITS,
    ),
    Kind.FAILED: _Letter(
        mark("[Greffier] A document could not be fetched"),
        mark("Announced on WhatsApp, but the file could not be brought in:"),
        mark("Try again on the page, or ask the client to send it again."),
    ),
    Kind.ALERT: _Letter(
        mark("[Greffier] Something needs you"),
        "",  # what it is, is in the row
        mark("Meanwhile nothing is lost: what clients send is kept."),
    ),
    Kind.DEADLINES: _Letter(
        mark("[Greffier] Deadlines to watch"),
        "",  # how many, is in the row
        mark("What must be done, and in which dossier, stands on the page “Deadlines”."),
    ),
}
# Whatever a letter was to say of documents that are in quarantine now.
IN_QUARANTINE = _Letter(
    mark("[Greffier] A document in quarantine: somebody must decide"),
    mark("Received on WhatsApp, and put in quarantine because it may do harm:"),
    mark(
        "Nobody can open it, and it is in no folder: decide on the page “Safety” what becomes of "
        "it."
    ),
)
QUARANTINED = mark("in quarantine: somebody must decide on the page “Safety”")

REASONS = {
    "only_active_dossier": mark("the client's only active dossier"),
    "several_dossiers": mark("the client has several active dossiers"),
    "no_active_dossier": mark("the client has no active dossier"),
    "unknown_number": mark("this number is not in the register"),
    "several_clients": mark("this number belongs to several clients"),
    "group": mark("sent in a group"),
    "chosen_by_client": mark("chosen by the client"),
    "chosen_by_person": mark("chosen by a person of the firm"),
    "sent_back": mark("sent back by a person of the firm"),
    "bound": mark("photos bound into one PDF"),
    "known_since": mark("it came before the firm knew whose this number is"),
    "opposing_party": mark("this number or name is the opponent's in one of your dossiers"),
    "identity_changed": mark("WhatsApp says that this person's number or identity has changed"),
}


@dataclass(frozen=True)
class Line:
    """One message of a letter, in words."""

    client: str
    dossier: str
    document: str
    received: str
    why: str


class Letters:
    """Renders outbox rows in the firm's language. Reads; writes nothing."""

    def __init__(self, wording: Wording, firm_name: str, dashboard_url: str) -> None:
        self._wording = wording
        self._firm = firm_name
        self._dashboard_url = dashboard_url
        self._is_local = urlsplit(dashboard_url).hostname in LOOPBACK
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"]),
        )

    def parcel(self, row: models.Outgoing) -> Parcel:
        """What this row says now, with everything that joined it."""
        return self._alert(row) if row.channel == alarms.CHANNEL else self._letter(row)

    def _alert(self, row: models.Outgoing) -> Parcel:
        """A few words, for a telephone: what is wrong, and where to look."""
        look = LOOK_ON_THE_PC if self._is_local else LOOK
        lines = (
            telling.told(row.content, self._wording),
            self._wording.text(look, address=self._dashboard_url),
        )
        return Parcel(
            recipient=row.recipient,
            subject=self._wording.text(ALERTS[alarms.urgency_of(row)]),
            text="\n".join(lines),
            callback=row.callback,
        )

    def _letter(self, row: models.Outgoing) -> Parcel:
        messages = [item.message for item in row.items.order_by(models.OutgoingItem.id)]
        letter = LETTERS[Kind(row.kind)]
        if _is_all_in_quarantine(messages):
            letter = IN_QUARANTINE
        values = {
            "language": self._wording.language,
            "direction": self._wording.direction,
            "intro": self._intro(row, letter),
            "todo": self._wording.text(letter.todo),
            "where": self._wording.text(LIST_ON_THE_PC if self._is_local else LIST),
            "lines": [self._line(message) for message in messages],
            "address": self._dashboard_url,
        }
        return Parcel(
            recipient=row.recipient,
            subject=self._wording.text(letter.subject),
            text=self._templates.get_template("letter.txt").render(values),
            html=self._templates.get_template("letter.html").render(values),
            callback=row.callback,
        )

    def _intro(self, row: models.Outgoing, letter: _Letter) -> str:
        return (
            telling.told(row.content, self._wording)
            if row.content
            else self._wording.text(letter.intro)
        )

    def _line(self, message: models.Message) -> Line:
        document = message.document
        dossier = document.dossier if document else None
        reason = REASONS.get(document.reason) if document else None
        if document is not None and document.safety == models.Safety.QUARANTINED:
            reason = QUARANTINED
        why = self._wording.text(reason) if reason else telling.why(message, self._wording)
        return Line(
            client=message.client.name if message.client else message.sender,
            dossier=f"{dossier.reference} {dossier.title}" if dossier else "",
            document=telling.brought(message, self._wording),
            received=self._wording.moment(message.received_at),
            why=why,
        )


def _is_all_in_quarantine(messages: Sequence[models.Message]) -> bool:
    """Whether every message of a letter brought what has been put away since."""
    documents = [message.document for message in messages]
    return bool(documents) and all(
        one is not None and one.safety == models.Safety.QUARANTINED for one in documents
    )
