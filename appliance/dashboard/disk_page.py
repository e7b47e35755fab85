"""The page of what people changed on disk: what exactly happened, and what is to become of it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.dashboard.cabinet_board import TASK, Group
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import number_in
from appliance.dashboard.visitor import needs, scope, signed_in, why, wording
from appliance.errors import GreffierError, mark, marks
from appliance.filing.acts import Done
from appliance.filing.findings import Choice, FindingKind
from appliance.firm.rights import May

HAPPENED = {
    FindingKind.GONE: mark("Deleted, or taken out of the folders"),
    FindingKind.MOVED: mark("Moved or renamed"),
    FindingKind.CHANGED: mark("The content was changed"),
    FindingKind.FOREIGN: mark("Put there by somebody else than Greffier"),
}
MEANS = {
    FindingKind.GONE: mark(
        "These documents are no longer in their folder. Nothing is lost: Greffier keeps each as it "
        "came, and can put it back."
    ),
    FindingKind.MOVED: mark(
        "The same documents were found in another place or under another name."
    ),
    FindingKind.CHANGED: mark(
        "Other bytes are where Greffier had put these documents. Greffier keeps each as it came; "
        "put back, it lies beside the changed file, under a number."
    ),
    FindingKind.FOREIGN: mark(
        "Files that did not come through Greffier. It leaves them alone, and does not send them to "
        "Google Drive."
    ),
}
CHOICES = {
    Choice.TAKE: mark("Take it as it is"),
    Choice.PUT_BACK: mark("Put our copy back"),
    Choice.LEAVE: mark("Leave it, and show it no more"),
}
OFFERED = {
    FindingKind.GONE: (Choice.PUT_BACK, Choice.LEAVE),
    FindingKind.MOVED: (Choice.TAKE, Choice.PUT_BACK, Choice.LEAVE),
    FindingKind.CHANGED: (Choice.PUT_BACK, Choice.LEAVE),
    FindingKind.FOREIGN: (Choice.LEAVE,),
}
LOOKING = mark("Greffier is looking through the folders. Reload this page in a moment.")
NOTHING_CHOSEN = mark("Tick the documents that this is for: nothing was done.")
SETTLED = marks("%(count)d change is settled.", "%(count)d changes are settled.")
OVERTAKEN = marks(
    "%(count)d change was no longer as shown: nothing was done to it.",
    "%(count)d changes were no longer as shown: nothing was done to them.",
)

bp = Blueprint("disk", __name__)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the template may say of findings."""
    said = wording
    return {
        "happened_on_disk": lambda kind: said().text(HAPPENED[FindingKind(kind)]),
        "means_on_disk": lambda kind: said().text(MEANS[FindingKind(kind)]),
        "choices_of": _choices,
    }


@bp.get("/settings/disk")
@needs(May.FILE)
def page() -> str:
    """What waits for a choice."""
    return render_template("disk.html", seen=desk().cabinet.disk(scope()))


@bp.post("/settings/disk/look")
@needs(May.FILE)
def look() -> AnyResponse:
    """Look now."""
    desk().users.note(signed_in().name, "task run", TASK)
    desk().cabinet.look()
    flash(wording().text(LOOKING))
    return redirect(address_of("disk.page"))


@bp.post("/settings/disk/choose")
@needs(May.FILE)
def choose() -> AnyResponse:
    """The same choice for everything that is ticked."""
    person, said = signed_in(), wording()
    choice = request.form.get("choice", "")
    if choice not in CHOICES:
        abort(400)
    asked = [row_id for each in request.form.getlist("finding") if (row_id := number_in(each))]
    ids = [each for each in asked if desk().cabinet.sees_finding(each, scope())]
    done, others = 0, len(asked) - len(ids)
    filing = desk().cabinet.filing
    for finding_id in ids:
        try:
            became = filing.choose(finding_id, Choice(choice), person.name)
        except GreffierError as error:
            flash(why(error), "alarm")
            break
        done, others = (done + 1, others) if became == Done.DONE else (done, others + 1)
    for texts, count in ((SETTLED, done), (OVERTAKEN, others)):
        if count:
            flash(said.plural(*texts, count, count=count))
    if not asked:
        flash(said.text(NOTHING_CHOSEN), "alarm")
    return redirect(address_of("disk.page"))


def _choices(group: Group) -> list[tuple[str, str]]:
    """What may be chosen, and in words."""
    return [
        (choice.value, wording().text(CHOICES[choice]))
        for choice in OFFERED[FindingKind(group.kind)]
    ]
