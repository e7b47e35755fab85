"""A whole office in one process: real store, real files, the simulated WhatsApp on a real port."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appliance.chores import Chores
from appliance.clock import Clock, SystemClock
from appliance.config import Config, Firm, read
from appliance.config import Limits as LimitsConfig
from appliance.conversation import giving
from appliance.conversation.answering import Conversation, Rules
from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.arrivals import ArrivalsBoard
from appliance.dashboard.audit_board import AuditBoard
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.conversations import Conversations, conversations
from appliance.dashboard.deadlines_board import DeadlinesBoard
from appliance.dashboard.desk import Desk
from appliance.dashboard.drive_board import DriveBoard
from appliance.dashboard.keeping_board import KeepingBoard
from appliance.dashboard.limits_board import LimitsBoard
from appliance.dashboard.overview import overview
from appliance.dashboard.papers_board import PapersBoard
from appliance.dashboard.people_board import PeopleBoard
from appliance.dashboard.queues_board import QueuesBoard
from appliance.dashboard.registry import Registry
from appliance.dashboard.safety_board import SafetyBoard
from appliance.dashboard.triage_board import TriageBoard
from appliance.demo import cast
from appliance.filing.aside import freed
from appliance.filing.fitting import Filing, filing, nowhere, told
from appliance.filing.folders import Folders, Place
from appliance.filing.gestures import Gestures
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm import recognition
from appliance.firm.access import AccessBook
from appliance.firm.answers import Answers
from appliance.firm.blocking import Blocking
from appliance.firm.csv_import import parse
from appliance.firm.deadlines import Deadlines
from appliance.firm.editing import Editor
from appliance.firm.imports import Imports
from appliance.firm.looks import Looks
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.fittings import bell, rates
from appliance.gateways.alerts import AlertGateway
from appliance.gateways.parcel import Channel
from appliance.gateways.smtp import SmtpGateway
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.door import PATH, Keys, public_door
from appliance.inbox.media import MediaShelf
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.keeping.destroying import Elsewhere
from appliance.keeping.fitting import Rooms, keeping
from appliance.limits import Limits
from appliance.listening import Door
from appliance.outbox.asking import Asking
from appliance.outbox.gate import Gate
from appliance.outbox.letters import Letters
from appliance.outbox.notes import Notes
from appliance.outbox.posting import Pace, Posting
from appliance.outbox.sending import Outbox
from appliance.outbox.taking import Taking, Words
from appliance.outbox.uploading import Uploading
from appliance.papers.fitting import Papers
from appliance.papers.fitting import papers as fit_papers
from appliance.papers.proofs import Gathering
from appliance.pipeline import Pipeline
from appliance.queues import open_queue
from appliance.safety import fitting as safety
from appliance.safety.book import Bell, Seams
from appliance.safety.examining import Examiner
from appliance.search.finding import Finder
from appliance.search.indexing import Indexer
from appliance.sights.cache import MediaCache, Places
from appliance.sights.shelf import SightShelf
from appliance.simulator.account import Account
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.steps import Stations
from appliance.store import models
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.upkeep.approved import Approved
from appliance.wording import LANGUAGES, Wording
from appliance.workload.acts import Workload
from tests.integration.upkeep_rig import Rig
from tests.support import until

SECRET, TOKEN, VERIFY = "app-secret", "EAAG-token", "verify-me"
LAWYER = "salma@cabinet.example"
QUIET = timedelta(seconds=0.2)  # a delivery's receipt is made that long after its last document


@pytest.fixture
def meta() -> Iterator[Meta]:
    with Meta(Account(SECRET, TOKEN, VERIFY)) as played:
        yield played


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as played:
        yield played


@dataclass
class Office:
    """The stations of an appliance, wired as in `assembly`, with every gathering time at zero."""

    config: Config
    store: Store
    jobs: Jobs
    chores: Chores
    inbox: Inbox
    outbox: Outbox
    pipeline: Pipeline
    folder: Path
    limits: Limits
    people: People
    answers: Answers
    premises: Premises
    cabinets: Filing
    examiner: Examiner
    papers: Papers

    def is_idle(self) -> bool:
        """No row is due or held."""
        tables = (models.Message, models.Receipt, models.Outgoing, models.Chore)
        return not any(
            t.select().where(t.due_at.is_null(False) | t.leased_until.is_null(False)).exists()
            for t in tables
        )

    def rests(self, within: float = 20.0) -> None:
        """Wait until all work has ended, one way or another."""
        until(self.is_idle, within, "work did not end")

    @property
    def files(self) -> set[str]:
        """Every file below the documents folder."""
        found = self.folder.rglob("*") if self.folder.is_dir() else []
        return {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}


@pytest.fixture
def settings() -> dict[str, str]:
    """What a test's office is told beside the usual."""
    return {}


