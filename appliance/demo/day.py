"""A scripted day at the sample firm, over real HTTP, then checked."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

import click

from appliance.clock import SystemClock, day_of
from appliance.demo import cast
from appliance.demo.stage import Stage, stage
from appliance.demo.table import table
from appliance.simulator.letters import Letter
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models

PATIENCE = 12.0  # seconds for the whole day to have its effects
FILED, CHOOSE, UNKNOWN = "Document classé", "à classer", "inconnu"  # in letters' subjects
SAME_REPLY, SAME_LETTER = "in the same reply as above", "in the same letter as above"
_SENT = ("sent", "delivered", "read")


@dataclass(frozen=True)
class Scene:
    """What somebody does, and what must be true of it in the end."""

    who: str
    sends: str
    files: tuple[str, ...]
    told: str
    letter: str
    phone: Phone
    play: Callable[[], object]


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


def script(world: Stage) -> list[Scene]:
    """The day, scene by scene."""
    day = day_of(SystemClock().now(), world.appliance.config.firm.zone).isoformat()
    return [*_one_dossier(world.meta, day), *_to_choose(world.meta, day), *_hidden(world.meta, day)]


def _one_dossier(meta: Meta, day: str) -> list[Scene]:
    """Clients with one dossier: filed at once; the same again, and Meta's repetition, are not."""
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    carthage = meta.phone(cast.CARTHAGE, "Société Carthage")
    lease = cast.pdf("CONTRAT DE BAIL", "12, rue de Marseille, Tunis")
    home = f"Amel Ben Youssef/2026-0042 - Bail rue de Marseille/{day} contrat de bail.pdf"
    bill = f"Société Carthage/2025-0310 - Recouvrement/{day} facture 118.pdf"

    def send_lease() -> None:
        amel.sends(lease, filename="contrat de bail.pdf")

    def twice() -> None:
        wamid = carthage.sends(cast.pdf("FACTURE 118"), filename="facture 118.pdf")
        meta.settle()
        meta.repeat(wamid)

    return [
        Scene("Amel, one dossier", "a lease (PDF)", (home,), "document", FILED, amel, send_lease),
        Scene(
            "Carthage, VIP",
            "an invoice, repeated",
            (bill,),
            "document",
            FILED,
            carthage,
            twice,
        ),
        Scene("Amel again", "the same lease", (home,), "", "", amel, send_lease),
        Scene("Amel", "« Merci ! »", (), "", "", amel, lambda: amel.writes("Merci !")),
    ]


def _to_choose(meta: Meta, day: str) -> list[Scene]:
    """Two dossiers, or nobody's number: kept safe until a person chooses."""
    karim = meta.phone(cast.GHARBI, "Karim Gharbi")
    stranger = meta.phone(cast.STRANGER, "Inconnu")
    tray = "_A rattacher/+"
    pages = tuple(f"{tray}{cast.GHARBI}/{day} Photo{n}.jpg" for n in ("", " (2)", " (3)"))
    card = f"{tray}{cast.STRANGER}/{day} CIN.pdf"

    def photos() -> None:
        with meta.batch():
            for page in (1, 2, 3):
                karim.sends(cast.photo(f"Acte, page {page}"), mime_type="image/jpeg")

    def card_sent() -> None:
        stranger.sends(cast.pdf("CARTE D'IDENTITE"), filename="CIN.pdf")

    return [
        Scene(
            "Karim, two dossiers", "3 photos in one go", pages, "3 documents", CHOOSE, karim, photos
        ),
        Scene(
            "a stranger",
            "an identity card (PDF)",
            (card,),
            "document",
            UNKNOWN,
            stranger,
            card_sent,
        ),
    ]


def _hidden(meta: Meta, day: str) -> list[Scene]:
    """A client who takes a username: the number disappears, the client stays known."""
    leila = meta.phone(cast.MANSOUR, "Leïla Mansour", cast.MANSOUR_ID)
    chest = f"Leïla Mansour/2026-0055 - Prud'hommes/{day}"
    slip, letter = (f"{chest} paie.pdf",), (f"{chest} lettre.pdf",)

    def with_number() -> None:
        leila.sends(cast.pdf("BULLETIN DE PAIE"), filename="paie.pdf")

    def hidden() -> None:
        _until(lambda: models.Contact.get_or_none(value=cast.MANSOUR_ID) is not None)
        leila.hides_number()
        leila.sends(cast.pdf("LETTRE"), filename="lettre.pdf")

    return [
        Scene(
            "Leïla, number shown", "a payslip (PDF)", slip, "document", FILED, leila, with_number
        ),
        Scene(
            "Leïla, number hidden",
            "a letter (PDF)",
            letter,
            "document",
            FILED,
            leila,
            hidden,
        ),
    ]


def _wait(world: Stage, scenes: list[Scene]) -> list[str]:
    """What is still missing when patience ends; usually nothing, much earlier."""
    _until(lambda: not faults(world, scenes))
    return faults(world, scenes)


def _until(condition: Callable[[], bool]) -> None:
    clock, never = SystemClock(), threading.Event()
    end = monotonic() + PATIENCE
    while not condition() and monotonic() < end:
        clock.wait(never, timedelta(milliseconds=50))


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
    return found + _open_ends()


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
        told = letter = "—"
        if scene.files:
            left = replies[scene.phone]
            told = left.pop(0) if left else SAME_REPLY
        if scene.letter:
            found = [one for one in letters if _tells(one, scene)]
            is_same = bool(found) and found[0].message_id in shown
            letter = SAME_LETTER if is_same else found[0].subject if found else "—"
            shown |= {one.message_id for one in found[:1]}
        rows.append((scene.who, scene.sends, _where(scene, seen), told, letter))
        seen |= set(scene.files)
    return rows


def _tells(letter: Letter, scene: Scene) -> bool:
    name = scene.files[0].rpartition("/")[2]
    return scene.letter in letter.subject and name in letter.text


def _where(scene: Scene, seen: set[str]) -> str:
    if scene.files and set(scene.files) <= seen:
        return "known already: not filed a second time"
    return "\n".join(scene.files) or "noted; nothing to file"


def _sums(world: Stage, seconds: float) -> str:
    message, document = models.Message, models.Document
    received = message.select().count()
    duplicates = message.select().where(message.is_duplicate).count()
    filed = document.select().where(document.status == "filed").count()
    pending = document.select().where(document.status == "pending").count()
    confirmed = len(world.meta.accepted)
    letters = len(world.mailbox.received)
    return (
        f"\n{received} messages received: {filed} documents filed, {pending} kept for a choice, "
        f"{duplicates} recognised as sent before, 1 noted."
        f"\n{confirmed} confirmations on WhatsApp, {letters} letters, in {seconds:.1f} s."
    )
