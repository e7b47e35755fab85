"""Search: everything that somebody sees, by any word or number, as they type."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from appliance import folding, seeking
from appliance.dashboard.desk import desk
from appliance.dashboard.visitor import asked_number, needs, scope, wording
from appliance.firm.rights import May
from appliance.search.subjects import Kind
from appliance.wording import mark

TITLES = {
    Kind.CLIENT: mark("Clients"),
    Kind.DOSSIER: mark("Dossiers"),
    Kind.DOCUMENT: mark("Documents"),
    Kind.MESSAGE: mark("Messages"),
}
ENOUGH = 20  # what waits to be searchable without being worth a word

bp = Blueprint("search", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may mark."""
    return {"marked": marked}


@bp.get("/search")
@needs(May.READ)
def page() -> AnyResponse:
    """What is found of `?q=`; `?kind=` more of one kind, `?before=` the older ones.

    `?part=1`: only what changes while somebody types.
    """
    sought = request.args.get("q", "").strip()[: seeking.LONGEST_QUERY]
    kind = request.args.get("kind", "")
    finder = desk().registry.finder
    if kind in list(Kind):
        before = asked_number("before")
        groups = [finder.more(Kind(kind), sought, scope(), before)]
    else:
        kind, groups = "", finder.find(sought, scope())
    waiting = desk().registry.indexer.waiting()
    told: dict[str, Any] = {
        "sought": sought,
        "kind": kind,
        "groups": [one for one in groups if one.hits],
    }
    told |= {"words": finder.words(sought), "longest": seeking.LONGEST_QUERY}
    told |= {"titles": {each.value: wording().text(text) for each, text in TITLES.items()}}
    told["waiting"] = waiting if waiting > ENOUGH else 0
    template = "_search.html" if "part" in request.args else "search.html"
    return make_response(render_template(template, **told))


def marked(text: str | None, words: Sequence[str]) -> Markup:
    """The text, with each word that was looked for marked; it is only text, whatever it holds."""
    return Markup("").join(_pieces(text or "", words))


def _pieces(text: str, words: Sequence[str]) -> Iterator[Markup]:
    end = 0
    for token in seeking.tokens(text[: folding.LONGEST]):
        if seeking.is_asked(token[0], words):
            yield escape(text[end : token.start()])
            yield Markup("<mark>{}</mark>").format(token[0])
            end = token.end()
    yield escape(text[end:])
