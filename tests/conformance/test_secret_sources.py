"""What every source of secrets promises, wherever it keeps them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from appliance.vault import EnvironmentSource, FileSource, KeyringSource, SecretPlace, SecretSource

Put = Callable[[str, str, str], None]


class MemoryKeyring(KeyringBackend):
    """A keyring like an operating system's, for as long as a test lasts."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


@pytest.fixture
def system_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    ours = MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture(params=["environment", "keyring", "file"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source_and_put(
    kind: str, tmp_path: Path, system_keyring: MemoryKeyring
) -> tuple[SecretSource, Put]:
    if kind == "environment":
        environ: dict[str, str] = {}

        def put(section: str, key: str, value: str) -> None:
            environ[f"GREFFIER_{section}_{key}".upper()] = value

        return EnvironmentSource(environ), put
    place: SecretPlace = KeyringSource() if kind == "keyring" else FileSource(tmp_path / "s.ini")
    return place, place.set


@pytest.fixture
def source(source_and_put: tuple[SecretSource, Put]) -> SecretSource:
    return source_and_put[0]


@pytest.fixture
def put(source_and_put: tuple[SecretSource, Put]) -> Put:
    return source_and_put[1]


def test_a_secret_nobody_gave_is_none(source: SecretSource) -> None:
    assert source.get("whatsapp", "access_token") is None


@pytest.mark.parametrize(
    "value",
    ["EAAGm0PX4ZCpsBO", "a b c", "100%", "%(x)s", "#;=[x]:", '"quoted"', "clé-سرّ", "x" * 2000],
)
def test_a_secret_comes_back_as_it_was_given(source: SecretSource, put: Put, value: str) -> None:
    put("whatsapp", "access_token", value)

    assert source.get("whatsapp", "access_token") == value


def test_secrets_are_kept_apart_by_section_and_key(source: SecretSource, put: Put) -> None:
    put("alerts", "error", "one")
    put("alerts", "warning", "two")
    put("email", "password", "three")

    found = [source.get(*name) for name in (("alerts", "error"), ("alerts", "warning"))]
    assert [*found, source.get("email", "password")] == ["one", "two", "three"]
    assert source.get("alerts", "critical") is None


def test_a_later_value_replaces_an_earlier_one(source: SecretSource, put: Put) -> None:
    put("sentry", "dsn", "old")
    put("sentry", "dsn", "new")

    assert source.get("sentry", "dsn") == "new"


def test_an_empty_secret_is_none(source: SecretSource, put: Put) -> None:
    put("sentry", "dsn", "")

    assert source.get("sentry", "dsn") is None


def test_a_source_does_not_show_what_it_keeps(source: SecretSource, put: Put) -> None:
    put("sentry", "dsn", "hunter2")

    assert "hunter2" not in repr(source) + str(vars(source).get("_path"))


@pytest.mark.parametrize("kind", ["keyring", "file"])
def test_a_place_forgets_a_secret_once(source: SecretSource, put: Put) -> None:
    assert isinstance(source, SecretPlace)
    put("sentry", "dsn", "x")
    put("email", "password", "y")

    assert source.available
    assert [source.delete("sentry", "dsn"), source.delete("sentry", "dsn")] == [True, False]
    assert source.get("sentry", "dsn") is None
    assert source.get("email", "password") == "y"
