"""Clients: the list, one with everything about them, and the forms that add and change them."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance import names, phones
from appliance.dashboard import clients_board
from appliance.dashboard.acts_page import carry_out
from appliance.dashboard.desk import desk
from appliance.dashboard.labels import LANGUAGES
from appliance.dashboard.numbers import LARGEST_ID, number_in
from appliance.dashboard.registry import Registry
from appliance.dashboard.visitor import apart, may, needs, scope, signed_in, wording
from appliance.errors import PermanentError
from appliance.firm.drafts import LONGEST, NAME_TAKEN, NO_NUMBER, ClientDraft, Faults
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.search.subjects import Kind
from appliance.store import rows
from appliance.store.models import Client
from appliance.wording import mark

ADDED = mark("The client is written down. Add a dossier, so that what they send is filed.")
SAVED = mark("Saved.")
RENAMED = mark("The client has the new name, and so has their folder.")
NUMBER_ADDED = mark("%(number)s is now a number of this client.")
NUMBER_KNOWN = mark("%(number)s was a number of this client already.")
NUMBER_SHARED = mark(
    "%(number)s is also a number of %(others)s: what comes from it waits to be filed, since nobody "
    "can tell whose it is."
)
NUMBER_REMOVED = mark(
    "%(number)s is no longer a number of this client: what comes from it now waits to be filed. "
    "What came before stays where it is."
)
GONE = mark("What this was about is no longer there: nothing was done.")

bp = Blueprint("clients", __name__, url_prefix="/clients")
_ID = f"<int(max={LARGEST_ID}):client_id>"
_CONTACT = f"<int(max={LARGEST_ID}):contact_id>"


@bp.get("")
@needs(May.READ)
def shelf() -> str:
    """All of them by name; `?q=` looks for some, `?which=vip`, `?after=` the next page."""
    sought, which = request.args.get("q", "").strip()[:LONGEST], request.args.get("which", "")
    after = number_in(request.args.get("after"))
    if _registry().finder.words(sought):
        found = _registry().finder.more(Kind.CLIENT, sought, scope())
        ids = [hit.row.id for hit in found.hits]
        lines = clients_board.lines(ids, scope())
        seen = clients_board.ClientsSeen(lines, len(lines), None)
    else:
        seen = clients_board.shelf(scope(), which, after)
    told = {"sought": sought, "which": which, "is_later": after is not None}
    return render_template("clients.html", seen=seen, **told, **_usual())


@bp.get("/new")
@needs(May.DECIDE, May.IMPORT)
def blank() -> AnyResponse:
    """The empty form; `?number=` and `?name=` may be filled in already."""
    given = ClientDraft(
        name=in_one_line(request.args.get("name", ""))[:LONGEST],
        number=in_one_line(request.args.get("number", ""))[:LONGEST],
    )
    return _form(None, given, {}, 200)


@bp.post("/new")
@needs(May.DECIDE, May.IMPORT)
def add() -> AnyResponse:
    """A new client, as the form says."""
    draft, registry = ClientDraft.read(request.form), _registry()
    faults = draft.faults(registry.country) or _taken(draft, None)
    if faults:
        return _form(None, draft, faults, 422)
    number = phones.normalise(draft.number, registry.country) if draft.number else None
    try:
        client_id = registry.editor.add_client(draft, number, scope(), signed_in().name)
    except PermanentError as error:
        return _form(None, draft, {"name": error.text}, 422)
    registry.indexer.call()
    flash(wording().text(ADDED))
    if number:
        _warn_if_shared(client_id, number)
    return redirect(address_of("clients.page", client_id=client_id))


@bp.get(f"/{_ID}")
@needs(May.READ, client="client_id")
def page(client_id: int) -> AnyResponse:
    """One client: dossiers, numbers, last documents, all that waits."""
    return _page(client_id, 200)


@bp.get(f"/{_ID}/edit")
@needs(May.DECIDE, client="client_id")
def edit(client_id: int) -> AnyResponse:
    """The form, as the client is."""
    client = _client(client_id)
    given = ClientDraft(client.name, client.email or "", client.vip, client.language or "")
    return _form(client, given, {}, 200)


@bp.post(f"/{_ID}/edit")
@needs(May.DECIDE, client="client_id")
def save(client_id: int) -> AnyResponse:
    """The client is as the form says; with a new name the folder follows."""
    client, draft, registry = _client(client_id), ClientDraft.read(request.form), _registry()
    faults = draft.faults(registry.country) or _taken(draft, client_id)
    if faults:
        return _form(client, draft, faults, 422)
    person = signed_in()
    registry.editor.change_client(client_id, draft, person.name)
    if draft.name != client.name:
        rehousing = desk().cabinet.filing.rehousing
        if not carry_out(
            lambda: rehousing.rename_client(client_id, draft.name, person.name), RENAMED
        ):
            return redirect(address_of("clients.edit", client_id=client_id))
    else:
        flash(wording().text(SAVED))
    registry.indexer.call()
    return redirect(address_of("clients.page", client_id=client_id))


@bp.post(f"/{_ID}/numbers")
@needs(May.DECIDE, May.IMPORT, client="client_id")
def add_number(client_id: int) -> AnyResponse:
    """They write from this number, too."""
    written, registry = in_one_line(request.form.get("number", "")), _registry()
    number = phones.normalise(written[:LONGEST], registry.country)
    if number is None or len(written) > LONGEST:
        return _page(client_id, 422, written[:LONGEST], wording().text(NO_NUMBER))
    is_new = registry.editor.add_number(client_id, number, scope(), signed_in().name)
    registry.indexer.call()
    flash(wording().text(NUMBER_ADDED if is_new else NUMBER_KNOWN, number=apart(number)))
    _warn_if_shared(client_id, number)
    return redirect(address_of("clients.page", client_id=client_id))


@bp.post(f"/{_ID}/numbers/{_CONTACT}/remove")
@needs(May.DECIDE, client="client_id")
def remove_number(client_id: int, contact_id: int) -> AnyResponse:
    """They write from it no more."""
    number = _registry().editor.remove_number(client_id, contact_id, signed_in().name)
    said = wording()
    flash(said.text(NUMBER_REMOVED, number=apart(number)) if number else said.text(GONE))
    return redirect(address_of("clients.page", client_id=client_id))


def _registry() -> Registry:
    return desk().registry


def _client(client_id: int) -> Client:
    found = rows.find(Client, id=client_id)
    if found is None:
        abort(404)
    return found


def _taken(draft: ClientDraft, client_id: int | None) -> Faults:
    """Another client of this name is shown, if it is theirs to see."""
    namesake = rows.find(Client, name_key=names.key(draft.name))
    return {} if namesake is None or namesake.id == client_id else {"name": NAME_TAKEN}


def _warn_if_shared(client_id: int, number: str) -> None:
    """Who else has it is named only as far as they see."""
    others = clients_board.shares(client_id, number)
    named = [apart(one.name) for one in others if scope().sees_client(one.id)]
    if named:
        values = {"number": apart(number), "others": ", ".join(named)}
        flash(wording().text(NUMBER_SHARED, **values), "alarm")


def _page(client_id: int, code: int, given: str = "", wrong: str | None = None) -> AnyResponse:
    seen = clients_board.client(client_id, scope())
    if seen is None:
        abort(404)
    told = {"seen": seen, "given": given, "wrong": wrong}
    return make_response(render_template("client.html", **told, **_usual()), code)


def _form(client: Client | None, given: ClientDraft, faults: Faults, code: int) -> AnyResponse:
    said = {name: wording().text(text) for name, text in faults.items()}
    told = {"client": client, "given": asdict(given), "faults": said, "spoken": LANGUAGES}
    return make_response(render_template("client_form.html", **told, **_usual()), code)


def _usual() -> dict[str, Any]:
    may_import = may(May.IMPORT)
    rights = {"may_decide": may(May.DECIDE), "may_add": may_import or may(May.DECIDE)}
    return rights | {"longest": LONGEST, "may_import": may_import}
