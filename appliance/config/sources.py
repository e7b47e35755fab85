"""Where settings are written: the lines of a file, and the variables of the environment.

Nothing here judges a value; names are checked, and no value is ever repeated in a complaint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.config.naming import closest
from appliance.config.sections import SECTIONS
from appliance.vault import SECRETS

PREFIX = "GREFFIER_"
_SHAPE = re.compile(rf"{PREFIX}([A-Z0-9]+)_([A-Z0-9_]*)")
_KEY = re.compile(r"[\w .-]{1,40}")  # what is longer may be a secret: it is not repeated
_FILE, _ENVIRONMENT = 1, 2


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written. Places sort in reading order."""

    rank: tuple[int, int]
    label: str


@dataclass(frozen=True)
class Setting:
    """One value as it is written."""

    section: str
    key: str
    text: str
    place: Place


@dataclass(frozen=True)
class Complaint:
    """What is wrong at a place."""

    place: Place
    sentence: str


@dataclass
class Findings:
    """What was read so far, in reading order, and what is wrong with it."""

    settings: list[Setting] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def complain(self, place: Place, sentence: str) -> None:
        self.complaints.append(Complaint(place, sentence))


def from_file(raw: bytes, file: str, findings: Findings) -> None:
    """Add what the file says. `file` is its name for people."""
    _FileReader(file, findings).read(raw)


class _FileReader:
    """Our own, because configparser knows no line numbers and stops at the first fault."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file = file
        self._findings = findings
        self._sections: dict[str, int] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._section = ""

    def read(self, raw: bytes) -> None:
        advice = 'save the file again as "UTF-8"'
        if b"\0" in raw:  # UTF-16, as Notepad used to write
            self._findings.complain(Place((_FILE, 1), f"{self._file}:1"), f"not text; {advice}")
            return
        for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
            try:
                self._line(number, line.decode("utf-8").strip())
            except UnicodeDecodeError:
                what = f"a letter on this line is not UTF-8; {advice}"
                self._findings.complain(self._place(number), what)

    def _line(self, number: int, line: str) -> None:
        if not line or line.startswith(("#", ";")):
            return
        if line.startswith("[") and line.endswith("]"):
            self._open(number, line[1:-1].strip().lower())
            return
        key, equals, text = (part.strip() for part in line.partition("="))
        if not (equals and _KEY.fullmatch(key)):
            what = "neither `key = value`, nor a [section], nor a comment (which starts with #)"
            self._findings.complain(self._place(number), f"this line is {what}")
        elif not self._sections:
            what = "this line stands before the first [section]"
            self._findings.complain(self._place(number), what)
        elif self._section in SECTIONS:
            self._set(number, key.lower(), text)

    def _open(self, number: int, section: str) -> None:
        self._section = section
        place = self._place(number)
        if section in self._sections:
            what = f"this section is already on line {self._sections[section]}; join the two"
            self._findings.complain(place, what)
        elif section not in SECTIONS:
            self._findings.complain(place, no_section(section))
        self._sections.setdefault(section, number)

    def _set(self, number: int, key: str, text: str) -> None:
        place, name = self._place(number, key), (self._section, key)
        if name in self._keys:
            what = f"this key is already set on line {self._keys[name]}; remove one of the two"
            self._findings.complain(place, what)
            return
        self._keys[name] = number
        if wrong := wrong_key(*name):
            self._findings.complain(place, wrong)
        elif ".".join(name) in SECRETS:
            what = "a secret is never kept in this file; remove the line and run"
            self._findings.complain(place, f"{what} `greffier secret set {'.'.join(name)}`")
        else:
            self._findings.settings.append(Setting(*name, text, place))

    def _place(self, number: int, key: str = "") -> Place:
        label = f"{self._file}:{number}"
        if self._section:
            label += f": [{self._section}] {key}".rstrip()
        return Place((_FILE, number), label)


def from_environment(environ: Mapping[str, str], findings: Findings) -> None:
    """Add what variables such as GREFFIER_WEBHOOK_PORT say. Secrets are left to the vault."""
    shaped = ((name, _SHAPE.fullmatch(name)) for name in sorted(environ))
    for number, (name, shape) in enumerate(shaped):
        if shape:
            place = environment_place(name, number)
            section, key = shape[1].lower(), shape[2].lower()
            if wrong := _wrong_variable(section, key):
                findings.complain(place, wrong)
            elif f"{section}.{key}" not in SECRETS:
                findings.settings.append(Setting(section, key, environ[name], place))


def environment_place(name: str, number: int = 0) -> Place:
    """The place of an environment variable."""
    return Place((_ENVIRONMENT, number), f"environment {name}")


def variable(section: str, key: str) -> str:
    """The environment variable of a key."""
    return f"{PREFIX}{section}_{key}".upper()


def no_section(section: str) -> str:
    """The sentence for a section that does not exist."""
    close = closest(section, SECTIONS)
    names = ", ".join(f"[{name}]" for name in SECTIONS)
    return f"there is no such section; {f'did you mean [{close}]?' if close else f'use {names}'}"


def wrong_key(section: str, key: str) -> str | None:
    """The sentence for a key that this section does not have; None if it has it."""
    keys = SECTIONS[section].model_fields
    if key in keys:
        return None
    close = closest(key, keys)
    if close and f"{section}.{close}" in SECRETS:
        advice = f"remove the line and run `greffier secret set {section}.{close}`"
        return f"there is no such key; if you mean the secret {close}, {advice}"
    if close:
        return f"there is no such key; did you mean {close}?"
    homes = [name for name, other in SECTIONS.items() if key in other.model_fields]
    if len(homes) == 1:
        return f"there is no such key here; it belongs in [{homes[0]}]"
    return f"there is no such key; [{section}] has {', '.join(keys)}"


def _wrong_variable(section: str, key: str) -> str | None:
    if section in SECTIONS and key in SECTIONS[section].model_fields:
        return None
    names = (f"{name}_{key}" for name, one in SECTIONS.items() for key in one.model_fields)
    close = closest(f"{section}_{key}", names)
    advice = f"; did you mean {PREFIX}{close.upper()}?" if close else ""
    if section not in SECTIONS:
        return f"there is no section [{section}]{advice}"
    return f"there is no such key in [{section}]{advice}"
