"""A scripted day at the sample firm, over real HTTP, then checked."""

from collections import Counter
from pathlib import Path
from time import monotonic

import click

from appliance.demo import cast
from appliance.demo.scenes import Scene, script, until
from appliance.demo.stage import Stage, stage
from appliance.demo.table import table
from appliance.disk import sha256_of
from appliance.simulator.letters import Letter
from appliance.store import models

SAME_REPLY, SAME_LETTER = "in the same reply as above", "in the same letter as above"
_SENT = ("sent", "delivered", "read")


def play_a_day(data: Path | None) -> bool:
    """Play it and print it; True if all of it is as it must be."""
    started = monotonic()
    click.echo(f"A day at {cast.FIRM}, against a simulated WhatsApp on this PC:\n")
    with stage(data, is_quick=True) as world:
        scenes = script(world)
        for scene in scenes:
            scene.play()
            world.meta.settle()
        missing = _wait(world, scenes)
        click.echo(table(_rows(world, scenes)))
        click.echo(_sums(world, monotonic() - started))
    for fault in missing:
        click.echo(f"MISSING  {fault}")
    click.echo("MISSING: see above" if missing else "All as it must be.")
    return not missing


def _wait(world: Stage, scenes: list[Scene]) -> list[str]:
    """What is still missing when patience ends; usually nothing, much earlier."""
    until(lambda: not faults(world, scenes))
    return faults(world, scenes)


def faults(world: Stage, scenes: list[Scene]) -> list[str]:
    """Everything that is not as it must be, in words."""
    wanted = {file for scene in scenes for file in scene.files}
    there = {path.relative_to(world.folder).as_posix() for path in _files(world.folder)}
    found = [f"the file {file}" for file in sorted(wanted - there)]
    found += [f"a file nobody expects: {file}" for file in sorted(there - wanted)]
    subjects = [letter.subject for letter in world.mailbox.received]
    for scene in scenes:
        if not any(scene.letter in subject for subject in subjects):
            found.append(f"a letter « {scene.letter} » about {scene.who}")
        if scene.told and not any(scene.told in sent.text for sent in scene.phone.received):
            found.append(f"a reply on WhatsApp to {scene.who}")
        if fault := scene.fault():
            found.append(fault)
    return found + _copies(world, there) + _open_ends()


def _copies(world: Stage, there: set[str]) -> list[str]:
    """What of the folders is not on Drive, once, with the same bytes."""
    copies = [kept for kept in world.drive.files if not kept.is_folder and not kept.trashed]
    on_drive = Counter(kept.path.partition("/")[2] for kept in copies)
    sums = {kept.path.partition("/")[2]: kept.sha256 for kept in copies}
    found = [f"on Drive: {file}" for file in sorted(there - sums.keys())]
    found += [f"nothing on Drive but {file}" for file in sorted(sums.keys() - there)]
    found += [f"{file} only once on Drive" for file, count in on_drive.items() if count > 1]
    return found + [
        f"the same bytes on Drive: {file}"
        for file in sorted(there & sums.keys())
        if sha256_of(world.folder / file) != sums[file]
    ]


def _open_ends() -> list[str]:
    """Work that has not ended, and documents confirmed not exactly once."""
    open_messages = models.Message.select().where(models.Message.due_at.is_null(False)).count()
    open_sends = models.Outgoing.select().where(models.Outgoing.status.not_in(_SENT)).count()
    arrived = models.Message.select().where(models.Message.document.is_null(False)).count()
    confirmed = models.OutgoingItem.select().where(models.OutgoingItem.kind == "confirmation")
    found = [f"{open_messages} messages still in work"] if open_messages else []
    found += [f"{open_sends} sends still under way"] if open_sends else []
    if confirmed.count() != arrived:
        found.append(f"{arrived} documents arrived, {confirmed.count()} were confirmed")
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _rows(world: Stage, scenes: list[Scene]) -> list[tuple[str, ...]]:
    """The day as a table: who, what, where it is now, who was told."""
    rows: list[tuple[str, ...]] = [
        ("Who writes", "What they send", "Where it is now", "Told the client", "Told the lawyer")
    ]
    replies = {scene.phone: [sent.text for sent in scene.phone.received] for scene in scenes}
    letters = world.mailbox.received
    seen: set[str] = set()
    shown: set[str] = set()
    for scene in scenes:
        told, letter = _told(scene, replies[scene.phone]), "—"
        if scene.letter:
            found = [one for one in letters if _tells(one, scene)]
            is_same = bool(found) and found[0].message_id in shown
            letter = SAME_LETTER if is_same else found[0].subject if found else "—"
            shown |= {one.message_id for one in found[:1]}
        rows.append((scene.who, scene.sends, _where(scene, seen), told, letter))
        seen |= set(scene.files)
    return rows


def _told(scene: Scene, left: list[str]) -> str:
    """What the client read of it; each reply is shown once."""
    if scene.told_instead or not (scene.told or scene.files):
        return scene.told_instead or "—"
    found = next((text for text in left if scene.told and scene.told in text), None)
    if found is None:
        return SAME_REPLY
    left.remove(found)
    return found


def _tells(letter: Letter, scene: Scene) -> bool:
    name = scene.files[0].rpartition("/")[2] if scene.files else ""
    return scene.letter in letter.subject and name in letter.text


def _where(scene: Scene, seen: set[str]) -> str:
    if scene.where:
        return scene.where
    if scene.files and set(scene.files) <= seen:
        return "known already: not filed a second time"
    return "\n".join(scene.files) or "noted; nothing to file"


def _sums(world: Stage, seconds: float) -> str:
    message, document = models.Message, models.Document
    received = message.select().count()
    duplicates = message.select().where(message.is_duplicate).count()
    filed = document.select().where(document.status == "filed").count()
    pending = document.select().where(document.waits()).count()
    noted = message.select().where(message.status == "processed").count()
    said = len(world.meta.accepted)
    letters = len(world.mailbox.received)
    copies = sum(not kept.is_folder for kept in world.drive.files)
    return (
        f"\n{received} messages received: {filed} documents filed, {pending} kept for a choice, "
        f"{duplicates} recognised as sent before, {noted} without a document."
        f"\n{said} answers on WhatsApp, {letters} letters; {copies} documents on Google Drive, "
        f"each once; in {seconds:.1f} s."
    )
