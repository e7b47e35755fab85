"""Which Huey carries our wake-up calls: on SQLite beside the store, or on Redis. Chosen by URL.

Only this module knows Huey's classes. What travels is a name, a row id and a priority, as JSON:
nothing of ours to unpickle, so two versions of us may share a queue.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from huey.api import Huey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import SqliteStorage

from appliance.errors import ConfigError, Fault

_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_CONSTRAINT")
IDLE_LOOK = 1.0  # seconds: a sleeping worker looks again, should its call have been missed


class _Json(Serializer):
    """Huey's message as JSON; only its `eta` is not a plain value."""

    def _serialize(self, data: Any) -> bytes:
        fields = {key: value for key, value in data._asdict().items() if value is not None}
        if "eta" in fields:
            fields["eta"] = fields["eta"].isoformat()
        return json.dumps(fields).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(bytes(data))
        if "eta" in fields:
            fields["eta"] = datetime.fromisoformat(fields["eta"])
        return Message(**fields)


class _Wakings:
    """What any queue of ours is asked beside Huey's own methods."""

    def is_revoked(self, *_: Any, **__: Any) -> bool:
        """Never: a row says itself whether it is still due. Saves two reads a job."""
        return False


class _SqliteQueue(SqliteStorage):
    """Wakes a sleeping worker at once, and survives its file being lost or filled with garbage."""

    blocking = True

    def __init__(self, name: str, filename: str) -> None:
        self._called = threading.Condition()
        self._stopped = False
        self._mending = threading.Lock()
        self._generation = 0  # how often the file was made anew
        super().__init__(name, filename=filename, timeout=5)

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous = normal")  # losing it costs a sweep, not a message
        return connection

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        self.enqueue_all([(data, priority or 0)])

    def enqueue_all(self, calls: list[tuple[bytes, float]]) -> None:
        """Put all of them in one transaction, and wake as many workers."""
        rows = [(self.name, data, priority) for data, priority in calls]
        with self.db(commit=True) as cursor:
            cursor.executemany("insert into task (queue, data, priority) values (?, ?, ?)", rows)
        with self._called:
            self._called.notify(len(rows))

    def dequeue(self) -> bytes | None:
        """The most urgent call; waits a moment for one. None when there is none."""
        with self._called:
            found = self._take()
            if found is None and not self._stopped:
                self._called.wait(IDLE_LOOK)
                found = self._take()
            return found

    def stop_waiting(self) -> None:
        """Let the workers go: nobody waits any more."""
        with self._called:
            self._stopped = True
            self._called.notify_all()

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[sqlite3.Cursor]:
        """Everything Huey does with the file comes through here: a broken file is made anew.

        What was being done is raised as failed all the same; the sweep makes up for it.
        """
        generation = self._generation
        try:
            with super().db(commit, close) as cursor:
                yield cursor
        except sqlite3.DatabaseError as error:
            if not getattr(error, "sqlite_errorname", "").startswith(_PASSING):
                self._make_anew(generation)
            raise

    def _make_anew(self, broken: int) -> None:
        """A new empty file, unless another thread has seen to it."""
        with self._mending:
            if self._generation != broken:
                return
            self.close()
            remove(Path(self.filename))
            with super().db(commit=True, close=True) as cursor:
                for statement in self.ddl:
                    cursor.execute(statement)
            self._generation += 1

    def _take(self) -> bytes | None:
        found: bytes | None = super().dequeue()
        return found


class _SqliteHuey(_Wakings, Huey):
    pass


class EmbeddedConsumer(Consumer):
    """Runs in a thread of ours: signals belong to the command line."""

    def _set_signal_handlers(self) -> None:
        pass


class Queue:
    """One queue of calls, and the workers that take them."""

    def __init__(self, huey: Any) -> None:
        self.huey = huey

    def put_all(self, tasks: Iterable[Any]) -> None:
        """Enqueue all of them, in one transaction where the queue has such."""
        storage = self.huey.storage
        if isinstance(storage, _SqliteQueue):
            storage.enqueue_all([(self.huey.serialize_task(t), t.priority or 0) for t in tasks])
        else:
            for task in tasks:
                self.huey.enqueue(task)

    def consumer(self, workers: int) -> EmbeddedConsumer:
        """Workers for this queue, not yet started. A worker that dies is replaced in a second."""
        return EmbeddedConsumer(
            self.huey, workers=workers, periodic=False, health_check_interval=1, shutdown_timeout=8
        )

    def release_workers(self) -> None:
        """Wake whoever waits for a call, so that it sees the stop flag."""
        if isinstance(self.huey.storage, _SqliteQueue):
            self.huey.storage.stop_waiting()

    def close(self) -> None:
        """Close the file or the sockets."""
        self.huey.storage.close()


def open_queue(url: str, data: Path) -> Queue:
    """The queue that `url` names: `sqlite:` (in `<data>/queue.db`) or `redis://host:port/db`.

    The SQLite queue starts empty: the store knows what is due, and a sweep follows every start.
    Raises ConfigError for another scheme, or when Redis does not answer.
    """
    if url.startswith("sqlite:"):
        path = data / "queue.db"
        remove(path)
        options = {"storage_class": _SqliteQueue, "filename": str(path)}
        return Queue(_SqliteHuey("greffier", results=False, serializer=_Json(), **options))
    return Queue(_redis_huey(url))


def _redis_huey(url: str) -> Any:
    try:
        import redis
        from huey import PriorityRedisHuey
    except ImportError as error:
        what = "needs the Redis client: install `greffier[redis]`"
        raise ConfigError([Fault("[queue] url", what)]) from error

    class RedisHuey(_Wakings, PriorityRedisHuey):
        pass

    try:
        redis.Redis.from_url(url).ping()
    except (redis.RedisError, ValueError) as error:
        what = f"Redis does not answer ({error}); start it, or set `url = sqlite:`"
        raise ConfigError([Fault("[queue] url", what)]) from error
    return RedisHuey("greffier", results=False, serializer=_Json(), url=url, read_timeout=1)


def remove(path: Path) -> None:
    """Delete an SQLite file with what stands beside it. It holds wake-up calls only."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
