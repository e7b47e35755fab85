"""The commands that run the appliance and look after it."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from appliance.cli.common import common, read
from appliance.clock import SystemClock


@click.command()
@click.option("--no-tray", is_flag=True, help="Without the icon in the task bar.")
@common
def run(config_path: Path | None, data: Path | None, no_tray: bool) -> None:  # noqa: ARG001
    """Run the appliance until it is told to stop (Ctrl-C)."""
    from appliance.assembly import Surroundings, running
    from appliance.config import Origin
    from appliance.inbox.door import PATH

    stop, again = stopping(), threading.Event()

    def begin_anew() -> None:
        again.set()
        stop.set()

    # Windows has no exec that keeps the process: there a person, or the service, starts it again.
    around = Surroundings(Origin(config_path, data=data), begin_anew if os.name != "nt" else None)
    with running(read(config_path, data), around=around) as appliance:
        click.echo(f"webhook    {appliance.public.url}{PATH}")
        click.echo(f"dashboard  {appliance.dashboard.url}/")
        wait_for(stop)
        click.echo("stopping: finishing what is under way")
    if again.is_set():
        start_anew()


def start_anew() -> None:
    """Become a new process of the same command: the same number, so a supervisor sees no end.

    Everything is drained and closed by now; what we opened is not inherited.
    """
    click.echo("starting anew with the settings as they are now")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 # our own command


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


@click.command()
@click.option("--exit", "exits", is_flag=True, help="Play a scripted day, check it, and exit.")
@common
def demo(config_path: Path | None, data: Path | None, exits: bool) -> None:
    """Try Greffier with a sample firm and a simulated WhatsApp, on throw-away data."""
    from appliance.demo.day import play_a_day
    from appliance.demo.visit import stay_open

    if config_path is not None:
        raise click.UsageError("the demo brings its own configuration; it takes no --config")
    if exits:
        sys.exit(0 if play_a_day(data) else 1)
    stay_open(data, stopping())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@common
def check(config_path: Path | None, data: Path | None, as_json: bool) -> None:
    """Examine everything that Greffier needs; say how to mend what is broken."""
    from appliance.upkeep.checks import examine

    findings = list(examine(read(config_path, data), SystemClock()))
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<7} {finding.name:<17} {finding.sentence}")
    sys.exit(any(finding.state == "broken" for finding in findings))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@common
def status(config_path: Path | None, data: Path | None, as_json: bool) -> None:
    """Ask the running Greffier how it is: exit 0 healthy, 1 degraded, 2 down."""
    from appliance import instance
    from appliance.errors import TemporaryError
    from appliance.gateways import local

    running = instance.read(read(config_path, data).firm.data)
    try:
        if running is None:
            raise TemporaryError(
                "it is not running on this data folder: start it with `greffier run`"
            )
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


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@common
def backup(config_path: Path | None, data: Path | None, file: Path | None) -> None:
    """Copy the database to FILE (or to the folder `backups`), also while Greffier runs."""
    from appliance.commands import back_up

    click.echo(f"copied to {back_up(read(config_path, data), file, SystemClock().now())}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def restore(config_path: Path | None, data: Path | None, file: Path) -> None:
    """Put a copy of the database back. Greffier must be stopped."""
    from appliance.commands import put_back

    kept = put_back(read(config_path, data), file, SystemClock().now())
    click.echo(f"restored from {file}" + (f"; the replaced one is {kept}" if kept else ""))


@click.command(hidden=True)
def workshop() -> None:
    """Decode files for the appliance: it starts this where it is one program (frozen)."""
    from appliance.workshop.apprentice import main

    main()
