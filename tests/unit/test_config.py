"""The configuration is read as the contract says, or refused with everything that is wrong."""

import configparser
import re
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic import SecretStr, ValidationError

from appliance.config import (
    SECTIONS,
    Config,
    Firm,
    KeptBackups,
    KeptJobs,
    Opening,
    Queue,
    Rate,
    WhatsApp,
    missing_secrets,
    platform_data_folder,
    read,
)
from appliance.errors import ConfigError
from appliance.vault import SECRETS, EnvironmentSource

SAMPLE = Path(__file__).parents[2] / "config.ini"
ENVIRON = {"HOME": "/home/nour", "GREFFIER_KEYRING": "off"}


def cases(table: str) -> list[tuple[str, str]]:
    """What is written, and indented below it, over one line or more, what is answered."""
    found: list[tuple[str, str]] = []
    for line in table.strip().splitlines():
        if line.startswith(" "):
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        else:
            found.append((line, ""))
    return found


WRONG_VALUES = cases(r"""
firm.language = de
    "de" is not one of fr, en, ar
firm.country = Tunisie
    "Tunisie" is not a country whose phone numbers are known; write its two letters, such as
    TN or FR
firm.timezone = Africa/Tunisia
    "Africa/Tunisia" is not a time zone; did you mean Africa/Tunis?
firm.timezone = GMT plus 1
    "GMT plus 1" is not a time zone; write it like Africa/Tunis or Europe/Paris
firm.data = Dossiers
    "Dossiers" is not a full path; write it from the top, such as /srv/greffier, ~/greffier
    or D:\Greffier
firm.data = ~nobody-at-all/x
    "~nobody-at-all/x" starts with the name of a user nobody knows
firm.hours = mon-fri 9-18
    "mon-fri 9-18" is not a span of opening hours; write days and hours, such as mon-fri
    09:00-18:00, sat 09:00-13:00
firm.hours = mon-fry 09:00-18:00
    "fry" is not a day; the days are mon, tue, wed, thu, fri, sat, sun
firm.hours = mon 09:00-18:75
    "18:75" is not a time of day
firm.hours = mon 18:00-09:00
    "mon 18:00-09:00" closes before it opens; split it at midnight (24:00)
firm.hours = mon-tue 09:00-18:00, tue 12:00-13:00
    the hours of tue overlap
firm.holidays = 14/07/2026
    "14/07/2026" is not a date; write year-month-day, such as 2026-01-14
webhook.host = http://x
    "http://x" is not a host; write a name or an IP address, without port or http://
webhook.port = abc
    "abc" is not a whole number from 0 to 65535
webhook.port = 65536
    "65536" is not a whole number from 0 to 65535
webhook.port = 80 ; web
    "80 ; web" is not a whole number from 0 to 65535; a comment needs a line of its own
webhook.max_body = 3 megs
    "3 megs" is not a size; write it like 500KB or 3MB
webhook.max_body = 3GB
    "3GB" is out of bounds: from 1KB to 100MB
dashboard.allowed_hosts = a,,b
    "" is not a host; write a name or an IP address, without port or http://
whatsapp.phone_number_id = +216 71 123 456
    "+216 71 123 456" is not an id of Meta's, which has digits only (it is not the phone
    number either)
whatsapp.graph_url = graph.facebook.com
    this is not an address that starts with https:// or http:// and names a host
whatsapp.graph_url = https://host:port
    this is not an address that starts with https:// or http:// and names a host
whatsapp.graph_version = v22.0
    "v22.0" is not v23.0 or a newer version of Meta's API
whatsapp.confirm_after = 20 sec
    "20 sec" is not a duration; write a number and s, m, h or d, such as 20s, 5m, 24h or 1d
whatsapp.confirm_after = 25h
    "25h" is out of bounds: from 0s to 1d
tunnel.provider = clouflared
    "clouflared" is not one of none, cloudflared, ngrok, tailscale, command; did you mean
    cloudflared?
queue.url = sqlite:///x
    this is neither "sqlite:" (a file in the data folder) nor like redis://host:port/name or
    rediss://host:port/name
queue.workers = 0
    "0" is not a whole number from 1 to 64
store.url = mysql://x/y
    this is neither "sqlite:" (a file in the data folder) nor like
    postgresql://host:port/name
limits.whatsapp_send = 1000
    "1000" is not a rate; write how many in how long, such as 1000/24h or 10/60s
limits.whatsapp_send = 9/0s
    "9/0s" is not a rate: 0s is no time at all
documents.compress = maybe
    "maybe" is neither yes nor no
documents.antivirus = clamav
    "clamav" is neither none nor like clamd://127.0.0.1:3310
email.sender = Cabinet
    "Cabinet" is not an e-mail address; write greffier@example.org or Cabinet
    <greffier@example.org>
email.digest_minutes = -1
    "-1" is not a number from 0 to 1440
email.digest_minutes = nan
    "nan" is not a number from 0 to 1440
retention.jobs_completed = 1d/many
    "1d/many" does not say what to keep; write how long and at most how many, such as
    1d/1000
retention.jobs_failed = 0s
    "0s" is out of bounds: from 1s to 3650d
retention.backups = 7 dayly
    "7 dayly" does not say which backups to keep; write it like 7 daily, 4 weekly, 12
    monthly
retention.backups = 0 daily
    "0 daily" keeps no backup at all
""")

