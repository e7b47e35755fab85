"""The names that scripts, tunnels and spreadsheets rely on, written out: as the contract has them.

What the contract names and this version does not have yet is not here.
"""

import configparser
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from appliance.cli import main
from appliance.config import SECTIONS, read
from appliance.simulator.whatsapp import Meta
from appliance.store.models import DocumentStatus, DossierStatus, MessageStatus, OutgoingStatus
from appliance.vault import SECRETS
from tests.e2e.office import ROOT, VERIFY, Office, Running, request, world

COLUMNS = {
    "whatsapp_messages": (
        "wamid direction sender type body status received_at processed_at error raw"
    ),
    "whatsapp_media_cache": "media_id sha256 mime_type size status downloaded_at expires_at",
    "whatsapp_auto_replies": "trigger message_template enabled",
    "faq_entries": "id",
    "clients": "id",
    "contacts": "id",
    "dossiers": "id",
    "documents": "status sha256 local_path drive_id drive_status",
    "outbox": "channel status attempts dedupe_key",
    "users": "id",
    "audit_log": "id",
    "rate_limits": "id",
}
SEEDED = {"whatsapp_auto_replies", "faq_entries"}  # the firm's own texts, to begin with
DEFAULTS = {
    "firm": {
        "name": "Cabinet",
        "language": "fr",
        "country": "TN",
        "timezone": "Africa/Tunis",
        "data": "",
        "hours": "mon-fri 09:00-18:00",
        "holidays": "",
    },
    "webhook": {"host": "127.0.0.1", "port": "8080", "max_body": "3MB"},
    "dashboard": {
        "host": "127.0.0.1",
        "port": "8090",
        "session_hours": "12",
        "allowed_hosts": "localhost, 127.0.0.1",
        "second_factor": "optional",
    },
    "whatsapp": {
        "phone_number_id": "",
        "business_account_id": "",
        "graph_url": "https://graph.facebook.com",
        "graph_version": "v23.0",
        "confirm_after": "20s",
        "template_confirmation": "",
        "template_language": "",
        "mark_as_read": "no",
        "typing": "no",
    },
    "replies": {
        "ask_dossier": "yes",
        "unknown_question": "nothing",
        "quiet_after_person": "5m",
    },
    "tunnel": {"provider": "none", "command": "", "public_url": ""},
    "queue": {"url": "sqlite:", "workers": "5"},
    "store": {"url": "sqlite:"},
    "limits": {
        "whatsapp_send": "1000/24h",
        "whatsapp_download": "100/1s",
        "gdrive_upload": "10/1s",
        "whatsapp_pair": "10/60s",
        "media_cache_mb": "256",
    },
    "documents": {
        "folder": "",
        "compress": "yes",
        "max_side": "2048",
        "jpeg_quality": "85",
        "keep_original": "yes",
        "antivirus": "none",
    },
    "drive": {
        "enabled": "no",
        "root_folder": "Dossiers",
        "credentials": "",
        "api_url": "",
        "shared_drive": "",
    },
    "email": {
        "host": "",
        "port": "587",
        "security": "starttls",
        "username": "",
        "sender": "",
        "digest_minutes": "5",
    },
    "alerts": {"errors_per_hour": "10"},
    "sentry": {"environment": "production", "traces_sample_rate": "0.1"},
    "retention": {
        "messages_days": "90",
        "dossier_years": "5",
        "media_days": "7",
        "jobs_completed": "1d/1000",
        "jobs_failed": "7d",
        "backups": "7 daily, 4 weekly, 12 monthly",
    },
}
SECRET_KEYS = {
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
}
OPTIONS = {
    "run": {"--no-tray"},
    "demo": {"--exit"},
    "check": {"--json"},
    "import": {"--dry-run"},
    "user add": {"--role", "--email", "--password-stdin"},
    "user list": set(),
    "user password": {"--password-stdin"},
    "user disable": set(),
    "secret set": set(),
    "secret list": set(),
    "secret delete": set(),
    "backup": set(),
    "restore": set(),
    "status": {"--json"},
}
ARGUMENTS = {
    "import": ["FILE"],
    "user add": ["NAME"],
    "user password": ["NAME"],
    "user disable": ["NAME"],
    "secret set": ["SECTION.KEY"],
    "secret delete": ["SECTION.KEY"],
    "backup": ["[FILE]"],
    "restore": ["FILE"],
}


