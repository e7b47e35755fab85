"""Secrets are found where the contract says, and nobody else can read them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordSetError

from appliance.errors import ConfigError
from appliance.vault import SECRETS, FileSource, KeyringSource, Vault, open_vault

OFF = {"GREFFIER_KEYRING": "off"}


class Shelf(KeyringBackend):
    """A keyring in memory, which can be locked."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[str, str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked("locked")
        return self.kept.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise PasswordSetError("locked")
        self.kept[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[f"{service}/{username}"]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    before = keyring.get_keyring()
    ours = Shelf()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets.ini"


def refusal(action: object, *arguments: str) -> str:
    assert callable(action)
    with pytest.raises(ConfigError) as raised:
        action(*arguments)
    return str(raised.value)


def test_the_environment_wins_over_the_keyring_and_the_keyring_over_the_file(
    tmp_path: Path, file: Path, shelf: Shelf
) -> None:
    for key in ("access_token", "app_secret", "verify_token"):
        FileSource(file).set("whatsapp", key, "filed")
    for key in ("access_token", "app_secret"):
        KeyringSource().set("whatsapp", key, "kept")

    vault = open_vault(tmp_path, {"GREFFIER_WHATSAPP_ACCESS_TOKEN": "said"})

    assert vault.find("whatsapp", "access_token") == ("said", "environment")
    assert vault.find("whatsapp", "app_secret") == ("kept", "keyring")
    assert vault.find("whatsapp", "verify_token") == ("filed", "secrets.ini")
    assert vault.names() == [
        ("whatsapp.access_token", "environment"),
        ("whatsapp.app_secret", "keyring"),
        ("whatsapp.verify_token", "secrets.ini"),
    ]


def test_a_secret_goes_to_the_keyring_where_there_is_one(
    tmp_path: Path, file: Path, shelf: Shelf
) -> None:
    assert open_vault(tmp_path, {}).set("email", "password", "x y") == "keyring"
    assert shelf.kept == {"greffier/email.password": "x y"}
    assert not file.exists()


@pytest.mark.usefixtures("no_keyring")
def test_a_secret_goes_to_the_file_where_there_is_no_keyring(tmp_path: Path, file: Path) -> None:
    assert not KeyringSource().available
    assert open_vault(tmp_path, {}).set("email", "password", "x") == "secrets.ini"
    assert "password = x" in file.read_text(encoding="utf-8")


def test_the_keyring_can_be_left_out(tmp_path: Path, shelf: Shelf) -> None:
    KeyringSource().set("email", "password", "kept")

    assert open_vault(tmp_path, OFF).get("email", "password") is None
    assert open_vault(tmp_path, OFF).set("email", "password", "x") == "secrets.ini"


def test_a_locked_keyring_is_an_empty_one(tmp_path: Path, shelf: Shelf) -> None:
    shelf.is_locked = True

    assert open_vault(tmp_path, {}).get("email", "password") is None
    assert open_vault(tmp_path, {}).set("email", "password", "x") == "secrets.ini"
    assert refusal(KeyringSource().set, "email", "password", "hunter2") == (
        "email.password: the keyring refuses to keep it; is it locked?"
    )


def test_no_older_value_stays_behind_in_another_place(
    tmp_path: Path, file: Path, shelf: Shelf
) -> None:
    FileSource(file).set("email", "password", "old")

    open_vault(tmp_path, {}).set("email", "password", "new")

    assert "old" not in file.read_text(encoding="utf-8")


def test_a_deleted_secret_is_nowhere(tmp_path: Path, file: Path, shelf: Shelf) -> None:
    vault = open_vault(tmp_path, {})
    KeyringSource().set("email", "password", "one")
    FileSource(file).set("email", "password", "two")

    assert vault.delete("email", "password") == ("keyring", "secrets.ini")
    assert vault.get("email", "password") is None
    assert vault.delete("email", "password") == ()


def test_a_vault_that_nothing_can_be_put_into_says_so() -> None:
    assert refusal(Vault([]).set, "email", "password", "x") == (
        "email.password: there is nowhere to keep it"
    )


def test_white_space_around_a_secret_is_not_part_of_it(tmp_path: Path) -> None:
    vault = open_vault(tmp_path, OFF)

    vault.set("sentry", "dsn", " https://x@sentry.io/1 \n")

    assert vault.get("sentry", "dsn") == "https://x@sentry.io/1"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "whatsapp.acces_token",
            "hunter2",
            "there is no such secret; did you mean whatsapp.access_token?",
        ),
        ("x.y", "hunter2", f"there is no such secret; the secrets are {', '.join(SECRETS)}"),
        ("email.password", " ", "the value is empty; to forget it: `greffier secret delete`"),
        (
            "email.password",
            "hunter2\nhunter2",
            "the value holds a line break or another control character",
        ),
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_showing_it(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    section, key = name.split(".")

    assert refusal(open_vault(tmp_path, OFF).set, section, key, value) == f"{name}: {sentence}"


def test_a_name_that_is_no_secret_s_cannot_be_deleted(tmp_path: Path) -> None:
    assert "did you mean email.password?" in refusal(
        open_vault(tmp_path, OFF).delete, "email", "passwort"
    )


def test_the_file_is_private_from_its_first_byte_even_with_a_lax_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FileSource(tmp_path / "new" / "secrets.ini").set("sentry", "dsn", "x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "new" / "secrets.ini").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_crash_in_the_middle_of_a_write_harms_nothing(tmp_path: Path, file: Path) -> None:
    FileSource(file).set("sentry", "dsn", "old")
    half = tmp_path / ".greffier-secrets.ini.tmp"
    half.write_text("[sen", encoding="utf-8")

    assert FileSource(file).get("sentry", "dsn") == "old"
    FileSource(file).set("sentry", "dsn", "new")
    assert FileSource(file).get("sentry", "dsn") == "new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(file: Path, mode: int) -> None:
    FileSource(file).set("sentry", "dsn", "hunter2")
    file.chmod(mode)

    sentence = f"{file}: other users of this computer can read it: `chmod 600 {file}`"
    assert refusal(FileSource(file).get, "sentry", "dsn") == sentence
    assert refusal(FileSource(file).set, "sentry", "dsn", "x") == sentence


@pytest.mark.parametrize(
    "raw",
    [
        b"hunter2",
        b"[sentry]\nhunter2\n",
        b"[sentry]\ndsn = \xe9\n",
        b"[a]\n[a]\n",
        b"[e]\nx=1\nx=2",
    ],
)
def test_a_damaged_file_is_refused_without_showing_it(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    file.chmod(0o600)

    with pytest.raises(ConfigError) as raised:
        FileSource(file).get("sentry", "dsn")

    assert str(raised.value) == (
        f"{file}: is damaged: it must be UTF-8 and hold [section] and `key = value` lines only, "
        "each once"
    )
    assert raised.value.__context__ is None


def test_a_name_in_the_file_that_is_no_secret_s_is_refused(file: Path) -> None:
    file.write_text("[whatsapp]\nacces_token = hunter2\n", encoding="utf-8")
    file.chmod(0o600)

    assert refusal(FileSource(file).get, "sentry", "dsn") == (
        f"{file}: whatsapp.acces_token: there is no such secret; "
        "did you mean whatsapp.access_token?"
    )


def test_a_file_that_cannot_be_read_or_written_is_a_fault(tmp_path: Path, file: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    file.mkdir(mode=0o700)

    assert refusal(FileSource(file).get, "sentry", "dsn") == (
        f"{file}: cannot be read: Is a directory"
    )
    # A data folder that is a file is refused where folders are judged, in better words.
    assert FileSource(tmp_path / "taken" / "s.ini").get("sentry", "dsn") is None


def test_a_file_whose_folder_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "gone" / "away")

    assert "cannot be written" in refusal(
        FileSource(tmp_path / "loop" / "secrets.ini").set, "sentry", "dsn", "x"
    )