WRONG_FILES = cases(r"""
[quue] | url = x
    config.ini:1: [quue]: there is no such section; did you mean [queue]?
[webhook] | hots = x
    config.ini:2: [webhook] hots: there is no such key; did you mean host?
[webhook] | jpeg_quality = 1
    config.ini:2: [webhook] jpeg_quality: there is no such key here; it belongs in
    [documents]
[store] | path = x
    config.ini:2: [store] path: there is no such key; [store] has url
[email] | password = hunter2
    config.ini:2: [email] password: a secret is never kept in this file; remove the line and
    run `greffier secret set email.password`
[email] | passwrd = hunter2
    config.ini:2: [email] passwrd: there is no such key; if you mean the secret password,
    remove the line and run `greffier secret set email.password`
[email] | port = 25 | port = 26
    config.ini:3: [email] port: this key is already set on line 2; remove one of the two
[email] | [queue] | [email]
    config.ini:3: [email]: this section is already on line 1; join the two
[email] | host
    config.ini:2: [email]: this line is neither `key = value`, nor a [section], nor a
    comment (which starts with #)
host = x
    config.ini:1: this line stands before the first [section]
[webhook] | port = 8090
    config.ini:2: [webhook] port: the dashboard and the webhook cannot share an address;
    give one of them another port
[dashboard] | host = 0.0.0.0 | port = 8080
    config.ini:3: [dashboard] port: the dashboard and the webhook cannot share an address;
    give one of them another port
[whatsapp] | template_confirmation = recu
    config.ini:2: [whatsapp] template_confirmation: a template needs its language: set
    template_language, such as fr or en_US
[email] | host = smtp.x.tn
    config.ini:2: [email] host: e-mail needs an address to send from: set sender
[tunnel] | provider = command
    config.ini:2: [tunnel] provider: this provider needs the command to run: set command
[drive] | enabled = yes
    config.ini:2: [drive] enabled: Google Drive needs credentials: set credentials to the
    path of Google's key file
""")

UNKNOWN_VARIABLES = cases(r"""
GREFFIER_WEBHOK_PORT
    there is no section [webhok]; did you mean GREFFIER_WEBHOOK_PORT?
GREFFIER_WEBHOOK_PROT
    there is no such key in [webhook]; did you mean GREFFIER_WEBHOOK_PORT?
GREFFIER_WEBHOOK_
    there is no such key in [webhook]; did you mean GREFFIER_WEBHOOK_PORT?
GREFFIER_1_2
    there is no section [1]
""")


