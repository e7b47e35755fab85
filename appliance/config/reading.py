"""Reads the configuration, or says everything that is wrong with it at once."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from appliance.config.crosschecks import CHECKS, Check
from appliance.config.sections import SECTIONS, Config
from appliance.config.sources import (
    Complaint,
    Findings,
    Place,
    Setting,
    from_environment,
    from_file,
    variable,
)
from appliance.config.values import UnfitError
from appliance.errors import ConfigError, Fault, Sentence, mark, sentence
from appliance.vault import SECRETS, SecretSource, Vault, open_vault

FILE_NAME = "config.ini"
_TO_RUN = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token")
COMMAND_LINE, VAULT, _UNWRITTEN = 3, 4, 5  # ranks after the file's and the environment's
NO_SECRET = mark("is missing; run `greffier secret set %(name)s`")
NO_VALUE = mark("is missing; write it in %(file)s, or set %(variable)s")
_COMMENT_MARKS = (" ;", " #")

Name = tuple[str, str]


@dataclass(frozen=True)
class Origin:
    """Where settings come from. Without `path`, the file is the data folder's `config.ini`."""

    path: Path | None = None  # as the command line names it
    environ: Mapping[str, str] | None = None  # None: this process's
    data: Path | None = None  # as the command line names it
    keyring: SecretSource | None = None  # None: the system's

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment."""
        return os.environ if self.environ is None else self.environ

    @property
    def file(self) -> Path:
        """The file that is read, whether or not there is one."""
        return self.path or _usual_file(self.variables, self.data)


@dataclass(frozen=True)
class Judged:
    """What settings come to. `config` has defaults where a value is wrong.

    `settings`: each that somebody has written, the later ones winning.
    """

    config: Config
    complaints: tuple[Complaint, ...]
    settings: tuple[Setting, ...]


def read(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    data: Path | None = None,
    keyring: SecretSource | None = None,
) -> Config:
    """The configuration: defaults, then the file, then the environment; later wins.

    Without `path` the file is `<data>/config.ini`, if there is one. `data` is the command line's
    data folder and wins over every other. Secrets come from the vault. An empty value is the
    default. Raises one ConfigError with all the faults of all sources.
    """
    judged = judge(Origin(path, environ, data, keyring))
    if judged.complaints:
        raise ConfigError(Fault(one.place.label, str(one.sentence)) for one in judged.complaints)
    return judged.config


def judge(
    origin: Origin, text: bytes | None = None, secrets: Mapping[Name, str] | None = None
) -> Judged:
    """What is configured, with everything that is wrong with it; never raises.

    `text` stands for the file's content, and `secrets` for what the vault keeps: so it is known
    what a change would do before it is made.
    """
    findings = Findings()
    if text is None:
        _read_file(origin.file, findings, is_required=origin.path is not None)
    else:
        from_file(text, str(origin.file), findings)
    from_environment(origin.variables, findings)
    if origin.data:
        place = Place((COMMAND_LINE, 0), "--data", ("firm", "data"))
        findings.settings.append(Setting("firm", "data", str(origin.data.absolute()), place))
    values = _Values(findings)
    values.fill_folders(platform_data_folder(origin.variables))
    data = values.of["firm", "data"]
    values.fill_secrets(open_vault(data, origin.variables, origin.keyring), secrets or {})
    config = values.config()
    in_order = sorted(findings.complaints, key=lambda complaint: complaint.place)
    return Judged(config, tuple(in_order), tuple(findings.settings))


def missing_secrets(config: Config) -> list[Fault]:
    """What `run` cannot do without and nobody has given yet, each with its remedy."""
    faults = []
    for key in _TO_RUN:
        value = getattr(config.whatsapp, key)
        if value and (isinstance(value, str) or value.get_secret_value()):
            continue
        if f"whatsapp.{key}" in SECRETS:
            what = sentence(NO_SECRET, name=f"whatsapp.{key}")
        else:
            what = sentence(NO_VALUE, file=FILE_NAME, variable=variable("whatsapp", key))
        faults.append(Fault.of(f"[whatsapp] {key}", what))
    return faults


def platform_data_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Where this operating system wants the data of a program to live."""
    home = Path(environ.get("HOME") or Path.home())
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Greffier"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Greffier"
    shared = Path(environ.get("XDG_DATA_HOME", ""))  # the standard says to ignore a relative one
    return (shared if shared.is_absolute() else home / ".local" / "share") / "greffier"


