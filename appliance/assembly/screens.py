"""What people see, and the two doors: what the tunnel reaches can never show the dashboard."""

import secrets
from functools import partial
from typing import NamedTuple

from appliance import instance
from appliance.assembly.archive import Archive
from appliance.assembly.ground import Ground
from appliance.assembly.office import Office
from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.arrivals import ArrivalsBoard
from appliance.dashboard.audit_board import AuditBoard
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.conversations import conversations
from appliance.dashboard.deadlines_board import DeadlinesBoard
from appliance.dashboard.desk import Desk
from appliance.dashboard.door import LARGE, dashboard_door
from appliance.dashboard.drive_board import DriveBoard
from appliance.dashboard.files_board import FilesBoard
from appliance.dashboard.health_board import HealthBoard
from appliance.dashboard.keeping_board import KeepingBoard
from appliance.dashboard.limits_board import LimitsBoard
from appliance.dashboard.overview import overview
from appliance.dashboard.papers_board import PapersBoard
from appliance.dashboard.people_board import PeopleBoard
from appliance.dashboard.queues_board import QueuesBoard
from appliance.dashboard.registry import Registry
from appliance.dashboard.safety_board import SafetyBoard
from appliance.dashboard.settings_board import SettingsBoard
from appliance.dashboard.triage_board import TriageBoard
from appliance.errors import ConfigError
from appliance.filing.gestures import Gestures
from appliance.firm import recognition
from appliance.firm.access import AccessBook
from appliance.firm.deadlines import Deadlines
from appliance.firm.editing import Editor
from appliance.firm.imports import Imports
from appliance.firm.looks import Looks
from appliance.inbox.door import Keys, public_door
from appliance.listening import Door
from appliance.outbox.asking import Asking
from appliance.search.finding import Finder
from appliance.upkeep import account
from appliance.upkeep.health import Health
from appliance.upkeep.night import Night
from appliance.workload.acts import Workload

PUBLIC_THREADS = 32  # each waits for its commit: the more wait, the larger the group
DASHBOARD_THREADS = 4
PROXY = "127.0.0.1"  # waitress speaks no TLS: a proxy that does stands on this computer


class Screens(NamedTuple):
    """Both doors, and what stands on the desk behind the inner one."""

    desk: Desk
    public: Door
    dashboard: Door


def screens(base: Ground, kept: Archive, health: Health, night: Night, admin: Office) -> Screens:
    """Make them; nobody is listened to yet. Raises ConfigError when an address cannot be had."""
    desk = _desk(base, kept, health, night, admin)
    dashboard = base.config.dashboard
    return Screens(
        desk,
        _public(base),
        Door(
            "dashboard",
            dashboard_door(desk, dashboard, instance.key(base.config.firm.data)),
            dashboard.host,
            dashboard.port,
            threads=DASHBOARD_THREADS,
            max_body=max(LARGE.values()),  # how much each form may bring, the app says itself
            proxy=PROXY,
        ),
    )


def _desk(base: Ground, kept: Archive, health: Health, night: Night, admin: Office) -> Desk:
    """What the dashboard may read, and the few things that it may ask."""
    config, clock, zone = base.config, base.clock, base.config.firm.zone
    shows_menu = config.replies.unknown_question == "menu"
    return Desk(
        users=base.users,
        access=AccessBook(base.store, clock, base.users.audit),
        overview=lambda scope: overview(clock.now(), zone, scope),
        arrivals=ArrivalsBoard(Looks(base.store, clock), clock, zone),
        retry=base.inbox.retry,
        settle_event=partial(account.settle, base.store, clock),
        health=health.report,
        limits=LimitsBoard(base.limits, clock, zone),
        queues=QueuesBoard(_workload(base), clock, config.firm.country),
        people=PeopleBoard(base.people, base.register, config.firm.country),
        answers=AnswersBoard(kept.answers, shows_menu=shows_menu),
        cabinet=CabinetBoard(kept.filing, night.ask),
        safety=SafetyBoard(kept.examiner, base.chores),
        files=FilesBoard(kept.sights, kept.binder),
        papers=PapersBoard(kept.papers, clock, zone),
        deadlines=DeadlinesBoard(Deadlines(base.store, clock, base.users.audit), clock, zone),
        drive=DriveBoard(kept.drive.joining, kept.drive.deciding, config.drive),
        keeping=KeepingBoard(kept.keeping),
        triage=_triage(base, kept),
        conversations=conversations(
            config, base.store, base.jobs, clock, base.users, base.approved
        ),
        audit=AuditBoard(kept.papers.witness, clock, zone),
        registry=_registry(base),
        health_board=HealthBoard(
            admin.checkup, admin.book, admin.masked, admin.bundle, admin.settings, clock
        ),
        settings=SettingsBoard(admin.settings, admin.trials, admin.restarting),
        wordings=base.wordings,
        language=config.firm.language,
        firm_name=config.firm.name,
        local_token=secrets.token_urlsafe(32),
        clock=clock,
    )


def _triage(base: Ground, kept: Archive) -> TriageBoard:
    language, zone = base.config.firm.language, base.config.firm.zone
    gestures = Gestures(base.store, kept.filing.mover, kept.binder, base.blocking)
    asking = Asking(base.store, base.jobs, base.clock, base.posting, base.wordings, language)
    whose = partial(recognition.clients, base.store, user_id=None)
    return TriageBoard(gestures, asking, base.clock, zone, whose)


def _workload(base: Ground) -> Workload:
    return Workload(base.store, base.jobs, base.clock, base.chores, base.users)


def _registry(base: Ground) -> Registry:
    country, clock = base.config.firm.country, base.clock
    return Registry(
        editor=Editor(base.store, clock, base.users, base.blocking),
        imports=Imports(base.store, clock, base.register, base.users, base.blocking, country),
        finder=Finder(base.store, country),
        indexer=base.indexer,
        country=country,
    )


def _public(base: Ground) -> Door:
    whatsapp, webhook = base.config.whatsapp, base.config.webhook
    app_secret, verify_token = whatsapp.app_secret, whatsapp.verify_token
    if app_secret is None or verify_token is None:  # was said before
        raise ConfigError([])
    keys = Keys(
        app_secret.get_secret_value(), verify_token.get_secret_value(), whatsapp.phone_number_id
    )
    return Door(
        "webhook",
        public_door(base.inbox, base.traffic, keys, webhook.max_body),
        webhook.host,
        webhook.port,
        threads=PUBLIC_THREADS,
        max_body=webhook.max_body,
    )
