"""What templates may say: translated texts, statuses in honest words, times as people read them."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from appliance import telling
from appliance.dashboard import places
from appliance.dashboard.desk import desk, pulse
from appliance.dashboard.key_names import key_name
from appliance.dashboard.reports import absence_sentence, inventory_sentence, missing
from appliance.dashboard.visitor import user, wording
from appliance.firm.sign_in import SignInRefusedError, in_seconds
from appliance.outbox.letters import REASONS
from appliance.store.models import Message
from appliance.wording import Wording, mark

STATUSES = {
    "queued": mark("to be sent"),
    "sending": mark("being sent"),
    "sent": mark("accepted by WhatsApp"),
    "delivered": mark("delivered"),
    "read": mark("read"),
    "failed": mark("failed"),
    "unknown": mark("uncertain: perhaps sent"),
    "pending": mark("to be filed"),
    "filed": mark("filed"),
}
KINDS = {
    "confirmation": mark("confirmation to the client"),
    "confirmation_unknown": mark("confirmation to an unknown number"),
    "filed": mark("letter: document filed"),
    "action_needed": mark("letter: your choice is needed"),
    "unknown_number": mark("letter: unknown number"),
    "failed": mark("letter: document not fetched"),
    "alert": mark("alert to the firm"),
    "deadlines": mark("letter: deadlines that are late or near"),
    "ask_dossier": mark("question to the client: which dossier?"),
    "ask_again": mark("question to the client, by the firm: which dossier?"),
    "ask_number": mark("question: which number?"),
    "send_again": mark("to the client: please send it again"),
    "outside_hours": mark("answer: the firm is closed"),
    "stranger": mark("answer to an unknown number"),
    "faq": mark("answer to a usual question"),
    "faq_menu": mark("list of the usual questions"),
    "opted_out": mark("answer: no more automatic messages"),
    "opted_in": mark("answer: automatic messages again"),
    "thanks": mark("thanks for the choice"),
    "answer": mark("answer of the firm's"),
    "enclosure": mark("document, sent by the firm"),
    "template": mark("template, sent by the firm"),
    "read": mark("the two blue ticks"),
}
CHANNELS = {"whatsapp": "WhatsApp", "email": mark("E-mail"), "alert": mark("Alert")}
TROUBLES = {
    "store": mark("The database takes no writes: make room on the disk, then restart Greffier."),
    "workers": mark("Greffier is working with fewer hands than it should: restart it."),
    "disk": mark("Less than 1 GB is free on the disk: make room, or nothing more can be received."),
    "whatsapp": mark(
        "WhatsApp refuses our access token: documents and replies wait. Get a new token from Meta; "
        "on this computer, type `greffier secret set whatsapp.access_token`, then restart Greffier."
    ),
    "pauses": mark("Work is paused: resume it on the page Queue, or ask your administrator."),
    "queue": mark("Greffier is late: some work has been waiting for more than two minutes."),
}
OTHER_TROUBLE = mark("Something is not well (%(name)s): type `greffier check` on this computer.")
# Shown on the page as figures, with what to do beside each row.
WITHOUT_A_DOCUMENT = {
    "audio": mark("Voice message"),
    "button": mark("answer to a button"),
    "contacts": mark("contact card"),
    "interactive": mark("answer to a button"),
    "edit": mark("correction of a message"),
    "location": mark("place on a map"),
    "order": mark("order from a catalogue"),
    "reaction": mark("reaction"),
    "request_welcome": mark("opened the conversation"),
    "revoke": mark("deleted a message"),
    "sticker": mark("sticker"),
    "system": mark("news from WhatsApp about this person"),
    "text": "",  # the words speak for themselves
    "unsupported": mark("something that WhatsApp does not pass on: ask the client what it was"),
}
OTHER_KIND = mark("of a kind that Greffier cannot show")
COUNTED = frozenset({"messages", "outbox", "inventory", "files at Meta", "drive"})
ACCEPTED = {  # what "sent" says where it is not WhatsApp
    "email": mark("accepted by the mail server"),
    "alert": mark("accepted by the service"),
}
# Nothing is evaluated, written into the page as a style, kept in the browser, or asked elsewhere.
HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "historyCacheSize": 0,
    "historyEnabled": False,
    "includeIndicatorStyles": False,
    "refreshOnHistoryMiss": True,
    "selfRequestsOnly": True,
    "timeout": 10_000,  # milliseconds
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "2..", "swap": True},
        {"code": "304", "swap": False},  # nothing has changed
        {"code": "422", "swap": True},  # a form, with what is wrong in it
        {"code": "...", "swap": False, "error": True},
    ],
}
LANGUAGES = {"fr": "Français", "en": "English", "ar": "العربية"}


def add_labels(app: Flask) -> None:
    """Give the templates their words."""
    asset = _assets(Path(str(app.static_folder)))
    app.add_template_filter(with_commands)

    @app.context_processor
    def words() -> dict[str, Any]:
        return _said(wording()) | _fixed() | {"asset": asset}


def _assets(static: Path) -> Callable[[str], str]:
    """The address of a file of ours: it changes with its content, so browsers may keep it."""
    digests = {
        path.relative_to(static).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in static.rglob("*.*")
    }
    return lambda name: url_for("static", filename=name, v=digests[name])


def _said(said: Wording) -> dict[str, Any]:
    """What is said in the reader's language."""
    return {
        "said": said,
        "key_name": lambda key: key_name(key, said),
        "_": said.text,
        "ngettext": said.plural,
        "moment": said.moment,
        "size": said.size,
        "kind": lambda row: said.text(KINDS.get(row.kind, row.kind)),
        "channel": lambda row: said.text(CHANNELS.get(row.channel, row.channel)),
        "why": lambda row: with_commands(telling.why(row, said)),
        "brought": lambda message: telling.brought(message, said),
        "reason": lambda code: said.text(REASONS[code]) if code in REASONS else code,
    }


