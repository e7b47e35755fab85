"""The command that checks receipts and the audit log."""

import sys
from pathlib import Path

import click

from appliance.cli.common import common, read


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@common
def verify(config_path: Path | None, data: Path | None, file: Path | None) -> None:
    """Check every receipt and the audit log, and FILE.pdf if a receipt is given.

    Says the first of them that was altered, removed, inserted or reordered; of FILE.pdf, whether it
    stands among them and whether its documents are still these very files. Exit code 1 if anything
    is not as it was made. Works while Greffier runs, too; nothing is changed.
    """
    from appliance.verification import verify as verify_receipts

    sys.exit(verify_receipts(read(config_path, data), file, click.echo))
