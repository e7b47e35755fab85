"""How the pile is shown, for the pages that read it and those that act on it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard import triage_words
from appliance.dashboard.audit_page import seen_by
from appliance.dashboard.desk import desk
from appliance.dashboard.triage_board import TriageBoard
from appliance.dashboard.triage_form import LONGEST, PileForm
from appliance.dashboard.triage_pile import FAILING, REJECTED
from appliance.dashboard.visitor import may, scope, signed_in, wording
from appliance.filing.gestures import CHOSEN, Outcome
from appliance.firm.rights import May
from appliance.store.models import Document, Role


def board() -> TriageBoard:
    return desk().triage


def chosen(asked: PileForm) -> list[int]:
    """What is ticked; else the whole burst, if asked for; else the one that is looked at."""
    ids = list(asked.ticked)
    if not ids and asked.at is not None:
        burst = board().order(scope(), asked.only).burst_of(asked.at) if asked.is_whole else None
        ids = burst.ids if burst is not None else [asked.at]
    return board().seen_of(ids, scope())


def current(asked: PileForm) -> Document | None:
    return board().document(asked.at, scope()) if asked.at is not None else None


def following(asked: PileForm, ids: list[int]) -> Callable[[Outcome], int | None]:
    """By what was really done: which document is shown afterwards."""
    order = board().order(scope(), asked.only)

    def after(outcome: Outcome) -> int | None:
        if asked.at is None or asked.at not in ids:
            return asked.at
        is_over = not outcome.error and (outcome.done or outcome.others)
        return order.after(asked.at, ids) if is_over else asked.at

    return after


def nothing_done(asked: PileForm, sentence: str) -> AnyResponse:
    """Nothing was done, and why."""
    flash(wording().text(sentence), "alarm")
    return again(asked, asked.at)


def again(
    asked: PileForm, at: int | None, outcome: Outcome | None = None, typed: str = ""
) -> AnyResponse:
    """The page, at that document; its ticks stay, but for what was done."""
    done = [*outcome.done, *(row_id for row_id, _ in outcome.others)] if outcome else []
    asked = replace(asked.moved(at, done), typed=typed)
    if "HX-Request" in request.headers:
        return show_pile(asked)
    only = asked.only or None
    return redirect(address_of("triage.page", at=asked.at, only=only, asked=typed or None))


def show_pile(asked: PileForm, code: int = 200, **forms: Any) -> AnyResponse:
    """The page, or for htmx its changing part."""
    seen, person = board(), signed_in()
    pile = seen.pile(scope(), asked.only)
    document = triage_words.looked_at(asked, pile.order, current(asked), scope())
    look = seen.look(document, asked.page, scope()) if document is not None else None
    if look is not None and look.text:  # a picture is fetched by itself, and written down then
        seen_by(person.name, look.document)
    offered = document is not None and asked.only not in (REJECTED, FAILING) and may(May.FILE)
    lawyer = person.name if person.role == Role.AVOCAT else None
    needs_clients = asked.is_new or asked.is_whose or not {"new", "whose"}.isdisjoint(forms)
    shown = render_template(
        "_triage.html" if "HX-Request" in request.headers else "pending.html",
        pile=pile,
        look=look,
        document=document,
        asked=asked,
        burst=pile.order.burst_of(document.id) if document is not None else None,
        offers=seen.offers(document, scope(), lawyer) if offered and document else [],
        following=pile.order.after(document.id) if document is not None else None,
        rejected=seen.rejected(scope()) if asked.only == REJECTED else [],
        typed=asked.typed,
        found=seen.seek(asked.typed, scope(), document) if asked.typed and offered else [],
        may_file=may(May.FILE),
        may_open=may(May.IMPORT),
        may_block=may(May.ANSWER),
        has_dossiers=seen.has_dossiers(),
        undoable=seen.gestures.last(person.name, seen.midnight()),
        clients=desk().cabinet.clients(scope()) if needs_clients else [],
        longest=LONGEST,
        reasons=CHOSEN,
        forms=forms,
    )
    return make_response(shown, code)
