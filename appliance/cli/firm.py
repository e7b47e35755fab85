"""The commands by which the firm says who it works for, who may sign in, and its secrets."""

import sys
from pathlib import Path

import click

from appliance.cli.common import ask, common, pair, read


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@common
def import_(config_path: Path | None, data: Path | None, file: Path, dry_run: bool) -> None:
    """Create or update clients and dossiers from a CSV FILE (see README)."""
    from appliance.commands import import_clients

    config = read(config_path, data)
    sys.exit(import_clients(config, file, click.echo, dry_run=dry_run))


@click.command("rebuild-search")
@common
def rebuild_search(config_path: Path | None, data: Path | None) -> None:
    """Take everything that is searched in anew, should search ever miss something."""
    from appliance.commands import rebuild_search as begin

    begin(read(config_path, data), click.echo)


@click.group()
def user() -> None:
    """Who may sign in to the dashboard."""


_password = click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "avocat", "assistant"]), required=True)
@click.option("--email", help="Where this person is written to.")
@_password
@common
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

    config = read(config_path, data)
    password = ask("Password", from_stdin=password_stdin)
    with users(config) as people:
        people.add(name, role, email, password)
    click.echo(f"{name} may now sign in as {role}")
    if role == "avocat" and not email:
        click.echo("no letter can reach them: no --email was given")


@user.command("list")
@common
def user_list(config_path: Path | None, data: Path | None) -> None:
    """Show who may sign in."""
    from appliance.commands import users

    with users(read(config_path, data)) as people:
        everybody = people.everybody()
        if not everybody:
            click.echo("nobody yet: `greffier user add NAME --role admin`")
        for person in everybody:
            state = "disabled" if person.disabled_at else "active"
            click.echo(f"{person.name:<24} {person.role:<10} {state:<9} {person.email or ''}")


@user.command("password")
@click.argument("name")
@_password
@common
def user_password(
    config_path: Path | None,
    data: Path | None,
    name: str,
    password_stdin: bool,
) -> None:
    """Give NAME a new password; open sessions end."""
    from appliance.commands import users

    config = read(config_path, data)
    password = ask("New password", from_stdin=password_stdin)
    with users(config) as people:
        people.set_password(name, password)
    click.echo(f"new password for {name}")


@user.command("disable")
@click.argument("name")
@common
def user_disable(config_path: Path | None, data: Path | None, name: str) -> None:
    """Let NAME sign in no more; open sessions end."""
    from appliance.commands import users

    with users(read(config_path, data)) as people:
        people.disable(name)
    click.echo(f"{name} may no longer sign in")


@user.command("reset-factor")
@click.argument("name")
@common
def user_reset_factor(config_path: Path | None, data: Path | None, name: str) -> None:
    """Let NAME sign in with the password alone: the telephone is lost; open sessions end."""
    from appliance.commands import users

    with users(read(config_path, data)) as people:
        was_on = people.reset_factor(name)
    click.echo(
        f"{name} signs in with the password alone" if was_on else f"{name} had no second factor"
    )


@click.group()
def secret() -> None:
    """Tokens and passwords: kept in the system's keyring, else in secrets.ini."""


@secret.command("set")
@click.argument("name", metavar="SECTION.KEY")
@common
def secret_set(config_path: Path | None, data: Path | None, name: str) -> None:
    """Keep a secret; its value is asked for, or read from stdin."""
    from appliance.commands import secrets_of

    vault = secrets_of(read(config_path, data))
    value = ask(name, from_stdin=not sys.stdin.isatty())
    click.echo(f"{name} is kept in {vault.set(*pair(name), value)}")


@secret.command("list")
@common
def secret_list(config_path: Path | None, data: Path | None) -> None:
    """Show which secrets are known and where they are kept, never their values."""
    from appliance.commands import secrets_of
    from appliance.vault import SECRETS

    known = dict(secrets_of(read(config_path, data)).names())
    for name in SECRETS:
        click.echo(f"{name:<26} {known.get(name, 'not set')}")


@secret.command("delete")
@click.argument("name", metavar="SECTION.KEY")
@common
def secret_delete(config_path: Path | None, data: Path | None, name: str) -> None:
    """Forget a secret."""
    from appliance.commands import secrets_of

    places = secrets_of(read(config_path, data)).delete(*pair(name))
    click.echo(f"{name} is forgotten" if places else f"{name} was not kept anywhere")
