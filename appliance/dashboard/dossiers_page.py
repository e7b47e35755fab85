"""The pages of the cabinet: all dossiers, and one with its documents."""

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import matters_board, timeline_board
from appliance.dashboard.acts_page import ID, LONGEST, carry_out
from appliance.dashboard.cabinet_board import ActSeen, CabinetBoard
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_PAGE, number_in
from appliance.dashboard.visitor import apart, may, needs, scope, signed_in, wording
from appliance.errors import mark
from appliance.filing.acts import Kind
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.search.subjects import Kind as SearchKind
from appliance.sights.depicting import PICTURES
from appliance.store.models import Document, DossierStatus

RETITLED = mark("The dossier has its new title, and so has its folder.")
RENAMED = mark("The client has the new name, and so has their folder.")
HANDED_OVER = mark("The dossier now belongs to the other client, with all its documents.")
DEEDS = {
    Kind.FILED: mark("“%(name)s” filed under %(to)s"),
    Kind.MOVED: mark("“%(name)s” moved from %(from)s to %(to)s"),
    Kind.SENT_BACK: mark("“%(name)s” sent back from %(from)s, to be filed"),
    Kind.REJECTED: mark("“%(name)s” set aside"),
    Kind.BROUGHT_BACK: mark("“%(name)s” brought back, to be filed"),
    Kind.RENAMED: mark("“%(before)s” renamed to “%(name)s”"),
    Kind.FOLLOWED: mark("“%(name)s”: its place on the disk taken as it is"),
    Kind.REPLACED: mark("“%(name)s”: our copy put back on the disk"),
    Kind.UNDONE: mark("“%(name)s”: an act undone"),
}
TO_BE_FILED = mark("to be filed")
GREFFIER, CLIENT = "Greffier", mark("the client")
SAFETY = {
    "to_check": ("warned", mark("look at it with care")),
    "quarantined": ("failed", mark("in quarantine: it may harm")),
}
DRIVE = {
    "waiting": ("pending", mark("on its way to Google Drive")),
    "mirrored": ("filed", mark("on Google Drive")),
    "differs": ("warned", mark("changed on Google Drive")),
    "withheld": ("", mark("stays on this computer")),
    "failed": ("failed", mark("not on Google Drive")),
}

LATELY = 12  # events that stand beside the documents

bp = Blueprint("dossiers", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of documents and of what was done to them."""
    return {"deed_said": _deed_said, "filed_by": _filed_by, "badges": _badges, "stem": _stem}


@bp.get("/dossiers")
@needs(May.READ)
def shelf() -> str:
    """`?which=` (the active ones, else), `?after=` the next page; `?q=` looks for some."""
    sought, which = request.args.get("q", "").strip()[:LONGEST], request.args.get("which", "active")
    after = number_in(request.args.get("after"))
    if desk().registry.finder.words(sought):
        found = desk().registry.finder.more(SearchKind.DOSSIER, sought, scope())
        lines = matters_board.lines([hit.row for hit in found.hits])
        seen = matters_board.MattersSeen(lines, len(lines), None)
    else:
        seen = matters_board.shelf(scope(), which, after)
    told = {"seen": seen, "sought": sought, "which": which, "after": after, "longest": LONGEST}
    told |= {"pending": matters_board.pending(scope()), "changed": _board().changed(scope())}
    told |= {"may_import": may(May.IMPORT), "may_assign": may(May.ASSIGN)}
    told["may_add"] = may(May.DECIDE) or may(May.IMPORT)
    return render_template("dossiers.html", **told)


@bp.get(f"/dossiers/{ID}")
@needs(May.READ, dossier="row_id")
def page(row_id: int) -> AnyResponse:
    """One dossier and its documents, newest first; `?page=` the older ones."""
    number = number_in(request.args.get("page"), LARGEST_PAGE) or 1
    seen = _board().dossier(row_id, number, scope())
    if seen is None:
        abort(404)
    offered = {"offered": _board().offered(scope()), "clients": _board().clients(scope())}
    lately = timeline_board.timeline(row_id, scope(), None, LATELY)
    beside = {"beside": matters_board.beside(row_id), "lately": lately}
    shown = render_template("dossier.html", seen=seen, **offered, **beside, **_usual())
    return make_response(shown)


@bp.post(f"/dossiers/{ID}/title")
@needs(May.DECIDE, dossier="row_id")
def retitle(row_id: int) -> AnyResponse:
    """The dossier gets the title that is written in the form."""
    person, title = signed_in(), request.form.get("title", "")[:LONGEST]
    rehousing = _board().filing.rehousing
    carry_out(lambda: rehousing.retitle(row_id, in_one_line(title), person.name), RETITLED)
    return redirect(address_of("dossiers.page", row_id=row_id))


@bp.post(f"/dossiers/{ID}/client")
@needs(May.DECIDE, dossier="row_id")
def hand_over(row_id: int) -> AnyResponse:
    """The dossier passes to the client who is written in the form."""
    person, asked = signed_in(), request.form.get("client", "")[:LONGEST]
    client = _board().client_by(asked, scope())
    client_id, rehousing = client.id if client else 0, _board().filing.rehousing
    carry_out(lambda: rehousing.hand_over(row_id, client_id, person.name), HANDED_OVER)
    return redirect(address_of("dossiers.page", row_id=row_id))


@bp.post(f"/dossiers/{ID}/client-name")
@needs(May.DECIDE, dossier="row_id")
def rename_client(row_id: int) -> AnyResponse:
    """The client of this dossier gets the name that is written in the form."""
    person, name = signed_in(), request.form.get("name", "")[:LONGEST]
    seen = _board().dossier(row_id, 1, scope())
    client_id, rehousing = seen.dossier.client_id if seen else 0, _board().filing.rehousing
    carry_out(lambda: rehousing.rename_client(client_id, in_one_line(name), person.name), RENAMED)
    return redirect(address_of("dossiers.page", row_id=row_id))


def _board() -> CabinetBoard:
    return desk().cabinet


def _usual() -> dict[str, Any]:
    closed = DossierStatus.CLOSED.value
    usual = {
        "may_decide": may(May.DECIDE),
        "may_note": may(May.FILE),
        "longest": LONGEST,
        "closed": closed,
    }
    return usual | {"photo_types": PICTURES}


def _deed_said(deed: ActSeen) -> str:
    said, waits = wording(), wording().text(TO_BE_FILED)
    values = {
        "name": deed.after.values["name"],
        "before": deed.before.values["name"],
        "from": deed.came_from.reference if deed.came_from else waits,
        "to": deed.went_to.reference if deed.went_to else waits,
    }
    return said.text(
        DEEDS[Kind(deed.act.kind)], **{key: apart(value) for key, value in values.items()}
    )


def _filed_by(name: str | None) -> str:
    """Who filed it, as people call them."""
    known = {"greffier": GREFFIER, "client": wording().text(CLIENT)}
    return known.get(name or "", name or "")


def _badges(document: Document) -> list[tuple[str, str]]:
    """Whether it may harm, and whether it is on Drive: how it is shown, and in words."""
    is_kept_back = document.safety == "quarantined" and document.drive_status == "waiting"
    copy = "withheld" if is_kept_back else document.drive_status
    states = ((SAFETY, document.safety), (DRIVE, copy))
    found = [table[state] for table, state in states if state in table]
    return [(style, wording().text(text)) for style, text in found]


def _stem(name: str) -> str:
    """The name without what it keeps anyway: its extension."""
    return name.rpartition(".")[0] or name
