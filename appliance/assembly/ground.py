"""What everything else stands on: the store, the calls, the firm's people, the way to Meta."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import NamedTuple

from appliance import fittings
from appliance.chores import Chores
from appliance.clock import Clock
from appliance.config import Config
from appliance.filing.aside import freed
from appliance.firm.blocking import Blocking
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.messages import Inbox
from appliance.jobs import Job, Jobs
from appliance.limits import Limits
from appliance.outbox.posting import Posting
from appliance.outbox.waiting import WaitingRoom
from appliance.queues import open_queue
from appliance.search.indexing import Indexer
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.upkeep.approved import Approved
from appliance.wording import LANGUAGES, Wording


class Ground(NamedTuple):
    """The parts that most others take."""

    config: Config
    clock: Clock
    store: Store
    traffic: Traffic
    jobs: Jobs
    chores: Chores
    whatsapp: WhatsAppGateway
    register: Register
    people: People
    users: Users
    blocking: Blocking
    inbox: Inbox
    limits: Limits
    approved: Approved
    posting: Posting
    wordings: Mapping[str, Wording]
    indexer: Indexer

    @property
    def wording(self) -> Wording:
        """In the firm's own language."""
        return self.wordings[self.config.firm.language]

    @property
    def kept_at_meta(self) -> timedelta:
        """How long Meta keeps a file that somebody has sent."""
        return timedelta(days=self.config.retention.media_days)


def ground(config: Config, clock: Clock, opened: ExitStack) -> Ground:
    """Open the store and the queue. Raises ConfigError when the store may not be used."""
    data = config.firm.data
    store = Store.open(data, clock)
    opened.callback(store.close)
    traffic = Traffic()
    jobs = Jobs(open_queue(config.queue.url, data), config.queue.workers, traffic)
    opened.callback(jobs.drain)
    chores = Chores(store, jobs, clock)
    jobs.on(Job.CHORE, chores.run, chores.broke)
    users = Users(store, clock, config.dashboard.session_hours)
    inbox = Inbox(store, jobs, clock)
    limits = Limits(store, clock, fittings.rates(config.limits))
    limits.when_changed(inbox.call_in)
    limits.when_changed(WaitingRoom(store, jobs, clock).call_in)
    return Ground(
        config=config,
        clock=clock,
        store=store,
        traffic=traffic,
        jobs=jobs,
        chores=chores,
        whatsapp=WhatsAppGateway(config.whatsapp),
        approved=Approved.of(config),
        register=Register(store, clock),
        people=People(store, clock),
        users=users,
        blocking=Blocking(store, clock, users.audit, freed),
        inbox=inbox,
        limits=limits,
        posting=fittings.posting(config, users),
        indexer=Indexer(store, clock, traffic),
        wordings={each: Wording(each, config.firm.timezone) for each in LANGUAGES},
    )