def config_of(tmp_path: Path, text: str | bytes = "", **variables: str) -> Config:
    file = tmp_path / "config.ini"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file, {"HOME": str(tmp_path), "GREFFIER_KEYRING": "off"} | variables)


def faults_of(tmp_path: Path, text: str | bytes = "", **variables: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        config_of(tmp_path, text, **variables)
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in raised.value.faults]


def sample_keys() -> set[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(SAMPLE, encoding="utf-8")
    return {f"{section}.{key}" for section in parser.sections() for key in parser[section]}


def model_keys() -> set[str]:
    return {f"{name}.{key}" for name, section in SECTIONS.items() for key in section.model_fields}


def test_the_sample_says_exactly_the_defaults() -> None:
    assert read(SAMPLE, ENVIRON) == read(None, ENVIRON)


def test_the_sample_has_every_key_and_no_secret() -> None:
    assert sample_keys() == model_keys() - set(SECRETS)


def test_the_sample_explains_each_key_and_names_each_secret() -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for before, line in pairwise(lines)
        if re.match("[a-z_]+ =", line) and not before.startswith("#")
    ]

    assert unexplained == []
    assert [name for name in SECRETS if name not in "\n".join(lines)] == []


def test_the_secrets_of_the_vault_are_the_secret_keys() -> None:
    secret = {
        f"{name}.{key}"
        for name, section in SECTIONS.items()
        for key, kind in get_type_hints(section).items()
        if SecretStr in get_args(kind)
    }

    assert secret == set(SECRETS)


def test_the_defaults_are_those_of_the_contract() -> None:
    config = read(None, ENVIRON)

    assert config.firm == Firm(data=Path("/home/nour/.local/share/greffier"))
    assert (config.firm.name, config.firm.language, config.firm.country) == ("Cabinet", "fr", "TN")
    assert config.firm.zone.key == "Africa/Tunis"
    assert config.firm.hours[0] == Opening(0, time(9), time(18))
    assert len(config.firm.hours) == 5
    assert (config.webhook.host, config.webhook.port) == ("127.0.0.1", 8080)
    assert config.webhook.max_body == 3 * 1024 * 1024
    assert config.dashboard.port == 8090
    assert config.dashboard.allowed_hosts == ("localhost", "127.0.0.1")
    assert config.whatsapp.graph_url == "https://graph.facebook.com"
    assert config.whatsapp.confirm_after == timedelta(seconds=20)
    assert (config.queue.url, config.queue.workers) == ("sqlite:", 5)
    assert config.limits.whatsapp_send == Rate(1000, timedelta(hours=24))
    assert config.documents.folder == config.firm.data / "Dossiers"
    assert config.documents.antivirus is None
    assert (config.email.host, config.email.security, config.email.digest_minutes) == (
        ("", "starttls", 5.0)
    )
    assert config.retention.jobs_completed == KeptJobs(timedelta(days=1), 1000)
    assert config.retention.backups == KeptBackups(7, 4, 12)


def test_the_file_wins_over_the_default_and_the_environment_over_the_file(tmp_path: Path) -> None:
    text = "[webhook]\nport = 81\n[dashboard]\nport = 82\n"

    config = config_of(tmp_path, text, GREFFIER_DASHBOARD_PORT="83")

    assert (config.webhook.port, config.dashboard.port, config.queue.workers) == (81, 83, 5)


def test_an_empty_value_is_the_default(tmp_path: Path) -> None:
    config = config_of(tmp_path, "[webhook]\nport = 81\nhost =", GREFFIER_WEBHOOK_PORT=" ")

    assert (config.webhook.host, config.webhook.port) == ("127.0.0.1", 8080)


