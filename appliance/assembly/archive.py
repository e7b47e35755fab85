"""What is kept of what came in: on the shelf, in the folders, looked into, shown, on Drive, proven,
and for how long."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from appliance import fittings
from appliance.assembly.ground import Ground
from appliance.drive import fitting as drive_fitting
from appliance.drive.fitting import FittedDrive, House
from appliance.filing import acts, findings
from appliance.filing.binding import Binder, Bindery
from appliance.filing.fitting import Filing, filing, told
from appliance.filing.folders import Folders, Place
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm.answers import Answers
from appliance.gateways.clamd import Clamd
from appliance.inbox.media import MediaShelf
from appliance.keeping.destroying import Elsewhere
from appliance.keeping.fitting import Keeping, Rooms, keeping
from appliance.papers.fitting import Papers, papers
from appliance.safety import fitting as safety
from appliance.safety import quarantine
from appliance.safety.book import Seams
from appliance.safety.examining import Examiner
from appliance.sights.fitting import Seams as SightSeams
from appliance.sights.fitting import Sights, fit, is_quarantined
from appliance.store.models import Document
from appliance.vault import Vault


class Archive(NamedTuple):
    """The parts that keep documents."""

    shelf: MediaShelf
    folders: Folders
    filing: Filing
    drive: FittedDrive
    papers: Papers
    scanner: Clamd | None
    examiner: Examiner
    sights: Sights
    binder: Binder
    answers: Answers
    keeping: Keeping

    @property
    def tidying(self) -> tuple[Callable[[], object], ...]:
        """What is put in order at start."""
        return (
            self.shelf.sweep,
            self.folders.sweep,
            self.filing.sweep,
            self.examiner.sweep,
            self.sights.sweep,
            self.binder.sweep,
            self.papers.tidy,
            self.answers.seed,
        )


def archive(base: Ground, vault: Vault, opened: ExitStack) -> Archive:
    """Make them; the chores know afterwards who does what."""
    config, clock, store, chores = base.config, base.clock, base.store, base.chores
    place, cabinet = Place(config.documents.folder, config.firm.zone), Cabinet()
    shelf = MediaShelf(store, base.whatsapp, clock, config.firm.data / "media", base.kept_at_meta)
    drive = _drive(base, vault)
    proofs = papers(store, chores, clock, config.firm, base.wordings)
    heard = told(base.users, chores, fittings.mirror(drive), proofs.filed)
    premises = Premises(place.root, cabinet, shelf.path)
    scanner = safety.scanner(config, clock)
    examiner = _examiner(base, drive, premises, scanner)
    lent = SightSeams(is_quarantined, examiner.doubt, drive.fetch)
    sights = fit(config, store, clock, chores, lent)
    opened.callback(sights.close)
    answers = Answers(store, clock, config.firm, base.wordings)
    hands = base.users, chores, shelf, base.posting, base.jobs
    rooms = Rooms(store, clock, *hands, answers, premises.turn)
    return Archive(
        shelf=shelf,
        folders=Folders(store, clock, place, cabinet, base.wording),
        filing=filing(store, clock, premises, base.register, heard),
        drive=drive,
        papers=proofs,
        scanner=scanner,
        examiner=examiner,
        sights=sights,
        binder=_binder(base, sights, shelf, place, cabinet),
        answers=answers,
        keeping=keeping(config, rooms, _elsewhere(base, drive, sights)),
    )


def _drive(base: Ground, vault: Vault) -> FittedDrive:
    bell = fittings.drive_bell(base.posting, base.jobs, base.clock)
    house = House(base.store, base.clock, base.chores, base.users, base.limits, bell)
    return drive_fitting.fit(base.config, vault, house, safety.may_leave(base.config))


def _examiner(
    base: Ground, drive: FittedDrive, premises: Premises, scanner: Clamd | None
) -> Examiner:
    bell = fittings.bell(base.posting, base.jobs, base.clock)
    works = safety.Works(base.store, base.clock, base.chores, premises)
    seams = Seams(drive.document, bell, base.users.audit, drive.removal)
    return safety.examiner(base.config, works, scanner, seams)


def _binder(
    base: Ground, sights: Sights, shelf: MediaShelf, place: Place, cabinet: Cabinet
) -> Binder:
    bindery = Bindery(
        sights.workshop,
        sights.depictor.sheet,
        shelf.path,
        base.chores,
        base.wording,
        base.users.audit,
    )
    return Binder(base.store, base.clock, place, cabinet, bindery)


def _elsewhere(base: Ground, drive: FittedDrive, sights: Sights) -> Elsewhere:
    """Where else copies are of what is destroyed."""
    put_away = safety.shelves(base.config).quarantine

    def forget_put_away(document: Document) -> None:
        quarantine.forget(document, put_away)

    def forget_words(document_id: int) -> None:
        sights.texts.forget(document_id)
        acts.forget(document_id)
        findings.forget(document_id)

    forget_sights = sights.depictor.forget
    return Elsewhere(drive.removal, forget_words, forget_sights, forget_put_away)
