"""The page of today: what it shows, and what somebody has seen of it."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.arrivals import ArrivalsBoard, Line
from appliance.dashboard.chart import chart
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import number_in
from appliance.dashboard.visitor import may, needs, scope, signed_in, wording
from appliance.firm.rights import May
from appliance.store.models import Message
from appliance.wording import mark

LARGEST_ID = 2**63 - 1  # SQLite's
WORDS = 160  # characters of a message that a line shows
SIGHTS = 4  # small pictures of a line
TICK_EVERY = 7  # days
_ID = f"<int(max={LARGEST_ID}):message_id>"
_LEFT = mark("%(hours)d h %(minutes)s")
_MINUTES_LEFT = mark("%(minutes)s min")

bp = Blueprint("arrivals", __name__, url_prefix="/arrivals")


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the page of today may say."""
    return {
        "arrival_left": _left,
        "arrival_words": _first_words,
        "arrival_time": lambda at: f"{at.astimezone(desk().limits.zone):%H:%M}",
        "arrival_sender": _sender_of,
        "arrival_sights": SIGHTS,
    }


def whole() -> AnyResponse:
    """The page, with what is not read every five seconds."""
    said, person = wording(), signed_in()
    drawn = chart(_board().days(), from_the_right=said.direction == "rtl", tick_every=TICK_EVERY)
    shown = render_template(
        "today.html",
        **_read(),
        drawn=drawn,
        costs=desk().limits.costs(),
        quota=desk().limits.quota(),
        done=desk().cabinet.lately(person.name, scope()) if may(May.FILE) else [],
    )
    return make_response(shown)


def part() -> Response:
    """The part that changes."""
    response: Response = make_response(render_template("_today.html", **_read()))
    return response


@bp.post(f"/{_ID}/seen")
@needs(May.READ, message="message_id")
def seen(message_id: int) -> AnyResponse:
    """I have seen what ends with this message."""
    _board().looks.mark(signed_in().id, [message_id])
    return _after()


@bp.post(f"/{_ID}/unseen")
@needs(May.READ, message="message_id")
def unseen(message_id: int) -> AnyResponse:
    """I want to see it again."""
    _board().looks.unmark(signed_in().id, message_id)
    return _after()


@bp.post("/seen")
@needs(May.READ)
def all_seen() -> AnyResponse:
    """I have seen all that the page showed; `upto`: what came since then is not among it."""
    upto = number_in(request.form.get("upto")) or 0
    person = signed_in()
    lasts = [line.burst.last.id for line in _board().seen(scope(), person.id).unseen]
    _board().looks.mark(person.id, [row_id for row_id in lasts if row_id <= upto])
    return _after()


def _board() -> ArrivalsBoard:
    return desk().arrivals


def _read() -> dict[str, Any]:
    came = _board().seen(scope(), signed_in().id)
    return {
        "seen": desk().overview(scope()),
        "came": came,
        "upto": max((line.burst.last.id for line in came.unseen), default=0),
        "deadlines": desk().deadlines.near(scope()),
        "drive": desk().drive.trouble(),
        "reads": may(May.READ),
        "files": may(May.FILE),
        "runs": may(May.ADMINISTER),
    }


def _after() -> AnyResponse:
    """The part itself for whoever asked for no more, else the page."""
    return part() if request.headers.get("HX-Request") else redirect(url_for("pages.today"))


def _left(until: datetime) -> str:
    """How long the firm may still answer freely: "3 h 12"."""
    minutes = max(until - desk().clock.now(), timedelta()) // timedelta(minutes=1)
    text = _LEFT if minutes >= 60 else _MINUTES_LEFT
    rest = f"{minutes % 60:02}" if minutes >= 60 else str(minutes)
    return wording().text(text, hours=minutes // 60, minutes=rest)


def _first_words(line: Line) -> str:
    """The beginning of what was written with it, in one line."""
    written = " ".join(line.burst.words.split())
    return written if len(written) <= WORDS else f"{written[:WORDS].rstrip()}…"


def _sender_of(message: Message) -> str:
    """By what people know whoever wrote it."""
    name = message.client.name if message.client is not None else message.profile_name
    return str(name or message.sender)