def test_names_may_be_written_in_capitals_and_values_may_hold_any_sign(tmp_path: Path) -> None:
    config = config_of(tmp_path, "\ufeff[Firm]\n; note\n  NAME = Smith & Fils = 100 % # 1\n")

    assert config.firm.name == "Smith & Fils = 100 % # 1"


def test_port_zero_lets_the_system_choose(tmp_path: Path) -> None:
    config = config_of(tmp_path, "[webhook]\nport = 0\n[dashboard]\nport = 0\n")

    assert (config.webhook.port, config.dashboard.port) == (0, 0)


@pytest.mark.parametrize(
    ("section", "key", "text", "value"),
    [
        ("firm", "language", "AR", "ar"),
        ("firm", "country", "fr", "FR"),
        ("firm", "timezone", "Europe/Paris", "Europe/Paris"),
        ("firm", "data", "/srv/greffier", Path("/srv/greffier")),
        ("firm", "holidays", "2026-05-01, 2026-01-14", (date(2026, 1, 14), date(2026, 5, 1))),
        ("webhook", "host", "::1", "::1"),
        ("webhook", "max_body", "500 kb", 512_000),
        ("dashboard", "allowed_hosts", "Greffier.lan,10.0.0.2", ("greffier.lan", "10.0.0.2")),
        ("whatsapp", "phone_number_id", "106540352242922", "106540352242922"),
        ("whatsapp", "graph_url", "http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("whatsapp", "graph_version", "v25.0", "v25.0"),
        ("whatsapp", "confirm_after", "5m", timedelta(minutes=5)),
        ("whatsapp", "confirm_after", "0s", timedelta(0)),
        ("tunnel", "provider", "ngrok", "ngrok"),
        ("tunnel", "public_url", "https://g.example.org", "https://g.example.org"),
        ("queue", "url", "redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("queue", "url", "rediss://:pw@queue.lan", "rediss://:pw@queue.lan"),
        ("store", "url", "postgresql://u@db/greffier", "postgresql://u@db/greffier"),
        ("store", "url", "postgresql:///g?host=/run/pg", "postgresql:///g?host=/run/pg"),
        ("limits", "whatsapp_pair", "6 / 1m", Rate(6, timedelta(minutes=1))),
        ("documents", "compress", "No", False),
        ("documents", "keep_original", "on", True),
        ("documents", "antivirus", "clamd://127.0.0.1:3310", "clamd://127.0.0.1:3310"),
        ("documents", "antivirus", "none", None),
        ("drive", "credentials", "/srv/key.json", Path("/srv/key.json")),
        ("email", "sender", "Cabinet <g@example.org>", "Cabinet <g@example.org>"),
        ("email", "digest_minutes", "0", 0.0),
        ("email", "digest_minutes", "2.5", 2.5),
        ("sentry", "traces_sample_rate", "1", 1.0),
        ("retention", "jobs_completed", "12h", KeptJobs(timedelta(hours=12), None)),
        ("retention", "jobs_failed", "24h", timedelta(days=1)),
        ("retention", "backups", "30 daily", KeptBackups(30, 0, 0)),
    ],
)
def test_a_value_is_understood_as_people_write_it(
    tmp_path: Path, section: str, key: str, text: str, value: object
) -> None:
    config = config_of(tmp_path, f"[{section}]\n{key} = {text}\n")

    assert getattr(getattr(config, section), key) == value


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("sat 09:00-13:00", [Opening(5, time(9), time(13))]),
        (
            "Sun-Mon 8:30-24:00",
            [Opening(0, time(8, 30), time.max), Opening(6, time(8, 30), time.max)],
        ),
        (
            "ven 14:00-18:00, ven 9:00-12:30",
            [Opening(4, time(9), time(12, 30)), Opening(4, time(14), time(18))],
        ),
    ],
)
def test_hours_are_spans_in_the_order_of_the_week(
    tmp_path: Path, text: str, hours: list[Opening]
) -> None:
    assert config_of(tmp_path, f"[firm]\nhours = {text}\n").firm.hours == tuple(hours)


