"""The page of what the firm says by itself: its texts, its usual questions, and one to try."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.visitor import apart, entry, may, needs, signed_in, wording
from appliance.firm.answers import (
    LONGEST_TITLE,
    MOST_PRIORITY,
    Draft,
    InvalidTextError,
    Wrong,
    faults_of,
    faults_of_text,
)
from appliance.firm.rights import May
from appliance.replies import faq
from appliance.store.models import FaqEntry
from appliance.wording import LANGUAGES, mark

TRIGGERS = {
    "document_received": (
        mark("A document has arrived"),
        mark("Tells a client that what they sent is here; once for several sent together."),
    ),
    "unknown_number": (
        mark("An unknown number writes"),
        mark("To somebody who is in no list of the firm, after a document or a first message."),
    ),
    "outside_hours": (
        mark("The firm is closed"),
        mark("To whoever writes outside the opening hours or on a holiday."),
    ),
    "ask_number": (
        mark("Somebody writes without a number"),
        mark("WhatsApp lets people hide their number: they are asked for it, once a month."),
    ),
    "send_again": (
        mark("A file was not fetched"),
        mark("When somebody of the firm asks a client to send it again; once for each file."),
    ),
}
MEANINGS = {
    "firm": mark("the name of the firm"),
    "documents": mark("what has arrived"),
    "count": mark("how many documents have arrived"),
    "hours": mark("the opening hours"),
    "opens": mark("when the firm opens next"),
    "day": mark("the day on which the document was sent"),
}
SAVED = mark("Saved: it counts from now on.")
_TEXT = "/settings/answers/texts/<trigger>/<language>"
_QUESTION = f"/settings/answers/questions/<int(max={LARGEST_ID}):entry_id>"
_WHOLE = re.compile(r"\s*([+-]?)\s*(\d{1,4})\s*")
bp = Blueprint("answers", __name__)


@bp.get("/settings/answers")
@needs()
def page() -> AnyResponse:
    """Everything that is said, as clients read it."""
    return _page()


@bp.post("/settings/answers/try")
@needs()
def try_out() -> AnyResponse:
    """What would be answered to a message, and why. Anybody may try; nothing is kept."""
    return _page(trial=_board().try_out(request.form.get("question", "").strip()))


@bp.get(_TEXT)
@needs(May.SAY)
def text(trigger: str, language: str) -> AnyResponse:
    """One text, to be changed."""
    _refuse_unknown(trigger, language)
    seen = _board().text(trigger, language)
    return _text_form(trigger, language, {"text": seen.template, "is_on": seen.is_on})


@bp.post(_TEXT)
@needs(May.SAY)
def save_text(trigger: str, language: str) -> AnyResponse:
    """Keep it, or show how it would look; with everything that is wrong with it."""
    _refuse_unknown(trigger, language)
    given = request.form.get("text", "")
    is_on = "is_on" in request.form
    shown: dict[str, object] = {"text": given, "is_on": is_on}
    if "preview" in request.form:
        return _text_form(trigger, language, shown, faults_of_text(trigger, given))
    note = entry("automatic message changed", f"{trigger} {language}")
    try:
        _board().answers.save_reply(trigger, language, given, note, is_on=is_on)
    except InvalidTextError as error:
        return _text_form(trigger, language, shown, error.faults, code=422)
    return _done(f"text-{trigger}")


@bp.post(f"{_TEXT}/switch")
@needs(May.SAY)
def switch(trigger: str, language: str) -> AnyResponse:
    """Say it from now on, or not."""
    _refuse_unknown(trigger, language)
    is_on = request.form.get("to") == "on"
    done = "automatic message switched on" if is_on else "automatic message switched off"
    note = entry(done, f"{trigger} {language}")
    _board().answers.switch_reply(trigger, language, note, is_on=is_on)
    return _done(f"text-{trigger}")


@bp.get("/settings/answers/questions/new")
@needs(May.SAY)
def new_question() -> AnyResponse:
    """A question to be written."""
    return _question_form(None, Draft(desk().language, "", "", ""), "0")


@bp.post("/settings/answers/questions/new")
@needs(May.SAY)
def add_question() -> AnyResponse:
    """Keep a new question, or show how it would look."""
    return _save_question(None)


@bp.get(_QUESTION)
@needs(May.SAY)
def question(entry_id: int) -> AnyResponse:
    """One question, to be changed."""
    row = _board().answers.question(entry_id)
    if row is None:
        abort(404)
    return _question_form(entry_id, _draft_of(row), str(row.priority))


@bp.post(_QUESTION)
@needs(May.SAY)
def save_question(entry_id: int) -> AnyResponse:
    """Keep what was changed, or show how it would look."""
    return _save_question(entry_id)


@bp.post(f"{_QUESTION}/delete")
@needs(May.SAY)
def delete_question(entry_id: int) -> AnyResponse:
    """This question is not answered any more."""
    if not _board().answers.delete_entry(entry_id, entry("question deleted", str(entry_id))):
        flash(wording().text("This question was deleted already."))
        return redirect(url_for("answers.page", _anchor="questions"))
    return _done("questions", mark("Deleted."))


def _save_question(entry_id: int | None) -> AnyResponse:
    person, priority = signed_in(), request.form.get("priority", "")
    draft = _draft_given(priority)
    if "preview" in request.form:
        return _question_form(entry_id, draft, priority, list(faults_of(draft)))
    users = desk().users

    def note(kept: int) -> None:
        users.audit(person.name, "question changed", str(kept), None)

    try:
        _board().answers.save_entry(draft, entry_id, note)
    except InvalidTextError as error:
        return _question_form(entry_id, draft, priority, error.faults, code=422)
    return _done("questions")


def _draft_given(priority: str) -> Draft:
    form = request.form
    language = form.get("language", "")
    number = _WHOLE.fullmatch(priority)
    return Draft(
        language=language if language in LANGUAGES else desk().language,
        title=form.get("title", ""),
        keywords=form.get("keywords", ""),
        answer=form.get("answer", ""),
        priority=int(number[1] + number[2]) if number else MOST_PRIORITY + 1,  # no number: a fault
        enabled="is_on" in form,
    )


def _draft_of(row: FaqEntry) -> Draft:
    return Draft(row.language, row.title, row.keywords, row.answer, row.priority, row.enabled)


def _board() -> AnswersBoard:
    return desk().answers


def _refuse_unknown(trigger: str, language: str) -> None:
    """404 for a text that there is not."""
    if trigger not in TRIGGERS or language not in LANGUAGES:
        abort(404)


def _page(**more: object) -> AnyResponse:
    board = _board()
    shown = render_template(
        "answers.html",
        triggers=TRIGGERS,
        texts=board.texts(),
        questions=board.questions(),
        may_change=may(May.SAY),
        longest=faq.LONGEST,
        **more,
    )
    return make_response(shown)


def _text_form(
    trigger: str,
    language: str,
    given: Mapping[str, object],
    faults: Iterable[Wrong] = (),
    *,
    code: int = 200,
) -> AnyResponse:
    board = _board()
    shown = render_template(
        "answer_text.html",
        trigger=trigger,
        about=TRIGGERS[trigger],
        language=language,
        given=given,
        variables=board.variables(trigger, language),
        meanings=MEANINGS,
        shown=board.answers.preview(str(given["text"]), language),
        wrong=_by_field(faults),
        refused=code != 200,
    )
    return make_response(shown, code)


def _question_form(
    entry_id: int | None,
    draft: Draft,
    priority: str,
    faults: Iterable[Wrong] = (),
    *,
    code: int = 200,
) -> AnyResponse:
    board = _board()
    shown = render_template(
        "answer_question.html",
        entry_id=entry_id,
        draft=draft,
        priority=priority,
        most=MOST_PRIORITY,
        longest_title=LONGEST_TITLE,
        variables=board.variables("outside_hours", draft.language),
        meanings=MEANINGS,
        shown=board.answers.preview(draft.answer, draft.language),
        wrong=_by_field(faults),
        refused=code != 200,
    )
    return make_response(shown, code)


def _by_field(faults: Iterable[Wrong]) -> dict[str, list[str]]:
    """The sentences of each field, in the visitor's language."""
    said = wording()
    by_field = groupby(faults, key=lambda fault: fault.field)
    return {
        field: [said.text(fault.text, **_apart(fault.values)) for fault in some]
        for field, some in by_field
    }


def _apart(values: Mapping[str, object]) -> dict[str, object]:
    """What was typed keeps its own direction within a sentence from right to left."""
    said = {name: apart(value) for name, value in values.items() if type(value) is str}
    return {**values, **said}


def _done(anchor: str, told: Any = SAVED) -> AnyResponse:
    flash(wording().text(told))
    return redirect(url_for("answers.page", _anchor=anchor))
