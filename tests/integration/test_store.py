"""The store: one writer, durable answers, guarded start."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from appliance.clock import SystemClock
from appliance.errors import ConfigError, PermanentError, TemporaryError
from appliance.store import copies, restoring
from appliance.store.database import MIGRATIONS, Store
from appliance.store.models import TABLES, AuditEntry, Notice


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path, SystemClock())) as opened:
        yield opened


def note(actor: str) -> AuditEntry:
    made: AuditEntry = AuditEntry.create(at=SystemClock().now(), actor=actor, action="tested")
    return made


def actors() -> set[str]:
    return {entry.actor for entry in AuditEntry.select()}


def test_what_a_unit_wrote_is_there_when_write_returns(store: Store, tmp_path: Path) -> None:
    store.write(lambda: note("Nour"))

    with closing(sqlite3.connect(tmp_path / "greffier.db")) as other:
        assert other.execute("SELECT actor FROM audit_log").fetchall() == [("Nour",)]


def test_a_units_error_is_its_own_and_undoes_only_itself(store: Store) -> None:
    together = threading.Barrier(9)

    def fails() -> None:
        note("lost")
        raise ValueError("no")

    def call(number: int) -> str:
        together.wait()
        try:
            store.write(fails if number == 4 else lambda: note(f"kept {number}"))
        except ValueError as error:
            return str(error)
        return "written"

    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(call, range(9)))

    assert sorted(answers) == ["no"] + ["written"] * 8
    assert actors() == {f"kept {n}" for n in range(9) if n != 4}


def together(names: list[str]) -> list[int]:
    """What many callers do at once: an id for each name, in order."""
    if "bad" in names:
        note("bad")
        raise ValueError("no")
    return [int(note(name).id) for name in names]


def test_many_callers_share_a_statement_and_each_gets_its_own_answer(store: Store) -> None:
    names = [f"caller {n}" for n in range(60)]
    with ThreadPoolExecutor(20) as pool:
        ids = list(pool.map(lambda name: store.write_together(together, name), names))

    kept = {entry.actor: entry.id for entry in AuditEntry.select()}
    assert kept == dict(zip(names, ids, strict=True))


def test_one_of_many_that_fails_takes_nobody_along(store: Store) -> None:
    def call(name: str) -> str:
        try:
            store.write_together(together, name)
        except ValueError:
            return "refused"
        return "kept"

    names = [f"caller {n}" for n in range(8)] + ["bad"]
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(call, names))

    assert answers == ["kept"] * 8 + ["refused"]
    assert actors() == set(names) - {"bad"}


READS_ON = """
import sys, threading
from pathlib import Path
from appliance.clock import SystemClock
from appliance.store.database import Store
from appliance.store.models import Client

def read(begun):
    for _ in range(1500):
        list(Client.select().limit(3))
        begun.set()

for round in range(5):
    folder = Path(sys.argv[1]) / str(round)
    folder.mkdir()
    store = Store.open(folder, SystemClock())
    begun = [threading.Event() for _ in range(4)]
    readers = [threading.Thread(target=read, args=[one]) for one in begun]
    for reader in readers:
        reader.start()
    for one in begun:
        one.wait()
    store.close()
    for reader in readers:
        reader.join()
