"""The store: the truth. Opens it, guards it, reads and writes it."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import peewee
from playhouse.migrations import Runner

from appliance.clock import Clock
from appliance.disk import make_private
from appliance.errors import ConfigError, Fault, PermanentError, TemporaryError
from appliance.sharing import refuse_shared_folder
from appliance.store import copies
from appliance.store.models import TABLES
from appliance.store.writer import Writer

Item = TypeVar("Item")
T = TypeVar("T")

# What a unit runs after its act, to write down who did it: one commit (see firm.audit). The second
# is told the number of what was made, which only the unit knows.
Note = Callable[[], object]
NumberedNote = Callable[[int], object]

MIGRATIONS = Path(__file__).parent / "migrations"

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",  # a commit that is answered survives a power cut
    "foreign_keys": 1,
    "busy_timeout": 5000,  # for a foreign reader (a backup tool); our own threads never compete
    "journal_size_limit": 64 * 1024 * 1024,
    "cache_size": -16 * 1024,
    "temp_store": "memory",
    "wal_autocheckpoint": 16_384,  # pages, 64 MB: the writer does so only if `tidy` falls behind
}


class _Sqlite(peewee.SqliteDatabase):
    """A connection a thread; only the writer's can write."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), pragmas=_PRAGMAS, check_same_thread=False)
        self.writer_name = "store-writer"
        self._connections: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._listing = threading.Lock()

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._connect()
        if threading.current_thread().name != self.writer_name:
            connection.execute("PRAGMA query_only = 1")
        with self._listing:
            self._connections.append((threading.current_thread(), connection))
        return connection

    def close_all(self) -> None:
        """Close this thread's connection and those that ended threads have left.

        One in use by another thread is left to it: SQLite may be inside it this very moment, and
        closing it then is no error but the end of the process. It goes when that thread goes.
        """
        with self._listing:
            for thread, connection in self._connections:
                if thread is threading.current_thread() or not thread.is_alive():
                    connection.close()
            self._connections.clear()


class Store:
    """One SQLite file. Reads go to the caller's thread, writes to the one writer.

    One store a process: Peewee binds models process-wide.
    """

    def __init__(self, path: Path, database: _Sqlite) -> None:
        self.path = path
        self._database = database
        self._writer = Writer(database)
        self._owed: deque[Callable[[], object]] = deque()

    @classmethod
    def open(cls, data: Path, clock: Clock) -> Self:
        """Open `<data>/greffier.db`, made or brought up to date as needed.

        Before a migration the file is copied to `<data>/backups`. Raises ConfigError when the
        folder is shared or synchronised, or the file is damaged: nothing has been changed then.
        """
        fault = refuse_shared_folder(data)
        if fault is not None:
            raise ConfigError([fault])
        path = data / "greffier.db"
        make_private(path)
        database = _Sqlite(path)
        try:
            _check(database, path)
            _migrate(database, path, clock)
        except BaseException:
            database.close_all()
            raise
        database.bind(list(TABLES))
        return cls(path, database)

    def write(self, unit: Callable[[], T]) -> T:
        """Run `unit` (database work only, no other I/O) and return its value once durable.

        A unit may be run twice, the first run undone: it changes rows and nothing else.
        Raises what the unit raised, or TemporaryError when the disk cannot take the commit.
        """
        return self._writer.write(unit)

    def act(self, unit: Callable[[], T], note: Note) -> T:
        """Like `write`, for what a person does: in the same commit, `note` writes down who did it,
        if the unit's value says that anything was done (it is true)."""

        def noted() -> T:
            done = unit()
            if done:
                note()
            return done

        return self.write(noted)

    def write_together(self, units: Callable[[list[Item]], list[T]], item: Item) -> T:
        """Like `write`, for what many threads do at once: `units` gets the items of all of them.

        It returns a value for each item, in order. Pass the same method of the same object.
        """
        return self._writer.write_together(units, item)

    def insist(self, unit: Callable[[], T]) -> T | None:
        """Like `write`, for what has already happened and must be known: an outcome.

        None if the disk can't take it now: then it is kept in memory and written as soon as it can.
        Should the process die before, the row is found as a crash leaves it.
        """
        try:
            return self._writer.write(unit)
        except TemporaryError:
            self._owed.append(unit)
            return None

    def pay(self) -> None:
        """Write what could not be written before. Called every few seconds."""
        while self._owed:
            unit = self._owed.popleft()
            try:
                self._writer.write(unit)
            except TemporaryError:
                self._owed.appendleft(unit)
                return

    def execute(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """One statement on this thread's connection: the hot path's way around model objects."""
        return self._database.connection().execute(sql, parameters)

    def tidy(self) -> None:
        """Bring the write-ahead log's pages home, in the caller's thread.

        In the writer's own, a commit in fifty would wait for two more fsyncs.
        """
        self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def copy_to(self, target: Path) -> None:
        """A consistent, checked copy at `target`, while others read and write."""
        copies.copy(self.path, target)

    def close(self) -> None:
        """Finish queued writes, those owed too if the disk lets us, and close what nobody uses.

        A thread that still reads (long work that no stop waits for) reads on, and writes no more.
        """
        self.pay()
        self._writer.close()
        self._database.close_all()


def by_nobody(*_number: int) -> None:
    """The note of what nobody of the firm does: the first start, Meta's word, the sample firm."""


@contextmanager
def reading(data: Path) -> Iterator[None]:
    """Look into the store of another process, or of none: models read it, nothing is written.

    Raises PermanentError when it cannot be read, or belongs to another version.
    """
    address = f"{(data / 'greffier.db').absolute().as_uri()}?mode=ro"
    database = peewee.SqliteDatabase(address, uri=True, pragmas={"query_only": 1})
    try:
        with database.bind_ctx(list(TABLES)), database.connection_context():
            yield
    except peewee.DatabaseError as error:
        raise PermanentError(f"the store cannot be read ({error})") from error


def _check(database: _Sqlite, path: Path) -> None:
    """Raise ConfigError unless SQLite can read the file and finds it whole."""
    try:
        answer = database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
    except peewee.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        what = (
            f"the database is damaged ({answer}); nothing was changed. "
            "Put the last good copy back with `greffier restore FILE`; copies are in `backups`"
        )
        raise ConfigError([Fault(str(path), what)])


def _migrate(database: _Sqlite, path: Path, clock: Clock) -> None:
    runner = Runner(database, str(MIGRATIONS))
    pending = [step.name for step in runner.migrations() if step.name not in runner.applied()]
    if not pending:
        return
    if runner.applied():
        copies.copy(path, copies.name_for(path.parent, clock.now(), f"before-{pending[0]}"))
    database.execute_sql("PRAGMA query_only = 0")
    runner.up()
    database.close()
