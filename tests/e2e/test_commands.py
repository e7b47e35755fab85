"""Each command as people and scripts use it: what it prints, what it keeps, its exit code."""

import json
import re
import signal
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from appliance import __version__
from appliance.demo import cast
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import TOKEN, Office, Running, request
from tests.support import until

COMMANDS = (
    "run",
    "demo",
    "check",
    "import",
    "user add",
    "user list",
    "user password",
    "user disable",
    "secret set",
    "secret list",
    "secret delete",
    "backup",
    "restore",
    "status",
    "verify",
)
CHECKS = [
    "config",
    "app secret",
    "data folder",
    "documents",
    "database",
    "nothing lost",
    "disk",
    "whatsapp token",
    "whatsapp webhook",
    "clock",
    "webhook address",
    "number quality",
    "messaging limit",
    "template",
    "sending",
    "waiting work",
    "files at meta",
    "clean-up",
    "backup",
    "email",
    "alerts",
    "virus scanner",
    "safety",
    "drive",
    "dashboard",
    "tunnel",
    "version",
]
LINES = """client,phone,email,vip,lawyer,dossier,title,status
Amel Ben Youssef,+21620111222,,no,Salma Trabelsi,2026-0042,Bail,active
Karim Gharbi,+21622333444,,no,Salma Trabelsi,2026-0017,Divorce,active
"""


@pytest.fixture
def desk(tmp_path: Path) -> Office:
    """An office where nothing runs and nobody is connected."""
    return Office(tmp_path / "data")


# -- help and version


def test_the_version_is_printed(desk: Office) -> None:
    assert desk.greffier("--version").stdout == f"greffier, version {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_config_and_data(desk: Office, command: str) -> None:
    answer = desk.greffier_here(*command.split(), "--help")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert re.search(r"--config PATH +\S", answer.stdout)
    assert re.search(r"--data PATH +\S", answer.stdout)
    assert not desk.data.exists()


def test_no_command_at_all_lists_them(desk: Office) -> None:
    listed = desk.greffier("--help").stdout

    assert all(re.search(rf"^  {name.split()[0]} +\S", listed, re.MULTILINE) for name in COMMANDS)


# -- run, and what is asked of it while it runs


def test_run_prints_one_line_for_each_door(greffier: Running) -> None:
    assert re.fullmatch(
        r"webhook    http://127\.0\.0\.1:\d+/api/webhooks/whatsapp\n"
        r"dashboard  http://127\.0\.0\.1:\d+/\n",
        greffier.stdout,
    )
    assert request("GET", f"{greffier.dashboard}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_ends_in_time_when_it_is_told_to(
    tmp_path: Path, meta: Meta, number: signal.Signals
) -> None:
    office = Office.of(tmp_path / "data", meta)
    with office.open() as running:
        assert (office.data / "instance.json").exists()
        running.process.send_signal(number)
        assert running.process.wait(10) == 0
    assert running.stdout.endswith("stopping: finishing what is under way\n")
    assert not (office.data / "instance.json").exists()


def test_data_named_on_the_command_line_wins(desk: Office, tmp_path: Path) -> None:
    other = tmp_path / "other"

    assert desk.greffier_here("user", "list", "--data", str(other)).returncode == 0

    assert (other / "greffier.db").exists()
    assert not desk.data.exists()


def test_the_configuration_of_the_data_folder_is_found_and_another_can_be_named(
    desk: Office, tmp_path: Path
) -> None:
    desk.data.mkdir()
    (desk.data / "config.ini").write_text("[whatsapp]\nphone_number_id = one\n")
    other = tmp_path / "other.ini"
    other.write_text("[whatsapp]\nphone_number_id = two\n")

    usual, named = (
        desk.greffier_here("status"),
        desk.greffier_here("status", "--config", str(other)),
    )

    assert (usual.returncode, named.returncode) == (2, 2)
    assert usual.stderr.startswith(f'{desk.data}/config.ini:2: [whatsapp] phone_number_id: "one"')
    assert named.stderr.startswith(f'{other}:2: [whatsapp] phone_number_id: "two"')


