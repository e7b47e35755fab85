"""A document to look at, its pages, its original, and photos that become one PDF.

What browsers show is only JPEGs that the workshop made. An original is handed out as bytes to be
saved, never to be shown, and whoever opens one is written down first.
"""

import io
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
)
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance import names
from appliance.dashboard import refusals
from appliance.dashboard.audit_page import seen_by
from appliance.dashboard.desk import desk
from appliance.dashboard.files_board import PHOTOS, FilesBoard
from appliance.dashboard.numbers import LARGEST_ID, LARGEST_PAGE, number_in
from appliance.dashboard.visitor import needs, scope, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.deeds import DOWNLOADED
from appliance.firm.rights import May
from appliance.sights.depicting import PDF, PICTURES
from appliance.store.models import Document, Dossier, Safety
from appliance.telling import told
from appliance.wording import mark

WITHHELD = mark(
    "This document is in quarantine, because it may do harm: nobody opens it here. Ask its sender "
    "what it is."
)
NO_PICTURE = mark("There is nothing to look at in this kind of file: open the original.")
BOUND = mark("Done: the photos are one PDF, filed beside them. They stay where they are.")
NO_NUMBER = mark("Number the photos 1, 2, 3: nothing else is a place in the order.")
# Even where a browser would show them: no scripts, no origin, nothing else fetched.
SANDBOX = "sandbox; default-src 'none'"

bp = Blueprint("files", __name__, url_prefix="/documents")
_ID = f"<int(max={LARGEST_ID}):document_id>"
_DOSSIER = f"<int(max={LARGEST_ID}):dossier_id>"


@bp.get(f"/{_ID}")
@needs(May.READ, document="document_id")
def page(document_id: int) -> str:
    """A document with its facts; `?page=` turns its pages."""
    document = _document(document_id)
    seen_by(signed_in().name, document)
    number = number_in(request.args.get("page"), LARGEST_PAGE) or 1
    seen = _board().seen(document, number, scope())
    return render_template(
        "document.html",
        seen=seen,
        document=document,
        is_withheld=_board().is_withheld(document),
        flaw=_said(seen.flaw, seen.sight),
    )


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What templates may ask of a document."""
    return {"has_picture": has_picture}


def has_picture(document: Document) -> bool:
    """Whether a list may show a small picture of it. Of a damaged file there is none even so."""
    kept = document.safety != Safety.QUARANTINED
    return kept and (document.mime_type in PICTURES or document.mime_type == PDF)


@bp.get(f"/{_ID}/view")
@needs(May.READ, document="document_id")
def view(document_id: int) -> AnyResponse:
    """What people look at: the copy of a photo, the first page of a PDF."""
    return _picture(_board().view(_looked_at(document_id)))


@bp.get(f"/{_ID}/thumbnail")
@needs(May.READ, document="document_id")
def thumbnail(document_id: int) -> AnyResponse:
    """The small picture for lists."""
    return _picture(_board().thumbnail(_open(document_id)))


@bp.get(f"/{_ID}/page/<int(max={LARGEST_PAGE}):number>")
@needs(May.READ, document="document_id")
def one_page(document_id: int, number: int) -> AnyResponse:
    """One page as a picture, from 1."""
    return _picture(_board().page(_looked_at(document_id), number))


@bp.get(f"/{_ID}/original")
@needs(May.READ, document="document_id")
def original(document_id: int) -> AnyResponse:
    """The bytes as they came, to be saved. Who asks is written down before."""
    document, person = _open(document_id), signed_in()
    held = _board().original(document)
    desk().users.note(person.name, DOWNLOADED, f"document:{document.id}")
    response = send_file(
        io.BytesIO(held) if isinstance(held, bytes) else held,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=names.safe_name(document.name),
        conditional=False,
        etag=False,
    )
    return _sandboxed(response)


@bp.get(f"/photos/{_DOSSIER}")
@needs(May.READ, dossier="dossier_id")
def photos(dossier_id: int) -> AnyResponse:
    """The photos of a dossier, to be numbered and bound."""
    return _photos(_dossier(dossier_id), 200, {})


@bp.post(f"/photos/{_DOSSIER}")
@needs(May.FILE, dossier="dossier_id")
def bind(dossier_id: int) -> AnyResponse:
    """Make one PDF of the photos that bear a number, or of all."""
    dossier, person = _dossier(dossier_id), signed_in()
    chosen = _chosen(request.form, dossier)
    if chosen is None:
        return _photos(dossier, 422, request.form, wording().text(NO_NUMBER))
    try:
        made = _board().bind(chosen, person.name)
    except PermanentError as error:
        return _photos(dossier, 422, request.form, why(error))
    flash(wording().text(BOUND))
    return redirect(address_of("files.page", document_id=made.id))


@bp.get("/cache")
@needs()
def cache() -> AnyResponse:
    """How often files were at hand, as JSON."""
    return jsonify(_board().cache_counts())


@bp.errorhandler(PermanentError)
def _refused(error: PermanentError) -> AnyResponse:
    return refusals.refuse(404, error.text)


def _board() -> FilesBoard:
    return desk().files


def _document(document_id: int) -> Document:
    found = _board().document(document_id)
    if found is None:
        abort(404)
    return found


def _open(document_id: int) -> Document:
    """The document, if anybody may open it. Raises PermanentError if it is in quarantine."""
    found = _document(document_id)
    if _board().is_withheld(found):
        raise PermanentError(WITHHELD)
    return found


def _looked_at(document_id: int) -> Document:
    """The same, and that it was opened is written down; small pictures of lists are not."""
    document = _open(document_id)
    seen_by(signed_in().name, document)
    return document


def _dossier(dossier_id: int) -> Dossier:
    found = _board().dossier(dossier_id)
    if found is None:
        abort(404)
    return found


def _picture(content: bytes | None) -> AnyResponse:
    if content is None:
        raise PermanentError(NO_PICTURE)
    return _sandboxed(Response(content, mimetype="image/jpeg"))


def _sandboxed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _photos(
    dossier: Dossier, code: int, given: Mapping[str, str], wrong: str | None = None
) -> AnyResponse:
    shown = render_template(
        "photos.html",
        dossier=dossier,
        photos=_board().photos(dossier.id),
        given=given,
        wrong=wrong,
        most=PHOTOS,
    )
    return make_response(shown, code)


def _chosen(form: Mapping[str, str], dossier: Dossier) -> list[int] | None:
    """The photos in the order of their numbers; None where something is no number."""
    shown = [photo.id for photo in _board().photos(dossier.id)]
    if "all" in form:
        return shown
    numbered: list[tuple[int, int, int]] = []
    for place, photo_id in enumerate(shown):
        written = form.get(f"photo-{photo_id}", "").strip()
        if not written:
            continue
        if not (written.isdecimal() and len(written) <= 4):
            return None
        numbered.append((int(written), place, photo_id))
    return [photo_id for _, _, photo_id in sorted(numbered)]


def _said(flaw: Any, sight: Any) -> str:
    """Why it cannot be shown, in this language."""
    if flaw is not None:
        return why(flaw)
    return told(sight.reason, wording()) if sight is not None and sight.reason else ""
