"""What is said, to clients and to the firm; and the road on which every message goes."""

from typing import NamedTuple

from appliance import fittings
from appliance.assembly.archive import Archive
from appliance.assembly.ground import Ground
from appliance.conversation import giving
from appliance.conversation.answering import Conversation, Rules
from appliance.jobs import Job
from appliance.listening import Door
from appliance.outbox.gate import Gate
from appliance.outbox.letters import Letters
from appliance.outbox.sending import Outbox
from appliance.outbox.taking import Taking, Words
from appliance.outbox.uploading import Uploading
from appliance.papers.fitting import watch
from appliance.pipeline import Pipeline
from appliance.steps import Stations


class Counter(NamedTuple):
    """What goes out, and what takes messages there."""

    outbox: Outbox
    pipeline: Pipeline


def counter(base: Ground, kept: Archive, dashboard: Door) -> Counter:
    """Make them; the jobs know afterwards who does what. Letters link to the `dashboard`."""
    outbox = _outbox(base, kept, dashboard)
    config = base.config
    rules = Rules(config.firm, config.replies, config.whatsapp)
    conversation = Conversation(base.clock, base.people, kept.answers, outbox, rules, base.wordings)
    stations = Stations(
        inbox=base.inbox,
        shelf=kept.shelf,
        register=base.register,
        folders=kept.folders,
        mover=kept.filing.mover,
        conversation=conversation,
        outbox=outbox,
        chores=base.chores,
        blocking=base.blocking,
    )
    pipeline = Pipeline(base.store, base.limits, stations, kept.papers.filed)
    watch(kept.papers, base.chores, outbox.alert)
    base.jobs.on(Job.MESSAGE, pipeline.process, pipeline.broke)
    base.jobs.on(Job.RECEIPT, pipeline.settle, pipeline.receipt_broke)
    base.jobs.on(Job.OUTGOING, outbox.deliver, outbox.broke)
    return Counter(outbox, pipeline)


def _outbox(base: Ground, kept: Archive, dashboard: Door) -> Outbox:
    config = base.config
    address = fittings.address_in_letters(config.dashboard, dashboard)
    letters = Letters(base.wording, config.firm.name, address)
    words = Words(letters, fittings.notes(config, base.wordings, kept.answers))
    has_template = bool(config.whatsapp.template_confirmation)
    gate = Gate(base.limits, base.clock, has_template=has_template)
    channels = fittings.channels(config, base.whatsapp)
    taking = Taking(gate, words, giving.rules(config, base.store))
    uploading = Uploading(kept.sights.cache.path, base.whatsapp.upload, base.clock)
    return Outbox(base.store, base.jobs, base.clock, base.posting, taking, uploading, channels)
