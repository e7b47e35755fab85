"""What the pages say of numbers that are blocked: that they are, and that they are heard again."""

from flask import flash

from appliance.dashboard.visitor import apart, scope, why, wording
from appliance.errors import mark, marks
from appliance.filing import aside
from appliance.filing.gestures import Outcome
from appliance.firm import identifiers
from appliance.phones import is_user_id
from appliance.store import rows
from appliance.store.models import Correspondent

BLOCKED = mark(
    "%(who)s is blocked. What comes from there is kept, but nobody hears of it and nothing is "
    "answered; the page People lists it."
)
HEARD = mark("%(who)s is no longer blocked: what they send now is handled as before.")
LEFT = marks(
    "%(count)d document of theirs stays set aside: look among what is set aside, and bring it back "
    "if you want it.",
    "%(count)d documents of theirs stay set aside: look among what is set aside, and bring back "
    "what you want.",
)
BEFORE = mark("Somebody has unblocked this number before: nothing was done.")
NAMELESS = mark("Somebody without a number")
GONE = mark("It is not known who sent this, so there is no number to block. Set it aside instead.")


def who_of(values: list[str]) -> str:
    """By a number; who withholds it has none to be called by."""
    number = next((each for each in values if not is_user_id(each)), None)
    return apart(number) if number else wording().text(NAMELESS)


def called(person_id: int) -> str:
    """The same, of a correspondent."""
    person = rows.find(Correspondent, id=person_id)
    held = identifiers.live(person, *identifiers.NUMBERS) if person is not None else []
    return who_of([row.value for row in held])


def say_blocked(outcome: Outcome) -> None:
    """Whom nobody hears of from now on; or why that was not done."""
    if outcome.person is not None:
        flash(wording().text(BLOCKED, who=called(outcome.person)))
    elif outcome.error is not None:
        flash(why(outcome.error), "alarm")
    else:
        flash(wording().text(GONE), "alarm")


def say_heard(person_id: int, *, is_new: bool = True) -> None:
    """They are heard again, and how much is still set aside of what came meanwhile."""
    if not is_new:
        flash(wording().text(BEFORE))
        return
    flash(wording().text(HEARD, who=called(person_id)))
    count = aside.left(person_id, scope())
    if count:
        flash(wording().plural(*LEFT, count, count=count), "note")