def _fixed() -> dict[str, Any]:
    """What asks for the language itself, or has none."""
    return {
        "ago": _ago,
        "status": _status,
        "without_a_document": _without_a_document,
        "troubles": _troubles,
        "absence": absence_sentence,
        "inventory": inventory_sentence,
        "missing": missing,
        "languages": LANGUAGES,
        "in_language": _in_language,
        "htmx_config": json.dumps(HTMX),
        "places": places.places,
        "headings": places.HEADINGS,
        "exists": places.exists,
        "search": places.SEARCH,
        "account": places.ACCOUNT,
        "pending_place": places.PENDING,
        "talk": places.TALK,
        "queues": places.QUEUES,
        "glass": places.GLASS,
        "firm": desk().firm_name,
        "person": user,  # asked only by pages that show it: an error page may not ask
    }


def with_commands(sentence: str) -> Markup:
    """What stands between backticks is to be typed: shown as such, from left to right."""
    parts = escape(sentence).split("`")
    code = Markup('<code dir="ltr">{}</code>')
    return Markup("").join(
        code.format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _in_language(code: str) -> str:
    """The address of this very page in that language: what was asked of it is asked again."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return "?" + urlencode([*asked, ("lang", code)])


def refusal(error: SignInRefusedError) -> str:
    """Why somebody was not signed in, and how long to wait."""
    said, seconds = wording(), in_seconds(error.wait)
    if seconds == 0:
        return said.text(error.reason)
    if seconds <= 90:
        return said.plural(
            "too many tries: wait %(count)d second",
            "too many tries: wait %(count)d seconds",
            seconds,
            count=seconds,
        )
    minutes = -(-seconds // 60)
    return said.plural(
        "too many tries: wait %(count)d minute",
        "too many tries: wait %(count)d minutes",
        minutes,
        count=minutes,
    )


def _troubles() -> list[str]:
    """What is not well with the appliance itself, and what to do."""
    said = wording()
    names = [name for name in pulse().troubles() if name not in COUNTED]
    return [
        said.text(TROUBLES[name]) if name in TROUBLES else said.text(OTHER_TROUBLE, name=name)
        for name in names
    ]


def _without_a_document(message: Message) -> str:
    """What kind of message it was, where its words do not say so."""
    words = WITHOUT_A_DOCUMENT.get(message.type, OTHER_KIND)
    return wording().text(words)


def _status(row: Any) -> str:
    taken = ACCEPTED.get(getattr(row, "channel", "")) if row.status == "sent" else None
    return wording().text(taken or STATUSES.get(row.status, row.status))


def _ago(instant: datetime) -> str:
    """How long ago, roughly: for the sentence at the top."""
    minutes = int((desk().clock.now() - instant).total_seconds() // 60)
    said = wording()
    if minutes < 1:
        return said.text("less than a minute ago")
    if minutes < 60:
        return said.plural("%(count)d minute ago", "%(count)d minutes ago", minutes, count=minutes)
    hours = minutes // 60
    if hours < 48:
        return said.plural("%(count)d hour ago", "%(count)d hours ago", hours, count=hours)
    return said.moment(instant)