@pytest.mark.parametrize(("line", "sentence"), WRONG_VALUES)
def test_an_impossible_value_is_refused_in_plain_words(
    tmp_path: Path, line: str, sentence: str
) -> None:
    name, text = line.split(" = ", 1)
    section, key = name.split(".")
    in_file = faults_of(tmp_path, f"# mine\n[{section}]\n{key} = {text}\n")
    name = f"GREFFIER_{section}_{key}".upper()
    in_environment = faults_of(tmp_path, "", **{name: text})

    assert in_file == [f"config.ini:3: [{section}] {key}: {sentence}"]
    assert in_environment == [f"environment {name}: {sentence}"]


@pytest.mark.parametrize(("lines", "fault"), WRONG_FILES)
def test_a_faulty_file_is_refused_with_the_line(tmp_path: Path, lines: str, fault: str) -> None:
    assert faults_of(tmp_path, lines.replace(" | ", "\n")) == [fault]


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    remedy = 'save the file again as "UTF-8"'

    assert faults_of(tmp_path, b"[firm]\nname = Soci\xe9t\xe9\n") == [
        f"config.ini:2: [firm]: a letter on this line is not UTF-8; {remedy}"
    ]
    assert faults_of(tmp_path, "[firm]\nname = x".encode("utf-16")) == [
        f"config.ini:1: not text; {remedy}"
    ]


@pytest.mark.parametrize(("name", "sentence"), UNKNOWN_VARIABLES)
def test_an_unknown_variable_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    assert faults_of(tmp_path, "", **{name: "1"}) == [f"environment {name}: {sentence}"]


def test_variables_of_other_shapes_are_not_ours(tmp_path: Path) -> None:
    config_of(tmp_path, "", GREFFIER_VERSION="1", greffier_webhook_port="x", MY_GREFFIER_A_B="x")


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path / "absent.ini", ENVIRON)

    assert str(raised.value) == f"{tmp_path}/absent.ini: there is no such file"


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "config.ini").mkdir()

    with pytest.raises(ConfigError) as raised:
        read(None, ENVIRON, data=tmp_path)

    assert str(raised.value) == f"{tmp_path}/config.ini: cannot be read: Is a directory"


def test_all_faults_of_all_sources_are_said_at_once_in_reading_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.ini").write_text(
        "colour = blue\n"
        "[firm]\n"
        "languge = fr\n"
        "timezone = Africa/Tunisia\n"
        "[webhook]\n"
        "port = eighty\n"
        "port = 80\n"
        "[quue]\n"
        "url = sqlite:\n"
        "[whatsapp]\n"
        "access_token = EAAGm0PX4ZCps\n"
        "confirm_after = soon\n"
        "nonsense\n"
        "[email]\n"
        "host = smtp.example.org\n",
        encoding="utf-8",
    )
    environ = ENVIRON | {
        "GREFFIER_QUEUE_WORKERS": "many",
        "GREFFIER_DASHBOARD_PROT": "1",
        "GREFFIER_SENTRY_DSN": "hunter2",
    }

    with pytest.raises(ConfigError) as raised:
        read(Path("config.ini"), environ, data=tmp_path)

    assert str(raised.value) == (
        "config.ini:1: this line stands before the first [section]\n"
        "config.ini:3: [firm] languge: there is no such key; did you mean language?\n"
        'config.ini:4: [firm] timezone: "Africa/Tunisia" is not a time zone; '
        "did you mean Africa/Tunis?\n"
        'config.ini:6: [webhook] port: "eighty" is not a whole number from 0 to 65535\n'
        "config.ini:7: [webhook] port: this key is already set on line 6; remove one of the two\n"
        "config.ini:8: [quue]: there is no such section; did you mean [queue]?\n"
        "config.ini:11: [whatsapp] access_token: a secret is never kept in this file; "
        "remove the line and run `greffier secret set whatsapp.access_token`\n"
        'config.ini:12: [whatsapp] confirm_after: "soon" is not a duration; '
        "write a number and s, m, h or d, such as 20s, 5m, 24h or 1d\n"
        "config.ini:13: [whatsapp]: this line is neither `key = value`, nor a [section], "
        "nor a comment (which starts with #)\n"
        "config.ini:15: [email] host: e-mail needs an address to send from: set sender\n"
        "environment GREFFIER_DASHBOARD_PROT: there is no such key in [dashboard]; "
        "did you mean GREFFIER_DASHBOARD_PORT?\n"
        'environment GREFFIER_QUEUE_WORKERS: "many" is not a whole number from 1 to 64\n'
        "environment GREFFIER_SENTRY_DSN: this is not an address that starts with https:// or "
        "http:// and names a host"
    )


