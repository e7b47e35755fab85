"""What every command shares: its options, our errors as sentences, asking for secrets."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from appliance.errors import ConfigError, Fault, GreffierError

REFUSED = 2  # exit code: the command could not begin


def common(command: Callable[..., None]) -> Callable[..., None]:
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


def read(config_path: Path | None, data: Path | None) -> Any:
    from appliance import config

    return config.read(config_path, data=data)


def pair(name: str) -> tuple[str, str]:
    """SECTION.KEY in two; the vault refuses names that are no secret's."""
    section, _, key = name.partition(".")
    return section, key


def ask(what: str, *, from_stdin: bool) -> str:
    """A secret: typed without being shown, or one line of stdin. Never an argument."""
    if from_stdin:
        value = sys.stdin.readline().rstrip("\r\n")
    else:
        value = click.prompt(what, hide_input=True, confirmation_prompt=True)
    if not value:
        sentence = f"{what}: an empty value was given; nothing was changed"
        raise ConfigError([Fault("", sentence)])
    return str(value)
