"""Lists of clients and dossiers: chosen, shown line by line, brought in, taken back."""

from contextlib import closing
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.visitor import apart, may, needs, scope, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.imports import LARGEST, Imports, Line
from appliance.firm.rights import May
from appliance.firm.undoing import Left
from appliance.store.models import Import, ImportStatus
from appliance.wording import mark

LINES = 200  # of a page
LATELY = 20  # lists
COMMAND = "greffier"  # who brings in lists by `greffier import`
NO_FILE = mark("Choose a file first.")
DONE = mark("The list is brought in.")
UNDONE = mark("The list is taken back: everything is as it was before.")
UNDONE_BUT = mark(
    "The list is taken back, but for what somebody has used or changed since: see below."
)
VERDICTS = {
    "created": mark("new"),
    "changed": mark("changed"),
    "unchanged": mark("as it is"),
    "refused": mark("refused"),
}
FIELDS = {
    "email": mark("e-mail address"),
    "vip": mark("VIP"),
    "title": mark("title"),
    "status": mark("state"),
    "closed_at": mark("day of closing"),
    "lawyer": mark("lawyer"),
    "label": mark("label"),
    "number": mark("number"),
}
VALUES: dict[object, str] = {
    True: mark("yes"),
    False: mark("no"),
    "active": mark("active"),
    "closed": mark("closed"),
}
KINDS = {
    "client": mark("client"),
    "contact": mark("number"),
    "dossier": mark("dossier"),
    "party": mark("party"),
}
LEFT = {
    Left.CHANGED: mark("somebody changed it since: change it by hand if you must"),
    Left.USED: mark("something hangs on it since (documents, messages, a decision): it stays"),
    Left.WRITTEN: mark("messages came from it since: remove it on the client's page if you must"),
    Left.DESTROYED: mark("its documents are destroyed, or are about to be: it stays closed"),
}

bp = Blueprint("imports", __name__, url_prefix="/import")
_ID = f"<int(max={LARGEST_ID}):import_id>"


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of lines."""
    return {"line_said": _line_said, "verdict_said": _verdict_said, "left_said": _left_said}


@bp.get("")
@needs(May.IMPORT)
def page() -> str:
    """Where a file is chosen, and the lists that were brought in."""
    return _page(None)


@bp.post("")
@needs(May.IMPORT)
def preview() -> AnyResponse | tuple[str, int]:
    """Show what a file would do, line by line; nothing is done yet."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(wording().text(NO_FILE)), 422
    with closing(file):
        data = file.stream.read(LARGEST + 1)
    try:
        by, allowed = signed_in().name, may(May.ASSIGN)
        import_id = _imports().preview(data, file.filename, by, scope(), may_assign=allowed)
    except PermanentError as error:
        return _page(why(error)), 422
    return redirect(address_of("imports.shown", import_id=import_id))


@bp.get(f"/{_ID}")
@needs(May.IMPORT)
def shown(import_id: int) -> str:
    """A list line by line: what it would do, or did. `?verdict=` some, `?from=` from a line."""
    row = _import(import_id)
    verdict, start = request.args.get("verdict", ""), number_in(request.args.get("from")) or 0
    lines = _imports().lines(row) if row.by != COMMAND else []
    counts = {each: sum(line.verdict == each for line in lines) for each in VERDICTS}
    wanted = [line for line in lines if line.verdict == verdict or not verdict]
    here = [line for line in wanted if line.number >= start]
    told = {"row": row, "counts": counts, "verdict": verdict, "lines": here[:LINES]}
    told |= {"next": here[LINES].number if len(here) > LINES else None, "start": start}
    told |= {"left": _imports().left(import_id), "may_undo": row.status == ImportStatus.DONE}
    return render_template("import.html", **told, is_preview=row.status == ImportStatus.PREVIEWED)


@bp.post(f"/{_ID}/confirm")
@needs(May.IMPORT)
def confirm(import_id: int) -> AnyResponse:
    """Bring in the very file that was shown."""
    row = _import(import_id)
    try:
        _imports().confirm(row.id, signed_in().name, scope(), may_assign=may(May.ASSIGN))
    except PermanentError as error:
        flash(why(error), "alarm")
        return redirect(address_of("imports.page"))
    desk().registry.indexer.call()
    flash(wording().text(DONE))
    return redirect(address_of("imports.shown", import_id=import_id))


@bp.post(f"/{_ID}/undo")
@needs(May.IMPORT)
def undo(import_id: int) -> AnyResponse:
    """Take it back, as far as nobody has built on it."""
    row = _import(import_id)
    try:
        left = _imports().undo(row.id, signed_in().name)
    except PermanentError as error:
        flash(why(error), "alarm")
    else:
        desk().registry.indexer.call()
        flash(wording().text(UNDONE_BUT if left else UNDONE), "alarm" if left else "message")
    return redirect(address_of("imports.shown", import_id=import_id))


def _imports() -> Imports:
    return desk().registry.imports


def _import(import_id: int) -> Import:
    found = _imports().find(import_id)
    if found is None:
        abort(404)
    if found.by not in _whose():
        abort(404)
    return found


def _whose() -> list[str]:
    """A list tells of dossiers: it is its bringer's; a command's is the lawyers', without lines."""
    return [signed_in().name, *([COMMAND] if may(May.ASSIGN) else [])]


def _page(wrong: str | None) -> str:
    return render_template("imports.html", lately=_imports().lately(_whose(), LATELY), wrong=wrong)


def _line_said(line: Line) -> list[str]:
    return [_sentence(text, values) for text, values in line.said]


def _sentence(text: str, values: dict[str, Any]) -> str:
    """A stored text with its values; what is a field's name or a word of ours is said so, too."""
    said = wording()
    shown = {
        key: value if type(value) is int else apart(_word(key, value))
        for key, value in values.items()
    }
    return said.text(text, **shown) if shown else said.text(text)


def _word(key: str, value: Any) -> str:
    known = FIELDS if key == "field" else VALUES if key == "after" else {}
    return wording().text(known[value]) if value in known else str(value)


def _verdict_said(verdict: str) -> str:
    return wording().text(VERDICTS[verdict])


def _left_said(step: Any) -> tuple[str, str]:
    """What stayed, and why."""
    said = wording()
    what = said.text(KINDS.get(step.kind, step.kind))
    if step.field:
        what = f"{what}, {said.text(FIELDS.get(step.field, step.field))}"
    return what, said.text(LEFT[Left(step.left)])
