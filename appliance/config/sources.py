"""Where settings are written: the lines of a file, and the variables of the environment.

Nothing here judges a value; names are checked, and no value is ever repeated in a complaint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.config.naming import closest
from appliance.config.sections import SECTIONS
from appliance.errors import Sentence, mark, sentence
from appliance.vault import SECRETS

PREFIX = "GREFFIER_"
_SHAPE = re.compile(rf"{PREFIX}([A-Z0-9]+)_([A-Z0-9_]*)")
_KEY = re.compile(r"[\w .-]{1,40}")  # what is longer may be a secret: it is not repeated
FILE, ENVIRONMENT = 1, 2  # the first part of a place's rank
NOT_HERE = mark(
    "a secret is never kept in this file; remove the line and run `greffier secret set %(name)s`"
)
NOT_A_SETTING = mark(
    "this line is neither `key = value`, nor a [section], nor a comment (which starts with #)"
)
NOT_UTF8 = mark('a letter on this line is not UTF-8; save the file again as "UTF-8"')
NO_KEY_BUT_SECRET = mark(
    "there is no such key; if you mean the secret %(name)s, remove the line and run "
    "`greffier secret set %(secret)s`"
)
NO_TEXT = mark('not text; save the file again as "UTF-8"')


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written. Places sort in reading order."""

    rank: tuple[int, int]
    label: str
    name: tuple[str, str] | None = field(default=None, compare=False)  # the section and the key


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
    sentence: Sentence


@dataclass
class Findings:
    """What was read so far, in reading order, and what is wrong with it."""

    settings: list[Setting] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def complain(self, place: Place, text: str | Sentence) -> None:
        self.complaints.append(
            Complaint(place, text if isinstance(text, Sentence) else Sentence(text))
        )


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
        if b"\0" in raw:  # UTF-16, as Notepad used to write
            self._findings.complain(Place((FILE, 1), f"{self._file}:1"), NO_TEXT)
            return
        for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
            try:
                self._line(number, line.decode("utf-8").strip())
            except UnicodeDecodeError:
                self._findings.complain(self._place(number), NOT_UTF8)

    def _line(self, number: int, line: str) -> None:
        if not line or line.startswith(("#", ";")):
            return
        if line.startswith("[") and line.endswith("]"):
            self._open(number, line[1:-1].strip().lower())
            return
        key, equals, text = (part.strip() for part in line.partition("="))
        if not (equals and _KEY.fullmatch(key)):
            self._findings.complain(self._place(number), NOT_A_SETTING)
        elif not self._sections:
            what = mark("this line stands before the first [section]")
            self._findings.complain(self._place(number), what)
        elif self._section in SECTIONS:
            self._set(number, key.lower(), text)

    def _open(self, number: int, section: str) -> None:
        self._section = section
        place = self._place(number)
        if section in self._sections:
            what = mark("this section is already on line %(line)s; join the two")
            self._findings.complain(place, sentence(what, line=self._sections[section]))
        elif section not in SECTIONS:
            self._findings.complain(place, no_section(section))
        self._sections.setdefault(section, number)

    def _set(self, number: int, key: str, text: str) -> None:
        place, name = self._place(number, key), (self._section, key)
        if name in self._keys:
            what = mark("this key is already set on line %(line)s; remove one of the two")
            self._findings.complain(place, sentence(what, line=self._keys[name]))
            return
        self._keys[name] = number
        if wrong := wrong_key(*name):
            self._findings.complain(place, wrong)
        elif ".".join(name) in SECRETS:
            self._findings.complain(place, sentence(NOT_HERE, name=".".join(name)))
        else:
            self._findings.settings.append(Setting(*name, text, place))

    def _place(self, number: int, key: str = "") -> Place:
        label = f"{self._file}:{number}"
        if self._section:
            label += f": [{self._section}] {key}".rstrip()
        return Place((FILE, number), label, (self._section, key) if key else None)


def from_environment(environ: Mapping[str, str], findings: Findings) -> None:
    """Add what variables such as GREFFIER_WEBHOOK_PORT say. Secrets are left to the vault."""
    shaped = ((name, _SHAPE.fullmatch(name)) for name in sorted(environ))
    for number, (name, shape) in enumerate(shaped):
        if shape:
            section, key = shape[1].lower(), shape[2].lower()
            place = environment_place(name, number, (section, key))
            if wrong := _wrong_variable(section, key):
                findings.complain(place, wrong)
            elif f"{section}.{key}" not in SECRETS:
                findings.settings.append(Setting(section, key, environ[name], place))


def environment_place(name: str, number: int, key: tuple[str, str]) -> Place:
    """The place of an environment variable."""
    return Place((ENVIRONMENT, number), f"environment {name}", key)


def variable(section: str, key: str) -> str:
    """The environment variable of a key."""
    return f"{PREFIX}{section}_{key}".upper()


def no_section(section: str) -> Sentence:
    """The sentence for a section that does not exist."""
    close = closest(section, SECTIONS)
    names = ", ".join(f"[{name}]" for name in SECTIONS)
    if close:
        return sentence(mark("there is no such section; did you mean [%(name)s]?"), name=close)
    return sentence(mark("there is no such section; use %(names)s"), names=names)


def wrong_key(section: str, key: str) -> Sentence | None:
    """The sentence for a key that this section does not have; None if it has it."""
    keys = SECTIONS[section].model_fields
    if key in keys:
        return None
    close = closest(key, keys)
    if close and f"{section}.{close}" in SECRETS:
        return sentence(NO_KEY_BUT_SECRET, name=close, secret=f"{section}.{close}")
    if close:
        return sentence(mark("there is no such key; did you mean %(name)s?"), name=close)
    homes = [name for name, other in SECTIONS.items() if key in other.model_fields]
    if len(homes) == 1:
        what = mark("there is no such key here; it belongs in [%(section)s]")
        return sentence(what, section=homes[0])
    what = mark("there is no such key; [%(section)s] has %(names)s")
    return sentence(what, section=section, names=", ".join(keys))


def _wrong_variable(section: str, key: str) -> Sentence | None:
    if section in SECTIONS and key in SECTIONS[section].model_fields:
        return None
    names = (f"{name}_{key}" for name, one in SECTIONS.items() for key in one.model_fields)
    close = closest(f"{section}_{key}", names)
    meant = mark("; did you mean %(name)s?")
    advice = sentence(meant, name=f"{PREFIX}{close.upper()}") if close else ""
    if section not in SECTIONS:
        what = mark("there is no section [%(section)s]%(meant)s")
    else:
        what = mark("there is no such key in [%(section)s]%(meant)s")
    return sentence(what, section=section, meant=advice)
