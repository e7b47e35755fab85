"""Phone numbers: one written form for all the ways people and Meta write them. Pure."""

import re
import unicodedata

import phonenumbers

_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_SEPARATORS = re.compile(r"[/|,;،\n\r]|\s(?:et|ou|and|or)\s", re.IGNORECASE)
_EXTENSION = re.compile(r"^tel:|(?:ext|poste)\b.*$", re.IGNORECASE | re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")
_VARIANTS = (  # of what Meta may give for one and the same mobile; a landline matches none
    (re.compile(r"\+55([1-9]{2})9([6-9][0-9]{7})"), r"+55\1\2"),
    (re.compile(r"\+55([1-9]{2})([6-9][0-9]{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+521([2-9][0-9]{9})"), r"+52\1"),
    (re.compile(r"\+52([2-9][0-9]{9})"), r"+521\1"),
    (re.compile(r"\+549([1-9][0-9]{9})"), r"+54\1"),
)


def normalise(text: str, country: str) -> str | None:
    """The number as E.164 ("+21620123456"), or None when `text` is not one phone number.

    `country` is where a number without prefix is at home. Only the length is judged, not
    whether an operator has opened the range: their lists change faster than ours.
    """
    written = _EXTENSION.sub("", _plain(text))
    if _LETTER.search(written):
        return None  # a word; the library would dial its letters
    if number := _parsed(written, country):
        if phonenumbers.is_possible_number(number):
            return _e164(number)
        # Spreadsheets eat the plus: 33612345678 is French, not a Tunisian number of 11 digits.
        abroad = _parsed(f"+{written}", country)
        if abroad and phonenumbers.is_valid_number(abroad):
            return _e164(abroad)
    return None


def from_wa_id(digits: str) -> str:
    """The number behind Meta's `wa_id`, with its plus; in the usual form if it is a valid one.

    Nothing else is rewritten: Brazilian and Mexican ids differ from the number people dial, and
    a user id comes back as it is.
    """
    bare = digits.strip().removeprefix("+")
    if not (bare.isascii() and bare.isdigit()):
        return digits
    number = _parsed(f"+{bare}", None)
    if number and phonenumbers.is_valid_number(number):
        return _e164(number)
    return f"+{bare}"


def is_user_id(text: str) -> bool:
    """Whether this is one of Meta's business-scoped user ids ("TN.123…"), not a phone number."""
    return _USER_ID.fullmatch(text) is not None


def split(text: str) -> list[str]:
    """The numbers that one cell of a spreadsheet holds, each as written, in their order."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _plain(text: str) -> str:
    """With ASCII digits, a plus for a leading 00, and none of Unicode's invisible marks."""
    seen = "".join(
        str(unicodedata.digit(letter, letter))
        for letter in unicodedata.normalize("NFKC", text)
        if unicodedata.category(letter) != "Cf"
    )
    return re.sub(r"^\(?00", "+", seen.strip())


def _parsed(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def variants(number: str) -> frozenset[str]:
    """The written forms under which the person behind `number` may be known; itself among them.

    For searching only: what is stored and whom we answer stays as Meta gave it. Meta adds and
    drops the ninth digit of Brazil and the 1 of Mexico (messages/send-messages#phone-formats). The
    9 of Argentina is only taken off: put before a landline, it would name somebody's mobile.
    A user id has no other form.
    """
    other = _rewritten(number)
    return frozenset({number, other} if other else {number})


def _rewritten(number: str) -> str | None:
    for pattern, other in _VARIANTS:
        if found := pattern.fullmatch(number):
            return found.expand(other)
    return None
