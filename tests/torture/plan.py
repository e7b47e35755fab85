"""Which harm is done how often, and the whole of one run."""

from collections import Counter
from collections.abc import Callable
from time import monotonic

from tests.torture import auditor
from tests.torture.clients import Clients
from tests.torture.world import Torture

Say = Callable[[str], object]

KILLS: dict[str, Callable[[Torture], None]] = {
    "kill -9": Torture.kill,
    "kill -9 while starting": Torture.kill_at_start,
    "kill -9, queue.db deleted": Torture.kill_and_lose_queue,
    "kill -9, queue.db garbage": Torture.kill_and_spoil_queue,
}
POWER: dict[str, Callable[[Torture], None]] = {"power cut": Torture.cut_power}
OTHERS: dict[str, Callable[[Torture], None]] = {
    "queue.db deleted while running": Torture.lose_queue,
    "queue.db garbage while running": Torture.spoil_queue,
    "Meta in trouble": Torture.trouble_meta,
    "Meta away": Torture.send_meta_away,
    "mail server in trouble": Torture.trouble_mail,
    "mail server away": Torture.send_mail_away,
    "clock set": Torture.set_clock,
    "SIGTERM in mid-download": Torture.stop_in_download,
    "a worker dies": Torture.end_a_worker,
}
FULL: dict[str, Callable[[Torture], None]] = {"disk full": Torture.fill_disk}

Harms = dict[str, Callable[[Torture], None]]


def in_turn(run: Torture, deadly: Harms, others: Harms, kills: int) -> list[str]:
    """So many deadly harms in random order, each other one between them again and again."""
    plan = [name for number in range(kills) for name in [list(deadly)[number % len(deadly)]]]
    plan += [name for number in range(kills // 4) for name in others][
        : max(len(others), kills // 2)
    ]
    run.chance.shuffle(plan)
    return plan


def torture(run: Torture, plan: list[str], harms: Harms, say: Say) -> list[str]:
    """Do all of it while clients write, then audit; the faults found, a sentence each."""
    began, done = monotonic(), Counter[str]()
    with Clients(run.meta, run.chance) as clients:
        for name in plan:
            run.pause(0.9)
            harms[name](run)
            done[name] += 1
            say(f"{sum(done.values())}/{len(plan)} {name}: {len(clients.pieces)} documents sent")
    say("left in peace")
    run.calm()
    found = auditor.faults(run.office, clients, run.meta, run.mailbox)
    for name, times in sorted(done.items()):
        say(f"{times:5} x {name}")
    say(_summary(run, clients, monotonic() - began))
    return found


def _summary(run: Torture, clients: Clients, seconds: float) -> str:
    ((unknown,),) = run.office.rows("SELECT count(*) FROM outbox WHERE status = 'unknown'")
    attempts = len(run.meta.deliveries)
    refused = sum(delivery.status != 200 for delivery in run.meta.deliveries)
    return (
        f"{seconds:.0f} s: {len(clients.pieces)} documents and {len(clients.texts)} other messages;"
        f" {attempts} deliveries by Meta, {refused} not answered 200;"
        f" {len(run.meta.accepted)} sends accepted, {unknown} left unknown (never accepted);"
        f" {len(run.mailbox.received)} letters"
    )