def test_status_of_a_healthy_appliance(greffier: Running, office: Office) -> None:
    answer = office.greffier("status")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("Greffier: ok\n")
    for name in ("store", "workers", "disk", "queue", "messages", "outbox"):
        assert re.search(rf"^ok +{name} +\S", answer.stdout, re.MULTILINE)


def test_status_as_json(greffier: Running, office: Office) -> None:
    answer = office.greffier("status", "--json")

    report = json.loads(answer.stdout)
    assert report["status"] == "ok"
    assert {component["status"] for component in report["components"].values()} == {"ok"}


def test_status_is_down_where_nothing_runs(desk: Office) -> None:
    answer, as_json = desk.greffier("status"), desk.greffier("status", "--json")

    assert (answer.returncode, as_json.returncode) == (2, 2)
    reason = "it is not running on this data folder: start it with `greffier run`"
    assert answer.stdout == f"Greffier: down, {reason}\n"
    assert json.loads(as_json.stdout)["status"] == "down"


def test_status_is_down_after_a_crash_and_the_next_start_is_not_hindered(
    tmp_path: Path, meta: Meta
) -> None:
    office = Office.of(tmp_path / "data", meta)
    crashed = Running(office)
    crashed.await_doors()
    crashed.kill()
    assert (office.data / "instance.json").exists()

    answer = office.greffier("status")

    assert (answer.returncode, answer.stderr) == (2, "")
    reason = "it does not answer (ConnectionError): start it with `greffier run`"
    assert answer.stdout == f"Greffier: down, {reason}\n"
    with office.open():
        assert office.greffier("status").returncode == 0


