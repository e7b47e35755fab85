"""Builds every part once, in reading order; opens, drains, closes. The table of contents.

The rooms, in the order in which they are built: ground (store, jobs, people of the firm), archive
(what is kept), counter (what is said), screens (what people see), watch (what keeps it going).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from appliance import instance, logbook
from appliance.assembly import archive, counter, ground, office, screens, watch
from appliance.assembly.office import Surroundings
from appliance.chores import Chores
from appliance.clock import Clock, SystemClock
from appliance.config import Config, Origin
from appliance.dashboard.desk import Desk
from appliance.disk import check_writable, make_private_folder
from appliance.drive.fitting import FittedDrive
from appliance.errors import ConfigError
from appliance.firm.answers import Answers
from appliance.jobs import Jobs
from appliance.listening import Door
from appliance.search.indexing import Indexer
from appliance.sights.fitting import Sights
from appliance.store.database import Store
from appliance.upkeep import readiness
from appliance.upkeep.schedule import Upkeep
from appliance.upkeep.taskbook import TaskBook
from appliance.vault import Vault, open_vault

__all__ = ["Appliance", "Surroundings", "build", "running"]


@dataclass(frozen=True)
class Appliance:
    """Every part that is opened and closed. Handed to nobody whole.

    `tidying`: what is put in order before anything is taken in: what a crash left half-way is
    ended, the firm's texts are there, what was set aside is taken up.
    """

    config: Config
    store: Store
    jobs: Jobs
    chores: Chores
    tidying: Sequence[Callable[[], object]]
    upkeep: Upkeep
    public: Door
    dashboard: Door
    desk: Desk
    answers: Answers
    sights: Sights
    drive: FittedDrive
    indexer: Indexer


def build(
    config: Config,
    clock: Clock | None = None,
    vault: Vault | None = None,
    around: Surroundings | None = None,
) -> Appliance:
    """Make every part and listen to nobody yet. Raises ConfigError with every fault found."""
    _refuse(config)
    around = around or Surroundings(Origin(data=config.firm.data))
    vault = vault or open_vault(config.firm.data)
    with ExitStack() as opened:
        base = ground.ground(config, clock or SystemClock(), opened)
        kept = archive.archive(base, vault, opened)
        book = TaskBook(base.store, base.clock)
        health, night = watch.health(base, kept), watch.night(base, kept, book)
        admin = office.office(base, vault, around, book)
        seen = screens.screens(base, kept, health, night, admin)
        said = counter.counter(base, kept, seen.dashboard)
        upkeep = watch.upkeep(base, kept, said, night, admin)
        opened.pop_all()
    return Appliance(
        config=config,
        store=base.store,
        jobs=base.jobs,
        chores=base.chores,
        tidying=(
            base.users.journal.begin,
            *kept.tidying,
            base.register.tidy,
            seen.desk.registry.imports.sweep,
            partial(base.inbox.adopt, config.whatsapp.phone_number_id),
        ),
        upkeep=upkeep,
        public=seen.public,
        dashboard=seen.dashboard,
        desk=seen.desk,
        answers=kept.answers,
        sights=kept.sights,
        drive=kept.drive,
        indexer=base.indexer,
    )


def _refuse(config: Config) -> None:
    """Everything that would stop us later, said now and together."""
    faults = readiness.faults_of(config)
    if faults:
        raise ConfigError(faults)


@contextmanager
def running(
    config: Config,
    clock: Clock | None = None,
    vault: Vault | None = None,
    around: Surroundings | None = None,
) -> Iterator[Appliance]:
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
        appliance = build(config, clock, vault, around)
        stack.callback(appliance.store.close)
        for tidy in appliance.tidying:
            tidy()
        appliance.jobs.start()
        stack.callback(appliance.jobs.drain)
        appliance.chores.start()
        stack.callback(appliance.chores.stop)
        stack.callback(appliance.sights.close)  # first: what a child does is done again
        appliance.upkeep.start()
        stack.callback(appliance.upkeep.stop)
        appliance.indexer.start()
        stack.callback(appliance.indexer.stop)
        appliance.drive.start()
        stack.callback(appliance.drive.stop)
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