# -- an appliance that has run


@pytest.fixture(scope="module")
def meta() -> Iterator[Meta]:
    with world() as (played, _):
        yield played


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, meta: Meta) -> Office:
    return Office.of(tmp_path_factory.mktemp("names") / "data", meta)


@pytest.fixture(scope="module")
def greffier(office: Office) -> Iterator[Running]:
    with office.open() as running:
        yield running


@pytest.fixture(scope="module")
def store(greffier: Running, office: Office) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(office.data / "greffier.db")) as opened:
        yield opened


# -- the store


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_of_the_contract_has_its_columns(store: sqlite3.Connection, table: str) -> None:
    columns = ", ".join(COLUMNS[table].split())

    rows = store.execute(f"SELECT {columns} FROM {table}").fetchall()
    assert bool(rows) == (table in SEEDED)
    kind = store.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    assert kind == ("table",)


@pytest.mark.parametrize("view", ["whatsapp_stats_30d", "whatsapp_media_expired"])
def test_a_view_of_the_contract_can_be_queried(store: sqlite3.Connection, view: str) -> None:
    assert store.execute(f"SELECT * FROM {view}").fetchall() == []
    kind = store.execute("SELECT type FROM sqlite_master WHERE name = ?", (view,)).fetchone()
    assert kind == ("view",)


@pytest.mark.parametrize(
    ("table", "column"), [("whatsapp_messages", "wamid"), ("outbox", "dedupe_key")]
)
def test_a_unique_column_of_the_contract_is_unique(
    store: sqlite3.Connection, table: str, column: str
) -> None:
    unique = [
        name for _, name, is_unique, *_ in store.execute(f"PRAGMA index_list({table})") if is_unique
    ]
    columns = [
        [name for _, _, name in store.execute(f'PRAGMA index_info("{index}")')] for index in unique
    ]
    assert [column] in columns


def test_the_statuses_are_those_of_the_contract() -> None:
    assert [str(status) for status in MessageStatus] == [
        "received",
        "media_downloaded",
        "document_created",
        "processed",
        "error",
    ]
    assert [str(status) for status in DocumentStatus] == ["pending", "filed"]
    assert [str(status) for status in DossierStatus] == ["active", "closed"]
    promised = {"queued", "sending", "sent", "delivered", "read", "failed"}
    assert promised <= {str(status) for status in OutgoingStatus}


# -- the data folder


def test_the_data_folder_holds_what_the_contract_names(greffier: Running, office: Office) -> None:
    content = {path.name for path in office.data.iterdir()}

    assert {"greffier.db", "queue.db", "logs", "Dossiers"} <= content
    assert (office.data / "logs" / "greffier.log").is_file()
    office.greffier_here("secret", "set", "email.password", typed="a password")
    assert (office.data / "secrets.ini").is_file()
    office.greffier_here("backup")
    assert len(list((office.data / "backups").iterdir())) == 1


# -- the doors


def test_the_public_door_answers_metas_handshake(greffier: Running) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY}

    good = request("GET", greffier.webhook, params=asked)
    bad = request("GET", greffier.webhook, params={**asked, "hub.verify_token": "wrong"})

    assert greffier.webhook.endswith("/api/webhooks/whatsapp")
    assert (good.status_code, good.text) == (200, "1158201444")
    assert bad.status_code == 403


