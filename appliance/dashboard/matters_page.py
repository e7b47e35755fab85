"""What is written down of a dossier: the forms, its parties, who sees it, its history, its ZIP."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance import names, phones
from appliance.dashboard import matters_board
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.registry import Registry
from appliance.dashboard.visitor import apart, may, needs, scope, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.drafts import LONGEST, REFERENCE_TAKEN, DossierDraft, Faults, PartyDraft
from appliance.firm.handover import decides
from appliance.firm.rights import May
from appliance.store import rows
from appliance.store.models import Client, Dossier
from appliance.store.models.access import Access
from appliance.wording import mark

ADDED = mark("The dossier is written down. What its client sends is filed here from now on.")
SAVED = mark("Saved.")
SAME = mark("It is so already: nothing was done.")
NO_CLIENT = mark("No client of this name is known: choose one from the list, or add them first.")
PARTY_ADDED = mark("%(name)s is written down in this dossier.")
PARTY_KNOWN = mark("%(name)s was written down in this dossier already.")
PARTY_REMOVED = mark("%(name)s is no longer in this dossier.")
GONE = mark("What this was about is no longer there: nothing was done.")
NOT_YOURS = mark("Only the lawyer of this dossier decides who sees it: nothing was done.")
ROLES = {
    "opponent": mark("opponent"),
    "opposing_counsel": mark("opposing counsel"),
    "bailiff": mark("bailiff"),
    "expert": mark("expert"),
    "court": mark("court"),
    "witness": mark("witness"),
    "co_client": mark("other client"),
    "other": mark("other"),
}

bp = Blueprint("matters", __name__, url_prefix="/dossiers")
_ID = f"<int(max={LARGEST_ID}):dossier_id>"
_PARTY = f"<int(max={LARGEST_ID}):party_id>"


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of those in a dossier."""
    return {"role_said": _role_said}


@bp.get("/new")
@needs(May.DECIDE, May.IMPORT)
def blank() -> AnyResponse:
    """The empty form; `?client=` is the id of whose it will be."""
    asked = number_in(request.args.get("client"))
    client = rows.find(Client, id=asked) if asked and scope().sees_client(asked) else None
    mine = next(iter(scope().own), "")
    return _form(None, asdict(DossierDraft(client.name if client else "", lawyer=mine)), {}, 200)


@bp.post("/new")
@needs(May.DECIDE, May.IMPORT)
def add() -> AnyResponse:
    """A new dossier, as the form says."""
    draft = DossierDraft.read(request.form)
    faults = draft.faults()
    client = rows.find(Client, name_key=names.key(draft.client))
    if client is None or not scope().sees_client(client.id):
        faults = {"client": NO_CLIENT, **faults}
    if rows.find(Dossier, reference_key=names.key(draft.reference)) is not None:
        faults.setdefault("reference", REFERENCE_TAKEN)
    if client is None or faults:
        return _form(None, asdict(draft), faults, 422)
    try:
        made = _registry().editor.add_dossier(client.id, draft, signed_in().name)
    except PermanentError as error:
        return _form(None, asdict(draft), {"reference": error.text}, 422)
    _registry().indexer.call()
    flash(wording().text(ADDED))
    return _to(made)


@bp.get(f"/{_ID}/edit")
@needs(May.DECIDE, dossier="dossier_id")
def edit(dossier_id: int) -> AnyResponse:
    """The form, as the dossier is."""
    dossier = _dossier(dossier_id)
    given = {name: getattr(dossier, name) or "" for name in DossierDraft.__annotations__}
    return _form(dossier, given | {"client": dossier.client.name}, {}, 200)


@bp.post(f"/{_ID}/edit")
@needs(May.DECIDE, dossier="dossier_id")
def save(dossier_id: int) -> AnyResponse:
    """Label, court, its number and its lawyer are as the form says."""
    dossier = _dossier(dossier_id)
    kept = {"reference": dossier.reference, "title": dossier.title, "client": dossier.client.name}
    draft = DossierDraft.read(dict(request.form) | kept)
    faults = draft.faults(matters_board.opponents(dossier_id))
    if faults:
        return _form(dossier, asdict(draft), faults, 422)
    person, may_assign = signed_in(), may(May.ASSIGN)
    changed = _registry().editor.change_dossier(
        dossier_id, draft, person.name, may_assign=may_assign
    )
    _registry().indexer.call()
    flash(wording().text(SAVED if changed else SAME))
    return _to(dossier_id)


@bp.post(f"/{_ID}/parties")
@needs(May.DECIDE, dossier="dossier_id")
def add_party(dossier_id: int) -> AnyResponse:
    """Somebody is in this dossier."""
    draft, country = PartyDraft.read(request.form), _registry().country
    faults = draft.faults(country)
    if faults:
        return _parties(dossier_id, asdict(draft), faults, 422)
    number = phones.normalise(draft.number, country) if draft.number else None
    is_new = _registry().editor.add_party(
        dossier_id, draft.role, draft.name, number, signed_in().name
    )
    _registry().indexer.call()
    flash(wording().text(PARTY_ADDED if is_new else PARTY_KNOWN, name=apart(draft.name)))
    return redirect(address_of("matters.parties", dossier_id=dossier_id))


