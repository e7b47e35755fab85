"""Reads the configuration, or says everything that is wrong with it at once."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from appliance.config.crosschecks import CHECKS, Check
from appliance.config.sections import SECTIONS, Config
from appliance.config.sources import (
    Findings,
    Place,
    Setting,
    from_environment,
    from_file,
    variable,
)
from appliance.errors import ConfigError, Fault
from appliance.vault import SECRETS, SecretSource, Vault, open_vault

FILE_NAME = "config.ini"
_TO_RUN = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token")
_COMMAND_LINE, _VAULT, _UNWRITTEN = 3, 4, 5  # ranks after the file's and the environment's
_COMMENT_MARKS = (" ;", " #")

Name = tuple[str, str]


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
    environ = os.environ if environ is None else environ
    findings = Findings()
    _read_file(path or _usual_file(environ, data), findings, is_required=path is not None)
    from_environment(environ, findings)
    if data:
        place = Place((_COMMAND_LINE, 0), "--data")
        findings.settings.append(Setting("firm", "data", str(data.absolute()), place))
    values = _Values(findings)
    values.fill_folders(platform_data_folder(environ))
    values.fill_secrets(open_vault(values.of["firm", "data"], environ, keyring))
    config = values.config()
    if findings.complaints:
        in_order = sorted(findings.complaints, key=lambda complaint: complaint.place)
        raise ConfigError(Fault(one.place.label, one.sentence) for one in in_order)
    return config


def missing_secrets(config: Config) -> list[Fault]:
    """What `run` cannot do without and nobody has given yet, each with its remedy."""
    faults = []
    for key in _TO_RUN:
        value = getattr(config.whatsapp, key)
        if value and (isinstance(value, str) or value.get_secret_value()):
            continue
        if f"whatsapp.{key}" in SECRETS:
            remedy = f"run `greffier secret set whatsapp.{key}`"
        else:
            remedy = f"write it in {FILE_NAME}, or set {variable('whatsapp', key)}"
        faults.append(Fault(f"[whatsapp] {key}", f"is missing; {remedy}"))
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

    def fill_secrets(self, vault: Vault) -> None:
        try:
            for number, name in enumerate(SECRETS):
                section, key = name.split(".")
                if found := vault.find(section, key):
                    what = variable(section, key) if found[1] == "environment" else name
                    place = Place((_VAULT, number), f"{found[1]} {what}")
                    self._put(Setting(section, key, found[0], place))
        except ConfigError as error:
            for number, fault in enumerate(error.faults, start=len(SECRETS)):
                self._findings.complain(Place((_VAULT, number), fault.where), fault.what)

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
        unwritten = Place((_UNWRITTEN, 0), "[{}] {}".format(*check.keys[0]))
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
        try:
            self.of[name] = _adapter(*name).validate_python(setting.text.strip())
        except ValidationError as error:
            self._faulty.add(name)
            self._findings.complain(setting.place, _sentence(error, setting.text))


@cache
def _adapter(section: str, key: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(SECTIONS[section], include_extras=True)[key])


def _sentence(error: ValidationError, text: str) -> str:
    """What our own check said; pydantic's words are for programmers."""
    said = error.errors(include_url=False, include_input=False)[0].get("ctx", {}).get("error")
    sentence = str(said) if said else "this value cannot be used here"
    if any(mark in text for mark in _COMMENT_MARKS):
        sentence += "; a comment needs a line of its own"
    return sentence


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
            what = "there is no such file" if is_missing else f"cannot be read: {error.strerror}"
            findings.complain(Place((0, 0), str(path)), what)
