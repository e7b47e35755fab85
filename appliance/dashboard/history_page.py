"""The history of a dossier, and all of it as one file."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from peewee import fn
from werkzeug.wrappers import Response as AnyResponse

from appliance import names
from appliance.dashboard import refusals, timeline_board
from appliance.dashboard.bundle import Words, bundle
from appliance.dashboard.desk import desk
from appliance.dashboard.dossiers_page import DEEDS, TO_BE_FILED
from appliance.dashboard.labels import KINDS
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.saving import BUSY
from appliance.dashboard.timeline_board import Event, What
from appliance.dashboard.visitor import apart, needs, scope, signed_in, why, wording
from appliance.filing.acts import Kind
from appliance.firm.deeds import deed_of, number_in
from appliance.firm.rights import May
from appliance.replies.announcements import Kind as Told
from appliance.store import rows
from appliance.store.fields import utc_text
from appliance.store.models import AuditEntry, Document, Dossier, Outgoing
from appliance.wording import mark

UNSEEN = mark("another dossier")
RECEIVED = mark("“%(name)s” received from %(sender)s")
SENT = mark("%(what)s: %(recipient)s")
SENT_DOCUMENT = mark("“%(name)s” sent to the client (%(recipient)s) by %(who)s")
RECEIPT = mark("Receipt No %(number)s")
BORDEREAU = mark("Bordereau No %(number)s issued")
NOTED = {
    "dossier added": mark("Dossier written down"),
    "dossier changed": mark("Facts of the dossier changed (%(detail)s)"),
    "dossier taken over": mark("Taken over from its lawyer, who keeps seeing it (%(detail)s)"),
    "party added": mark("Party added (%(detail)s)"),
    "party removed": mark("Party removed (%(detail)s)"),
    "access changed": mark("Who sees it changed (%(detail)s)"),
    "let into dossier": mark("%(detail)s was let in"),
    "kept out of dossier": mark("%(detail)s was kept out"),
    "access by name ended": mark("%(detail)s is neither let in nor kept out by name"),
    "dossier folder moved": mark("Folder moved (%(detail)s)"),
    "dossier saved as a file": mark("Whole dossier saved as a file"),
    "legal hold begun": mark("Put under legal hold (%(detail)s)"),
    "legal hold ended": mark("Legal hold ended (%(detail)s)"),
    "dossier closed": mark("Dossier closed"),
    "dossier reopened": mark("Dossier opened again"),
    "dossier destroyed": mark("Documents destroyed (%(detail)s)"),
}
LEFT_OUT = mark("These documents are not in this file:")
QUARANTINED = mark("in quarantine, because it may do harm")
CHANGED = mark("its bytes are not those that came")
NOTE = mark("Left out.txt")

bp = Blueprint("history", __name__, url_prefix="/dossiers")
_ID = f"<int(max={LARGEST_ID}):dossier_id>"


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of what happened."""
    return {"event_said": event_said, "utc_text": utc_text}


@bp.get(f"/{_ID}/history")
@needs(May.READ, dossier="dossier_id")
def page(dossier_id: int) -> str:
    """What happened in it, the latest first; `?before=` the older ones."""
    dossier = _dossier(dossier_id)
    seen = timeline_board.timeline(dossier_id, scope(), _instant(request.args.get("before", "")))
    return render_template("history.html", dossier=dossier, seen=seen)


@bp.get(f"/{_ID}/zip")
@needs(May.READ, dossier="dossier_id")
def save(dossier_id: int) -> AnyResponse:
    """All its documents as one file. Who asks, and for which, is written down before."""
    dossier, person, files = _dossier(dossier_id), signed_in(), desk().files
    place = desk().registry.saving.place()
    if place is None:
        return refusals.refuse(503, BUSY)
    with place:
        marked = [(one, files.is_withheld(one)) for one in _documents(dossier_id)]
        opened = [one.id for one, is_withheld in marked if not is_withheld]
        desk().registry.editor.note_saved(dossier_id, opened, person.name)
        folder = names.dossier_folder_name(dossier.reference, dossier.title)
        made = bundle(folder, marked, files.file, _words())
        response = Response(stream_with_context(made), mimetype="application/zip")
        response.call_on_close(place.pop_all().close)  # it is made while it is sent
    name = names.safe_name(f"{dossier.reference}.zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def event_said(event: Event) -> str:
    """What happened, in one line."""
    said = wording()
    if event.what is What.RECEIVED:
        return _received(event)
    if event.what is What.ACT:
        return _act(event)
    if event.what is What.SENT:
        return _sent(event.row)
    if event.what is What.NOTED:
        return _noted(event.row)
    text = RECEIPT if event.what is What.RECEIPT else BORDEREAU
    return said.text(text, number=event.row.number)


def _noted(entry: AuditEntry) -> str:
    """As this page says it, else as the audit log does: an act's code is nobody's language."""
    said, detail = wording(), apart(entry.detail or "")
    text = NOTED.get(entry.action)
    if text is not None:
        return said.text(text, detail=detail)
    words = said.text(deed_of(entry.action).words, number=number_in(entry.action))
    return f"{words} ({detail})" if entry.detail else words


def _sent(row: Outgoing) -> str:
    """A document by the name under which it left, and who sent it."""
    said, recipient = wording(), apart(row.recipient)
    if row.kind == Told.ENCLOSURE and row.subject:
        values = {"name": apart(row.subject), "who": apart(row.author or "")}
        return said.text(SENT_DOCUMENT, recipient=recipient, **values)
    return said.text(SENT, what=said.text(KINDS.get(row.kind, row.kind)), recipient=recipient)


def _received(event: Event) -> str:
    said = wording()
    if event.count == 1 and event.names:
        return said.text(RECEIVED, name=apart(event.names[0][1]), sender=apart(event.by))
    return said.plural(
        "%(count)d document received from %(sender)s",
        "%(count)d documents received from %(sender)s",
        event.count,
        count=event.count,
        sender=apart(event.by),
    )


def _act(event: Event) -> str:
    said = wording()
    (_, name), (_, before) = event.names
    values = {"name": name, "before": before}
    for key, place in event.places.items():
        values[key] = said.text(TO_BE_FILED) if place is None else place or said.text(UNSEEN)
    shown = {key: apart(value) for key, value in values.items()}
    return said.text(DEEDS[Kind(event.row.kind)], **shown)


def _words() -> Words:
    said = wording()
    return Words(
        note=said.text(NOTE),
        left_out=said.text(LEFT_OUT),
        why=why,
        quarantined=said.text(QUARANTINED),
        changed=said.text(CHANGED),
    )


def _documents(dossier_id: int) -> list[Document]:
    """Documents that share a file are one: the first of them is in it."""
    is_there = (Document.dossier == dossier_id, Document.stored_at.is_null(False))
    query = Document.select().where(*is_there, Document.destroyed_at.is_null())
    place = fn.COALESCE(Document.local_path, Document.id)
    firsts = query.group_by(place, Document.sha256).having(Document.id == fn.MIN(Document.id))
    return list(firsts.order_by(Document.received_at, Document.id))


def _dossier(dossier_id: int) -> Dossier:
    found = rows.find(Dossier, id=dossier_id)
    if found is None:
        abort(404)
    return found


def _instant(text: str) -> datetime | None:
    """As this page writes it in its own address; anything else is the beginning."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
