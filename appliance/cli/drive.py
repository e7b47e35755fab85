"""The commands for the copy on Google Drive."""

import sys
from pathlib import Path

import click

from appliance.cli.common import common, read


@click.group()
def drive() -> None:
    """The copy on Google Drive."""


@drive.command("verify")
@click.option("--repair", is_flag=True, help="Mend what differs; what people put there stays.")
@common
def verify(config_path: Path | None, data: Path | None, repair: bool) -> None:
    """Compare every document with its copy, by SHA-256; name each difference and its remedy."""
    from appliance.commands import verify_drive

    sys.exit(verify_drive(read(config_path, data), click.echo, repair=repair))
