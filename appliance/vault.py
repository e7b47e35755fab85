"""Secrets: from the environment, else the operating system's keyring, else a private file.

Their values never stand in an error, a log or a repr.
"""

import configparser
import difflib
import os
import stat
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from appliance.disk import write_private
from appliance.errors import ConfigError, Fault

T = TypeVar("T")

SECRETS: tuple[str, ...] = (
    "whatsapp.access_token",
    "whatsapp.app_secret",
    "whatsapp.verify_token",
    "drive.token",
    "email.password",
    "alerts.warning",
    "alerts.error",
    "alerts.critical",
    "alerts.heartbeat_url",
    "sentry.dsn",
)
FILE_NAME = "secrets.ini"
_OFF = ("off", "no", "false", "0")
_HEADER = "# Greffier's secrets, written by `greffier secret set`. Nobody else may read it.\n"


class SecretSource(Protocol):
    """A place where secrets are found. A missing or empty one is None."""

    @property
    def name(self) -> str: ...

    def get(self, section: str, key: str) -> str | None: ...


@runtime_checkable
class SecretPlace(SecretSource, Protocol):
    """A place where secrets can be put, too, as long as it is `available`."""

    @property
    def available(self) -> bool: ...

    def set(self, section: str, key: str, value: str) -> None: ...

    def delete(self, section: str, key: str) -> bool:
        """Forget it; whether there was one."""
        ...


class EnvironmentSource:
    """Variables such as GREFFIER_WHATSAPP_ACCESS_TOKEN."""

    name = "environment"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, section: str, key: str) -> str | None:
        return self._environ.get(f"GREFFIER_{section}_{key}".upper(), "").strip() or None


class KeyringSource:
    """The keyring of the operating system. Where there is none, it is empty and not `available`."""

    name = "keyring"

    def __init__(self, service: str = "greffier") -> None:
        self._service = service

    @property
    def available(self) -> bool:
        """Whether this computer has a keyring that keeps secrets secret."""
        return bool(self._ask(lambda keyring: keyring.get_keyring().priority >= 1))

    def get(self, section: str, key: str) -> str | None:
        name = f"{section}.{key}"
        return self._ask(lambda keyring: keyring.get_password(self._service, name)) or None

    def set(self, section: str, key: str, value: str) -> None:
        """Keep it. Raises ConfigError when the keyring refuses."""
        name = f"{section}.{key}"
        if not self._ask(lambda k: k.set_password(self._service, name, value) is None):
            raise _refusal(name, "the keyring refuses to keep it; is it locked?")

    def delete(self, section: str, key: str) -> bool:
        name = f"{section}.{key}"
        return bool(self._ask(lambda k: k.delete_password(self._service, name) is None))

    def _ask(self, question: Callable[[Any], T]) -> T | None:
        """The keyring's answer, or None if it fails."""
        try:
            import keyring  # here, because it looks for its backends: a quarter of a second

            return question(keyring)
        except Exception:  # noqa: BLE001  # backends are other people's, and raise what they like
            return None


