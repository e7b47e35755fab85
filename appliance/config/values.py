"""The kinds of value a setting can have: how each is written, and our words when it is not.

Every kind takes text as a person writes it, or a value that is already right.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeGuard
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from pydantic import BeforeValidator

from appliance.config.naming import meant
from appliance.errors import Sentence, mark, sentence

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_YES = ("yes", "true", "on", "1")
_NO = ("no", "false", "off", "0")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
OUT_OF_BOUNDS = mark("%(value)s is out of bounds: from %(least)s to %(most)s")
NO_DURATION = mark(
    "%(value)s is not a duration; write a number and s, m, h or d, such as 20s, 5m, 24h or 1d"
)
NO_ADDRESS = mark("this is not an address that starts with %(starts)s and names a host")
NO_DATABASE = mark('this is neither "sqlite:" (a file in the data folder) nor like %(servers)s')
NO_RATE = mark("%(value)s is not a rate; write how many in how long, such as 1000/24h or 10/60s")
NO_PATH = mark(
    "%(value)s is not a full path; write it from the top, such as /srv/greffier, ~/greffier or "
    "D:\\Greffier"
)
NO_COUNTRY = mark(
    "%(value)s is not a country whose phone numbers are known; write its two letters, such as TN "
    "or FR"
)
_LONGEST_QUOTE = 31  # Meta's app secret has 32 letters, and people paste it anywhere


@dataclass(frozen=True)
class Rate:
    """So many in any window of that length."""

    count: int
    per: timedelta


def written(parse: Callable[[str], object]) -> BeforeValidator:
    """A kind of value that `parse` reads from text; it raises UnfitError with our sentence.

    Empty text is not parsed: it says that there is no value, which suits optional text only.
    """

    def check(given: object) -> object:
        return parse(given.strip()) if isinstance(given, str) and given.strip() else given

    return BeforeValidator(check)


class UnfitError(ValueError):
    """Why a value cannot be used, as a sentence that can be said in any language."""

    def __init__(self, text: str, **values: object) -> None:
        self.sentence = sentence(text, **values)
        super().__init__(str(self.sentence))


def quoted(text: str) -> str | Sentence:
    """What a person wrote, unless it is so long that it may be a secret in the wrong place."""
    return f'"{text}"' if len(text) <= _LONGEST_QUOTE else sentence(mark("this value"))


def whole(least: int, most: int) -> BeforeValidator:
    """A whole number within these bounds, both allowed."""

    def check(given: object) -> object:
        number = int(given) if _is_like(given, r"[+-]?[0-9]{1,18}") else given
        if isinstance(number, int) and least <= number <= most:
            return number
        what = mark("%(value)s is not a whole number from %(least)s to %(most)s")
        raise UnfitError(what, value=quoted(str(given)), least=least, most=most)

    return BeforeValidator(check)


def decimal(least: float, most: float) -> BeforeValidator:
    """A number within these bounds, both allowed."""

    def check(given: object) -> object:
        number = float(given) if _is_like(given, r"[0-9]{1,18}(\.[0-9]{1,18})?") else given
        if isinstance(number, int | float) and least <= number <= most:
            return float(number)
        what = mark("%(value)s is not a number from %(least)s to %(most)s")
        raise UnfitError(what, value=quoted(str(given)), least=f"{least:g}", most=f"{most:g}")

    return BeforeValidator(check)


def one_of(*names: str) -> BeforeValidator:
    """One of these words, in capitals or not."""

    def parse(text: str) -> str:
        if text.lower() in names:
            return text.lower()
        what = mark("%(value)s is not one of %(names)s%(meant)s")
        listed = ", ".join(names)
        raise UnfitError(what, value=quoted(text), names=listed, meant=meant(text, names))

    return written(parse)


def duration(least: timedelta, most: timedelta) -> BeforeValidator:
    """A time span within these bounds, such as 20s, 5m, 24h or 1d."""

    def parse(text: str) -> timedelta:
        span = span_of(text)
        if least <= span <= most:
            return span
        bounds = {"least": short(least), "most": short(most)}
        raise UnfitError(OUT_OF_BOUNDS, value=quoted(text), **bounds)

    return written(parse)


def span_of(text: str) -> timedelta:
    """The time span that the text says."""
    found = re.fullmatch(r"([0-9]{1,6})\s*([smhd])", text, re.IGNORECASE)
    if not found:
        raise UnfitError(NO_DURATION, value=quoted(text))
    return timedelta(**{_UNITS[found[2].lower()]: int(found[1])})


def size(least: str, most: str) -> BeforeValidator:
    """A number of bytes within these bounds; a KB is 1024 of them."""

    def parse(text: str) -> int:
        count = _bytes_of(text)
        if _bytes_of(least) <= count <= _bytes_of(most):
            return count
        raise UnfitError(OUT_OF_BOUNDS, value=quoted(text), least=least, most=most)

    return written(parse)


def url(*schemes: str) -> BeforeValidator:
    """An address with one of these schemes, without a slash at its end. Errors do not quote it."""

    def parse(text: str) -> str:
        if _is_url(text, schemes):
            return text.rstrip("/")
        raise UnfitError(NO_ADDRESS, starts=_either([f"{scheme}://" for scheme in schemes]))

    return written(parse)


def database(*schemes: str) -> BeforeValidator:
    """`sqlite:`, or the address of a server, which may hold a password: errors do not quote it."""

    def parse(text: str) -> str:
        if text == "sqlite:" or _is_url(text, schemes):
            return text
        servers = _either([f"{scheme}://host:port/name" for scheme in schemes])
        raise UnfitError(NO_DATABASE, servers=servers)

    return written(parse)


def _either(names: list[str]) -> str | Sentence:
    """One of these one or two."""
    first, *more = names
    return sentence(mark("%(one)s or %(other)s"), one=first, other=more[0]) if more else first


def _yes_or_no(text: str) -> bool:
    if text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    raise UnfitError(mark("%(value)s is neither yes nor no"), value=quoted(text))


def _rate(text: str) -> Rate:
    count, slash, per = (part.strip() for part in text.partition("/"))
    if not (slash and re.fullmatch(r"[0-9]{1,9}", count) and int(count)):
        raise UnfitError(NO_RATE, value=quoted(text))
    if not span_of(per):
        what = mark("%(value)s is not a rate: %(per)s is no time at all")
        raise UnfitError(what, value=quoted(text), per=per)
    return Rate(int(count), span_of(per))


def _host(text: str) -> str:
    host = text.lower()
    if is_host(host):
        return host
    what = mark("%(value)s is not a host; write a name or an IP address, without port or http://")
    raise UnfitError(what, value=quoted(text))


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_host(part.strip()) for part in text.split(",")))


def _folder(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        what = mark("%(value)s starts with the name of a user nobody knows")
        raise UnfitError(what, value=quoted(text)) from None
    if path.is_absolute() and "\0" not in text:
        return path
    raise UnfitError(NO_PATH, value=quoted(text))


def _country(text: str) -> str:
    if text.upper() in phonenumbers.SUPPORTED_REGIONS:
        return text.upper()
    raise UnfitError(NO_COUNTRY, value=quoted(text))


def _time_zone(text: str) -> str:
    zones = available_timezones()
    if text in zones:
        return text
    advice = meant(text, zones) or sentence(mark("; write it like Africa/Tunis or Europe/Paris"))
    raise UnfitError(
        mark("%(value)s is not a time zone%(advice)s"), value=quoted(text), advice=advice
    )


YesNo = Annotated[bool, written(_yes_or_no)]
RateText = Annotated[Rate, written(_rate)]
Host = Annotated[str, written(_host)]
Hosts = Annotated[tuple[str, ...], written(_hosts)]
Folder = Annotated[Path, written(_folder)]
OptionalPath = Annotated[Path | None, written(_folder)]
Country = Annotated[str, written(_country)]
TimeZone = Annotated[str, written(_time_zone)]
Port = Annotated[int, whole(0, 65535)]


def is_host(text: str) -> bool:
    """Whether this is a host's name or address, in small letters."""
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return _HOST_NAME.fullmatch(text) is not None
    return True


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # reading it is the check
    except ValueError:
        return False
    # PostgreSQL's own addresses may name a socket instead of a host: postgresql:///name?host=/run
    named = bool(parts.hostname) or (parts.scheme == "postgresql" and bool(parts.path))
    return parts.scheme in schemes and named and not re.search(r"\s", text)


def _bytes_of(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})\s*([KMG]?B)", text, re.IGNORECASE)
    if not found:
        raise UnfitError(
            mark("%(value)s is not a size; write it like 500KB or 3MB"), value=quoted(text)
        )
    return int(found[1]) * _SIZES[found[2].upper()]


def short(span: timedelta) -> str:
    """A time span as a setting says it: "20s", "5m", "24h", "1d"."""
    for unit, name in reversed(_UNITS.items()):
        count, rest = divmod(span, timedelta(**{name: 1}))
        if count and not rest:
            return f"{count}{unit}"
    return "0s"


def _is_like(given: object, form: str) -> TypeGuard[str]:
    return isinstance(given, str) and re.fullmatch(form, given.strip()) is not None