def test_a_wrong_value_is_refused_even_if_a_later_source_replaces_it(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "[email]\nport = x", GREFFIER_EMAIL_PORT="25")

    assert faults == ['config.ini:2: [email] port: "x" is not a whole number from 1 to 65535']


def test_a_wrong_port_is_not_also_blamed_for_what_its_default_would_do(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "[webhook]\nport = x\n[dashboard]\nport = 8080")

    assert faults == ['config.ini:2: [webhook] port: "x" is not a whole number from 0 to 65535']


def test_doors_may_share_a_port_on_two_addresses(tmp_path: Path) -> None:
    text = "[webhook]\nport = 80\nhost = 10.0.0.1\n[dashboard]\nport = 80\nhost = 10.0.0.2"

    assert config_of(tmp_path, text).webhook.port == 80


def test_the_file_of_the_data_folder_is_read_when_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text("[firm]\nname = Cabinet Trabelsi\n", encoding="utf-8")

    by_option = read(None, ENVIRON, data=tmp_path)
    by_variable = read(None, ENVIRON | {"GREFFIER_FIRM_DATA": str(tmp_path)})

    assert by_option == by_variable
    assert by_option.firm.name == "Cabinet Trabelsi"


def test_the_command_line_has_the_last_word_on_the_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "my.ini"
    file.write_text("[firm]\ndata = /srv/a\n", encoding="utf-8")

    config = read(file, ENVIRON | {"GREFFIER_FIRM_DATA": "/srv/b"}, data=tmp_path)

    assert config.firm.data == tmp_path
    assert config.documents.folder == tmp_path / "Dossiers"


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "/home/nour/.local/share/greffier"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/greffier"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/nour/.local/share/greffier"),
        ("darwin", {}, "/home/nour/Library/Application Support/Greffier"),
        ("win32", {"LOCALAPPDATA": "/c/local"}, "/c/local/Greffier"),
        ("win32", {}, "/home/nour/AppData/Local/Greffier"),
    ],
)
def test_each_system_has_its_own_data_folder(
    platform: str, environ: dict[str, str], folder: str
) -> None:
    assert platform_data_folder(ENVIRON | environ, platform) == Path(folder)


def test_secrets_come_from_the_environment_else_from_the_private_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.ini"
    file.write_text("[whatsapp]\naccess_token = filed\napp_secret = filed\n", encoding="utf-8")
    file.chmod(0o600)

    config = read(None, ENVIRON | {"GREFFIER_WHATSAPP_APP_SECRET": "said"}, data=tmp_path)

    assert config.whatsapp.access_token == SecretStr("filed")
    assert config.whatsapp.app_secret == SecretStr("said")
    assert config.whatsapp.verify_token is None


def test_another_keyring_can_be_handed_in(tmp_path: Path) -> None:
    keyring = EnvironmentSource({"GREFFIER_SENTRY_DSN": "https://key@sentry.example.org/1"})

    config = read(None, ENVIRON, data=tmp_path, keyring=keyring)

    assert config.sentry.dsn == SecretStr("https://key@sentry.example.org/1")


