"""How a conversation is shown, for the pages that read it and those that act on it."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import abort, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from appliance.conversation.speaking import Why
from appliance.conversation.threads import LONGEST_NOTE
from appliance.costs import FREE_ANSWERS
from appliance.dashboard.bubbles import Key
from appliance.dashboard.conversations import Conversations
from appliance.dashboard.desk import desk
from appliance.dashboard.enclosing_board import Offered
from appliance.dashboard.standings import Show
from appliance.dashboard.talk_board import Head
from appliance.dashboard.visitor import may, scope, signed_in, wording
from appliance.errors import TemporaryError
from appliance.firm.rights import May
from appliance.outbox.answers import address_of as address_of_person
from appliance.replies.texts import LONGEST as LONGEST_MESSAGE
from appliance.store.models import Correspondent, User
from appliance.wording import mark

LONGEST_ANSWER = 4 * LONGEST_MESSAGE  # characters: four messages; more is a letter
LONGEST_ID = 300  # characters of Meta's id of a message
EMPTY = mark("Write something first.")
TOO_LONG_BESIDE = mark(
    "This is too long beside a document: write %(most)d characters at most, or send the words by "
    "themselves first."
)
TOO_LONG = mark("This is too long: write %(most)d characters at most, or send a letter.")


@dataclass(frozen=True)
class Draft:
    """What somebody has written and not sent yet. `form`: the same form again is the same answer.

    `wrong`: why it was not sent; `why`, where others are the reason. `document`: what they have
    chosen to join, among those that `find` finds.
    """

    form: str
    text: str = ""
    note: str = ""
    quotes: str = ""
    wrong: str = ""
    wrong_note: str = ""
    why: Why | None = None
    find: str = ""
    document: int = 0
    is_enclosing: bool = False

    @property
    def may_insist(self) -> bool:
        """Whether a colleague was the reason, and they may send it all the same."""
        return self.why in (Why.ANSWERED, Why.ANSWERING)


def ours() -> Conversations:
    """What the desk has of it."""
    return desk().conversations


def person_of(person_id: int) -> Correspondent:
    """Whose conversation; else there is no such page."""
    found = ours().talk.person(person_id)
    if found is None:
        abort(404)
    return found


def show_talk(person: Correspondent, draft: Draft, code: int = 200) -> AnyResponse:
    """The page of a conversation, with what they have written; `?part=1`: what changes."""
    reader, seen = signed_in(), scope()
    before = Key.read(request.args.get("before", ""))
    board = ours().talk
    head = board.head(person, reader, seen)
    values: dict[str, Any] = {
        "head": head,
        "talk": board.talk(person, seen, before),
        "before": before,
        "show": shown_now(),
        "may_answer": may(May.ANSWER),
    }
    if "part" in request.args:
        return _part("_talk.html", values)
    if before is None and code == 200:
        _has_seen(person.id, reader, head.count)
    blocked = desk().triage.blocked
    listed = ours().board.seen(reader, seen, shown_now(), here=person.id)
    shown = render_template(
        "conversation.html",
        **values,
        listed=listed,
        blocked=blocked.standing(person),
        may_block=may(May.ANSWER) and blocked.is_offered(person, seen),
        draft=draft,
        offered=_offered(head, draft) if values["may_answer"] else None,
        costs=board.costs(),
        free_answers=FREE_ANSWERS,
        template=board.template,
        answerers=ours().answerers(),
        longest=LONGEST_ANSWER,
        longest_message=LONGEST_MESSAGE,
        longest_note=LONGEST_NOTE,
    )
    return make_response(shown, code)


def _offered(head: Head, draft: Draft) -> Offered | None:
    """What may be joined to an answer, where one may be written."""
    is_open = head.closes_at is not None
    return ours().enclosing.offered(head.address, scope(), draft.find) if is_open else None


def show_offered(person: Correspondent, find: str) -> AnyResponse:
    """Which documents may be joined, by these words: what changes while they type."""
    offered = ours().enclosing.offered(address_of_person(person), scope(), find)
    return _part("_enclosures.html", {"offered": offered, "draft": Draft("", find=find)})


def _has_seen(person_id: int, reader: User, count: int) -> None:
    with suppress(TemporaryError):  # a full disk must not hide what was said
        ours().threads.seen(person_id, reader, count)


def maybe_part(part: str, whole: str, values: dict[str, Any]) -> AnyResponse:
    """The page, or with `?part=1` only what changes of it."""
    if "part" in request.args:
        return _part(part, values)
    return make_response(render_template(whole, **values))


def _part(name: str, values: dict[str, Any]) -> AnyResponse:
    """Only what changes: nothing at all where nothing has changed."""
    response = make_response(render_template(name, **values))
    response.add_etag()
    return response.make_conditional(request)


def shown_now() -> Show:
    """Which conversations they are going through."""
    asked = request.values.get("show", "")
    return Show(asked) if asked in list(Show) else Show.OPEN


def kept() -> dict[str, Any]:
    """What stays in the address: which conversations they were looking at."""
    show = shown_now()
    return {} if show is Show.OPEN else {"show": show.value}


def back(person_id: int, anchor: str | None = None) -> AnyResponse:
    """To the conversation again. A field whose id is the anchor has the focus, scripts or none;
    what was said begins at its end by itself."""
    address = address_of("conversations.talk", person_id=person_id, _anchor=anchor, **kept())
    return redirect(address)


def form_of(form: Mapping[str, str]) -> str:
    """The form's own number; one that bears none, or something else, is a form of its own."""
    try:
        return str(uuid.UUID(form.get("form", "")))
    except ValueError:
        return new_form()


def new_form() -> str:
    """The number of a form that nobody has sent yet."""
    return str(uuid.uuid4())


def written(text: str) -> str:
    """As a person means it: without what no screen shows at its ends, with plain new lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def fault_of(text: str, longest: int) -> str:
    """What is wrong with it, in words; nothing if it may go."""
    if not text:
        return wording().text(EMPTY)
    return wording().text(TOO_LONG, most=longest) if len(text) > longest else ""