class FileSource:
    """A private file, for computers without a keyring. Complete at any moment; mode 0600."""

    name = FILE_NAME
    available = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, section: str, key: str) -> str | None:
        """Raises ConfigError when the file is damaged, or others can read it."""
        return self._read().get((section, key)) or None

    def set(self, section: str, key: str, value: str) -> None:
        """On the disk when this returns."""
        self._write(self._read() | {(section, key): value})

    def delete(self, section: str, key: str) -> bool:
        kept = self._read()
        if (section, key) not in kept:
            return False
        del kept[section, key]
        self._write(kept)
        return True

    def _read(self) -> dict[tuple[str, str], str]:
        try:
            with self._path.open(encoding="utf-8-sig") as file:
                self._refuse_if_shared(os.fstat(file.fileno()))
                text = file.read()
        except (FileNotFoundError, NotADirectoryError):  # the folder itself is judged elsewhere
            return {}
        except OSError as error:
            raise _refusal(self._path, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            text = "damaged"
        return self._parsed(text)

    def _refuse_if_shared(self, state: os.stat_result) -> None:
        if os.name != "nt" and stat.S_IMODE(state.st_mode) & 0o077:
            what = f"other users of this computer can read it: `chmod 600 {self._path}`"
            raise _refusal(self._path, what)

    def _parsed(self, text: str) -> dict[tuple[str, str], str]:
        parser = configparser.ConfigParser(
            interpolation=None, delimiters=("=",), default_section="", empty_lines_in_values=False
        )
        # Outside of `except`, because the parser's error quotes the line, hence a secret.
        with suppress(configparser.Error):
            parser.read_string(text)
            found = {(s, key): value for s in parser.sections() for key, value in parser[s].items()}
            unknown = [name for name in map(".".join, found) if name not in SECRETS]
            if unknown:
                raise ConfigError(
                    Fault(f"{self._path}: {name}", _no_such(name)) for name in unknown
                )
            return found
        what = "is damaged: it must be UTF-8 and hold [section] and `key = value` lines only"
        raise _refusal(self._path, f"{what}, each once")

    def _write(self, values: Mapping[tuple[str, str], str]) -> None:
        """Beside the old file, then in its place: a crash leaves one or the other, whole."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path, _as_text(values).encode())
        except OSError as error:
            raise _refusal(self._path, f"cannot be written: {error.strerror}") from error


class Vault:
    """All secrets, wherever they are. An earlier source wins over a later one."""

    def __init__(self, sources: Sequence[SecretSource]) -> None:
        self._sources = tuple(sources)

    def get(self, section: str, key: str) -> str | None:
        """The secret's value, or None."""
        found = self.find(section, key)
        return found and found[0]

    def find(self, section: str, key: str) -> tuple[str, str] | None:
        """The secret's value, and the name of the source it comes from."""
        for source in self._sources:
            if value := source.get(section, key):
                return value, source.name
        return None

    def set(self, section: str, key: str, value: str) -> str:
        """Keep the value, and no older one elsewhere; the name of the place where it is now.

        Raises ConfigError for a name that is no secret's and for a value that cannot be one.
        """
        value = _checked(f"{section}.{key}", value)
        faults: list[Fault] = []
        for place in self._places():
            try:
                place.set(section, key, value)
            except ConfigError as error:
                faults += error.faults
                continue
            for other in self._places():
                if other is not place:
                    other.delete(section, key)
            return place.name
        raise ConfigError(faults or [Fault(f"{section}.{key}", "there is nowhere to keep it")])

    def delete(self, section: str, key: str) -> tuple[str, ...]:
        """Forget the secret; the places where it was. The environment is not ours to change."""
        _check_name(f"{section}.{key}")
        return tuple(place.name for place in self._places() if place.delete(section, key))

    def names(self) -> list[tuple[str, str]]:
        """The secrets that have a value, each with the name of the source it comes from."""
        found = [(name, self.find(*name.split("."))) for name in SECRETS]
        return [(name, secret[1]) for name, secret in found if secret]

    def _places(self) -> list[SecretPlace]:
        return [s for s in self._sources if isinstance(s, SecretPlace) and s.available]


def open_vault(
    data: Path, environ: Mapping[str, str] | None = None, keyring: SecretSource | None = None
) -> Vault:
    """The vault of the appliance whose data folder this is.

    `GREFFIER_KEYRING=off` leaves the keyring out: for servers, the demo and tests.
    """
    environ = os.environ if environ is None else environ
    sources: list[SecretSource] = [EnvironmentSource(environ)]
    if keyring:
        sources.append(keyring)
    elif environ.get("GREFFIER_KEYRING", "").strip().lower() not in _OFF:
        sources.append(KeyringSource())
    return Vault([*sources, FileSource(data / FILE_NAME)])


def _checked(name: str, value: str) -> str:
    _check_name(name)
    value = value.strip()
    if not value:
        raise _refusal(name, "the value is empty; to forget it: `greffier secret delete`")
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise _refusal(name, "the value holds a line break or another control character")
    return value


def _check_name(name: str) -> None:
    if name not in SECRETS:
        raise _refusal(name, _no_such(name))


def _no_such(name: str) -> str:
    close = difflib.get_close_matches(name, SECRETS, n=1)
    advice = f"did you mean {close[0]}?" if close else f"the secrets are {', '.join(SECRETS)}"
    return f"there is no such secret; {advice}"


def _refusal(where: object, what: str) -> ConfigError:
    return ConfigError([Fault(str(where), what)])


def _as_text(values: Mapping[tuple[str, str], str]) -> str:
    lines = [_HEADER]
    for section, names in groupby(sorted(values), key=lambda name: name[0]):
        lines.append(f"\n[{section}]\n")
        lines += [f"{key} = {values[section, key]}\n" for _, key in names]
    return "".join(lines)
