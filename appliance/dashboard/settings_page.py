"""The pages of the settings: read the form, judge it whole, save it or try it, say what came of it.

A secret is only ever written: no page and no answer holds one.
"""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance import telling
from appliance.config import SECTIONS, Name
from appliance.config.schedules import DAYS
from appliance.dashboard.desk import desk
from appliance.dashboard.labels import with_commands
from appliance.dashboard.settings_board import SectionSeen, SettingsBoard
from appliance.dashboard.settings_words import SECTION_WORDS, WORDS
from appliance.dashboard.visitor import needs, signed_in, why, wording
from appliance.errors import GreffierError, Sentence
from appliance.firm.rights import May
from appliance.store.models import User
from appliance.upkeep.finding import Finding
from appliance.upkeep.settings import Source
from appliance.wording import mark

SOURCES = {
    Source.DEFAULT: mark("default"),
    Source.FILE: mark("from the settings file"),
    Source.ENVIRONMENT: mark("from the environment"),
    Source.COMMAND_LINE: mark("from the command line"),
}
KEPT_IN = {
    "environment": mark("set, by the environment"),
    "keyring": mark("set, in the keyring of this computer"),
    "secrets.ini": mark("set, in the file secrets.ini"),
}
SAVED = mark("Saved. It counts once Greffier has been started anew.")
SAVED_AT_ONCE = mark("Saved. It counts from now on.")
NOTHING = mark("Nothing was different: nothing was saved.")
_SECTION = "/settings/config/<section>"

bp = Blueprint("settings", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of settings."""
    said = wording()
    return {
        "source_of": lambda source: said.text(SOURCES[source]),
        "kept_in": lambda where: said.text(KEPT_IN[where]) if where else said.text("not set"),
        "setting_name": _name,
        "section_title": lambda section: said.text(SECTION_WORDS[section][0]),
        "section_about": lambda section: SECTION_WORDS[section][1],
        "day_name": lambda day: said.weekday(DAYS.index(day)),
        "said_of": said_of,
    }


def said_of(told: Sentence) -> Any:
    """A sentence in the visitor's language, with what is to be typed in it shown as such."""
    return with_commands(telling.said(told, wording()))


@bp.get("/settings")
@needs(May.ADMINISTER)
def page() -> AnyResponse:
    """All sections."""
    return make_response(render_template("settings.html", seen=_board().overview()))


@bp.get(_SECTION)
@needs(May.ADMINISTER)
def section(section: str) -> AnyResponse:
    """The form of one section."""
    _administrator(section)
    return _form(_board().section(section))


@bp.post(_SECTION)
@needs(May.ADMINISTER)
def save(section: str) -> AnyResponse:
    """Save it whole, or say everything that is wrong with it and save nothing."""
    person, form = _administrator(section), request.form.to_dict()
    board = _board()
    try:
        proposal = board.propose(section, form, person.name)
        if not board.is_right(section, form, proposal):
            return _form(board.refused(section, form, proposal), 422)
        saved = board.save(section, form, person.name)
    except GreffierError as error:
        return _form(board.refused(section, form, None), 409, failed=why(error))
    if not saved.is_right:  # the file has changed between the two looks
        return _form(board.refused(section, form, saved), 422)
    flash(wording().text(_told(saved.is_nothing, saved.changes, saved.secrets)))
    return redirect(address_of("settings.section", section=section))


@bp.post(f"{_SECTION}/try")
@needs(May.ADMINISTER)
def try_out(section: str) -> AnyResponse:
    """Try what is in the form, really, before it is saved."""
    person, form = _administrator(section), request.form.to_dict()
    board = _board()
    shown = board.section(section)
    if not shown.can_try:
        abort(404)
    try:
        proposal = board.propose(section, form, person.name)
    except GreffierError as error:
        return _form(board.refused(section, form, None), 409, failed=why(error))
    if not board.is_right(section, form, proposal):
        return _form(board.refused(section, form, proposal), 422)
    desk().users.note(person.name, "settings tried", section)
    found = board.try_out(proposal, person, wording())
    return _form(board.refused(section, form, None), 200, found=found)


@bp.get("/settings/restart")
@needs(May.ADMINISTER)
def restart_page() -> AnyResponse:
    """What would count after a new start, and whether one would succeed."""
    return _restart_page()


@bp.post("/settings/restart")
@needs(May.ADMINISTER)
def restart() -> AnyResponse:
    """Drain and begin anew, if the next start would succeed."""
    person, board = signed_in(), _board()
    if not board.restarting.is_possible or board.restarting.obstacles():
        return _restart_page(409)
    desk().users.note(person.name, "restart asked for", None)
    if not board.restarting.begin():
        return _restart_page(409)
    return make_response(render_template("settings_restarting.html"))


def _restart_page(code: int = 200) -> AnyResponse:
    board = _board()
    shown = render_template(
        "settings_restart.html", seen=board.overview(), obstacles=board.restarting.obstacles()
    )
    return make_response(shown, code)


def _board() -> SettingsBoard:
    return desk().settings


def _administrator(section: str) -> User:
    """Who asks, for a section that there is."""
    person = signed_in()
    if section not in SECTIONS:
        abort(404)
    return person


def _form(
    seen: SectionSeen, code: int = 200, *, failed: str = "", found: Finding | None = None
) -> AnyResponse:
    shown = render_template(
        "settings_section.html", seen=seen, failed=failed, found=found, refused=code == 422
    )
    return make_response(shown, code)


def _told(is_nothing: bool, changes: Iterable[Name], secrets: Iterable[Name]) -> str:
    if is_nothing:
        return NOTHING
    at_once = set(changes) | set(secrets) == {("whatsapp", "access_token")}
    return SAVED_AT_ONCE if at_once else SAVED


def _name(name: Name) -> str:
    label = wording().text(WORDS[name][0]) if name in WORDS else name[1]
    return f"{wording().text(SECTION_WORDS[name[0]][0])} · {label}"
