"""The audit log: who did what, when, as a list and as a file; and whether it stands."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    send_file,
)
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import numbers, refusals
from appliance.dashboard.audit_board import Asked, AuditBoard, Line, Reader
from appliance.dashboard.desk import desk
from appliance.dashboard.saving import BUSY
from appliance.dashboard.users_page import role_name
from appliance.dashboard.visitor import may, needs, scope, signed_in, wording
from appliance.firm.audit import BREACHES
from appliance.firm.deeds import DEEDS, About, deed_of, number_in
from appliance.firm.rights import May
from appliance.store.models import AuditEntry, Document, Role
from appliance.wording import mark

THINGS = {
    About.DOCUMENT: mark("Document No %(number)s"),
    About.DOSSIER: mark("Dossier No %(number)s"),
    About.CLIENT: mark("Client No %(number)s"),
    About.MESSAGE: mark("Message No %(number)s"),
    About.CORRESPONDENT: mark("Conversation No %(number)s"),
    About.EVENT: mark("Event No %(number)s"),
    About.CHORE: mark("Task No %(number)s"),
    About.USER: mark("User No %(number)s"),
    About.SETTING: mark("Setting No %(number)s"),
    About.IMPORT: mark("Import No %(number)s"),
    About.JOB: mark("Task No %(number)s"),
}
KINDS = {
    About.DOCUMENT: mark("a document"),
    About.DOSSIER: mark("a dossier"),
    About.CLIENT: mark("a client"),
    About.MESSAGE: mark("a message"),
    About.CORRESPONDENT: mark("a conversation"),
    About.EVENT: mark("an event"),
    About.CHORE: mark("a task"),
    About.USER: mark("a user"),
    About.SETTING: mark("a setting"),
    About.IMPORT: mark("an import"),
    About.JOB: mark("work of the queue"),
}
STANDS = mark("Checked: %(count)s entries, all as they were made.")
EXPORT = "audit exported"
MASKED = mark("not shown: it speaks of content")
HEADER = (
    mark("Number"),
    mark("When"),
    mark("Who"),
    mark("Act"),
    mark("About"),
    mark("Details"),
)
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"  # by which Excel knows UTF-8
LONGEST = 200  # characters of a filter

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("")
@needs(May.AUDIT)
def page() -> AnyResponse:
    """What was done, newest first; `?before=` turns the page."""
    asked, before = _asked(), _number("before")
    state = _board().state()
    shown = render_template(
        "audit.html",
        seen=_board().seen(_reader(), asked, before),
        asked=asked,
        before=before,
        kept=_kept(),
        state=state,
        broken=_broken(state.breach, state.number) if state and state.breach else None,
        people=[*(user.name for user in desk().users.everybody()), "greffier", "Google Drive"],
        deeds=sorted(((code, _said(code)) for code in DEEDS), key=lambda pair: pair[1].casefold()),
        kinds={kind: wording().text(words) for kind, words in KINDS.items()},
        is_masked=may(May.ADMINISTER) and not may(May.READ),
    )
    return Response(shown)


@bp.get("/export.csv")
@needs(May.AUDIT)
def export() -> AnyResponse:
    """The same as a file for a spreadsheet. That it was made is an entry, too.

    It is made first and sent by the door itself: nobody who reads it slowly keeps a thread.
    """
    place = desk().registry.saving.place()
    if place is None:
        return refusals.refuse(503, BUSY)
    with place:
        reader, asked = _reader(), _asked()
        desk().users.note(reader.name, EXPORT, None)
        made = _written(_csv(_board().exported(reader, asked)))
    return send_file(made, "text/csv", True, "greffier-audit.csv", conditional=False, etag=False)


@bp.post("/check")
@needs(May.AUDIT)
def check() -> AnyResponse:
    """Look at the whole chain now."""
    checked = _board().check()
    if checked.finding is not None:
        flash(_broken(checked.finding.breach, checked.finding.number))
    else:
        flash(wording().text(STANDS, count=checked.count))
    return redirect(address_of("audit.page"))


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What templates may say of acts."""
    return {"deed": _said, "thing": _thing, "thing_link": _link, "told": _told}


def _csv(lines: Iterator[Line]) -> Iterator[str]:
    said, masked = wording(), wording().text(MASKED)
    yield BOM + _row([said.text(title) for title in HEADER])
    for line in lines:
        entry = line.entry
        number = entry.number or ""
        told = _told(entry) if line.is_told else masked
        when = said.moment(entry.at)
        yield _row([str(number), when, entry.actor, _said(entry.action), _thing(line), told])


def _written(parts: Iterator[str]) -> io.BytesIO:
    """All of it: `EXPORTED` entries are some fifteen megabytes."""
    file = io.BytesIO()
    for part in parts:
        file.write(part.encode())
    file.seek(0)
    return file


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(map(_harmless, cells))
    return written.getvalue()


def _harmless(cell: str) -> str:
    """Text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _said(action: str) -> str:
    """The act in words."""
    return wording().text(deed_of(action).words, number=number_in(action))


def _told(entry: AuditEntry) -> str:
    """The details; a role by its name."""
    is_role = entry.about == About.USER and entry.detail in list(Role)
    return role_name(entry.detail) if is_role else str(entry.detail or "")


def _thing(line: Line) -> str:
    """What it was done to, by a name where they see it, else by its number."""
    entry = line.entry
    if line.document is not None:
        return str(line.document.name)
    if entry.about == About.DOSSIER and line.dossier is not None:
        return f"{line.dossier.reference} · {line.dossier.title}"
    if entry.subject and not line.is_masked and entry.about not in (About.DOCUMENT, About.DOSSIER):
        named = entry.subject
        if entry.about == About.USER or not entry.about_id:
            return str(named)
    if entry.about in list(About) and entry.about_id:
        return wording().text(THINGS[About(entry.about)], number=entry.about_id)
    return "" if line.is_masked else str(entry.subject or "")


def _link(line: Line) -> str | None:
    """Where it is looked at."""
    entry = line.entry
    if line.document is not None:
        return address_of("files.page", document_id=line.document.id)
    if entry.about == About.DOSSIER and line.dossier is not None:
        return address_of("dossiers.page", row_id=line.dossier.id)
    if entry.about == About.USER and entry.about_id and may(May.ADMINISTER):
        return address_of("users.one", user_id=entry.about_id)
    return None


def _board() -> AuditBoard:
    return desk().audit


def _reader() -> Reader:
    name = signed_in().name
    return Reader(name, scope(), is_admin=may(May.ADMINISTER), reads=may(May.READ))


def _broken(breach: Any, number: int) -> str:
    return wording().text(BREACHES[breach], number=number)


def _kept() -> dict[str, str]:
    """The filters as they were asked, for the links to other pages."""
    names = ("actor", "action", "about", "number", "dossier", "from", "to")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _asked() -> Asked:
    """What was asked; what cannot be understood is not asked."""
    given = request.args
    about, action = given.get("about", ""), given.get("action", "")
    return Asked(
        actor=given.get("actor", "").strip()[:LONGEST] or None,
        action=action if action in DEEDS else None,
        about=About(about) if about in list(About) else None,
        number=_number("number"),
        dossier=_number("dossier"),
        since=_day("from"),
        to=_day("to"),
    )


def _number(name: str) -> int | None:
    return numbers.number_in(request.args.get(name, "").strip())


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None


def seen_by(name: str, document: Document) -> None:
    """That they opened this document is written down, once a day. Pages that show one call it."""
    desk().users.journal.opened(name, document.id, _board().today())
