"""What Greffier reports of itself: how long it was away, and that nothing was lost."""

import json

from appliance.dashboard.visitor import wording
from appliance.store.models import Inventory
from appliance.upkeep.presence import Absence
from appliance.wording import Wording, mark

# In the order of a sum: what was received is all of these together.
HEADINGS = {
    "filed": mark("filed: %(count)d"),
    "pending": mark("to be filed: %(count)d"),
    "rejected": mark("set aside: %(count)d"),
    "processed": mark("without a document: %(count)d"),
    "failed": mark("in error: %(count)d"),
    "working": mark("under way: %(count)d"),
}


def absence_sentence(absence: Absence) -> str:
    """For the page, on the day after."""
    said = wording()
    late = said.plural(
        "%(count)d message caught up",
        "%(count)d messages caught up",
        absence.caught_up,
        count=absence.caught_up,
    )
    return said.text(
        "Greffier was away for %(long)s, until %(when)s: %(late)s.",
        long=_length(said, absence),
        when=said.moment(absence.until),
        late=late,
    )


def inventory_sentence(inventory: Inventory) -> str:
    """The sum of the last inventory, and when it was taken."""
    said = wording()
    parts = [
        said.text(words, count=count)
        for heading, words in HEADINGS.items()
        if (count := getattr(inventory, heading))
    ]
    received = said.plural(
        "%(count)d message received",
        "%(count)d messages received",
        inventory.received,
        count=inventory.received,
    )
    total = f"{received} ({', '.join(parts)})" if parts else received
    when = said.moment(inventory.taken_at)
    if missing(inventory):
        return said.text("Inventory of %(when)s: %(sum)s.", when=when, sum=total)
    return said.text("Inventory of %(when)s: nothing was lost. %(sum)s.", when=when, sum=total)


def missing(inventory: Inventory) -> list[str]:
    """What was missing, a sentence each."""
    found: list[str] = json.loads(inventory.missing)
    return found


def _length(said: Wording, absence: Absence) -> str:
    minutes = int((absence.until - absence.since).total_seconds() // 60)
    if minutes < 60:
        return said.plural("%(count)d minute", "%(count)d minutes", minutes, count=minutes)
    hours = minutes // 60
    if hours < 48:
        return said.plural("%(count)d hour", "%(count)d hours", hours, count=hours)
    return said.plural("%(count)d day", "%(count)d days", hours // 24, count=hours // 24)
