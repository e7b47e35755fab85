"""The one writer of an SQLite store: callers queue units, one thread commits them in groups.

Why: SQLite admits one writer at a time, and threads that fight for it stall for seconds. Here they
queue in memory and share the fsync: forty callers cost one commit.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import peewee

from appliance.errors import TemporaryError

T = TypeVar("T")

_DISK_TROUBLE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY")

GROUP_LIMIT = 256  # units a commit: bounds how long the first of a group waits for the last


class _Waiting(NamedTuple):
    unit: Callable[[], Any]
    answer: "Future[Any]"


class Writer:
    """Runs units one at a time in its own thread and answers each once its commit is on disk."""

    def __init__(self, database: peewee.SqliteDatabase) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, unit: Callable[[], T]) -> T:
        """Run `unit` in the next commit; return what it returned once that is durable.

        Raises what the unit raised (its own changes undone, its neighbours' kept), or
        TemporaryError when the group could not be committed: then nothing of it was kept.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "a unit may not write through the store again: it would wait for itself"
            )
        answer: Future[T] = Future()
        with self._door:
            if self._closed:
                raise TemporaryError("the store is closing", counts=False)
            self._waiting.put(_Waiting(unit, answer))
        return answer.result()

    def close(self) -> None:
        """Finish what was queued, then stop. Later writes are refused."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        self._connect()
        more = True
        while more:
            group, more = self._next_group()
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
        while item is not None:
            group.append(item)
            if len(group) == GROUP_LIMIT or self._waiting.empty():
                return group, True
            item = self._waiting.get()
        return group, False

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            self._database.execute_sql("BEGIN IMMEDIATE")
            outcomes = [self._run_unit(waiting) for waiting in group]
            self._database.execute_sql("COMMIT")
        except Exception as error:  # noqa: BLE001 - top of a thread: the callers get it
            self._undo()
            for waiting in group:
                waiting.answer.set_exception(_as_ours(error))
            return
        for waiting, (value, fault) in zip(group, outcomes, strict=True):
            if fault is None:
                waiting.answer.set_result(value)
            else:
                waiting.answer.set_exception(fault)

    def _run_unit(self, waiting: _Waiting) -> tuple[Any, Exception | None]:
        """The unit's value or its own error. An error that took the whole transaction is raised."""
        self._database.execute_sql("SAVEPOINT unit")
        try:
            value = waiting.unit()
        except Exception as error:
            if not self._database.connection().in_transaction:
                raise  # a full disk rolls everything back: the neighbours' changes are gone too
            self._database.execute_sql("ROLLBACK TO unit")
            self._database.execute_sql("RELEASE unit")
            return None, _as_ours(error)
        self._database.execute_sql("RELEASE unit")
        return value, None

    def _undo(self) -> None:
        try:
            if self._database.connection().in_transaction:
                self._database.execute_sql("ROLLBACK")
        except (peewee.DatabaseError, sqlite3.Error):
            self._disconnect()  # a connection that can't roll back is not used again
            self._connect()


def _as_ours(error: Exception) -> Exception:
    """A disk that cannot take the write now is a reason to try later; other errors are bugs."""
    cause = error.args[0] if error.args and isinstance(error.args[0], sqlite3.Error) else error
    if getattr(cause, "sqlite_errorname", "").startswith(_DISK_TROUBLE):
        reason = f"the store cannot be written ({cause}): free disk space, or check the disk"
        return TemporaryError(reason, counts=False)
    return error
