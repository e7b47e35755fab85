"""The day at the sample firm, scene by scene: what somebody does, what must come of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from appliance.clock import SystemClock, day_of
from appliance.demo import cast
from appliance.demo.stage import Stage
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models

PATIENCE = 12.0  # seconds for the whole day to have its effects
FILED, CHOOSE, UNKNOWN = "Document classé", "à classer", "inconnu"  # in letters' subjects


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
    where: str = ""  # what is said of the place instead of the files'
    told_instead: str = ""  # why nothing is told yet
    fault: Callable[[], str | None] = lambda: None


def script(world: Stage) -> list[Scene]:
    """The day, scene by scene."""
    day = day_of(SystemClock().now(), world.appliance.config.firm.zone).isoformat()
    meta = world.meta
    parts = (_one_dossier(meta, day), _to_choose(meta, day), _hidden(meta, day), _late(meta, day))
    return [scene for part in parts for scene in part] + _evening(world)


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
    """Two dossiers: the client chooses by a list. Nobody's number: kept until a person chooses."""
    karim = meta.phone(cast.GHARBI, "Karim Gharbi")
    stranger = meta.phone(cast.STRANGER, "Inconnu")
    chosen = f"Karim Gharbi/2026-0017 - Divorce G. _ G/{day}"
    pages = tuple(f"{chosen} Photo{n}.jpg" for n in ("", " (2)", " (3)"))
    card = f"_A rattacher/+{cast.STRANGER}/{day} CIN.pdf"

    def photos() -> None:
        with meta.batch():
            for page in (1, 2, 3):
                karim.sends(cast.photo(f"Acte, page {page}"), mime_type="image/jpeg")

    def touch() -> None:
        until(lambda: bool(karim.received))
        asked = karim.received[0]
        rows = asked.body["interactive"]["action"]["sections"][0]["rows"]
        karim.taps(asked, next(row["id"] for row in rows if row["title"] == "2026-0017"))

    def card_sent() -> None:
        stranger.sends(cast.pdf("CARTE D'IDENTITE"), filename="CIN.pdf")

    return [
        Scene(
            "Karim, two dossiers",
            "3 photos in one go",
            (),
            "vos 3 photos",
            CHOOSE,
            karim,
            photos,
            where="kept; Karim is asked by a list",
        ),
        Scene(
            "Karim",
            "touches « 2026-0017 »",
            pages,
            "vos 3 documents",
            FILED,
            karim,
            touch,
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


def _late(meta: Meta, day: str) -> list[Scene]:
    """The PC was off: WhatsApp's 24 hours are over when it comes, until he writes again."""
    sami = meta.phone(cast.JAZIRI, "Sami Jaziri")
    file = f"Sami Jaziri/2026-0061 - Assurance/{day} convocation.pdf"
    held: list[bool] = []

    def yesterday() -> None:
        letter = cast.pdf("CONVOCATION")
        sami.sends(letter, filename="convocation.pdf", ago=25 * 3600.0)
        until(lambda: models.Outgoing.get_or_none(models.Outgoing.held == "window") is not None)
        held.append(models.Outgoing.select().where(models.Outgoing.held == "window").exists())

    def fault() -> str | None:
        return None if any(held) else "a confirmation that waits for an open window"

    return [
        Scene(
            "Sami, 25 h ago (PC off)",
            "a summons (PDF)",
            (file,),
            "",
            FILED,
            sami,
            yesterday,
            told_instead="waits: 24 hours are over",
            fault=fault,
        ),
        Scene(
            "Sami, now",
            "« L'avez-vous reçue ? »",
            (),
            "document",
            "",
            sami,
            lambda: sami.writes("L'avez-vous reçue ?"),
        ),
    ]


def _evening(world: Stage) -> list[Scene]:
    """A usual question has its answer; later the firm is closed, and says so once."""
    amel = world.meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    carthage = world.meta.phone(cast.CARTHAGE, "Société Carthage")

    def closed() -> None:
        cast.close_for_today(world.appliance.answers)
        carthage.writes("Bonsoir, avez-vous des nouvelles ?")

    return [
        Scene(
            "Amel",
            "« Quels sont vos horaires ? »",
            (),
            "du lundi au vendredi",
            "",
            amel,
            lambda: amel.writes("Bonjour, quels sont vos horaires ?"),
        ),
        Scene(
            "Carthage, in the evening",
            "« …des nouvelles ? »",
            (),
            "fermé",
            "",
            carthage,
            closed,
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
        until(lambda: models.Contact.get_or_none(value=cast.MANSOUR_ID) is not None)
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


def until(condition: Callable[[], bool]) -> None:
    clock, never = SystemClock(), threading.Event()
    end = monotonic() + PATIENCE
    while not condition() and monotonic() < end:
        clock.wait(never, timedelta(milliseconds=50))