@pytest.fixture
def office(
    tmp_path: Path, meta: Meta, mailbox: Mailbox, settings: dict[str, str]
) -> Iterator[Office]:
    """The sample firm, connected to the simulated WhatsApp and a mail server."""
    clock = SystemClock()
    config = read(None, environment(meta, mailbox) | settings, tmp_path)
    zone = ZoneInfo(config.firm.timezone)
    with closing(Store.open(tmp_path, clock)) as store:
        traffic = Traffic()
        jobs = Jobs(open_queue("sqlite:", tmp_path), 5, traffic)
        chores = Chores(store, jobs, clock)
        whatsapp = WhatsAppGateway(config.whatsapp)
        inbox = Inbox(store, jobs, clock)
        shelf = MediaShelf(store, whatsapp, clock, tmp_path / "media", timedelta(days=7))
        register = Register(store, clock)
        register.import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        wordings = {each: Wording(each, config.firm.timezone) for each in LANGUAGES}
        wording = wordings["fr"]
        limits = Limits(store, clock, rates(config.limits))
        cabinet = Cabinet()
        folders = Folders(store, clock, Place(config.documents.folder, zone), cabinet, wording)
        pace = Pace(config.whatsapp.confirm_after, timedelta())
        alerted = config.alerts.told_of
        posting = Posting(pace, lambda _: [LAWYER], has_email=True, alerted=alerted)
        letters = Letters(wording, cast.FIRM, "http://localhost:8090/")
        channels: dict[str, Channel] = {"whatsapp": whatsapp, "email": SmtpGateway(config.email)}
        channels["alert"] = AlertGateway(config.alerts)
        gate = Gate(limits, clock, has_template=bool(config.whatsapp.template_confirmation))
        answers = Answers(store, clock, config.firm, wordings)
        template = (config.whatsapp.template_confirmation, "fr")
        notes = Notes(wordings, "fr", answers.said, template)
        places = Places(tmp_path / "media", config.documents.folder)
        originals = MediaCache(0, clock, places, SightShelf(tmp_path / "sights"))
        taking = Taking(gate, Words(letters, notes), giving.rules(config, store))
        uploading = Uploading(originals.path, whatsapp.upload, clock)
        outbox = Outbox(store, jobs, clock, posting, taking, uploading, channels)
        answers.seed()
        people = People(store, clock)
        rules = Rules(config.firm, config.replies, config.whatsapp)
        conversation = Conversation(clock, people, answers, outbox, rules, wordings)
        premises = Premises(config.documents.folder, cabinet, shelf.path)
        users = Users(store, clock, session_hours=12)
        papers = fit_papers(store, chores, clock, config.firm, wordings, Gathering(QUIET))
        heard = told(users, chores, nowhere, papers.filed)
        cabinets = filing(store, clock, premises, register, heard)
        mover = cabinets.mover
        works = safety.Works(store, clock, chores, premises)
        seams = Seams(lambda _: [], bell(posting, jobs, clock), users.audit)
        clamd = safety.scanner(config, clock, again=timedelta(seconds=0.3))
        examiner = safety.examiner(config, works, clamd, seams)
        blocking = Blocking(store, clock, users.audit, freed)
        stations = Stations(
            inbox, shelf, register, folders, mover, conversation, outbox, chores, blocking
        )
        pipeline = Pipeline(store, limits, stations, papers.filed)
        jobs.on("message", pipeline.process, pipeline.broke)
        jobs.on("receipt", pipeline.settle, pipeline.receipt_broke)
        jobs.on("outgoing", outbox.deliver, outbox.broke)
        jobs.on("chore", chores.run, chores.broke)
        jobs.start()
        chores.start()
        app = public_door(inbox, traffic, Keys(SECRET, VERIFY), config.webhook.max_body)
        door = Door("webhook", app, "127.0.0.1", 0, threads=8, max_body=config.webhook.max_body)
        door.open()
        meta.subscribe(f"{door.url}{PATH}")
        folder = config.documents.folder
        yield Office(
            config,
            store,
            jobs,
            chores,
            inbox,
            outbox,
            pipeline,
            folder,
            limits,
            people,
            answers,
            premises,
            cabinets,
            examiner,
            papers,
        )
        door.close()
        chores.stop()
        jobs.drain()