def test_the_public_door_takes_signed_posts_only(greffier: Running) -> None:
    body = b'{"entry": [{"id": "1", "changes": []}]}'

    signed, unsigned = greffier.post(body), request("POST", greffier.webhook, data=body)
    words = greffier.post(b"bonjour")

    assert (signed.status_code, signed.json()) == (200, {"success": True, "queued": 0})
    assert unsigned.status_code == 401
    assert words.status_code == 400


def test_the_public_door_says_that_it_lives_and_nothing_more(greffier: Running) -> None:
    answer = request("GET", greffier.webhook.replace("/api/webhooks/whatsapp", "/healthz"))

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "path", ["/", "/login", "/static/app.css", "/api/health", "/metrics", "/api/webhooks", "/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_public_door_has_nothing_else(greffier: Running, method: str, path: str) -> None:
    public = greffier.webhook.removesuffix("/api/webhooks/whatsapp")

    assert request(method, public + path).status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login", 200),
        ("/healthz", 200),
        ("/static/app.css", 200),
        ("/", 302),
        ("/limits", 302),
        ("/api/health", 401),
        ("/api/rate-limits", 401),
    ],
)
def test_the_dashboard_door_opens_to_strangers_only_what_it_must(
    greffier: Running, path: str, status: int
) -> None:
    answer = request("GET", greffier.dashboard + path)

    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"] == "/login"


# -- the configuration


def test_the_sample_has_every_section_and_key_with_its_default() -> None:
    sample = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    sample.read_string((ROOT / "config.ini").read_text("utf-8"))

    assert {section: dict(sample[section]) for section in sample.sections()} == DEFAULTS


def test_no_other_section_or_key_is_read_and_the_secrets_are_those_of_the_contract() -> None:
    known = {f"{name}.{key}" for name, one in SECTIONS.items() for key in one.model_fields}

    written = {f"{section}.{key}" for section, keys in DEFAULTS.items() for key in keys}
    assert known == written | SECRET_KEYS
    assert set(SECRETS) == SECRET_KEYS


def test_the_defaults_of_the_contract_are_those_built_in(tmp_path: Path) -> None:
    lines = [
        line
        for section, keys in DEFAULTS.items()
        for line in (f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()))
    ]
    written = tmp_path / "contract.ini"
    written.write_text("\n".join(lines))
    environ = {"HOME": str(tmp_path), "GREFFIER_KEYRING": "off"}

    assert read(written, environ) == read(None, environ)


def test_a_variable_is_named_after_its_section_and_key(tmp_path: Path) -> None:
    environ = {"GREFFIER_WEBHOOK_PORT": "8123", "GREFFIER_KEYRING": "off"}

    assert read(None, environ, tmp_path).webhook.port == 8123


# -- the commands


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} ")
        else:
            yield before + name, command


def test_the_commands_and_their_options_are_those_of_the_contract() -> None:
    found = {
        name: {option for parameter in command.params for option in _options(parameter)}
        for name, command in commands(main)
    }

    common = {"--config", "--data"}
    assert {name: OPTIONS[name] | common for name in OPTIONS} == {
        name: options for name, options in found.items() if name in OPTIONS
    }


def _options(parameter: click.Parameter) -> list[str]:
    return parameter.opts if isinstance(parameter, click.Option) else []


def test_the_commands_take_the_arguments_of_the_contract() -> None:
    found = {
        name: [
            parameter.make_metavar(click.Context(command))
            for parameter in command.params
            if isinstance(parameter, click.Argument)
        ]
        for name, command in commands(main)
        if name in OPTIONS
    }

    assert found == {name: ARGUMENTS.get(name, []) for name in OPTIONS}


def test_the_roles_are_those_of_the_contract() -> None:
    roles = next(
        parameter.type
        for parameter in dict(commands(main))["user add"].params
        if parameter.name == "role"
    )

    assert isinstance(roles, click.Choice)
    assert list(roles.choices) == ["admin", "avocat", "assistant"]
