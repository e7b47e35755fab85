"""Nothing was lost: what is counted, and what is named when something is gone."""

import shutil
from collections.abc import Callable

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.errors import StoppedError
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.upkeep.inventory import Inventories, Inventory, Places, latest, take
from tests.integration.conftest import Office

BAIL = cast.pdf("CONTRAT DE BAIL")


def places(office: Office) -> Places:
    return Places(office.folder, office.config.firm.data / "media")


def counted(office: Office, *, is_read: bool = True) -> Inventory:
    """Every body and every file; a test has fewer than thirty documents, read one by one."""
    found = take(places(office), 0, None, lambda: False)
    if is_read:
        for slice_ in range(5):
            found.missing += take(places(office), found.last_body_id, slice_, lambda: False).missing
    return found


@pytest.fixture
def three(office: Office, meta: Meta) -> Office:
    """One document filed, one that waits for a person, one greeting."""
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.phone(cast.STRANGER, "?").sends(cast.pdf("INCONNU"), filename="x.pdf")
    meta.phone(cast.BEN_YOUSSEF, "Amel").writes("Bonjour")
    meta.settle()
    office.rests()
    return office


def test_what_came_is_the_sum_of_what_became_of_it(three: Office) -> None:
    found = counted(three)

    assert found.missing == []
    assert found.counts == {"received": 3, "filed": 1, "pending": 1, "processed": 1}
    assert found.sentence() == "3 received = 1 filed, 1 to be filed, 1 with nothing to file"


def test_what_a_person_has_set_aside_is_counted_and_not_missing(three: Office) -> None:
    waiting = models.Document.get(models.Document.status == "pending")
    three.cabinets.mover.reject(waiting.id, "Nour", "not_ours")

    found = counted(three)

    assert found.missing == []
    assert found.counts == {"received": 3, "filed": 1, "rejected": 1, "processed": 1}
    assert "1 set aside by a person" in found.sentence()
    kept = Inventories(three.store, SystemClock(), places(three)).take(lambda: False)
    assert kept.counts["rejected"] == 1
    last = latest()
    assert last is not None
    assert (last.pending, last.rejected) == (0, 1)


def erase(query: str) -> Callable[[Office], object]:
    return lambda office: office.store.write(lambda: office.store.execute(query))


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (erase("DELETE FROM outbox_items"), None),
        (erase("UPDATE whatsapp_messages SET status = 'received' WHERE type = 'text'"), "nobody"),
        (erase("UPDATE whatsapp_messages SET document_id = NULL"), "its document is gone"),
        (erase("UPDATE outbox SET status = 'sending'"), "nobody sends it"),
    ],
    ids=["nothing", "stuck message", "no document", "stuck send"],
)
def test_what_is_gone_is_named(
    three: Office, harm: Callable[[Office], object], named: str | None
) -> None:
    harm(three)

    missing = counted(three).missing

    assert missing == [] if named is None else any(named in sentence for sentence in missing)


def test_a_message_that_is_not_in_the_store_is_named_by_its_id(three: Office) -> None:
    gone = models.Message.get(models.Message.type == "text").wamid
    erase("DELETE FROM whatsapp_messages WHERE type = 'text'")(three)

    assert [gone in sentence for sentence in counted(three).missing] == [True]


def test_a_file_that_a_person_moved_is_no_loss(three: Office) -> None:
    (three.folder / min(three.files)).rename(three.folder / "elsewhere.pdf")

    found = counted(three)

    assert (found.missing, found.displaced) == ([], 1)
    assert "1 files moved or changed by hand" in found.sentence()


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "another content"])
def test_bytes_that_are_nowhere_any_more_are_named(three: Office, is_gone: bool) -> None:
    shutil.rmtree(places(three).media)
    lost = three.folder / min(three.files)
    if is_gone:
        lost.unlink()
    else:
        lost.write_bytes(b"?" * lost.stat().st_size)

    missing = counted(three).missing

    assert {lost.name in sentence for sentence in missing} == {True}


def test_an_inventory_is_remembered_and_goes_on_where_the_last_one_ended(three: Office) -> None:
    inventories = Inventories(three.store, SystemClock(), places(three))
    first = inventories.take(lambda: False)
    erase("DELETE FROM whatsapp_messages WHERE type = 'text'")(three)

    second = inventories.take(lambda: False)

    kept = latest()
    assert kept is not None
    assert (kept.received, kept.filed, kept.missing) == (2, 1, "[]"), "its body was compared before"
    assert second.last_body_id == first.last_body_id > 0


def test_a_stop_is_obeyed_and_nothing_is_kept(three: Office) -> None:
    with pytest.raises(StoppedError):
        Inventories(three.store, SystemClock(), places(three)).take(lambda: True)
    assert latest() is None
