"""The words of the queue: lanes, states and outcomes as people call them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from appliance.dashboard.chart import Chart, Hour, chart
from appliance.dashboard.desk import desk
from appliance.dashboard.labels import KINDS, STATUSES, WITHOUT_A_DOCUMENT, with_commands
from appliance.dashboard.queues_board import Line
from appliance.dashboard.visitor import user, wording
from appliance.store.attempts import Outcome
from appliance.store.models import Attempt
from appliance.telling import KINDS as BROUGHT
from appliance.telling import told
from appliance.wording import mark
from appliance.workload.acts import Act
from appliance.workload.measures import Span
from appliance.workload.pauses import pauses
from appliance.workload.states import State

LANES = {
    "all": mark("All work"),
    "message": mark("Messages received"),
    "receipt": mark("Receipts from WhatsApp"),
    "whatsapp": mark("Sending on WhatsApp"),
    "email": mark("Sending e-mails"),
    "alert": mark("Sending alerts"),
    "examine": mark("Looking into files"),
    "depict": mark("Making pictures to look at"),
    "scan": mark("Virus scan"),
    "read": mark("Reading the text"),
    "mirror": mark("Copying to Google Drive"),
    "mirror_dossier": mark("Dossier folders on Google Drive"),
    "mirror_client": mark("Client folders on Google Drive"),
    "prove": mark("Receipts for documents"),
    "witness": mark("Daily check of the receipts"),
    "destroy": mark("Destruction of documents"),
}
STATES = {
    State.WAITING: mark("Waiting"),
    State.RUNNING: mark("Running"),
    State.SCHEDULED: mark("Scheduled"),
    State.FAILED: mark("Failed, tried again"),
    State.DEAD: mark("Given up"),
    State.DROPPED: mark("Dropped"),
    State.DONE: mark("Completed"),
}
MEANINGS = {
    State.WAITING: mark("Due now: a worker takes it next."),
    State.RUNNING: mark("A worker has it just now."),
    State.SCHEDULED: mark("Due at a later time: nothing is wrong with it."),
    State.FAILED: mark("It went wrong and is tried again by itself, or waits for what holds it."),
    State.DEAD: mark("Greffier no longer tries: somebody must look, then try again or drop it."),
    State.DROPPED: mark("Somebody has given it up. It can still be tried again."),
    State.DONE: mark("What ended well last. How long it stays: [retention] jobs_completed."),
}
EMPTY = {
    State.WAITING: mark("Nothing waits: all that is due has been done."),
    State.RUNNING: mark("Nothing runs just now."),
    State.SCHEDULED: mark("Nothing is planned for later."),
    State.FAILED: mark("Nothing has failed and waits for another try."),
    State.DEAD: mark("Nothing was given up: there is nothing for you to do."),
    State.DROPPED: mark("Nothing was dropped."),
    State.DONE: mark("Nothing has ended yet. What is done appears here."),
}
OUTCOMES = {
    Outcome.DONE: mark("done"),
    Outcome.AGAIN: mark("failed, tried again later"),
    Outcome.HELD: mark("not accepted, set aside"),
    Outcome.FAILED: mark("given up"),
    Outcome.UNKNOWN: mark("uncertain: perhaps done"),
}
ACTS = {
    Act.RETRY: mark("Try again"),
    Act.HASTEN: mark("Do it now"),
    Act.DROP: mark("Drop"),
}
ACTS_ON_ALL = {
    Act.RETRY: mark("Try all again"),
    Act.HASTEN: mark("Do all now"),
    Act.DROP: mark("Drop all"),
}
_TICKS = {24: 6, 28: 4}  # of so many bars, every how manieth has its time written under it
_NUMBERED = mark("%(lane)s, no. %(number)d")


def words() -> dict[str, Any]:
    """What the templates may say of work."""
    said = wording()
    return {
        "lane_name": lane_name,
        "state_name": lambda state: said.text(STATES[State(state)]),
        "state_means": lambda state: said.text(MEANINGS[State(state)]),
        "state_empty": lambda state: said.text(EMPTY[State(state)]),
        "outcome_name": lambda attempt: said.text(OUTCOMES[Outcome(attempt.outcome)]),
        "act_name": lambda act: said.text(ACTS[Act(act)]),
        "act_on_all": lambda act: said.text(ACTS_ON_ALL[Act(act)]),
        "job_name": job_name,
        "job_detail": _detail,
        "job_why": _why,
        "lasting": lambda length: said.lasting(length) if length is not None else "—",
        "waited": lambda attempt: _lasting_ms(attempt.waited_ms),
        "work_chart": _chart,
        "paused_lanes": _paused_lanes,
    }


def lane_name(lane: str) -> str:
    """What people call it."""
    return wording().text(LANES.get(lane, lane))


def job_name(line: Line) -> str:
    """Its lane and its number there."""
    return wording().text(_NUMBERED, lane=lane_name(line.lane), number=line.row_id)


def _detail(line: Line) -> str:
    """What kind it is within its lane, where that says more."""
    if line.detail == line.lane:
        return ""
    known = {**STATUSES, **WITHOUT_A_DOCUMENT, **BROUGHT, **KINDS}
    if line.job == "message":
        known = {**known, **BROUGHT, **WITHOUT_A_DOCUMENT, "text": mark("text message")}
    return wording().text(known.get(line.detail, line.detail))


def _why(row: Line | Attempt) -> Any:
    """Why it failed, without names: see masking."""
    said, english = wording(), row.error or ""
    return with_commands(told(row.reason, said) if row.reason else said.text(english))


def _lasting_ms(length: int | None) -> str:
    return "—" if length is None else wording().lasting(timedelta(milliseconds=length))


def _chart(spans: Sequence[Span]) -> Chart:
    hours = [Hour(span.at, span.done, span.failed) for span in spans]
    is_from_the_right = wording().direction == "rtl"
    return chart(hours, from_the_right=is_from_the_right, tick_every=_TICKS[len(hours)])


def _paused_lanes() -> list[str]:
    """What is paused, for everybody who is signed in: on every page."""
    is_there = desk().queues is not None and user() is not None
    return [lane_name(pause.lane) for pause in pauses()] if is_there else []
