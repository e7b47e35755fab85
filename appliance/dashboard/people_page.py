"""The page of the people: who must be looked at again, who is blocked, the opposing parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from appliance import phones
from appliance.dashboard import blocked_words
from appliance.dashboard.desk import desk
from appliance.dashboard.numbers import LARGEST_ID
from appliance.dashboard.people_board import SHOWN, Doubt, PeopleBoard, Settled, Who
from appliance.dashboard.visitor import apart, entry, may, needs, scope, signed_in, wording
from appliance.firm.parties import EventKind, folded
from appliance.firm.rights import May
from appliance.names import in_one_line
from appliance.wording import mark

LONGEST = 200  # characters of a field; folding takes the square of a text
HAPPENED = {
    EventKind.NUMBER_CHANGED: mark(
        "WhatsApp says that this person has another number. Before: %(old)s. Now: %(new)s."
    ),
    EventKind.USER_ID_CHANGED: mark(
        "WhatsApp says that this person has another number, and does not tell which. Before: "
        "%(old)s. Now: %(new)s."
    ),
    EventKind.IDENTITY_CHANGED: mark(
        "WhatsApp says that this person writes from another phone, or has installed WhatsApp "
        "again: %(old)s. It may be somebody who has their number now."
    ),
    EventKind.OTHER_USER_ID: mark(
        "A message came from this person's number, but from another WhatsApp account. Before: "
        "%(old)s. Now: %(new)s. The number may have passed to somebody else."
    ),
    EventKind.OTHER_NUMBER: mark(
        "A message came from this person's WhatsApp account, but from another number. Before: "
        "%(old)s. Now: %(new)s."
    ),
    EventKind.CONFLICT: mark(
        "A message came from two people at once: from %(old)s, which is this person's, and from "
        "%(new)s, which is somebody else's: %(other)s."
    ),
}
KNOWN_ALREADY = mark("Somebody else is known by the new ones already: %(other)s.")
NUMBER = mark("the number %(number)s")
ACCOUNT = mark("the WhatsApp account %(account)s")
UNTOLD = mark("unknown to us")
NAMELESS = mark("Somebody without a name")
SAID = {
    True: mark(
        "Written down: still the same person. What they send from now on is filed and answered as "
        "before; what waits stays to be filed."
    ),
    False: mark(
        "Written down: somebody else, who is a stranger to the firm from now on. What waits stays "
        "to be filed."
    ),
}
STILL_IN_DOUBT = mark(
    "Written down. There is another doubt about the same person, below: until then nothing changes "
    "for them."
)
GONE = mark("Somebody has decided that before: nothing was done.")
ADDED = mark("%(name)s is an opposing party in the dossier %(dossier)s.")
KNOWN = mark("%(name)s was an opposing party in the dossier %(dossier)s already.")
NO_DOSSIER = mark("The firm has no dossier of this reference. Write it as in your list.")
NO_NAME = mark("Write the name of the opposing party.")
TOO_LONG = mark("This is too long: write 200 characters at most.")
NO_NUMBER = mark("This is not a phone number. Write it like +216 20 123 456, or leave it empty.")

bp = Blueprint("people", __name__)


@dataclass(frozen=True)
class Given:
    """What somebody wrote into the form, and what is wrong with it, by field."""

    dossier: str = ""
    name: str = ""
    number: str = ""
    faults: Mapping[str, str] | None = None

    @property
    def first_wrong(self) -> str | None:
        return next(iter(self.faults or {}), None)


@bp.app_context_processor
def words() -> dict[str, Any]:
    """What the templates may say of people."""
    return {"who_is": _who_is, "happened": _happened, "blocked_who": blocked_words.who_of}


@bp.get("/people")
@needs(May.READ)
def page() -> AnyResponse:
    """Who waits for somebody to say who they are; the opposing parties, `?q=` looks for some."""
    return _page(200)


@bp.post(f"/people/<int(max={LARGEST_ID}):event_id>/same")
@needs(May.DECIDE)
def same(event_id: int) -> AnyResponse:
    """Still the same person."""
    return _settle(event_id, "identity confirmed", is_same=True)


@bp.post(f"/people/<int(max={LARGEST_ID}):event_id>/other")
@needs(May.DECIDE)
def other(event_id: int) -> AnyResponse:
    """Somebody else."""
    return _settle(event_id, "identity rejected", is_same=False)


@bp.post("/people/parties")
@needs(May.DECIDE)
def add_party() -> AnyResponse:
    """Somebody stands on the other side of a dossier."""
    given = _read(request.form)
    if given.faults:
        return _page(422, given=given)
    number = phones.normalise(given.number, _board().country) if given.number else None
    note = entry("opposing party added", f"{given.dossier}: {given.name}")
    is_new = _board().oppose(given.dossier, given.name, number, note)
    values = {"name": apart(given.name), "dossier": apart(given.dossier)}
    flash(wording().text(ADDED if is_new else KNOWN, **values))
    return redirect(address_of("people.page"))


@bp.post(f"/people/<int(max={LARGEST_ID}):person_id>/unblock")
@needs(May.ANSWER, correspondent="person_id")
def unblock(person_id: int) -> AnyResponse:
    """Hear somebody again."""
    is_new = desk().triage.blocked.unblock(person_id, signed_in().name)
    blocked_words.say_heard(person_id, is_new=is_new)
    return redirect(address_of("people.page", _anchor="blocked"))


def _board() -> PeopleBoard:
    return desk().people


def _settle(event_id: int, action: str, *, is_same: bool) -> AnyResponse:
    person, said = signed_in(), wording()
    sees = _board().sees_event(event_id, scope())
    result, wrote = Settled.GONE, entry(action, str(event_id))
    settled = partial(desk().triage.blocked.settled, event_id, person.name)

    def note() -> None:
        """Inside the unit: on record, and no client is muted by it."""
        wrote()
        settled()

    if sees:
        result = _board().settle(event_id, person.name, note, is_same=is_same)
    told = {Settled.GONE: GONE, Settled.IN_DOUBT: STILL_IN_DOUBT, Settled.CLEAR: SAID[is_same]}
    flash(said.text(told[result]))
    return redirect(address_of("people.page"))


def _page(code: int, given: Given | None = None) -> AnyResponse:
    sought = request.args.get("q", "").strip()[:LONGEST]
    shown = render_template(
        "people.html",
        seen=_board().seen(scope(), sought),
        blocked=desk().triage.blocked.listed(scope()),
        may_unblock=may(May.ANSWER),
        may_decide=may(May.DECIDE),
        given=given or Given(),
        sought=sought,
        longest=LONGEST,
        shown=SHOWN,
    )
    return make_response(shown, code)


def _read(form: Mapping[str, str]) -> Given:
    """The form, and each fault beside its field."""
    dossier, name, number = (
        in_one_line(form.get(field, "")) for field in ("dossier", "name", "number")
    )
    fields = {"dossier": dossier, "name": name, "number": number}
    faults = {field: TOO_LONG for field, text in fields.items() if len(text) > LONGEST}
    if "dossier" not in faults and not _board().has_dossier(dossier, scope()):
        faults["dossier"] = NO_DOSSIER
    if "name" not in faults and not folded(name):
        faults["name"] = NO_NAME
    if "number" not in faults and number and not phones.normalise(number, _board().country):
        faults["number"] = NO_NUMBER
    in_order = {field: wording().text(faults[field]) for field in fields if field in faults}
    return Given(dossier, name, number, in_order)


def _who_is(who: Who) -> Markup:
    """By the name that the firm has for them, else by their own, else by their number."""
    known = who.clients or [one for one in (who.profile_name, *who.numbers[:1]) if one][:1]
    known = known or [wording().text(NAMELESS)]
    return Markup(", ").join(Markup("<bdi>{}</bdi>").format(name) for name in known)


def _happened(doubt: Doubt) -> Markup:
    """What happened, in one sentence or two."""
    event, said = doubt.event, wording()
    old, new = event.old_value, event.new_value
    if event.kind == EventKind.IDENTITY_CHANGED:
        old = old or new
    whose = _who_is(doubt.other) if doubt.other else said.text(UNTOLD)
    values = {"old": _identifier(old), "new": _identifier(new), "other": whose}
    sentence = _filled(HAPPENED[EventKind(event.kind)], **values)
    if doubt.other and event.kind != EventKind.CONFLICT:
        sentence += Markup(" ") + _filled(KNOWN_ALREADY, other=whose)
    return sentence


def _identifier(value: str | None) -> Markup | str:
    if value is None:
        return wording().text(UNTOLD)
    shown = Markup('<bdi dir="ltr" class="number">{}</bdi>').format(value)
    if phones.is_user_id(value):
        return _filled(ACCOUNT, account=shown)
    return _filled(NUMBER, number=shown)


def _filled(msgid: str, **values: object) -> Markup:
    """The text with its values; what is no markup of ours among them is only text."""
    return escape(wording().text(msgid)) % values
