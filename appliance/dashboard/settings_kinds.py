"""How each kind of setting is put into fields, and how its fields become the text of config.ini.

Whatever is typed comes through as text and is judged by the configuration's own rules: nothing is
refused or repaired here.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from appliance.config import SECTIONS, KeptBackups, KeptJobs, Name, Opening, Rate, value_of
from appliance.config.phrasing import hour
from appliance.config.schedules import DAYS

SPANS = 2  # fields of a day at least; one more than there are spans
HOLIDAYS = 3  # empty fields for new ones
LONGEST = 2000  # characters of one field
COPIES = ("daily", "weekly", "monthly")
_DURATION = re.compile(r"\s*(.*?)\s*([smhd]?)\s*", re.IGNORECASE | re.DOTALL)


class Kind(StrEnum):
    """What kind of fields a setting has."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DURATION = "duration"
    RATE = "rate"
    KEPT_JOBS = "kept jobs"
    KEPT_BACKUPS = "kept backups"
    HOURS = "hours"
    HOLIDAYS = "holidays"


_BY_TYPE: dict[object, Kind] = {
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    timedelta: Kind.DURATION,
    Rate: Kind.RATE,
    KeptJobs: Kind.KEPT_JOBS,
    KeptBackups: Kind.KEPT_BACKUPS,
    tuple[Opening, ...]: Kind.HOURS,
    tuple[date, ...]: Kind.HOLIDAYS,
}
_SIZES = frozenset({("webhook", "max_body")})  # a number and its unit


def kind_of(name: Name) -> Kind:
    """The kind of this setting."""
    if choices(name):
        return Kind.CHOICE
    return Kind.TEXT if name in _SIZES else _BY_TYPE.get(_type_of(name), Kind.TEXT)


def choices(name: Name) -> tuple[str, ...]:
    """What it may be, where that is one of a few words."""
    kind = _type_of(name)
    if kind is bool:
        return ("yes", "no")
    args = get_args(kind)
    is_words = args and all(isinstance(one, str) for one in args)
    return tuple(args) if is_words and get_origin(kind) is not tuple else ()


def parts(name: Name, text: str) -> dict[str, Any]:
    """What stands in its fields for this text, right or wrong."""
    match kind_of(name):
        case Kind.CHOICE:
            value, fault = value_of(name, text) if text else (None, None)
            word = {True: "yes", False: "no"}.get(value, value)  # type: ignore[call-overload]
            return {"value": text if fault else word}
        case Kind.DURATION:
            return _duration(text)
        case Kind.RATE:
            count, _, per = text.partition("/")
            return {"count": count, **{f"per_{key}": one for key, one in _duration(per).items()}}
        case Kind.KEPT_JOBS:
            within, _, most = text.partition("/")
            return {"most": most, **_duration(within)}
        case Kind.KEPT_BACKUPS:
            words = [one.split() for one in text.split(",")]
            found = {one[1]: one[0] for one in words if len(one) == 2}
            return {each: found.get(each, "") for each in COPIES}
        case Kind.HOURS:
            return {"days": hours(name, text)}
        case Kind.HOLIDAYS:
            dates = [one.strip() for one in text.split(",") if one.strip()]
            return {"dates": dates + [""] * HOLIDAYS}
    return {"value": text}


def composed(name: Name, form: Mapping[str, str]) -> str | None:
    """The text that its fields say; None where the form has no such field."""
    key = name[1]
    given = {one: _tidy(text) for one, text in form.items() if one.partition(":")[0] == key}
    if not given:
        return None

    def field(part: str) -> str:
        return given.get(f"{key}:{part}", "")

    match kind_of(name):
        case Kind.DURATION:
            return _span(field("count"), field("unit"))
        case Kind.RATE:
            per = _span(field("per_count"), field("per_unit"))
            return f"{field('count')}/{per}" if field("count") or per else ""
        case Kind.KEPT_JOBS:
            most = field("most")
            return _span(field("count"), field("unit")) + (f"/{most}" if most else "")
        case Kind.KEPT_BACKUPS:
            return ", ".join(f"{field(one)} {one}" for one in COPIES if field(one))
        case Kind.HOURS:
            return ", ".join(_openings(given))
        case Kind.HOLIDAYS:
            return ", ".join(text for one, text in given.items() if text and one != key)
    return given.get(key)


def hours(name: Name, text: str) -> dict[str, list[tuple[str, str]]]:
    """For each day, from when to when: an empty span more than there are."""
    found: dict[str, list[tuple[str, str]]] = {day: [] for day in DAYS}
    value, fault = value_of(name, text) if text else ((), None)
    if fault is None and isinstance(value, tuple):
        for one in value:
            found[DAYS[one.weekday]].append((hour(one.opens), hour(one.closes)))
    else:
        for part in text.split(","):
            day, _, span = part.strip().partition(" ")
            opens, _, closes = span.partition("-")
            found.get(day, []).append((opens.strip(), closes.strip()))
    return {
        day: spans + [("", "")] * max(SPANS - len(spans), 1 if len(spans) >= SPANS else 0)
        for day, spans in found.items()
    }


def _openings(given: Mapping[str, str]) -> list[str]:
    """Each span that somebody has begun to write, in the order of the fields."""
    found = []
    for one in given:
        _, _, field = one.partition(":")
        if field.endswith(":from"):
            day = field.partition(":")[0]
            opens, closes = given[one], given.get(one.removesuffix("from") + "to", "")
            if (opens or closes) and day in DAYS:
                found.append(f"{day} {_hour(opens)}-{_hour(closes)}")
    return found


def _hour(text: str) -> str:
    """As people write it: 9, 9h, 9h30, 9:30."""
    found = re.fullmatch(r"(\d{1,2})\s*(?:[h:.]\s*(\d{2})?)?", text.lower())
    return f"{found[1]}:{found[2] or '00'}" if found else text.replace("-", " ").replace(",", " ")


def _duration(text: str) -> dict[str, str]:
    found = _DURATION.fullmatch(text)
    return {"count": found[1], "unit": found[2].lower()} if found else {"count": text, "unit": ""}


def _span(count: str, unit: str) -> str:
    return f"{count}{unit}" if count else ""


def _tidy(text: str) -> str:
    """One line: a line break would be another line of the file."""
    return " ".join(text[:LONGEST].split())


def _type_of(name: Name) -> object:
    hint = get_type_hints(SECTIONS[name[0]])[name[1]]
    optional = [one for one in get_args(hint) if one is not type(None)]
    is_optional = type(None) in get_args(hint)
    return optional[0] if is_optional and len(optional) == 1 else hint
