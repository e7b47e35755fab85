"""The short form of the torture, and proof that its auditor would notice."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture import auditor, plan
from tests.torture.clients import Clients
from tests.torture.machine import why_not
from tests.torture.world import Torture, disk, tortured

KILLS = int(os.environ.get("GREFFIER_TEST_KILLS", "6"))

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"cannot be hurt: {why_not()}")


def say(said: str) -> None:
    """Shown by pytest when it fails."""
    print(said)


def test_nothing_is_lost_and_nothing_done_twice_whatever_happens(tmp_path: Path) -> None:
    with tortured(tmp_path, seed=1) as run:
        order = plan.in_turn(run, plan.KILLS, plan.OTHERS, KILLS)
        assert plan.torture(run, order, plan.KILLS | plan.OTHERS, say) == []


def test_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with tortured(tmp_path, seed=2, records=True) as run:
        assert plan.torture(run, ["power cut"] * (KILLS // 6), plan.POWER, say) == []


def test_a_full_disk_loses_nothing() -> None:
    try:
        with disk(is_small=True) as home, tortured(home, seed=3) as run:
            order = ["disk full", "kill -9", "disk full"]
            assert plan.torture(run, order, plan.KILLS | plan.FULL, say) == []
    except OSError as error:
        pytest.skip(str(error))


def test_a_disk_that_lies_about_fsync_is_found_out(tmp_path: Path) -> None:
    """The power cut bites: were fsync not believed, all that came since the start would be lost."""
    with tortured(tmp_path, seed=4, records=True, lies=True) as run:
        with Clients(run.meta, random.Random(4)) as clients:
            run.meta.wait_for(lambda: len(clients.pieces) > 5)
        run.meta.settle()
        run.running.kill()
        assert run.machine.cut_power() > 0
        acked = {w for d in run.meta.deliveries if d.status == 200 for w in d.ids}
        left = run.office.rows("SELECT wamid FROM whatsapp_messages")
        assert len(left) < len(acked)


A_FILED_ONE = "SELECT min(id) FROM documents WHERE status = 'filed'"  # a stranger's waits


def sql(statement: str) -> Callable[[Torture], object]:
    def harm(run: Torture) -> None:
        run.office.change(statement)

    return harm


def spoil_file(run: Torture) -> None:
    next(path for path in run.office.folder.rglob("*") if path.is_file()).write_bytes(b"?")


def copy_file(run: Torture) -> None:
    path = next(path for path in run.office.folder.rglob("*") if path.is_file())
    path.with_name("again.pdf").write_bytes(path.read_bytes())


def leave_temporary(run: Torture) -> None:
    (run.office.data / "left.tmp").touch()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (sql("DELETE FROM whatsapp_messages WHERE id = 1"), "is not in the store"),
        (sql("UPDATE whatsapp_messages SET wamid = 'x' WHERE id = 1"), "nobody sent it"),
        (sql("UPDATE whatsapp_messages SET status = 'error' WHERE id = 1"), "is error, not"),
        (sql("UPDATE whatsapp_messages SET due_at = received_at WHERE id = 1"), "still wait"),
        (sql("UPDATE outbox SET status = 'sending'"), "neither sent nor given up"),
        (sql("UPDATE outbox SET status = 'unknown'"), "its receipt was not heard"),
        (sql("UPDATE outbox SET callback = 'x' || id WHERE channel = 'whatsapp'"), "never had it"),
        (sql("DELETE FROM outbox_items"), "was confirmed 0 times"),
        (spoil_file, "in 0 files"),
        (copy_file, "in 2 files"),
        (leave_temporary, "temporary file"),
        (sql("UPDATE documents SET safety = 'unexamined' WHERE id = 1"), "never looked into"),
        (sql(f"DELETE FROM delivery_items WHERE document_id = ({A_FILED_ONE})"), "in 0 deliveries"),
    ],
    ids=[
        "message lost",
        "message made up",
        "no outcome",
        "stuck",
        "half sent",
        "receipt lost",
        "send made up",
        "not announced",
        "file damaged",
        "file twice",
        "temporary file",
        "not looked into",
        "not in a delivery",
    ],
)
def test_the_auditor_notices(
    tampered: tuple[Torture, Clients], harm: Callable[[Torture], None], said: str
) -> None:
    run, clients = tampered
    assert auditor.faults(run.office, clients, run.meta, run.mailbox) == []
    harm(run)
    found = auditor.faults(run.office, clients, run.meta, run.mailbox)
    assert any(said in fault for fault in found), found
