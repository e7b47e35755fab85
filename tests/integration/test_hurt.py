"""What an attacker, or bad luck, tried: each was found by somebody who wanted to do harm."""

import json
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.demo import cast
from appliance.errors import TemporaryError
from appliance.firm.users import SignInRefusedError, Users
from appliance.folding import folded
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.account import limit_of
from appliance.outbox import outcomes
from appliance.simulator.whatsapp import Meta
from appliance.store import copies, models
from appliance.store.database import Store
from appliance.upkeep.schedule import _safely
from appliance.upkeep.taskbook import Outcome, TaskBook
from tests.integration.conftest import Office
from tests.support import Hands

MARKS = "\u0301" * 60_000 + "\u0323" * 60_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path, Hands())) as opened:
        yield opened


def test_a_name_that_is_made_to_hurt_is_refused_before_it_is_folded(store: Store) -> None:
    """Folding 120,000 marks would stop the whole process for ten seconds."""
    users = Users(store, Hands(), 12)
    with pytest.raises(SignInRefusedError):
        users.sign_in("a" + MARKS, "x", "127.0.0.1")
    with pytest.raises(SignInRefusedError):
        users.sign_in("Salma", "x" + MARKS, "127.0.0.1")
    assert not models.AuditEntry.select().exists()


def test_a_text_that_is_made_to_hurt_is_read_as_far_as_a_question_goes() -> None:
    assert len(folded("a" + MARKS)) <= 1000


@pytest.mark.parametrize("tier", ["TIER_" + "9" * 5000, "TIER_²", "TIER_"])
def test_a_tier_that_is_no_number_is_none(tier: str) -> None:
    assert limit_of(tier) is None


def test_a_damaged_file_on_the_shelf_is_fetched_again(office: Office, meta: Meta) -> None:
    """A disk fault, or a virus scanner that cut something out."""
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    pdf = cast.pdf("BAIL")
    phone.sends(pdf, filename="bail.pdf")
    meta.settle()
    office.rests()
    document = models.Document.get()
    data = office.config.firm.data
    (kept,) = (data / "media").rglob(document.sha256)
    kept.chmod(0o600)
    kept.write_bytes(b"damaged")
    (office.folder / document.local_path).unlink()

    phone.sends(pdf, filename="bail.pdf")
    meta.settle()
    office.rests()
    assert kept.read_bytes() == pdf


def test_copies_and_the_store_are_nobody_elses_to_read(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    store.copy_to(target)
    copies.check(target)
    for path in (target, store.path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failure_that_is_quicker_than_metas_answer_is_not_buried(office: Office) -> None:
    now = Hands().now()

    def unit() -> models.Outgoing:
        made: models.Outgoing = models.Outgoing.create(
            channel="whatsapp",
            kind="confirmation",
            recipient="+21620111222",
            status="sending",
            dedupe_key="k",
            callback="first",
            created_at=now,
            attempts=1,
        )
        return made

    row = office.store.write(unit)
    failed = {"id": "wamid.1", "status": "failed", "errors": [{"code": 131016}]}
    receipt = models.Receipt(
        wamid="wamid.1",
        status="failed",
        callback="first",
        raw=json.dumps(failed),
        received_at=now,
    )
    office.store.write(lambda: office.outbox.settle(receipt))
    office.store.write(lambda: outcomes.sent(row, "wamid.1", now))
    again = models.Outgoing.get_by_id(row.id)
    assert again.status == "queued"
    assert again.callback != "first"
    assert again.remote_id is None


def test_a_fault_of_ours_before_anything_left_is_an_attempt_and_no_end(office: Office) -> None:
    now = Hands().now() - timedelta(days=1)
    row = office.store.write(
        lambda: models.Outgoing.create(
            channel="email",
            kind="filed",
            recipient="salma@cabinet.example",
            dedupe_key="k",
            callback="c",
            created_at=now,
            due_at=now,
        )
    )
    later = office.outbox.broke(row.id, MemoryError())
    assert later is not None
    assert later.after > timedelta()
    assert models.Outgoing.get_by_id(row.id).status == "queued"


def test_our_token_goes_to_nobody_elses_host(office: Office, meta: Meta) -> None:
    gateway = WhatsAppGateway(office.config.whatsapp)
    assert gateway._is_metas(f"{meta.url}/whatsapp_business/attachments/1")
    assert not gateway._is_metas("http://somewhere.example/1")
    real = WhatsAppGateway(
        office.config.whatsapp.model_copy(update={"graph_url": "https://graph.facebook.com"})
    )
    assert real._is_metas("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1")
    for url in ("http://lookaside.fbsbx.com/1", "https://fbsbx.com.evil.example/1", "https://x/1"):
        assert not real._is_metas(url)


def test_a_task_that_always_fails_keeps_no_other_from_its_turn(office: Office) -> None:
    def fails() -> None:
        raise TemporaryError("the disk is ill")

    book = TaskBook(office.store, Hands())
    _safely(book, "ill", fails)

    assert [task.last and task.last.outcome for task in book.tasks()] == [Outcome.FAILED]
