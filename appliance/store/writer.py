"""The one writer of an SQLite store: callers queue units, one thread commits them in groups.

Why: SQLite admits one writer at a time, and threads that fight for it stall for seconds. Here they
queue in memory and share the fsync: forty callers cost one commit.
"""

import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import peewee

from appliance.errors import TemporaryError

Item = TypeVar("Item")
T = TypeVar("T")

_DISK_TROUBLE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY")

COMPANY = 3  # units that shared the last commit: where so many come, more are on their way
GATHER = 0.002  # seconds to wait for them then: a commit costs as much for one as for twenty
GROUP_LIMIT = 256  # units a commit: bounds how long the first of a group waits for the last


class _Waiting:
    """A unit and, once its commit is on disk, what became of it.

    A bare lock is the quickest way for one thread to wake one other: a Future costs four times it.
    """

    __slots__ = ("_done", "_fault", "_value", "item", "unit", "units")

    def __init__(
        self,
        unit: Callable[[], Any],
        units: Callable[[list[Any]], list[Any]] | None = None,
        item: Any = None,
    ) -> None:
        self.unit = unit
        self.units = units
        self.item = item
        self._value: Any = None
        self._fault: Exception | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def returned(self, value: Any) -> None:
        self._value = value

    def failed(self, fault: Exception) -> None:
        self._fault = fault

    def answer(self) -> None:
        """Let the caller go."""
        self._done.release()

    def result(self) -> Any:
        """Wait for the answer; the unit's value, or its error raised."""
        self._done.acquire()
        if self._fault is not None:
            raise self._fault
        return self._value


class Writer:
    """Runs units one at a time in its own thread and answers each once its commit is on disk."""

    def __init__(self, database: peewee.SqliteDatabase) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._company = 0  # how many shared the last commit
        self._pause = threading.Event()  # never set: a wait that ends by itself
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, unit: Callable[[], T]) -> T:
        """Run `unit` in the next commit; return what it returned once that is durable.

        A unit does database work only, and can be run twice: when a neighbour fails, it is.
        Raises what the unit raised (its own changes undone, its neighbours' kept), or
        TemporaryError when the group could not be committed: then nothing of it was kept.
        """
        value: T = self._wait_for(_Waiting(unit))
        return value

    def write_together(self, units: Callable[[list[Item]], list[T]], item: Item) -> T:
        """Like `write`; the items of all callers in a commit that pass the same `units` go to it
        at once. It returns a value for each, in order, and can be called again for each alone."""
        value: T = self._wait_for(_Waiting(lambda: units([item])[0], units, item))
        return value

    def _wait_for(self, waiting: _Waiting) -> Any:
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "a unit may not write through the store again: it would wait for itself"
            )
        with self._door:
            if self._closed:
                raise TemporaryError("the store is closing", counts=False)
            self._waiting.put(waiting)
        return waiting.result()

    def close(self) -> None:
        """Finish what was queued, then stop. Later writes are refused."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        self._connect()
        more = True
        while more:
            group, more = self._next_group()
            self._company = len(group)
            if group:
                self._commit(group)
        self._disconnect()

    def _connect(self) -> None:
        """Units run inside our BEGIN: Peewee's own `atomic` must make savepoints there."""
        self._database.connect()
        self._database.push_transaction(self)

    def _disconnect(self) -> None:
        self._database.pop_transaction()
        self._database.close()

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """Everything that waits now, at most a group; False once the closing mark was met."""
        group: list[_Waiting] = []
        item = self._waiting.get()
        if self._company >= COMPANY:
            self._pause.wait(GATHER)
        while item is not None:
            group.append(item)
            if len(group) == GROUP_LIMIT or self._waiting.empty():
                return group, True
            item = self._waiting.get()
        return group, False

    def _commit(self, group: list[_Waiting]) -> None:
        """All in one transaction; should one unit fail, again, each behind its own savepoint.

        Savepoints copy every page they touch, and units hardly ever fail: hence the second run.
        """
        try:
            self._run_together(group)
        except Exception as error:  # noqa: BLE001 - the unit's own fault; found again below
            self._undo()
            if len(group) == 1:
                group[0].failed(_as_ours(error))
            else:
                self._commit_apart(group)
        for waiting in group:
            waiting.answer()

    def _commit_apart(self, group: list[_Waiting]) -> None:
        try:
            self._execute("BEGIN IMMEDIATE")
            for waiting in group:
                self._run_apart(waiting)
            self._execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - top of a thread: the callers get it
            self._undo()
            for waiting in group:
                waiting.failed(_as_ours(error))

    def _run_together(self, group: list[_Waiting]) -> None:
        """Those that may be run at once are; then the others, one by one."""
        joined: defaultdict[Any, list[_Waiting]] = defaultdict(list)
        self._execute("BEGIN IMMEDIATE")
        for waiting in group:
            if waiting.units is None:
                waiting.returned(waiting.unit())
            else:
                joined[waiting.units].append(waiting)
        for units, some in joined.items():
            values = units([waiting.item for waiting in some])
            for waiting, value in zip(some, values, strict=True):
                waiting.returned(value)
        self._execute("COMMIT")

    def _run_apart(self, waiting: _Waiting) -> None:
        """Run one unit of several: its error undoes only itself.

        An error that took the whole transaction with it is raised.
        """
        self._execute("SAVEPOINT unit")
        try:
            waiting.returned(waiting.unit())
        except Exception as error:
            if not self._database.connection().in_transaction:
                raise  # a full disk rolls everything back: the neighbours' changes are gone too
            self._execute("ROLLBACK TO unit")
            waiting.failed(_as_ours(error))
        self._execute("RELEASE unit")

    def _execute(self, sql: str) -> None:
        self._database.connection().execute(sql)

    def _undo(self) -> None:
        try:
            if self._database.connection().in_transaction:
                self._execute("ROLLBACK")
        except (peewee.DatabaseError, sqlite3.Error):
            self._disconnect()  # a connection that can't roll back is not used again
            self._connect()


def _as_ours(error: Exception) -> Exception:
    """A disk that cannot take the write now is a reason to try later; other errors are bugs."""
    cause = error.__context__ if isinstance(error, peewee.DatabaseError) else error
    if getattr(cause, "sqlite_errorname", "").startswith(_DISK_TROUBLE):
        reason = f"the store cannot be written ({cause}): free disk space, or check the disk"
        return TemporaryError(reason, counts=False)
    return error
