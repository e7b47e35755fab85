"""What administrators look after: settings, checks, planned tasks, the log."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.assembly.ground import Ground
from appliance.config import Origin
from appliance.upkeep.bundle import Bundle
from appliance.upkeep.checks import Patient, checks_of
from appliance.upkeep.checkup import Checkup
from appliance.upkeep.logs import Masking, secrets_of
from appliance.upkeep.restarting import Restarting
from appliance.upkeep.settings import Settings
from appliance.upkeep.taskbook import TaskBook
from appliance.upkeep.trials import Trials
from appliance.vault import Vault


@dataclass(frozen=True)
class Surroundings:
    """How this process was started: where its settings come from, and how it begins anew."""

    origin: Origin = field(default_factory=Origin)
    begin_anew: Callable[[], None] | None = None


class Office(NamedTuple):
    """The parts."""

    settings: Settings
    trials: Trials
    restarting: Restarting
    checkup: Checkup
    book: TaskBook
    masked: Masking
    bundle: Bundle


def office(base: Ground, vault: Vault, around: Surroundings, book: TaskBook) -> Office:
    """Make them; nothing is looked at yet."""
    config, store, clock = base.config, base.store, base.clock
    # A new token counts at once: nothing else has to be opened anew for it.
    at_once = {("whatsapp", "access_token"): base.whatsapp.use_token}
    settings = Settings(around.origin, config, vault, store, base.users, at_once)
    patient = Patient(config, clock, base.whatsapp, nullcontext, base.jobs.workers)
    masked = Masking(lambda: secrets_of(config, vault))
    return Office(
        settings=settings,
        trials=Trials(config, clock),
        restarting=Restarting(settings, around.begin_anew),
        checkup=Checkup(store, clock, checks_of(patient), book),
        book=book,
        masked=masked,
        bundle=Bundle(config, config.firm.data, masked),
    )