print("all read on")
"""


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(peewee.OperationalError, match="readonly"):
        note("smuggled")


def test_a_unit_may_not_wait_for_itself(store: Store) -> None:
    with pytest.raises(RuntimeError, match="wait for itself"):
        store.write(lambda: store.write(lambda: None))


def test_a_closed_store_refuses_writes_and_finishes_those_before(tmp_path: Path) -> None:
    store = Store.open(tmp_path, SystemClock())
    store.write(lambda: note("before"))
    store.close()

    with pytest.raises(TemporaryError):
        store.write(lambda: note("after"))


def test_a_store_may_close_under_threads_that_still_read(tmp_path: Path) -> None:
    """Long work is not waited for at a stop. In a process of its own: a fault would end it."""
    command = [sys.executable, "-c", READS_ON, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "all read on\n", "")


def test_commits_are_synced_in_full(store: Store) -> None:
    assert store.write(lambda: store.execute("PRAGMA synchronous").fetchone()[0]) == 2
    assert store.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_every_model_is_what_the_migrations_make(store: Store) -> None:
    for table in TABLES:
        name = table._meta.table_name
        columns = {row[1]: row[3] for row in store.execute(f'PRAGMA table_info("{name}")')}
        wanted = {f.column_name: int(not f.null) for f in table._meta.sorted_fields}
        assert columns == wanted, name


def test_the_views_of_the_contract_answer(store: Store) -> None:
    for view in ("whatsapp_stats_30d", "whatsapp_media_expired"):
        assert store.execute(f"SELECT * FROM {view}").fetchall() == []


def test_a_damaged_database_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "greffier.db").write_bytes(b"not a database" * 1000)

    with pytest.raises(ConfigError, match=r"damaged .*greffier restore"):
        Store.open(tmp_path, SystemClock())


def test_a_synchronised_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "OneDrive" / "greffier"
    folder.mkdir(parents=True)

    with pytest.raises(ConfigError):
        Store.open(folder, SystemClock())


def test_a_migration_is_preceded_by_a_copy(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path, SystemClock())) as store:
        store.write(lambda: note("Nour"))
    with closing(sqlite3.connect(tmp_path / "greffier.db")) as raw:  # a step seems not applied
        (last,) = raw.execute("SELECT max(name) FROM schema_migration").fetchone()
        raw.execute("UPDATE schema_migration SET name = '0000_older' WHERE name = ?", (last,))
        raw.commit()

    with pytest.raises(peewee.OperationalError):  # the table is there already: the step fails
        Store.open(tmp_path, SystemClock())

    (copy,) = (tmp_path / "backups").glob(f"*before-{last}*")
    copies.check(copy)


def test_a_copy_made_under_writes_is_whole(store: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            store.write(lambda n=number: note(f"n{n}"))
            number += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        store.copy_to(tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()

    copies.check(tmp_path / "copy.db")


def test_a_restored_copy_resends_nothing(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    data.mkdir()
    now = SystemClock().now()
    with closing(Store.open(data, SystemClock())) as store:
        store.write(lambda: _queue_a_letter(store))
        store.copy_to(copy)
        store.write(lambda: note("after the copy"))

    kept = restoring.restore(copy, data, now)

    assert kept is not None
    with closing(Store.open(data, SystemClock())) as store:
        assert actors() == set()
        assert store.execute("SELECT status FROM outbox").fetchall() == [("unknown",)]


def _queue_a_letter(store: Store) -> None:
    store.execute(
        "INSERT INTO outbox (channel, kind, recipient, status, dedupe_key, callback, created_at,"
        " attempts, interruptions, priority)"
        " VALUES ('email', 'filed', 'a@b', 'queued', 'k', 'c', '', 0, 0, 0)"
    )


def test_what_is_no_copy_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"nothing")

    with pytest.raises(PermanentError, match="not a whole copy"):
        restoring.restore(tmp_path / "x.db", tmp_path, SystemClock().now())
    assert not (tmp_path / "greffier.db").exists()


def test_a_copy_of_a_newer_version_is_not_restored(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path, SystemClock())) as store:
        store.copy_to(tmp_path / "x.db")
    with closing(sqlite3.connect(tmp_path / "x.db")) as raw:
        raw.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_future', '')")
        raw.commit()

    with pytest.raises(PermanentError, match="newer Greffier"):
        restoring.restore(tmp_path / "x.db", tmp_path, SystemClock().now())


def test_an_outcome_that_the_full_disk_refuses_is_written_when_there_is_room(store: Store) -> None:
    def outcome() -> int:
        made: Notice = Notice.create(field="x", raw="y" * 100_000, received_at=SystemClock().now())
        return int(made.id)

    pages = store.execute("PRAGMA page_count").fetchone()[0]
    store.write(lambda: store.execute(f"PRAGMA max_page_count = {pages + 2}"))
    assert store.insist(outcome) is None
    store.pay()
    assert Notice.select().count() == 0
    with pytest.raises(TemporaryError, match="free disk space"):
        store.write(outcome)

    store.write(lambda: store.execute("PRAGMA max_page_count = 1000000"))
    store.pay()
    store.pay()

    assert Notice.select().count() == 1


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in MIGRATIONS.glob("[0-9]*.py"))

    assert numbers == list(range(1, len(numbers) + 1))
