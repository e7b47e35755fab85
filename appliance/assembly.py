"""Builds every part once, in reading order; opens, drains, closes. The table of contents."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from appliance import fittings, instance, logbook
from appliance.chores import Chores
from appliance.clock import Clock, SystemClock
from appliance.config import Config, missing_secrets, not_yet
from appliance.conversation.answering import Conversation, Rules
from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.desk import Desk
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.keeping_board import KeepingBoard
from appliance.dashboard.limits_board import LimitsBoard
from appliance.dashboard.overview import overview
from appliance.dashboard.people_board import PeopleBoard
from appliance.disk import check_writable, make_private_folder
from appliance.errors import ConfigError
from appliance.filing.folders import Folders, Place
from appliance.filing.moving import Mover
from appliance.filing.placing import Cabinet
from appliance.firm.answers import Answers
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.door import PATH as WEBHOOK
from appliance.inbox.door import Keys, public_door
from appliance.inbox.media import MediaShelf
from appliance.inbox.messages import Inbox
from appliance.jobs import Job, Jobs
from appliance.keeping.destroying import Elsewhere
from appliance.keeping.fitting import Rooms, keeping
from appliance.limits import Limits
from appliance.listening import Door
from appliance.outbox.gate import Gate
from appliance.outbox.letters import Letters
from appliance.outbox.sending import Outbox, Words
from appliance.outbox.waiting import WaitingRoom
from appliance.pipeline import Pipeline
from appliance.queues import open_queue
from appliance.steps import Stations
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.upkeep import account
from appliance.upkeep.account import AccountEvents
from appliance.upkeep.health import Health
from appliance.upkeep.inventory import Inventories
from appliance.upkeep.night import Night, NightTask
from appliance.upkeep.number import NumberWatch, Wanted
from appliance.upkeep.schedule import Upkeep, Watched, Watches
from appliance.wording import LANGUAGES, Wording

PUBLIC_THREADS = 32  # each waits for its commit: the more wait, the larger the group
DASHBOARD_THREADS = 4
FORM_LIMIT = 64 * 1024  # bytes of a dashboard form


@dataclass(frozen=True)
class Kept:
    """What is put in order before anything is taken in."""

    shelf: MediaShelf
    folders: Folders
    mover: Mover
    answers: Answers

    def tidy(self) -> None:
        """Remove what a crash left half-way; have the firm's texts."""
        self.shelf.sweep()
        self.folders.sweep()
        self.mover.sweep()
        self.answers.seed()


@dataclass(frozen=True)
class Appliance:
    """Every part that is opened and closed. Handed to nobody whole."""

    config: Config
    store: Store
    jobs: Jobs
    chores: Chores
    kept: Kept
    upkeep: Upkeep
    public: Door
    dashboard: Door
    desk: Desk


def build(config: Config, clock: Clock | None = None) -> Appliance:
    """Make every part and listen to nobody yet. Raises ConfigError with every fault found."""
    clock = clock or SystemClock()
    _refuse(config)
    data, zone = config.firm.data, config.firm.zone
    wordings = {language: Wording(language, config.firm.timezone) for language in LANGUAGES}
    wording = wordings[config.firm.language]
    with ExitStack() as opened:
        store = Store.open(data, clock)
        opened.callback(store.close)
        traffic = Traffic()
        jobs = Jobs(open_queue(config.queue.url, data), config.queue.workers, traffic)
        opened.callback(jobs.drain)
        chores = Chores(store, jobs, clock)

        whatsapp = WhatsAppGateway(config.whatsapp)
        register, people = Register(store, clock), People(store, clock)
        users = Users(store, clock, config.dashboard.session_hours)

        inbox = Inbox(store, jobs, clock)
        kept_at_meta = timedelta(days=config.retention.media_days)
        shelf = MediaShelf(store, whatsapp, clock, data / "media", kept_at_meta)
        root, cabinet = config.documents.folder, Cabinet()
        folders = Folders(store, clock, Place(root, zone), cabinet, wording)
        mover = Mover(store, clock, root, cabinet)
        answers = Answers(store, clock, config.firm, wordings)
        limits = Limits(store, clock, fittings.rates(config.limits))

        posting = fittings.posting(config, users)
        rooms = Rooms(store, clock, users, chores, shelf, posting, jobs, answers)
        care = keeping(config, rooms, Elsewhere())

        health = Health(store, jobs, clock, data, whatsapp.refusal, kept_at_meta)
        limits.when_changed(inbox.call_in)
        limits.when_changed(WaitingRoom(store, jobs, clock).call_in)
        boards = (
            LimitsBoard(limits, clock, zone),
            PeopleBoard(people, register, config.firm.country),
            AnswersBoard(answers, shows_menu=config.replies.unknown_question == "menu"),
            KeepingBoard(care),
        )
        seen = partial(account.settle, store, clock)
        desk = _desk(config, clock, Asked(users, inbox, health, seen, *boards), wordings)
        public, dashboard = _doors(config, inbox, traffic, desk)
        address = fittings.address_in_letters(config.dashboard, dashboard)
        letters = Letters(wording, config.firm.name, address)
        channels = fittings.channels(config, whatsapp)
        gate = Gate(limits, clock, has_template=bool(config.whatsapp.template_confirmation))
        words = Words(letters, fittings.notes(config, wordings, answers))
        outbox = Outbox(store, jobs, clock, posting, gate, words, channels)
        rules = Rules(config.firm, config.replies, config.whatsapp)
        conversation = Conversation(clock, people, answers, outbox, rules, wordings)
        stations = Stations(inbox, shelf, register, folders, mover, conversation, outbox, chores)
        pipeline = Pipeline(store, limits, stations)

        jobs.on(Job.MESSAGE, pipeline.process, pipeline.broke)
        jobs.on(Job.RECEIPT, pipeline.settle, pipeline.receipt_broke)
        jobs.on(Job.OUTGOING, outbox.deliver, outbox.broke)
        jobs.on(Job.CHORE, chores.run, chores.broke)

        inventories = Inventories(store, clock, fittings.places(config))
        tasks = [NightTask("inventory", inventories.take), NightTask("clean-up", care.cleaning.run)]
        night = Night(store, clock, zone, tasks)
        events = AccountEvents(store, clock, inbox, outbox, limits.meta_allows)
        number = NumberWatch(
            clock,
            whatsapp,
            events,
            outbox,
            Wanted.of(config, WEBHOOK),
            partial(fittings.token_now, data),
            limits.meta_allows,
        )
        watches = Watches(night, number, events, care.countdown)
        upkeep = Upkeep(store, jobs, clock, Watched(inbox, outbox, limits, chores), watches)
        opened.pop_all()
    kept = Kept(shelf, folders, mover, answers)
    return Appliance(config, store, jobs, chores, kept, upkeep, public, dashboard, desk)


