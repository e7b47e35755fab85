"""The audit log: what was done is there once, and nothing of it changes unnoticed."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from appliance import chain, instance
from appliance.chain import Breach, Finding
from appliance.demo import cast
from appliance.firm import audit
from appliance.firm.audit import Audit
from appliance.firm.csv_import import parse
from appliance.firm.deeds import ERASED, OPENED, SEALED
from appliance.firm.register import Register
from appliance.papers.witness import AUDIT, AUDIT_FILE, Watched, Witness, audit_log
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Dossier
from tests.support import Hands


@dataclass
class House:
    """A firm whose audit log somebody may want to change."""

    store: Store
    clock: Hands
    log: Audit
    watched: Watched

    def notes(self, action: str, subject: str | None = None, detail: str | None = None) -> None:
        self.store.write(lambda: self.log.add("Nour", action, subject, detail))

    def finding(self) -> Finding | None:
        return self.watched.check(self.store.path.parent).finding

    def attacks(self, *statements: str) -> None:
        """Somebody with the file and without the key, who knows what a trigger is."""
        with closing(sqlite3.connect(self.store.path, isolation_level=None)) as raw:
            query = (
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
            )
            for (name,) in raw.execute(query).fetchall():
                raw.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                raw.execute(statement)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        Register(store, clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        yield House(store, clock, Audit(store, clock), audit_log(instance.key(tmp_path, audit.KEY)))


@pytest.fixture
def told(house: House) -> House:
    """Six entries."""
    for number in range(6):
        house.notes("document moved", f"document:{number}", f"to shelf {number}")
    return house


def entries(_: House) -> list[Any]:
    return list(AuditEntry.select().order_by(AuditEntry.id))


def test_entries_stand_as_they_were_made(told: House) -> None:
    checked = told.watched.check(told.store.path.parent)

    assert (checked.count, checked.finding) == (6, None)
    first, second = entries(told)[:2]
    assert first.previous == chain.START
    assert second.previous == first.hash
    assert {len(entry.seal) for entry in entries(told)} == {64}


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit_log SET actor = 'Ali' WHERE number = 3", Finding(Breach.ALTERED, 3)),
        (
            "UPDATE audit_log SET at = '2020-01-01 00:00:00.000000' WHERE number = 3",
            Finding(Breach.ALTERED, 3),
        ),
        ("UPDATE audit_log SET detail = NULL WHERE number = 3", Finding(Breach.ALTERED, 3)),
        ("UPDATE audit_log SET dossier_id = 2 WHERE number = 3", Finding(Breach.ALTERED, 3)),
        ("UPDATE audit_log SET about_id = 99 WHERE number = 3", Finding(Breach.ALTERED, 3)),
        (
            "UPDATE audit_log SET detail = NULL, subject = NULL, erased_at = at WHERE number = 3",
            Finding(Breach.ALTERED, 3),
        ),
        ("DELETE FROM audit_log WHERE number = 3", Finding(Breach.REMOVED, 3)),
        ("DELETE FROM audit_log WHERE number = 1", Finding(Breach.REMOVED, 1)),
        (
            "UPDATE audit_log SET number = number + 40 WHERE number = 3",
            Finding(Breach.REMOVED, 3),
        ),
        (
            "INSERT INTO audit_log (at, actor, action) VALUES ('2026-11-23', 'Ali', 'x')",
            Finding(Breach.INSERTED, 7),
        ),
    ],
)
def test_whatever_is_done_to_it_is_found_and_named(
    told: House, statement: str, finding: Finding
) -> None:
    told.attacks(statement)

    assert told.finding() == finding


def test_an_entry_made_with_another_key_is_found(told: House, tmp_path: Path) -> None:
    (told.store.path.parent / audit.KEY).write_bytes(b"x" * 32)
    other = Audit(told.store, told.clock)
    told.store.write(lambda: other.add("Ali", "document moved", "document:9", None))

    assert told.finding() == Finding(Breach.UNKNOWN_KEY, 7)


def test_an_end_that_was_cut_off_is_missed_by_what_was_written_down_elsewhere(
    told: House, tmp_path: Path
) -> None:
    witness = Witness(told.store, None, told.clock, tmp_path, [told.watched])  # type: ignore[arg-type]
    assert witness.check(AUDIT).finding is None
    assert witness.last_note(AUDIT_FILE) == {
        "at": "2026-11-23T09:00:00Z",
        "number": 6,
        "hash": entries(told)[-1].hash,
    }
    told.attacks("DELETE FROM audit_log WHERE number > 4")

    assert told.finding() == Finding(Breach.CUT, 5)
    told.notes("document moved", "document:1")
    assert told.finding() == Finding(Breach.CUT, 6)
    told.notes("document moved", "document:1")
    assert told.finding() == Finding(Breach.REPLACED, 6)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'Ali'",
        "UPDATE audit_log SET detail = 'x'",
        "UPDATE audit_log SET detail = NULL",
        "UPDATE audit_log SET erased_at = at, detail = NULL, subject = NULL, seal = 'x'",
        "UPDATE audit_log SET number = number + 10",
        "DELETE FROM audit_log",
        "INSERT OR REPLACE INTO audit_log (id, at, actor, action) VALUES (3, 'x', 'Ali', 'y')",
        "INSERT OR REPLACE INTO audit_log (number, at, actor, action) VALUES (3, 'x', 'Ali', 'y')",
    ],
)
def test_the_database_itself_refuses_to_change_it(told: House, statement: str) -> None:
    with pytest.raises(Exception, match="only ever added to"):
        told.store.write(lambda: told.store.execute(statement))

    assert told.finding() is None


def test_a_unit_that_fails_leaves_no_entry_and_no_gap(told: House) -> None:
    def unit() -> None:
        told.log.add("Nour", "document moved", "document:1", None)
        raise ValueError("the act failed")

    with pytest.raises(ValueError, match="the act failed"):
        told.store.write(unit)
    told.notes("document moved", "document:1")

    assert [entry.number for entry in entries(told)] == [1, 2, 3, 4, 5, 6, 7]
    assert told.finding() is None


def test_many_who_act_at_once_make_one_chain(house: House) -> None:
    """Groups of units that fail together are run apart, each once more."""

    def unit(number: int) -> None:
        house.log.add(f"person {number}", "document moved", f"document:{number}", None)
        if number % 5 == 0:
            raise ValueError("this one fails")

    def act(number: int) -> None:
        if number % 5:
            house.store.write(lambda: unit(number))
        else:
            with pytest.raises(ValueError, match="this one fails"):
                house.store.write(lambda: unit(number))

    threads = [threading.Thread(target=act, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    checked = house.watched.check(house.store.path.parent)
    assert (checked.count, checked.finding) == (48, None)


def test_what_was_written_before_there_was_a_chain_is_sealed_once(house: House) -> None:
    old = [("Nour", "original opened", "7"), ("Salma", "legal hold begun", "2026-014")]
    dossier = Dossier.get()
    house.store.write(lambda: [_insert(house, *each) for each in old])
    house.store.write(lambda: _insert(house, "Salma", "dossier closed", dossier.reference))
    assert house.finding() is None, "nothing is sealed yet"

    house.log.begin()
    house.log.begin()

    kept = [(entry.number, entry.action, entry.about, entry.about_id) for entry in entries(house)]
    assert kept == [
        (1, "original opened", "document", 7),
        (2, "legal hold begun", "dossier", None),
        (3, "dossier closed", "dossier", dossier.id),
        (4, SEALED, "setting", None),
    ]
    assert entries(house)[3].detail == "3"
    assert house.finding() is None
    house.attacks("UPDATE audit_log SET detail = 'x' WHERE number = 2")
    assert house.finding() == Finding(Breach.ALTERED, 2)


def _insert(house: House, actor: str, action: str, subject: str) -> None:
    AuditEntry.create(at=house.clock.now(), actor=actor, action=action, subject=subject)


def test_words_that_must_be_erased_go_and_the_chain_stands(told: House) -> None:
    told.store.write(lambda: told.log.erase_words([2, 4], "Salma", "asked by the client"))

    second = entries(told)[1]
    assert (second.actor, second.subject, second.detail) == ("Nour", None, None)
    assert entries(told)[2].detail == "to shelf 2"
    last = entries(told)[-1]
    assert (last.action, last.subject, last.detail) == (ERASED, "2,4", "asked by the client")
    assert told.finding() is None
    told.store.write(lambda: told.log.erase_words([last.number], "Salma", "hide it"))
    assert entries(told)[6].subject == "2,4", "what was erased stays known"
    assert told.finding() is None


def test_turning_thirty_pages_is_one_entry_and_the_next_day_is_another(house: House) -> None:
    day = house.clock.now()
    for _ in range(30):
        house.log.opened("Nour", 7, day)
    house.log.opened("Salma", 7, day)
    house.log.opened("Nour", 8, day)
    house.clock.pass_(timedelta(days=1))
    house.log.opened("Nour", 7, house.clock.now())

    kept = [(entry.actor, entry.action, entry.subject) for entry in entries(house)]
    assert kept == [
        ("Nour", OPENED, "document:7"),
        ("Salma", OPENED, "document:7"),
        ("Nour", OPENED, "document:8"),
        ("Nour", OPENED, "document:7"),
    ]


def test_two_windows_that_open_it_at_once_are_one_entry(house: House) -> None:
    day = house.clock.now()
    threads = [threading.Thread(target=lambda: house.log.opened("Nour", 7, day)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(entries(house)) == 1


def test_an_act_is_found_under_the_dossier_that_it_was_done_in(house: House) -> None:
    dossier = Dossier.get()
    values = {"owner_key": "o", "sha256": "0", "sender": "s", "name": "bail.pdf", "size": 1}
    values |= {"mime_type": "x/y", "reason": "r", "received_at": house.clock.now()}
    document = house.store.write(lambda: models.Document.create(dossier=dossier, **values))
    for subject in (f"document:{document.id}", f"document {document.id}", str(document.id)):
        house.notes("document moved", subject)
    for subject in (dossier.reference, dossier.reference.lower(), f"dossier {dossier.id}"):
        house.notes("dossier closed", subject)
    house.notes("opposing party added", f"{dossier.reference}: M. Hostile")
    house.notes("dossier closed", "no such reference")

    kept = [(entry.about, entry.about_id, entry.dossier_id) for entry in entries(house)]
    assert kept[:3] == [("document", document.id, dossier.id)] * 3
    assert kept[3:7] == [("dossier", dossier.id, dossier.id)] * 4
    assert kept[7] == ("dossier", None, None)


def test_a_hundred_thousand_entries_would_be_checked_in_a_few_seconds(house: House) -> None:
    """A fiftieth of it in a fiftieth of the time, on a machine that does other things, too."""
    count = 2000

    def unit() -> None:
        for number in range(count):
            house.log.add("Nour", "document opened", f"document:{number}", "x" * 30)

    house.store.write(unit)
    before = thread_time()
    checked = house.watched.check(house.store.path.parent)

    assert (checked.count, checked.finding) == (count, None)
    assert thread_time() - before < 0.1
