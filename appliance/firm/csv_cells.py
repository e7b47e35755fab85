"""What a cell of the firm's list says, and what is wrong with it in words. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from appliance import folding, phones
from appliance.errors import Sentence, mark

_STATUSES: dict[str, Literal["active", "closed"]] = {
    "": "active",
    "active": "active",
    "actif": "active",
    "closed": "closed",
    "clos": "closed",
}
_YES = frozenset({"yes", "oui", "1", "x", "true", "vrai"})
_NO = frozenset({"", "no", "non", "0", "false", "faux"})
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>.]+(\.[^\s@,;<>.]+)*\.[^\W\d_]{2,}")
_SHORTENED = re.compile(r"\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)  # as spreadsheets show long numbers
_LONGEST_NUMBER = 60  # characters at the end of a text in which a number is looked for
_NUMBER_AT_END = re.compile(r"\(?(?:\+|\b\d)[\d\s().\u00a0\u202f-]{6,}$")


@dataclass(frozen=True)
class Opponent:
    """The other side of a dossier; its number (E.164) where the firm knows it."""

    name: str
    number: str | None = None


def plain(text: str) -> str:
    """Without capitals, accents, quotation marks and white space around."""
    return folding.folded(text.strip(' "\t\r\n'))


def opponents_of(cell: str, country: str) -> tuple[Opponent, ...]:
    """Several are parted by "|"; a number stands behind its owner's name: "Société X +21620…"."""
    found: list[Opponent] = []
    for part in filter(None, map(str.strip, cell.split("|"))):
        written = _NUMBER_AT_END.search(part, max(len(part) - _LONGEST_NUMBER, 0))
        number = phones.normalise(written[0], country) if written else None
        name = part[: written.start()].strip(" :,;-") if written and number else part
        if name:
            found.append(Opponent(name, number))
        elif found and found[-1].number is None:
            found[-1] = Opponent(found[-1].name, number)
        else:
            found.append(Opponent(number or part, number))
    return tuple(found)


def phones_of(cell: str, country: str, wrong: list[Sentence]) -> tuple[str, ...]:
    """The numbers of a cell (E.164), each once."""
    if _SHORTENED.fullmatch(cell):
        what = mark("“%(cell)s” was a phone number: make the column a text one and write it again")
        wrong.append(_about(cell, what))
        return ()
    found: dict[str, None] = {}
    for text in phones.split(cell):
        number = phones.normalise(text, country)
        if number is None:
            what = mark("“%(cell)s” is not a phone number: write it like +216 20 123 456")
            wrong.append(_about(text, what))
        else:
            found[number] = None
    return tuple(found)


def is_email(text: str) -> bool:
    """Whether this is one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def email_of(cell: str, wrong: list[Sentence]) -> str | None:
    """The address, or None for an empty cell."""
    if cell and not is_email(cell):
        what = mark("“%(cell)s” is not one e-mail address: write it like nom@exemple.tn")
        wrong.append(_about(cell, what))
    return cell or None


def vip_of(cell: str, wrong: list[Sentence]) -> bool:
    """Whether the cell says yes."""
    answer = plain(cell)
    if answer not in _YES | _NO:
        what = mark("“%(cell)s” does not say whether the client is VIP: write yes or no")
        wrong.append(_about(cell, what))
    return answer in _YES


def status_of(cell: str, wrong: list[Sentence]) -> Literal["active", "closed"] | None:
    """The status; None if the list does not say."""
    if not cell:
        return None
    status = _STATUSES.get(plain(cell))
    if status is None:
        what = mark("the status “%(cell)s” is unknown: write active or closed (actif or clos)")
        wrong.append(_about(cell, what))
    return status or "active"


def _about(cell: str, text: str) -> Sentence:
    return Sentence(text, {"cell": cell})
