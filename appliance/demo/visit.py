"""The demo left open: try it with the phone page and the dashboard."""

import threading
import webbrowser
from pathlib import Path

import click

from appliance.demo import cast
from appliance.demo.stage import Stage, stage


def stay_open(data: Path | None, stop: threading.Event) -> None:
    """Run the demo until `stop`; print the addresses and open them in the browser."""
    click.echo("starting the sample firm…")
    with stage(data, is_quick=False) as world:
        introduce(world)
        click.echo(guide(world, data))
        for address in (world.appliance.dashboard.url, world.meta.url):
            webbrowser.open(address)
        while not stop.wait(0.5):
            pass
        click.echo("stopping")


def introduce(world: Stage) -> None:
    """The people of the phone page: each has written or may write."""
    people = (
        (cast.BEN_YOUSSEF, "Amel Ben Youssef"),
        (cast.GHARBI, "Karim Gharbi"),
        (cast.CARTHAGE, "Société Carthage"),
        (cast.STRANGER, "Inconnu"),
    )
    for number, name in people:
        world.meta.phone(number, name)


def guide(world: Stage, data: Path | None) -> str:
    """What to look at, and truthfully what is left when it ends."""
    end = f"it; {data} is kept" if data else "it and removes everything"
    return f"""
  {cast.FIRM}, a sample firm, is running. Nothing here is real, nothing leaves this PC.

  The clients' phone   {world.meta.url}/
                       write, attach a file, watch the replies and the ticks
  Letters to lawyers   {world.meta.url}/mail
  The dashboard        {world.appliance.dashboard.url}/
                       sign in as « {cast.LAWYER} », password « {cast.PASSWORD} »
  Filed documents      {world.folder}
  Google Drive         {world.appliance.dashboard.url}/settings/drive
                       simulated too; sign in as « {cast.ADMIN} » to connect and decide

  Try: Amel has one dossier, so her document is filed at once. Karim has two: he is asked by a
  list, touch a line of it. The stranger is in no register. Send several photos quickly: one
  reply for all. Ask for the « horaires » or a « rendez-vous »; write STOP, then REPRENDRE.

  Ctrl-C stops {end}.
"""