def test_a_secrets_file_that_others_can_read_is_one_fault_among_the_others(tmp_path: Path) -> None:
    file = tmp_path / "secrets.ini"
    file.write_text("[whatsapp]\naccess_token = hunter2\n", encoding="utf-8")
    file.chmod(0o644)

    with pytest.raises(ConfigError) as raised:
        read(None, ENVIRON | {"GREFFIER_EMAIL_PORT": "x"}, data=tmp_path)

    assert [str(fault) for fault in raised.value.faults] == [
        'environment GREFFIER_EMAIL_PORT: "x" is not a whole number from 1 to 65535',
        f"{file}: other users of this computer can read it: `chmod 600 {file}`",
    ]


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("WHATSAPP_ACCESS_TOKEN", "the secret holds a space or a line break; copy it again"),
        ("ALERTS_ERROR", "the secret is not an Apprise address, such as mailto://…"),
        (
            "ALERTS_HEARTBEAT_URL",
            "this is not an address that starts with https:// or http:// and names a host",
        ),
    ],
)
def test_an_impossible_secret_is_refused_without_showing_it(
    tmp_path: Path, variable: str, sentence: str
) -> None:
    faults = faults_of(tmp_path, "", **{f"GREFFIER_{variable}": "hunter2 hunter2"})

    assert faults == [f"environment GREFFIER_{variable}: {sentence}"]


def test_no_secret_and_no_password_in_an_address_is_ever_shown(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        "[queue]\nurl = redis://:hunter2@q/0\n[store]\nurl = postgresql://u:hunter2@s/g\n"
        "[tunnel]\ncommand = tunnel --token hunter2\n",
        GREFFIER_WHATSAPP_ACCESS_TOKEN="hunter2",
        GREFFIER_EMAIL_PASSWORD="hunter2",
        GREFFIER_ALERTS_ERROR="mailto://hunter2",
    )

    assert "hunter2" not in repr(config)
    assert "hunter2" not in str(config)


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    secret = "5eb63bbbe01eeed093cb22bb8f5acdc3"
    text = f"{secret}\n[whatsapp]\n{secret}{secret}=\nphone_number_id = {secret}\n[store]\n"
    text += f"url = mysql://root:{secret}@db\n"

    faults = faults_of(tmp_path, text)

    assert len(faults) == 4
    assert secret not in "\n".join(faults)


def test_what_run_needs_is_named_with_its_remedy() -> None:
    faults = missing_secrets(read(None, ENVIRON))

    remedy = "is missing; write it in config.ini, or set"
    assert [str(fault) for fault in faults] == [
        f"[whatsapp] phone_number_id: {remedy} GREFFIER_WHATSAPP_PHONE_NUMBER_ID",
        f"[whatsapp] business_account_id: {remedy} GREFFIER_WHATSAPP_BUSINESS_ACCOUNT_ID",
        "[whatsapp] access_token: is missing; run `greffier secret set whatsapp.access_token`",
        "[whatsapp] app_secret: is missing; run `greffier secret set whatsapp.app_secret`",
        "[whatsapp] verify_token: is missing; run `greffier secret set whatsapp.verify_token`",
    ]


def test_nothing_is_missing_when_all_is_given(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        "[whatsapp]\nphone_number_id = 1\nbusiness_account_id = 2\n",
        GREFFIER_WHATSAPP_ACCESS_TOKEN="a",
        GREFFIER_WHATSAPP_APP_SECRET="b",
        GREFFIER_WHATSAPP_VERIFY_TOKEN="c",
    )

    assert missing_secrets(config) == []


def test_a_section_can_be_made_of_values_and_is_frozen() -> None:
    section = WhatsApp(confirm_after=timedelta(seconds=1), access_token=SecretStr("x"))

    assert section.confirm_after == timedelta(seconds=1)
    with pytest.raises(ValidationError):
        section.graph_version = "v24.0"
    with pytest.raises(ValidationError):
        Queue(workers=65)
