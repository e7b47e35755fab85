"""The commands: parse, call one thing, print, exit code."""

import json
import signal
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from appliance import __version__
from appliance.clock import SystemClock
from appliance.errors import ConfigError, GreffierError

REFUSED = 2  # exit code: the command could not begin


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """--config and --data for every command, and our errors as sentences."""

    @click.option(
        "--config", "config_path", type=click.Path(path_type=Path), help="config.ini to read."
    )
    @click.option("--data", type=click.Path(path_type=Path), help="Data folder to use.")
    @wraps(command)
    def wrapped(**arguments: Any) -> None:
        try:
            command(**arguments)
        except ConfigError as error:
            click.echo(str(error), err=True)
            sys.exit(REFUSED)
        except GreffierError as error:
            click.echo(str(error), err=True)
            sys.exit(1)

    return wrapped


def _read(config_path: Path | None, data: Path | None) -> Any:
    from appliance.config import read

    return read(config_path, data=data)


@click.group()
@click.version_option(__version__, prog_name="greffier")
def main() -> None:
    """Greffier receives what clients send on WhatsApp and files it in the right dossier."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old console must not stop us over an accent


@main.command()
@click.option("--no-tray", is_flag=True, help="Without the icon in the task bar.")
@_common
def run(config_path: Path | None, data: Path | None, no_tray: bool) -> None:  # noqa: ARG001
    """Run the appliance until it is told to stop (Ctrl-C)."""
    from appliance.assembly import running
    from appliance.inbox.door import PATH

    stop = stopping()
    with running(_read(config_path, data)) as appliance:
        click.echo(f"webhook    {appliance.public.url}{PATH}")
        click.echo(f"dashboard  {appliance.dashboard.url}/")
        wait_for(stop)
        click.echo("stopping: finishing what is under way")


def stopping() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_for(stop: threading.Event) -> None:
    """Wait in short steps: on Windows a long wait would not notice Ctrl-C."""
    while not stop.wait(0.5):
        pass


@main.command()
@click.option("--exit", "exits", is_flag=True, help="Play a scripted day, check it, and exit.")
@_common
def demo(config_path: Path | None, data: Path | None, exits: bool) -> None:
    """Try Greffier with a sample firm and a simulated WhatsApp, on throw-away data."""
    from appliance.demo.day import play_a_day
    from appliance.demo.visit import stay_open

    if config_path is not None:
        raise click.UsageError("the demo brings its own configuration; it takes no --config")
    if exits:
        sys.exit(0 if play_a_day(data) else 1)
    stay_open(data, stopping())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@_common
def check(config_path: Path | None, data: Path | None, as_json: bool) -> None:
    """Examine everything that Greffier needs; say how to mend what is broken."""
    from dataclasses import asdict

    from appliance.upkeep.checks import examine

    findings = list(examine(_read(config_path, data), SystemClock()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<7} {finding.name:<17} {finding.sentence}")
    sys.exit(any(finding.state == "broken" for finding in findings))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@_common
def status(config_path: Path | None, data: Path | None, as_json: bool) -> None:
    """Ask the running Greffier how it is: exit 0 healthy, 1 degraded, 2 down."""
    from appliance import instance
    from appliance.errors import TemporaryError
    from appliance.gateways import local

    running = instance.read(_read(config_path, data).firm.data)
    try:
        if running is None:
            raise TemporaryError("it is not running on this data folder")
        report = local.health(running)
    except TemporaryError as error:
        report = {"status": "down", "components": {}, "reason": error.reason}
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print_health(report)
    sys.exit({"ok": 0, "degraded": 1}.get(report["status"], 2))


def _print_health(report: dict[str, Any]) -> None:
    click.echo(
        f"Greffier: {report['status']}" + (f", {report['reason']}" if "reason" in report else "")
    )
    for name, component in report["components"].items():
        click.echo(f"{component['status']:<9} {name:<9} {component['sentence']}")


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@_common
def import_(config_path: Path | None, data: Path | None, file: Path, dry_run: bool) -> None:
    """Create or update clients and dossiers from a CSV FILE (see README)."""
    from appliance.commands import import_clients

    config = _read(config_path, data)
    sys.exit(import_clients(config, file, click.echo, dry_run=dry_run))


@main.group()
def user() -> None:
    """Who may sign in to the dashboard."""


_password = click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "avocat", "assistant"]), required=True)
@click.option("--email", help="Where this person is written to.")
@_password
@_common
def user_add(
    config_path: Path | None,
    data: Path | None,
    name: str,
    role: str,
    email: str | None,
    password_stdin: bool,
) -> None:
    """Let NAME sign in."""
    from appliance.commands import users

    config = _read(config_path, data)
    password = _ask("Password", from_stdin=password_stdin)
    with users(config) as people:
        people.add(name, role, email, password)
    click.echo(f"{name} may now sign in as {role}")


@user.command("list")
@_common
def user_list(config_path: Path | None, data: Path | None) -> None:
    """Show who may sign in."""
    from appliance.commands import users

    with users(_read(config_path, data)) as people:
        for person in people.everybody():
            state = "disabled" if person.disabled_at else "active"
            click.echo(f"{person.name:<24} {person.role:<10} {state:<9} {person.email or ''}")


@user.command("password")
@click.argument("name")
@_password
@_common
def user_password(
    config_path: Path | None,
    data: Path | None,
    name: str,
    password_stdin: bool,
) -> None:
    """Give NAME a new password; open sessions end."""
    from appliance.commands import users

    config = _read(config_path, data)
    password = _ask("New password", from_stdin=password_stdin)
    with users(config) as people:
        people.set_password(name, password)
    click.echo(f"new password for {name}")


@user.command("disable")
@click.argument("name")
@_common
def user_disable(config_path: Path | None, data: Path | None, name: str) -> None:
    """Let NAME sign in no more; open sessions end."""
    from appliance.commands import users

    with users(_read(config_path, data)) as people:
        people.disable(name)
    click.echo(f"{name} may no longer sign in")


@main.group()
def secret() -> None:
    """Tokens and passwords: kept in the system's keyring, else in secrets.ini."""


