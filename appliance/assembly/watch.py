"""What keeps the rest going: how it is, what the night does, what runs when."""

from datetime import time
from functools import partial

from appliance import fittings
from appliance.assembly.archive import Archive
from appliance.assembly.counter import Counter
from appliance.assembly.ground import Ground
from appliance.assembly.office import Office
from appliance.firm.recipients import recipients
from appliance.inbox.door import PATH as WEBHOOK
from appliance.outbox.reminding import Reminders
from appliance.upkeep.account import AccountEvents
from appliance.upkeep.health import Health
from appliance.upkeep.inventory import Inventories
from appliance.upkeep.night import Night, NightTask
from appliance.upkeep.number import NumberWatch, Wanted
from appliance.upkeep.schedule import Upkeep, Watched, Watches
from appliance.upkeep.taskbook import TaskBook

MORNING = time(7)  # before one leaves for the court


def health(base: Ground, kept: Archive) -> Health:
    """How the appliance is, with the components that the settings want."""
    data, refusal = base.config.firm.data, base.whatsapp.refusal
    made = Health(base.store, base.jobs, base.clock, data, refusal, base.kept_at_meta)
    if kept.scanner is not None:
        made.watch("scanner", kept.scanner.state)
    kept.drive.show_in(made.watch)
    return made


def night(base: Ground, kept: Archive, book: TaskBook) -> Night:
    """What is done once a day, in this order: by night, but for the letter of the morning."""
    inventories = Inventories(base.store, base.clock, fittings.places(base.config))
    tasks = [
        NightTask("disk", kept.filing.by_night),
        NightTask("inventory", inventories.take),
        NightTask("clean-up", kept.keeping.cleaning.run),
    ]
    if base.config.email.host:
        tasks.append(NightTask("deadlines", _reminders(base).post, MORNING))
    return Night(base.store, base.clock, base.config.firm.zone, tasks, book)


def _reminders(base: Ground) -> Reminders:
    zone = base.config.firm.zone
    return Reminders(base.store, base.jobs, base.clock, zone, recipients(base.users))


def upkeep(base: Ground, kept: Archive, said: Counter, at_night: Night, admin: Office) -> Upkeep:
    """What runs when."""
    store, clock = base.store, base.clock
    events = AccountEvents(store, clock, base.inbox, said.outbox, base.limits.meta_allows)
    number = NumberWatch(
        clock,
        base.whatsapp,
        events,
        said.outbox,
        Wanted.of(base.config, WEBHOOK, base.approved),
        partial(fittings.token_now, base.config.firm.data),
        base.limits.meta_allows,
    )
    number.show_in(admin.book)
    watched = Watched(base.inbox, said.outbox, base.limits, base.chores)
    eyes = kept.keeping.countdown, admin.checkup
    watches = Watches(at_night, number, events, *eyes, admin.book)
    return Upkeep(store, base.jobs, clock, watched, watches)