def test_a_backup_is_made_while_it_runs_and_not_restored_meanwhile(
    greffier: Running, office: Office, tmp_path: Path
) -> None:
    named = tmp_path / "copy.db"

    usual, chosen = office.greffier("backup"), office.greffier("backup", str(named))
    refused = office.greffier("restore", str(named))

    assert (usual.returncode, chosen.returncode) == (0, 0)
    assert chosen.stdout == f"copied to {named}\n"
    kept = Path(usual.stdout.removeprefix("copied to ").strip())
    assert kept.parent == office.data / "backups"
    for copy in (kept, named):
        with closing(sqlite3.connect(copy)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert store.execute("SELECT count(*) FROM dossiers").fetchone() == (6,)
    assert refused.returncode == 2
    assert "Greffier is already running on this data folder: stop it first" in refused.stderr
    assert greffier.is_alive


def test_people_can_be_added_while_it_runs(greffier: Running, office: Office) -> None:
    added = office.greffier(
        "user", "add", "Nour", "--role", "assistant", "--password-stdin", typed=cast.PASSWORD
    )

    assert (added.returncode, added.stdout) == (0, "Nour may now sign in as assistant\n")
    [(role, kept)] = office.rows("SELECT role, password_hash FROM users WHERE name = 'Nour'")
    assert role == "assistant"
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$"), "what a guess costs"


# -- check


def test_check_says_a_line_for_everything_that_is_needed(office: Office) -> None:
    answer, as_json = office.greffier("check"), office.greffier("check", "--json")

    assert (answer.returncode, answer.stderr) == (0, "")
    lines = [(line[:7].strip(), line[8:25].strip()) for line in answer.stdout.splitlines()]
    assert [name for _, name in lines] == CHECKS
    unset = {"drive", "tunnel", "webhook address", "template", "virus scanner", "backup", "alerts"}
    assert {state for state, name in lines if name not in unset} == {"ok"}
    assert TOKEN not in answer.stdout + as_json.stdout
    findings = json.loads(as_json.stdout)
    assert [finding["name"] for finding in findings] == CHECKS
    assert all(
        finding["sentence"] and finding.keys() == {"name", "state", "sentence"}
        for finding in findings
    )


@pytest.mark.parametrize(
    ("setting", "value", "name", "remedy"),
    [
        (
            "WHATSAPP_ACCESS_TOKEN",
            "expired",
            "whatsapp token",
            "renew it with `greffier secret set whatsapp.access_token`",
        ),
        ("WHATSAPP_GRAPH_URL", "http://127.0.0.1:9", "whatsapp token", "check the network"),
        ("WHATSAPP_APP_SECRET", "", "config", "run `greffier secret set whatsapp.app_secret`"),
        ("EMAIL_PORT", 9, "email", "check [email] host and the network"),
        ("EMAIL_SECURITY", "starttls", "email", "check [email] security and port"),
        ("ALERTS_CRITICAL", "nonsense://x", "alerts", "understand the address alerts.critical 1"),
    ],
    ids=["token", "network", "secret", "mail", "mail security", "alerts"],
)
def test_check_names_what_is_broken_and_the_remedy(
    office: Office, setting: str, value: object, name: str, remedy: str
) -> None:
    broken = Office(office.data, {**office.settings, setting: value})

    answer = broken.greffier("check")

    assert answer.returncode == 1
    assert len(answer.stdout.splitlines()) == len(CHECKS)
    line = next(line for line in answer.stdout.splitlines() if line[8:25].strip() == name)
    assert line.startswith("broken ")
    assert remedy in line


def test_check_says_a_line_for_each_fault_of_the_configuration(office: Office) -> None:
    missing = {"WHATSAPP_APP_SECRET": "", "WHATSAPP_VERIFY_TOKEN": ""}

    answer = Office(office.data, {**office.settings, **missing}).greffier("check")

    lines = [line for line in answer.stdout.splitlines() if line.startswith("broken  config")]
    assert len(lines) == 2
    assert all("run `greffier secret set whatsapp." in line for line in lines)


def test_check_sees_that_meta_sends_to_nobody(office: Office, meta: Meta) -> None:
    meta.account.app_is_subscribed = False
    try:
        answer = office.greffier("check")
    finally:
        meta.account.app_is_subscribed = True

    assert answer.returncode == 1
    assert "subscribe to the field `messages`" in answer.stdout


# -- the register and the people

UNKNOWN = (
    "line 2: warning: no user is called “Salma Trabelsi”: the letters about their dossiers go to "
    "all lawyers; correct the name, or run `greffier user add`"
)


def test_a_lawyer_whom_nobody_knows_is_named_once(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(LINES + "Amel Ben Youssef,,,no,Inexistant,2026-0043,Vente,active\n", "utf-8")
    add = ("user", "add", "Salma  Trabelsi", "--role", "avocat", "--password-stdin")
    added = desk.greffier_here(*add, typed=cast.PASSWORD)

    answer = desk.greffier_here("import", str(file))

    assert added.stdout.endswith("no letter can reach them: no --email was given\n")
    assert answer.returncode == 0
    warnings = [line for line in answer.stdout.splitlines() if "warning" in line]
    assert warnings == [UNKNOWN.replace("line 2", "line 4").replace("Salma Trabelsi", "Inexistant")]


def test_where_nobody_may_sign_in_the_list_says_how_to_begin(desk: Office) -> None:
    answer = desk.greffier_here("user", "list")

    assert answer.stdout == "nobody yet: `greffier user add NAME --role admin`\n"


def test_an_import_can_be_tried_then_done_then_repeated(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(LINES, "utf-8")
    count = "SELECT (SELECT count(*) FROM clients), (SELECT count(*) FROM dossiers)"

    tried = desk.greffier_here("import", str(file), "--dry-run")
    after_trial = desk.rows(count)
    done = desk.greffier_here("import", str(file))
    again = desk.greffier_here("import", str(file))

    assert [answer.returncode for answer in (tried, done, again)] == [0, 0, 0]
    assert after_trial == [(0, 0)]
    amel = "new client Amel Ben Youssef, phone +21620111222, new dossier 2026-0042"
    karim = "new client Karim Gharbi, phone +21622333444, new dossier 2026-0017"
    assert done.stdout.splitlines() == [
        f"line 2: created: {amel}",
        f"line 3: created: {karim}",
        UNKNOWN,
        "2 lines brought something new, 0 refused",
    ]
    assert tried.stdout.splitlines() == [
        f"line 2: would be created: {amel}",
        f"line 3: would be created: {karim}",
        UNKNOWN,
        "2 lines would bring something new, 0 refused (nothing was kept)",
    ]
    assert again.stdout.endswith("\nno lines brought something new, 0 refused\n")
    assert desk.rows(count) == [(2, 2)]


def test_an_import_changes_what_the_file_says_otherwise(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(LINES, "utf-8")
    desk.greffier_here("import", str(file))
    file.write_text(LINES.replace("Divorce,active", "Divorce,clos"), "utf-8")

    answer = desk.greffier_here("import", str(file))

    assert answer.stdout.splitlines()[1] == "line 3: changed: status = closed"
    assert desk.rows("SELECT reference FROM dossiers WHERE status = 'closed'") == [("2026-0017",)]


def test_a_dossier_is_not_taken_from_its_client(desk: Office, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(LINES, "utf-8")
    desk.greffier_here("import", str(file))
    file.write_text("client;dossier\nLeïla Mansour;2026-0042\n", "utf-8")

    answer = desk.greffier_here("import", str(file))

    assert answer.returncode == 1
    assert answer.stdout.splitlines()[0] == (
        "line 2: refused: dossier 2026-0042 belongs to the client Amel Ben Youssef, "
        "not Leïla Mansour"
    )
    assert desk.rows("SELECT count(*) FROM clients") == [(2,)]


def test_a_user_is_added_listed_changed_and_disabled(desk: Office) -> None:
    add = ("user", "add", "Salma", "--role", "avocat", "--email", "salma@cabinet.example")

    added = desk.greffier_here(*add, "--password-stdin", typed=f"{cast.PASSWORD}\n")
    first = desk.rows("SELECT password_hash FROM users")
    changed = desk.greffier_here(
        "user", "password", "salma", "--password-stdin", typed="un autre mot de passe"
    )
    second = desk.rows("SELECT password_hash FROM users")
    before = desk.greffier_here("user", "list")
    disabled = desk.greffier_here("user", "disable", "Salma")
    after = desk.greffier_here("user", "list")

    assert added.stdout == "Salma may now sign in as avocat\n"
    assert changed.stdout == "new password for salma\n"
    assert first != second
    assert disabled.stdout == "Salma may no longer sign in\n"
    assert before.stdout.split() == ["Salma", "avocat", "active", "salma@cabinet.example"]
    assert after.stdout.split() == ["Salma", "avocat", "disabled", "salma@cabinet.example"]
    actions = desk.rows("SELECT action FROM audit_log ORDER BY id")
    assert actions == [("user added",), ("password changed",), ("user disabled",)]
    assert cast.PASSWORD.encode() not in (desk.data / "greffier.db").read_bytes()


def test_a_lost_second_factor_is_reset_from_this_computer(desk: Office) -> None:
    add = ("user", "add", "Salma", "--role", "avocat", "--password-stdin")
    desk.greffier_here(*add, typed=f"{cast.PASSWORD}\n")
    assert desk.greffier_here("user", "reset-factor", "Salma").stdout == (
        "Salma had no second factor\n"
    )
    desk.change(
        "INSERT INTO second_factors (user_id, secret, created_at, confirmed_at, last_step) "
        "VALUES (1, 'x', '2026-11-23', '2026-11-23', 0)"
    )

    answer = desk.greffier_here("user", "reset-factor", "salma")

    assert answer.stdout == "salma signs in with the password alone\n"
    assert desk.rows("SELECT count(*) FROM second_factors") == [(0,)]
    assert desk.rows("SELECT action FROM audit_log ORDER BY id")[-1] == ("second factor reset",)
    missing = desk.greffier_here("user", "reset-factor", "Ali")
    assert (missing.returncode, missing.stderr) == (
        1,
        "nobody is called Ali: see `greffier user list`\n",
    )


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "sentence"),
    [
        (("add", "Nour", "--role", "assistant"), "short", 1, "a password has at least 12 char"),
        (("add", "Nour", "--role", "assistant"), "", 2, "Password: an empty value was given"),
        (("add", "Nour", "--role", "juge"), cast.PASSWORD, 2, "'juge' is not one of 'admin'"),
        (
            ("add", "Nour", "--role", "assistant", "--email", "bad"),
            cast.PASSWORD,
            1,
            "'bad' is not an e-mail address: write it like nour@example.org",
        ),
        (("password", "Nobody"), cast.PASSWORD, 1, "nobody is called Nobody: see `greffier user"),
    ],
    ids=["short", "empty", "role", "address", "unknown"],
)
def test_a_user_command_that_cannot_be_done_says_why(
    desk: Office, arguments: tuple[str, ...], typed: str, code: int, sentence: str
) -> None:
    answer = desk.greffier_here("user", *arguments, "--password-stdin", typed=typed)

    assert (answer.returncode, answer.stdout) == (code, "")
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


# -- secrets


def test_a_secret_is_set_listed_and_deleted_and_never_shown(desk: Office) -> None:
    secret, file = "EAAG-do-not-show-me", desk.data / "secrets.ini"

    kept = desk.greffier("secret", "set", "whatsapp.access_token", typed=f"{secret}\n")
    content, mode = file.read_text("utf-8"), stat.S_IMODE(file.stat().st_mode)
    listed = desk.greffier("secret", "list")
    deleted = desk.greffier("secret", "delete", "whatsapp.access_token")
    again = desk.greffier("secret", "delete", "whatsapp.access_token")

    assert kept.stdout == "whatsapp.access_token is kept in secrets.ini\n"
    assert secret in content
    assert sys.platform == "win32" or mode == 0o600
    assert re.search(r"^whatsapp\.access_token +secrets\.ini$", listed.stdout, re.MULTILINE)
    assert re.search(r"^whatsapp\.app_secret +not set$", listed.stdout, re.MULTILINE)
    assert deleted.stdout == "whatsapp.access_token is forgotten\n"
    assert again.stdout == "whatsapp.access_token was not kept anywhere\n"
    assert secret not in file.read_text("utf-8")
    for answer in (kept, listed, deleted):
        assert (answer.returncode, answer.stderr) == (0, "")
        assert secret not in answer.stdout


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        (
            "whatsapp.acces_token",
            "x",
            "there is no such secret; did you mean whatsapp.access_token?",
        ),
        ("whatsapp.app_secret", "", "an empty value was given; nothing was changed"),
        ("token", "x", "there is no such secret; "),
    ],
    ids=["misspelt", "empty", "no section"],
)
def test_a_secret_that_cannot_be_kept_is_refused(
    desk: Office, name: str, typed: str, sentence: str
) -> None:
    answer = desk.greffier_here("secret", "set", name, typed=typed)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert sentence in answer.stderr
    assert not (desk.data / "secrets.ini").exists()


def test_the_secrets_of_the_file_open_the_doors(desk: Office, meta: Meta) -> None:
    office = Office.of(desk.data, meta)
    for name in ("access_token", "app_secret", "verify_token"):
        value = str(office.settings.pop(f"WHATSAPP_{name.upper()}"))
        kept = office.greffier_here("secret", "set", f"whatsapp.{name}", typed=value)
        assert kept.returncode == 0

    with office.open() as running:
        assert running.post(b'{"entry": [{"changes": []}]}').status_code == 200


# -- copies


def test_a_copy_is_put_back_and_what_it_replaces_is_kept(desk: Office, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    desk.know_clients()
    desk.greffier("backup", str(copy))
    desk.greffier("user", "add", "Nour", "--role", "admin", "--password-stdin", typed=cast.PASSWORD)

    answer = desk.greffier("restore", str(copy))

    assert (answer.returncode, answer.stderr) == (0, "")
    found = re.fullmatch(rf"restored from {copy}; the replaced one is (.+)\n", answer.stdout)
    assert found is not None
    assert desk.rows("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM dossiers)") == [
        (0, 6)
    ]
    with closing(sqlite3.connect(found[1])) as replaced:
        assert replaced.execute("SELECT count(*) FROM users").fetchone() == (1,)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file {copy}"),
        (b"", "{copy} is not a whole copy of the store (no such table: whatsapp_messages)"),
        (b"SQLite format 3\0" * 900, "{copy} is not a whole copy of the store (file is not a dat"),
    ],
    ids=["absent", "empty", "damaged"],
)
def test_a_copy_that_is_not_whole_is_refused_and_nothing_changed(
    desk: Office, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    copy = tmp_path / "copy.db"
    if content is not None:
        copy.write_bytes(content)
    desk.know_clients()
    before = (desk.data / "greffier.db").read_bytes()

    answer = desk.greffier_here("restore", str(copy))

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith(sentence.format(copy=copy))
    assert answer.stderr.endswith(f"choose one of the copies in {desk.data / 'backups'}\n")
    assert (desk.data / "greffier.db").read_bytes() == before
    assert list(desk.data.glob("*.tmp")) == []


def test_a_backup_of_nothing_or_to_nowhere_is_refused(desk: Office) -> None:
    nothing = desk.greffier_here("backup")
    desk.greffier_here("user", "list")
    nowhere = desk.greffier_here("backup", str(desk.data / "absent" / "copy.db"))

    assert (nothing.returncode, nowhere.returncode) == (1, 1)
    assert nothing.stderr == f"there is no database in {desk.data}: nothing to copy yet\n"
    assert "is not a file name in an existing folder" in nowhere.stderr


# -- the demo


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int, float]:
    """What a demo day prints, its exit code, and its seconds."""
    place = Office(tmp_path_factory.mktemp("demo") / "unused")
    started = monotonic()
    answer = place.greffier("demo", "--exit")
    assert not place.data.exists(), "the demo lives on data of its own"
    return answer.stdout + answer.stderr, answer.returncode, monotonic() - started