def a_desk(store: Store, clock: Clock, **parts: Any) -> Desk:
    """The dashboard's desk at the sample firm, with these parts instead of the usual ones."""
    zone = ZoneInfo("Africa/Tunis")
    limits = Limits(store, clock, rates(LimitsConfig()))
    usual: dict[str, Any] = {
        "access": AccessBook(store, clock, Users(store, clock, 12).audit),
        "overview": lambda scope: overview(clock.now(), zone, scope),
        "arrivals": ArrivalsBoard(Looks(store, clock), clock, zone),
        "retry": lambda *_: False,
        "settle_event": lambda *_: False,
        "health": lambda: {"components": {}},
        "limits": LimitsBoard(limits, clock, zone),
        "queues": queues_board(store, clock),
        "people": people_board(store, clock),
        "answers": answers_board(store, clock),
        "cabinet": cabinet_board(store, clock),
        "safety": safety_board(store, clock),
        "files": None,
        "papers": papers_board(store, clock),
        "deadlines": DeadlinesBoard(
            Deadlines(store, clock, Users(store, clock, 12).audit), clock, zone
        ),
        "drive": DriveBoard(),
        "keeping": keeping_board(store, clock),
        "triage": triage_board(store, clock),
        "conversations": conversations_of(store, clock),
        "audit": audit_board(store, clock),
        "registry": registry(store, clock),
        **Rig(store, clock).boards(),
        "wordings": {language: Wording(language, "Africa/Tunis") for language in LANGUAGES},
        "language": "en",
        "firm_name": cast.FIRM,
        "local_token": "token",
        "clock": clock,
    }
    return Desk(**(usual | parts))


def answers_board(store: Store, clock: Clock, *, shows_menu: bool = False) -> AnswersBoard:
    """What the sample firm says by itself, as the dashboard sees it."""
    wordings = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}
    firm = Firm(data=Path(), name=cast.FIRM)  # its folder is not looked at
    return AnswersBoard(Answers(store, clock, firm, wordings), shows_menu=shows_menu)


def idle_jobs(data: Path) -> Jobs:
    """Calls that nobody answers, in a file of their own.

    To open a queue empties its file: two on one would pull it from under whoever works there.
    """
    return Jobs(open_queue("sqlite:", Path(mkdtemp(prefix="idle-", dir=data))), 1, Traffic())


def cabinet_board(store: Store, clock: Clock) -> CabinetBoard:
    """The cabinet of the sample firm, as the dashboard sees it. Asking for a look does nothing."""
    data = store.path.parent
    premises = Premises(data / "Dossiers", Cabinet(), lambda sha256: data / "media" / sha256)
    chores = Chores(store, idle_jobs(data), clock)
    heard = told(Users(store, clock, 12), chores, nowhere, lambda _: [])
    filed = filing(store, clock, premises, Register(store, clock), heard)
    return CabinetBoard(filed, lambda _: None)


def safety_board(store: Store, clock: Clock) -> SafetyBoard:
    """What waits because of its safety, as the dashboard sees it; no scanner, nothing runs."""
    data = store.path.parent
    config = read(None, {}, data)
    jobs = idle_jobs(data)
    chores = Chores(store, jobs, clock)
    premises = Premises(data / "Dossiers", Cabinet(), lambda sha256: data / "media" / sha256)
    works = safety.Works(store, clock, chores, premises)
    audit = Users(store, clock, 12).audit
    seams = Seams(lambda _: [], Bell(lambda *_: [], lambda _: None), audit)
    return SafetyBoard(safety.examiner(config, works, None, seams), chores)


def papers_board(store: Store, clock: Clock) -> PapersBoard:
    """The sample firm's receipts and pieces, as the dashboard sees them."""
    return PapersBoard(firm_papers(store, clock), clock, ZoneInfo("Africa/Tunis"))


def audit_board(store: Store, clock: Clock) -> AuditBoard:
    """Who did what at the sample firm, as the dashboard sees it."""
    return AuditBoard(firm_papers(store, clock).witness, clock, ZoneInfo("Africa/Tunis"))


def firm_papers(store: Store, clock: Clock) -> Papers:
    """What proves, at the sample firm. Nobody works on anything."""
    jobs = idle_jobs(store.path.parent)
    wordings = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}
    firm = Firm(data=store.path.parent, name=cast.FIRM)
    work = Chores(store, jobs, clock)
    return fit_papers(store, work, clock, firm, wordings)