@bp.get(f"/{_ID}/parties")
@needs(May.READ, dossier="dossier_id")
def parties(dossier_id: int) -> AnyResponse:
    """Who is in this dossier, and who sees it."""
    return _parties(dossier_id, asdict(PartyDraft()), {}, 200)


@bp.post(f"/{_ID}/parties/{_PARTY}/remove")
@needs(May.DECIDE, dossier="dossier_id")
def remove_party(dossier_id: int, party_id: int) -> AnyResponse:
    """Somebody has nothing to do with it any more."""
    name = _registry().editor.remove_party(dossier_id, party_id, signed_in().name)
    flash(wording().text(PARTY_REMOVED, name=apart(name)) if name else wording().text(GONE))
    return redirect(address_of("matters.parties", dossier_id=dossier_id))


@bp.post(f"/{_ID}/access")
@needs(May.ASSIGN, dossier="dossier_id")
def set_access(dossier_id: int) -> AnyResponse:
    """Shared with everybody, walled off, or as usual."""
    asked = request.form.get("access", "")
    if asked not in list(Access):
        abort(400)
    if not decides(signed_in(), dossier_id):
        return _not_yours(dossier_id)
    is_new = desk().access.set_access(dossier_id, Access(asked), signed_in().name)
    flash(wording().text(SAVED if is_new else SAME))
    return redirect(address_of("matters.parties", dossier_id=dossier_id))


@bp.post(f"/{_ID}/people")
@needs(May.ASSIGN, dossier="dossier_id")
def name_person(dossier_id: int) -> AnyResponse:
    """Somebody is let in or kept out by name, or neither any more."""
    user_id, asked = number_in(request.form.get("person")), request.form.get("how", "")
    person, book = signed_in().name, desk().access
    seen = matters_board.access(dossier_id, book.named(dossier_id))
    if seen is None or asked not in {"in", "out", "neither"}:
        abort(400)
    if not decides(signed_in(), dossier_id):
        return _not_yours(dossier_id)
    known = {one.id for one in seen.people} | {one.user_id for one in seen.named}
    if user_id is None or user_id not in known:
        flash(wording().text(GONE), "alarm")
        return redirect(address_of("matters.parties", dossier_id=dossier_id))
    try:
        if asked == "neither":
            is_new = book.forget(dossier_id, user_id, person)
        else:
            book.let_in(dossier_id, user_id, person, is_open=asked == "in")
            is_new = True
        flash(wording().text(SAVED if is_new else SAME))
    except PermanentError as error:
        flash(why(error), "alarm")
    return redirect(address_of("matters.parties", dossier_id=dossier_id))


def _not_yours(dossier_id: int) -> AnyResponse:
    flash(wording().text(NOT_YOURS), "alarm")
    return redirect(address_of("matters.parties", dossier_id=dossier_id))


def _registry() -> Registry:
    return desk().registry


def _to(dossier_id: int) -> AnyResponse:
    """To its page; whoever gave it to somebody else may not see it any more."""
    if not scope().sees_dossier(dossier_id):
        return redirect(address_of("dossiers.shelf"))
    return redirect(address_of("dossiers.page", row_id=dossier_id))


def _dossier(dossier_id: int) -> Dossier:
    found = rows.find(Dossier, id=dossier_id)
    if found is None:
        abort(404)
    return found


def _form(
    dossier: Dossier | None, given: Mapping[str, Any], faults: Faults, code: int
) -> AnyResponse:
    told: dict[str, Any] = {"dossier": dossier, "given": given, "faults": _said(faults)}
    told |= {"lawyers": matters_board.lawyers(), "may_assign": may(May.ASSIGN)}
    if dossier is None:
        told["clients"] = desk().cabinet.clients(scope())
    return make_response(render_template("matter_form.html", **told, longest=LONGEST), code)


def _parties(dossier_id: int, given: Mapping[str, Any], faults: Faults, code: int) -> AnyResponse:
    dossier = _dossier(dossier_id)
    told: dict[str, Any] = {"dossier": dossier, "given": given, "roles": ROLES}
    told["faults"] = _said(faults)
    told |= {"seen": matters_board.beside(dossier_id), "may_decide": may(May.DECIDE)}
    access = None
    if may(May.ASSIGN):
        access = matters_board.access(dossier_id, desk().access.named(dossier_id))
    told["may_wall"] = access is not None and decides(signed_in(), dossier_id)
    shown = render_template("parties.html", **told, access=access, longest=LONGEST)
    return make_response(shown, code)


def _said(faults: Faults) -> dict[str, str]:
    return {name: wording().text(text) for name, text in faults.items()}


def _role_said(role: str) -> str:
    return wording().text(ROLES.get(role, ROLES["other"]))