def test_a_demo_day_ends_well_and_soon(day: tuple[str, int, float]) -> None:
    printed, code, seconds = day

    assert code == 0, printed
    assert seconds < 20
    assert printed.endswith("All as it must be.\n")
    assert "MISSING" not in printed


def test_a_demo_day_prints_who_sent_what_where_it_is_and_who_was_told(
    day: tuple[str, int, float],
) -> None:
    printed = day[0]

    header = "Who writes +What they send +Where it is now +Told the client +Told the lawyer"
    assert re.search(header, printed)
    for words in ("Amel, one dossier", "a stranger", "_A rattacher/", "touches « 2026-0017 »"):
        assert words in printed
    assert re.search(r"\d+ messages received: \d+ documents filed, \d+ kept for a choice", printed)
    sums = (
        r"\d+ answers on WhatsApp, \d+ letters; 9 documents on Google Drive, each once; in [\d.]+ s"
    )
    assert re.search(sums, printed)


def test_the_demo_does_not_play_in_a_firms_own_data(desk: Office) -> None:
    desk.know_clients()

    answer = desk.greffier_here("demo", "--exit", "--data", str(desk.data))

    assert answer.returncode == 2
    assert answer.stderr == f"{desk.data}: holds data: give the demo an empty folder\n"
    assert desk.rows("SELECT count(*) FROM users") == [(0,)]


def test_the_demo_takes_no_configuration(desk: Office) -> None:
    answer = desk.greffier_here("demo", "--config", "my.ini")

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.endswith(
        "Error: the demo brings its own configuration; it takes no --config\n"
    )


# -- last: it makes the shared office ill


def test_status_is_degraded_while_something_waits_for_a_person(
    greffier: Running, office: Office, meta: Meta
) -> None:
    unknown = {"type": "document", "document": {"id": "1000000000000000"}}
    meta.phone(cast.GHARBI, "Karim Gharbi").posts(unknown)
    until(lambda: office.rows("SELECT 1 FROM whatsapp_messages WHERE status = 'error'"))

    answer, as_json = office.greffier("status"), office.greffier("status", "--json")

    assert (answer.returncode, as_json.returncode) == (1, 1)
    assert answer.stdout.startswith("Greffier: degraded\n")
    line = r"^degraded +messages +1 messages in error: see the dashboard$"
    assert re.search(line, answer.stdout, re.MULTILINE)
    assert json.loads(as_json.stdout)["counts"]["errors"] == 1