def keeping_board(store: Store, clock: Clock) -> KeepingBoard:
    """What the sample firm keeps, as the dashboard sees it. Nobody works on anything."""
    data = store.path.parent
    jobs = idle_jobs(data)
    config = read(None, {"GREFFIER_FIRM_NAME": cast.FIRM}, data)
    shelf = MediaShelf(
        store, WhatsAppGateway(config.whatsapp), clock, data / "media", timedelta(days=7)
    )
    posting = Posting(Pace(timedelta(), timedelta()), lambda _: [LAWYER], has_email=True)
    wordings = {each: Wording(each, config.firm.timezone) for each in LANGUAGES}
    answers = Answers(store, clock, config.firm, wordings)
    chores, users = Chores(store, jobs, clock), Users(store, clock, 12)
    turn = threading.RLock()
    rooms = Rooms(store, clock, users, chores, shelf, posting, jobs, answers, turn)
    return KeepingBoard(keeping(config, rooms, Elsewhere()))


def triage_board(store: Store, clock: Clock, mover: Any = None, binder: Any = None) -> TriageBoard:
    """What waits at the sample firm, as the dashboard sees it. Nobody sends the questions."""
    jobs = idle_jobs(store.path.parent)
    posting = Posting(Pace(timedelta(), timedelta()), lambda _: [LAWYER], has_email=True)
    wordings = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}
    asking = Asking(store, jobs, clock, posting, wordings, "fr")
    blocking = Blocking(store, clock, Users(store, clock, 12).audit, freed)
    mover = mover or cabinet_board(store, clock).filing.mover
    gestures = Gestures(store, mover, binder, blocking)
    whose = partial(recognition.clients, store, user_id=None)
    return TriageBoard(gestures, asking, clock, ZoneInfo("Africa/Tunis"), whose)


def queues_board(store: Store, clock: Clock) -> QueuesBoard:
    """The sample firm's work, as the dashboard sees it. Nobody works on anything."""
    jobs = idle_jobs(store.path.parent)
    chores = Chores(store, jobs, clock)
    workload = Workload(store, jobs, clock, chores, Users(store, clock, 12))
    return QueuesBoard(workload, clock, "TN")


def conversations_of(store: Store, clock: Clock, jobs: Jobs | None = None) -> Conversations:
    """The sample firm's conversations. Without `jobs`, nobody is called to send anything."""
    data = store.path.parent
    jobs = jobs or idle_jobs(data)
    config = read(None, {"GREFFIER_FIRM_NAME": cast.FIRM}, data)
    approved = Approved.of(config)
    return conversations(config, store, jobs, clock, Users(store, clock, 12), approved)


def registry(store: Store, clock: Clock) -> Registry:
    """The sample firm's register and search. What changes is searchable after `catch_up`."""
    users, register = Users(store, clock, 12), Register(store, clock)
    blocking = Blocking(store, clock, users.audit, freed)
    return Registry(
        editor=Editor(store, clock, users, blocking),
        imports=Imports(store, clock, register, users, blocking, "TN"),
        finder=Finder(store, "TN"),
        indexer=Indexer(store, clock, Traffic()),
        country="TN",
    )


def people_board(store: Store, clock: Clock) -> PeopleBoard:
    """Who writes to the sample firm, as the dashboard sees it."""
    return PeopleBoard(People(store, clock), Register(store, clock), "TN")


def environment(meta: Meta, mailbox: Mailbox) -> dict[str, str]:
    """The settings of an appliance that knows only these two."""
    return {
        "GREFFIER_KEYRING": "off",
        "GREFFIER_FIRM_NAME": cast.FIRM,
        "GREFFIER_WHATSAPP_GRAPH_URL": meta.url,
        "GREFFIER_WHATSAPP_PHONE_NUMBER_ID": meta.account.phone_number_id,
        "GREFFIER_WHATSAPP_BUSINESS_ACCOUNT_ID": meta.account.business_account_id,
        "GREFFIER_WHATSAPP_ACCESS_TOKEN": TOKEN,
        "GREFFIER_WHATSAPP_APP_SECRET": SECRET,
        "GREFFIER_WHATSAPP_VERIFY_TOKEN": VERIFY,
        "GREFFIER_WHATSAPP_CONFIRM_AFTER": "1s",
        "GREFFIER_EMAIL_HOST": mailbox.host,
        "GREFFIER_EMAIL_PORT": str(mailbox.port),
        "GREFFIER_EMAIL_SECURITY": "none",
        "GREFFIER_EMAIL_SENDER": "greffier@cabinet.example",
        "GREFFIER_EMAIL_DIGEST_MINUTES": "0",
    }
