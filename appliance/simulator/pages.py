"""What a person sees in a browser: a phone with the conversation, and the mailbox."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from appliance.simulator import interactive
from appliance.simulator.account import Account
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.people import People
from appliance.simulator.phone import Phone

_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_REFUSED = {
    404: "Cette page n’existe pas.",
    413: "C’est trop à la fois : 100 Mo au plus par envoi.",
}
_READABLE_TYPE = "application/octet-stream"


class Pages:
    """The phone page at / and the mailbox at /mail. Everything shown is escaped by Jinja."""

    def __init__(self, people: People, account: Account) -> None:
        self._people, self._account = people, account
        self.mailbox: Mailbox | None = None

    def join(self, app: Flask) -> None:
        site = Blueprint("simulator", __name__)
        site.add_url_rule("/", "home", self.home)
        site.add_url_rule("/phones/<int:place>", "phone", self.phone)
        site.add_url_rule("/phones/<int:place>/lines", "lines", self.lines)
        site.add_url_rule("/phones/<int:place>", "write", self.write, methods=["POST"])
        site.add_url_rule("/phones/<int:place>/touch", "touch", self.touch, methods=["POST"])
        site.add_url_rule("/phones/<int:place>/reads", "reads", self.reads, methods=["POST"])
        site.add_url_rule("/mail", "mail", self.mail)
        site.add_url_rule("/mail/<int:place>", "letter", self.letter)
        site.before_request(_refuse_other_sites)
        site.after_request(_with_policy)
        site.add_app_template_filter(self._at_time, "at_time")
        app.register_blueprint(site)
        for code, sentence in _REFUSED.items():
            app.register_error_handler(code, partial(self._refused, code, sentence))

    def home(self) -> str:
        """Choose who you are."""
        return self._render("phone.html", place=None, phone=None)

    def phone(self, place: int) -> str:
        """The conversation of one person with the firm."""
        return self._render("phone.html", place=place, phone=self._phone(place))

    def lines(self, place: int) -> str:
        """The bubbles alone, fetched each second."""
        return render_template("lines.html", phone=self._phone(place), place=place)

    def reads(self, place: int) -> tuple[str, int]:
        """The conversation is being looked at."""
        self._phone(place).reads()
        return "", 204

    def touch(self, place: int) -> Response:
        """A line of a list, a button, or the button that shares the own number."""
        phone, choice = self._phone(place), request.form.get("choice", "")
        wamid = request.form.get("wamid")
        sent = next((one for one in phone.received if one.wamid == wamid), None)
        if sent is None or choice not in {each for each, *_ in interactive.shown(sent.body)}:
            abort(404)
        if choice == interactive.SHARE:
            phone.shares_number(sent)
        else:
            phone.taps(sent, choice)
        return redirect(url_for("simulator.phone", place=place), code=303)

    def write(self, place: int) -> Response:
        """A text, or files of which the first has the text as its caption."""
        phone, text = self._phone(place), request.form.get("text", "").strip()
        files = [file for file in request.files.getlist("files") if file.filename]
        for number, file in enumerate(files):
            _send(phone, file, caption=text if number == 0 else "")
        if text and not files:
            phone.writes(text)
        return redirect(url_for("simulator.phone", place=place), code=303)

    def mail(self) -> str:
        """The letters, newest first."""
        return self._render("mail.html", letters=self._letters(), letter=None)

    def letter(self, place: int) -> str:
        letters = self._letters()
        found = next((letter for number, letter in letters if number == place), None)
        if found is None:
            abort(404)
        return self._render("mail.html", letters=letters, letter=found)

    def _refused(self, code: int, sentence: str, _: Exception) -> tuple[str, int]:
        return self._render("refused.html", sentence=sentence), code

    def _letters(self) -> list[tuple[int, Any]]:
        received = self.mailbox.received if self.mailbox else []
        return list(enumerate(received))[::-1]

    def _at_time(self, at: float) -> str:
        """The wall clock where these people live."""
        zone = ZoneInfo(self._account.timezone) if self._account.timezone else None
        return datetime.fromtimestamp(at).astimezone(zone).strftime("%H:%M")

    def _phone(self, place: int) -> Phone:
        phones = self._people.phones
        if place >= len(phones):
            abort(404)
        return phones[place]

    def _render(self, template: str, **shown: Any) -> str:
        return render_template(
            template,
            phones=list(enumerate(self._people.phones)),
            firm=self._account.verified_name,
            has_mailbox=self.mailbox is not None,
            **shown,
        )


def _send(phone: Phone, file: FileStorage, caption: str) -> None:
    mime_type = file.mimetype or _READABLE_TYPE
    as_photo = mime_type in {"image/jpeg", "image/png"} and "as_document" not in request.form
    phone.sends(
        file.read(),
        filename=None if as_photo else file.filename,
        mime_type=mime_type,
        caption=caption or None,
    )


def _refuse_other_sites() -> None:
    """A page of another site's, open in the same browser, cannot write in a person's name."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


def _with_policy(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
