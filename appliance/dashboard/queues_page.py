"""The queue: what waits, runs and failed, and what an administrator asks of it.

Nothing here shows what anybody sent: numbers to their last two digits, no names, no words.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.queues_board import COUNTED, SHOWN, QueuesBoard
from appliance.dashboard.queues_json import as_json
from appliance.dashboard.queues_words import words
from appliance.dashboard.visitor import needs, signed_in, why, wording
from appliance.errors import PermanentError
from appliance.firm.rights import May
from appliance.jobs import Job
from appliance.store.models import User
from appliance.store.work import ALL
from appliance.wording import mark, marks
from appliance.workload.acts import LONGEST, MOST, Act, Ref
from appliance.workload.listing import Filter
from appliance.workload.pauses import LANES, is_lane
from appliance.workload.states import State

LONGEST_SEARCH = 200  # characters
RETRIED = marks(
    "%(count)d job begins anew. If it fails again, it comes back here.",
    "%(count)d jobs begin anew. Those that fail again come back here.",
)
HASTENED = marks("%(count)d job is due now.", "%(count)d jobs are due now.")
DROPPED = marks(
    "%(count)d job is dropped. It stays under “Dropped”, with the reason.",
    "%(count)d jobs are dropped. They stay under “Dropped”, with the reason.",
)
DONE = {Act.RETRY: RETRIED, Act.HASTEN: HASTENED, Act.DROP: DROPPED}
NOTHING = mark("Nothing was done: it is no longer in that state.")
PAUSED = mark("Paused: nothing more of it is begun. What clients send is still received and kept.")
WAS_PAUSED = mark("It was paused already.")
RESUMED = mark("It goes on.")
WAS_GOING = mark("It was not paused.")
# What may be asked of all that is filtered, in which state.
ACTS = {
    State.WAITING: (Act.DROP,),
    State.SCHEDULED: (Act.HASTEN, Act.DROP),
    State.FAILED: (Act.HASTEN, Act.DROP),
    State.DEAD: (Act.RETRY, Act.DROP),
    State.DROPPED: (Act.RETRY,),
    State.RUNNING: (),
    State.DONE: (),
}

bp = Blueprint("queues", __name__)
bp.app_context_processor(words)
_JOB = f"/admin/queues/<job_name>/<int(max={LARGEST_ID}):row_id>"


@bp.get("/admin/queues")
@needs(May.ADMINISTER)
def page() -> AnyResponse:
    """The figures and one tab. `?state=`, `?lane=`, `?q=`; `?part=1`: only what changes."""
    asked = _asked(request.args)
    board, figures = _board(), _board().figures()
    seen = {
        "figures": figures,
        "counts": board.found(asked) if asked.text else figures.counts,
        "asked": asked,
        "lines": board.lines(asked),
        "acts": ACTS[asked.state],
        "throughput": board.throughput(),
        "shown": SHOWN,
        "counted": COUNTED,
    }
    if "part" not in request.args:
        return make_response(render_template("queues.html", **seen, **_static()))
    response = make_response(render_template("_queues.html", **seen))
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/api/admin/queues")
@needs(May.ADMINISTER)
def queues() -> dict[str, Any]:
    """The same for programs. Instants are UTC, durations seconds, null where nothing is known.

    {"at", "workers": {"alive", "wanted"}, "paused": [{"lane", "since", "by"}],
     "counts": {STATE: n}, "jobs": {JOB: {STATE: n}}, "oldest_waiting_seconds",
     "last_24_hours": {"wait_p95_seconds", "run_p95_seconds", "measured"},
     "refused_afterwards": {"24h", "7d"} (of what is done: sent, and refused by Meta later),
     "throughput": {"24h": [{"at", "done", "failed"}], "7d": [the same, by 6 hours]},
     "state", "rows": [{"job", "id", "lane", "kind", "who", "attempts", "interruptions", "at",
     "error"}]}

    STATE: waiting, running, scheduled, failed, dead, dropped, and done (of which no more than 1001
    are counted). JOB: message, receipt, outgoing, chore. `rows` are the first 50 of `?state=`,
    `?lane=`, `?q=`, masked as on the page; "at" is when they are due, began or ended.
    """
    asked = _asked(request.args)
    return as_json(_board(), asked)


@bp.get(_JOB)
@needs(May.ADMINISTER)
def job(job_name: str, row_id: int) -> str:
    """One job with its history."""
    seen = _board().job(_ref(job_name, row_id))
    if seen is None:
        abort(404)
    return render_template("queue_job.html", seen=seen, acts=ACTS[seen.line.state])


@bp.post(_JOB + "/<act>")
@needs(May.ADMINISTER)
def act_on_one(job_name: str, row_id: int, act: str) -> AnyResponse:
    """Ask something of one job; what is uncertain, and a drop, are asked about first."""
    person, ref, asked_act = signed_in(), _ref(job_name, row_id), _act(act)
    seen = _board().job(ref)
    if seen is None:
        abort(404)
    if "sure" not in request.form and (asked_act == Act.DROP or seen.line.is_uncertain):
        return _ask(asked_act, 1, address_of(".act_on_one", **_of(ref), act=act), _back(ref))
    return _done(asked_act, [ref], person, _back(ref))


@bp.post("/admin/queues/all/<act>")
@needs(May.ADMINISTER)
def act_on_all(act: str) -> AnyResponse:
    """Ask something of all that is filtered, a thousand at most. It is always asked first."""
    person, asked_act = signed_in(), _act(act)
    asked = _asked(request.form)
    if asked_act not in ACTS[asked.state]:
        abort(404)
    refs, back = _board().refs(asked), _list_of(asked)
    if "sure" not in request.form:
        return _ask(asked_act, len(refs), address_of(".act_on_all", act=act), back, asked)
    return _done(asked_act, refs, person, back)


@bp.post("/admin/queues/pauses/<lane>")
@needs(May.ADMINISTER)
def pause(lane: str) -> AnyResponse:
    """Begin nothing more of this lane, or of all."""
    person = signed_in()
    if not is_lane(lane):
        abort(404)
    flash(wording().text(PAUSED if _board().ask.pause(lane, person.name) else WAS_PAUSED))
    return redirect(address_of(".page"))


@bp.post("/admin/queues/pauses/<lane>/resume")
@needs(May.ADMINISTER)
def resume(lane: str) -> AnyResponse:
    """Let it go on."""
    person = signed_in()
    flash(wording().text(RESUMED if _board().ask.resume(lane, person.name) else WAS_GOING))
    return redirect(address_of(".page"))


def _board() -> QueuesBoard:
    return desk().queues


def _static() -> dict[str, Any]:
    """What the page knows beside what changes."""
    return {"lanes": LANES, "pausable": (ALL, *LANES), "longest": LONGEST_SEARCH}


def _asked(given: Mapping[str, str]) -> Filter:
    """What is meant; a state that nobody knows is the first one."""
    state, lane = given.get("state", ""), given.get("lane", "")
    text = given.get("q", "")[:LONGEST_SEARCH]
    known = State(state) if state in list(State) else None
    asked = _board().chosen(known or State.WAITING, lane if lane in LANES else "", text)
    return asked if known or not asked.text else _with_hits(asked)


def _with_hits(asked: Filter) -> Filter:
    """Of a search without a state: the first state in which something is found."""
    counts = _board().found(asked)
    state = next((one for one in (State.DEAD, *State) if counts[one]), asked.state)
    return Filter(state, asked.lane, asked.text, asked.found)


def _ref(job_name: str, row_id: int) -> Ref:
    if job_name not in list(Job):
        abort(404)
    return Ref(Job(job_name), row_id)


def _act(name: str) -> Act:
    if name not in list(Act):
        abort(404)
    return Act(name)


def _of(ref: Ref) -> dict[str, Any]:
    return {"job_name": ref.job.value, "row_id": ref.row_id}


def _back(ref: Ref) -> str:
    return address_of(".job", **_of(ref))


def _list_of(asked: Filter) -> str:
    lane, text = asked.lane or None, asked.text or None
    return address_of(".page", state=asked.state.value, lane=lane, q=text)


def _ask(
    act: Act, count: int, address: str, back: str, asked: Filter | None = None, wrong: str = ""
) -> AnyResponse:
    """The first of two steps."""
    shown = render_template(
        "queue_ask.html",
        act=act,
        count=count,
        most=MOST,
        longest=LONGEST,
        address=address,
        back=back,
        asked=asked,
        wrong=wrong,
    )
    return make_response(shown, 422 if wrong else 200)


def _done(act: Act, refs: list[Ref], person: User, back: str) -> AnyResponse:
    """Do it and say how many."""
    ask = _board().ask
    try:
        match act:
            case Act.RETRY:
                count = ask.retry(refs, person.name)
            case Act.HASTEN:
                count = ask.hasten(refs, person.name)
            case Act.DROP:
                count = ask.drop(refs, request.form.get("why", ""), person.name)
    except PermanentError as error:
        asked = _asked(request.form) if "state" in request.form else None
        return _ask(act, len(refs), request.path, back, asked, why(error))
    said = wording()
    flash(said.plural(*DONE[act], count, count=count) if count else said.text(NOTHING))
    return redirect(back)
