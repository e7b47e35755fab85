"""What the templates of the conversations say: names, ticks and their truth, time that is left."""

from datetime import datetime
from typing import Any

from appliance import telling
from appliance.dashboard import labels
from appliance.dashboard.desk import desk
from appliance.dashboard.standings import Show
from appliance.dashboard.talk_board import Head
from appliance.dashboard.threads_board import Line
from appliance.dashboard.visitor import may, scope, user, wording
from appliance.firm.rights import May
from appliance.store.models import Outgoing
from appliance.wording import mark

NAMELESS = mark("Somebody without a name")
IS_ANSWERING = mark("%(name)s is writing an answer just now.")
# The sign, and what it means. What is sent is not delivered, and says so.
TICKS = {
    "queued": ("…", mark("waits, not sent yet")),
    "sending": ("…", mark("being sent")),
    "sent": ("✓", mark("accepted by WhatsApp, not delivered yet")),
    "delivered": ("✓✓", mark("delivered to their phone")),
    "read": ("✓✓", mark("read")),
    "failed": ("✗", mark("not delivered")),
    "unknown": ("?", mark("uncertain: perhaps sent. Ask them before you repeat it")),
}
SHOWS = {
    Show.OPEN: mark("To do"),
    Show.MINE: mark("Mine"),
    Show.UNASSIGNED: mark("Nobody's"),
    Show.UNREAD: mark("Unread"),
    Show.CLOSING: mark("Window closing"),
    Show.DONE: mark("Finished"),
    Show.ALL: mark("All of them"),
}
NOTHING = {
    Show.OPEN: mark("Nothing is left to do: every conversation is done."),
    Show.MINE: mark("No conversation is yours. Open one, and give it to yourself."),
    Show.UNASSIGNED: mark("Every open conversation is somebody's."),
    Show.UNREAD: mark("You have read everything."),
    Show.CLOSING: mark("No window closes within the next four hours."),
    Show.DONE: mark("No conversation is done yet: in one, the button “Done” puts it here."),
    Show.ALL: mark(
        "Nobody has written yet. Conversations appear here by themselves when clients write to the "
        "firm's WhatsApp number."
    ),
}
HIDDEN = mark("a message of another client's")
TAKEN_BACK = mark("deleted by its sender")
HOURS_LEFT = mark("%(hours)s h %(minutes)s min")
MINUTES_LEFT = mark("%(minutes)s min")


def words() -> dict[str, Any]:
    """For every template: a page may show some of them beside its own."""
    said = wording()
    return {
        "name_of": name_of,
        "line_name": line_name,
        "last_words": _last_words,
        "tick": lambda row: TICKS.get(row.status, ("", row.status))[0],
        "tick_words": lambda row: said.text(TICKS.get(row.status, ("", row.status))[1]),
        "time_left": time_left,
        "seconds_left": _seconds_left,
        "show_name": lambda show: said.text(SHOWS[show]),
        "nothing_of": lambda show: said.text(NOTHING[show]),
        "is_answering": lambda name: said.text(IS_ANSWERING, name=f"\u2068{name}\u2069"),
        "my_conversations": _mine,
    }


def name_of(head: Head) -> str:
    """By the name that the firm has for them, else by their own, else by their number."""
    own = head.person.profile_name or next(iter(head.names), "")
    name = head.client.name if head.client is not None else own
    return name or wording().text(NAMELESS)


def line_name(line: Line) -> str:
    """The same, in the list."""
    known = line.client or line.standing.profile_name or line.number
    return known or wording().text(NAMELESS)


def time_left(until: datetime) -> str:
    """How long until then: "3 h 12 min"."""
    minutes = _seconds_left(until) // 60
    said = wording()
    if minutes < 60:
        return said.text(MINUTES_LEFT, minutes=minutes)
    return said.text(HOURS_LEFT, hours=minutes // 60, minutes=f"{minutes % 60:02}")


def _seconds_left(until: datetime) -> int:
    return max(int((until - desk().clock.now()).total_seconds()), 0)


def _last_words(line: Line) -> str:
    """What was said last, in one line."""
    last, said = line.last, wording()
    if last is None:
        return said.text(HIDDEN)
    if isinstance(last, Outgoing):
        return last.body or said.text(labels.KINDS.get(last.kind, last.kind))
    if last.revoked_at is not None:
        return said.text(TAKEN_BACK)
    kind = telling.KINDS.get(last.type)
    parts = [said.text(kind)] if kind else []
    parts += [last.body] if last.body and last.type != "system" else []
    if parts:
        return " — ".join(parts)
    return said.text(labels.WITHOUT_A_DOCUMENT.get(last.type, labels.OTHER_KIND))


def _mine() -> list[Line]:
    """What was given to them and is not done."""
    person = user()
    if person is None or not may(May.ANSWER):
        return []
    return desk().conversations.board.mine(person, scope())