class Asked(NamedTuple):
    """The parts that the dashboard asks."""

    users: Users
    inbox: Inbox
    health: Health
    settle: Callable[[int], bool]
    limits: LimitsBoard
    people: PeopleBoard
    answers: AnswersBoard
    keeping: KeepingBoard


def _desk(config: Config, clock: Clock, asked: Asked, wordings: Mapping[str, Wording]) -> Desk:
    """What the dashboard may read, and the few things that it may ask."""
    return Desk(
        users=asked.users,
        overview=lambda: overview(clock.now(), config.firm.zone),
        retry=asked.inbox.retry,
        settle_event=asked.settle,
        health=asked.health.report,
        limits=asked.limits,
        people=asked.people,
        answers=asked.answers,
        keeping=asked.keeping,
        wordings=wordings,
        language=config.firm.language,
        firm_name=config.firm.name,
        local_token=secrets.token_urlsafe(32),
        clock=clock,
    )


def _refuse(config: Config) -> None:
    """Everything that would stop us later, said now and together."""
    faults = missing_secrets(config) + not_yet(config)
    for folder in (config.firm.data, config.documents.folder):
        try:
            check_writable(folder)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)


def _doors(config: Config, inbox: Inbox, traffic: Traffic, desk: Desk) -> tuple[Door, Door]:
    """Two apps, two listeners: what the tunnel reaches can never show the dashboard."""
    whatsapp, webhook, dashboard = config.whatsapp, config.webhook, config.dashboard
    app_secret, verify_token = whatsapp.app_secret, whatsapp.verify_token
    if app_secret is None or verify_token is None:  # _refuse has said so
        raise ConfigError([])
    public = Door(
        "webhook",
        public_door(
            inbox,
            traffic,
            Keys(
                app_secret.get_secret_value(),
                verify_token.get_secret_value(),
                whatsapp.phone_number_id,
            ),
            webhook.max_body,
        ),
        webhook.host,
        webhook.port,
        threads=PUBLIC_THREADS,
        max_body=webhook.max_body,
    )
    return public, Door(
        "dashboard",
        dashboard_door(desk, dashboard, instance.key(config.firm.data)),
        dashboard.host,
        dashboard.port,
        threads=DASHBOARD_THREADS,
        max_body=FORM_LIMIT,
    )


@contextmanager
def running(config: Config, clock: Clock | None = None) -> Iterator[Appliance]:
    """A working appliance; leaving drains it within 10 seconds, in the reverse order of opening.

    Doors close first (Meta repeats what it could not deliver), then running jobs end, then the
    store commits what was queued. Raises ConfigError when it may not start.
    """
    data = config.firm.data
    with suppress(OSError):
        make_private_folder(data)
    check_writable(data)  # says what is wrong with it, and what to do
    with ExitStack() as stack:
        stack.enter_context(instance.alone(data))
        logbook.open_log(data)
        stack.callback(logbook.close_log)
        appliance = build(config, clock)
        stack.callback(appliance.store.close)
        appliance.kept.tidy()
        appliance.jobs.start()
        stack.callback(appliance.jobs.drain)
        appliance.chores.start()
        stack.callback(appliance.chores.stop)
        appliance.upkeep.start()
        stack.callback(appliance.upkeep.stop)
        for door in (appliance.dashboard, appliance.public):
            door.open()
            stack.callback(door.close)
        stack.enter_context(instance.announced(data, _announcement(appliance)))
        yield appliance


def _announcement(appliance: Appliance) -> instance.Instance:
    return instance.Instance(
        pid=os.getpid(),
        public_url=appliance.public.url,
        dashboard_url=appliance.dashboard.url,
        token=appliance.desk.local_token,
    )
