"""The commands: parse, call one thing, print, exit code."""

import sys

import click

from appliance import __version__
from appliance.cli import drive, firm, papers, running


@click.group()
@click.version_option(__version__, prog_name="greffier")
def main() -> None:
    """Greffier receives what clients send on WhatsApp and files it in the right dossier."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old console must not stop us over an accent


for command in (
    running.run,
    running.demo,
    running.check,
    running.status,
    firm.import_,
    firm.rebuild_search,
    firm.user,
    firm.secret,
    running.backup,
    running.restore,
    running.workshop,
    papers.verify,
    drive.drive,
):
    main.add_command(command)