def value_of(name: Name, text: str) -> tuple[object, Sentence | None]:
    """What this text says for that key, or why it cannot be used there."""
    try:
        return _adapter(*name).validate_python(text.strip()), None
    except ValidationError as error:
        return None, _sentence(error, text)


class _Values:
    """The values of all keys, right ones only; what is wrong goes to the findings."""

    def __init__(self, findings: Findings) -> None:
        self.of: dict[Name, Any] = {}
        self._findings = findings
        self._places: dict[Name, Place] = {}
        self._faulty: set[Name] = set()
        for setting in findings.settings:
            self._put(setting)

    def fill_folders(self, usual: Path) -> None:
        """The defaults that depend on the computer and on each other."""
        data = self.of.setdefault(("firm", "data"), usual)
        self.of.setdefault(("documents", "folder"), data / "Dossiers")

    def fill_secrets(self, vault: Vault, instead: Mapping[Name, str]) -> None:
        try:
            for number, name in enumerate(SECRETS):
                section, key = name.split(".")
                given = instead.get((section, key))
                found = vault.find(section, key) if given is None else (given, "")
                if found:
                    what = variable(section, key) if found[1] == "environment" else name
                    place = Place((VAULT, number), f"{found[1]} {what}".strip(), (section, key))
                    self._put(Setting(section, key, found[0], place))
        except ConfigError as error:
            for number, fault in enumerate(error.faults, start=len(SECRETS)):
                self._findings.complain(Place((VAULT, number), fault.where), fault.what)

    def config(self) -> Config:
        """The whole, with defaults where a value is wrong; what does not go together is said."""
        written: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
        for (section, key), value in self.of.items():
            written[section][key] = value
        config = Config.model_validate(written)
        for check in CHECKS:
            if self._faulty.isdisjoint(check.keys) and check.is_broken(config):
                self._findings.complain(self._blamed(check), check.sentence)
        return config

    def _blamed(self, check: Check) -> Place:
        """The first of its keys that somebody wrote."""
        unwritten = Place((_UNWRITTEN, 0), "[{}] {}".format(*check.keys[0]), check.keys[0])
        return next((self._places[key] for key in check.keys if key in self._places), unwritten)

    def _put(self, setting: Setting) -> None:
        """A later setting replaces an earlier one; an empty one goes back to the default."""
        name = (setting.section, setting.key)
        self.of.pop(name, None)
        self._places.pop(name, None)
        self._faulty.discard(name)
        if not setting.text.strip():
            return
        self._places[name] = setting.place
        value, fault = value_of(name, setting.text)
        if fault is None:
            self.of[name] = value
        else:
            self._faulty.add(name)
            self._findings.complain(setting.place, fault)


@cache
def _adapter(section: str, key: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(SECTIONS[section], include_extras=True)[key])


def _sentence(error: ValidationError, text: str) -> Sentence:
    """What our own check said; pydantic's words are for programmers."""
    said = error.errors(include_url=False, include_input=False)[0].get("ctx", {}).get("error")
    unusable = sentence(mark("this value cannot be used here"))
    fault = said.sentence if isinstance(said, UnfitError) else unusable
    if any(each in text for each in _COMMENT_MARKS):
        return sentence(mark("%(fault)s; a comment needs a line of its own"), fault=fault)
    return fault


def _usual_file(environ: Mapping[str, str], data: Path | None) -> Path:
    named = Path(environ.get(variable("firm", "data"), "").strip()).expanduser()
    if data is None and named.is_absolute():
        data = named
    return (data or platform_data_folder(environ)) / FILE_NAME


def _read_file(path: Path, findings: Findings, *, is_required: bool) -> None:
    try:
        from_file(path.read_bytes(), str(path), findings)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        if is_required or not is_missing:
            unreadable = sentence(mark("cannot be read: %(cause)s"), cause=error.strerror)
            what = sentence(mark("there is no such file")) if is_missing else unreadable
            findings.complain(Place((0, 0), str(path)), what)