@secret.command("set")
@click.argument("name", metavar="SECTION.KEY")
@_common
def secret_set(config_path: Path | None, data: Path | None, name: str) -> None:
    """Keep a secret; its value is asked for, or read from stdin."""
    from appliance.commands import secrets_of

    vault = secrets_of(_read(config_path, data))
    value = _ask(name, from_stdin=not sys.stdin.isatty())
    click.echo(f"{name} is kept in {vault.set(*_pair(name), value)}")


@secret.command("list")
@_common
def secret_list(config_path: Path | None, data: Path | None) -> None:
    """Show which secrets are known and where they are kept, never their values."""
    from appliance.commands import secrets_of
    from appliance.vault import SECRETS

    known = dict(secrets_of(_read(config_path, data)).names())
    for name in SECRETS:
        click.echo(f"{name:<26} {known.get(name, 'not set')}")


@secret.command("delete")
@click.argument("name", metavar="SECTION.KEY")
@_common
def secret_delete(config_path: Path | None, data: Path | None, name: str) -> None:
    """Forget a secret."""
    from appliance.commands import secrets_of

    places = secrets_of(_read(config_path, data)).delete(*_pair(name))
    click.echo(f"{name} is forgotten" if places else f"{name} was not kept anywhere")


@main.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@_common
def backup(config_path: Path | None, data: Path | None, file: Path | None) -> None:
    """Copy the database to FILE (or to the folder `backups`), also while Greffier runs."""
    from appliance.commands import back_up

    click.echo(f"copied to {back_up(_read(config_path, data), file, SystemClock().now())}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_common
def restore(config_path: Path | None, data: Path | None, file: Path) -> None:
    """Put a copy of the database back. Greffier must be stopped."""
    from appliance.commands import put_back

    kept = put_back(_read(config_path, data), file, SystemClock().now())
    click.echo(f"restored from {file}" + (f"; the replaced one is {kept}" if kept else ""))


def _pair(name: str) -> tuple[str, str]:
    """SECTION.KEY in two; the vault refuses names that are no secret's."""
    section, _, key = name.partition(".")
    return section, key


def _ask(what: str, *, from_stdin: bool) -> str:
    """A secret: typed without being shown, or one line of stdin. Never an argument."""
    if from_stdin:
        value = sys.stdin.readline().rstrip("\r\n")
    else:
        value = click.prompt(what, hide_input=True, confirmation_prompt=True)
    if not value:
        _refuse(f"{what}: an empty value was given; nothing was changed")
    return str(value)


def _refuse(sentence: str) -> NoReturn:
    raise ConfigError([_fault(sentence)])


def _fault(sentence: str) -> Any:
    from appliance.errors import Fault

    return Fault("", sentence)


if __name__ == "__main__":
    main()
